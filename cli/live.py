"""The live view: who says what while it is said, then the answer and its receipt."""

import sys
import time

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from symposium.cli import frame
from symposium.cli.exits import blame
from symposium.cli.screen import unanswered
from symposium.cli.terminal import clean, console, lively
from symposium.cli.view import View, seen
from symposium.ledger.records import Event, Outcome

FRAMES = 8  # per second; one takes some 8 ms of a core that the members need, too
ROLL = 24  # seats that stay on the screen at the end


class LiveView:
    """Draws a run on the terminal behind stderr while it goes on."""

    def __init__(self) -> None:
        self.view = View()
        self._notice = ""
        self._console = console(sys.stderr)
        self._live: Live | None = None

    def hear(self, event: Event) -> None:
        """Take in the event; the picture follows within an eighth of a second."""
        self.view = seen(self.view, event)
        if self._live is None:
            if self.view.why:
                self._console.print(Text(self.view.asking, style="bright_black"))
            self._live = Live(
                get_renderable=self._picture, console=self._console, refresh_per_second=FRAMES, transient=True
            )
            self._live.start()

    def notice(self, text: str) -> None:
        """Show a word to the reader below the picture, or where it was."""
        self._notice = text
        if self._live is None or not self._live.is_started:
            self._console.print(Text(text, style="bright_black"))

    def close(self) -> None:
        """Wipe the picture and give the cursor back."""
        if self._live is not None:
            self._live.stop()

    def finish(self, outcome: Outcome) -> None:
        """Leave who said what, the answer and the receipt on the screen."""
        if blame(outcome):
            print(f"symposium: {unanswered(outcome)}", file=sys.stderr)
            return
        said = frame.roll(self.view, width=self._console.width, rows=ROLL)
        self._console.print(Group(*said, Text()))  # printed apart they would be one paragraph
        self._answer(outcome)
        self._console.print(frame.account(self.view))

    def _picture(self) -> RenderableType:
        width, height = self._console.size
        return frame.frame(self.view, width=width, height=height, now=time.time(), notice=self._notice)

    def _answer(self, outcome: Outcome) -> None:
        """On the terminal once, whichever of the two streams leads there."""
        if not outcome["answer"]:
            self._console.print(frame.silence(outcome))
        elif lively(sys.stdout):
            console(sys.stdout).print(frame.answer(outcome))
        else:
            print(clean(outcome["answer"]), flush=True)
            self._console.print(frame.answer(outcome))
        sys.stdout.flush()
