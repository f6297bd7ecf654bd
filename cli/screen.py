"""What every way of showing a run has in common, and the two silent ones: the event stream and the bare answer."""

import sys
from typing import Protocol

from symposium.ledger.events import encode
from symposium.ledger.records import WRONG_STEP, Event, Outcome


class Screen(Protocol):
    """Shows one run. `hear` comes for every event, then `close`, then `finish` with the outcome if there is one."""

    def hear(self, event: Event) -> None:
        """Show an event."""
        ...

    def notice(self, text: str) -> None:
        """Tell the reader something that is no event."""
        ...

    def close(self) -> None:
        """Stop showing; called however the run ended, once or more often."""
        ...

    def finish(self, outcome: Outcome) -> None:
        """Print the answer and how it came about."""
        ...


class EventLines:
    """The events as NDJSON on stdout and nothing else."""

    def hear(self, event: Event) -> None:
        """Write the event's canonical line at once."""
        print(encode(event), flush=True)

    def notice(self, text: str) -> None:
        """Say nothing: programs read this."""

    def close(self) -> None:
        """Leave stdout open; it belongs to the process."""

    def finish(self, outcome: Outcome) -> None:
        """Say nothing: the last line, `run.end`, holds the outcome."""


class BareAnswer:
    """The answer alone: the short one where one could be read, else the text."""

    def hear(self, event: Event) -> None:
        """Say nothing yet."""

    def notice(self, text: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Leave stdout open; it belongs to the process."""

    def finish(self, outcome: Outcome) -> None:
        """Print the answer; why there is none goes to stderr, and so does a wrong step of it."""
        from symposium.cli.terminal import clean

        answer = outcome["extracted"] or outcome["answer"]
        if answer:
            print(clean(answer), flush=True)
            for note in outcome["notes"]:
                if note.startswith(WRONG_STEP):
                    print(f"symposium: warning: {clean(note)}", file=sys.stderr)
        else:
            print(f"symposium: {unanswered(outcome)}", file=sys.stderr)


def unanswered(outcome: Outcome) -> str:
    """Say in one line why there is no answer, the distinct failures or the ways out with it."""
    from symposium.cli.receipt import failures
    from symposium.cli.terminal import clean

    reasons = "; ".join(outcome["notes"] if outcome["exit"] == "outside" else failures(outcome["failures"]))
    return clean(f"no answer: {outcome['words'] or outcome['exit']}{' — ' if reasons else ''}{reasons}")
