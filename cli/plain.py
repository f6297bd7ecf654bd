"""The plain view: one line on stderr per finished step, the answer on stdout, no escape byte anywhere."""

import sys

from symposium.cli import figures
from symposium.cli.exits import blame
from symposium.cli.receipt import receipt
from symposium.cli.screen import unanswered
from symposium.cli.terminal import clean, hung
from symposium.cli.view import Chapter, Seat, View, seen
from symposium.ledger.records import Event, Outcome

LIMIT = 160  # characters of what a member said


class PlainLines:
    """Shows a run line by line."""

    def __init__(self) -> None:
        self.view = View()
        self._failed: set[tuple[str, str]] = set()

    def hear(self, event: Event) -> None:
        """Write a line if the event ends a step."""
        before, self.view = self.view, seen(self.view, event)
        if before.settled and self.view.settled and event["type"] == "vote":
            return  # what comes after it changes nothing
        if event["type"] == "call.error" and self._repeats(self.view.seats[str(dict(event)["call"])]):
            return
        if line := told(before, self.view, event):
            _say(line)

    def _repeats(self, seat: Seat) -> bool:
        """Say whether another sample of the member has failed in the same words."""
        told = (seat.member, seat.note)
        repeats = told in self._failed
        if seat.state == "failed":
            self._failed.add(told)
        return repeats

    def notice(self, text: str) -> None:
        """Write a line."""
        _say(text)

    def close(self) -> None:
        """Leave the streams open; they belong to the process."""

    def finish(self, outcome: Outcome) -> None:
        """Print the answer, then the receipt."""
        if outcome["answer"]:
            print(clean(outcome["answer"]), flush=True)
        else:
            _say(f"symposium: {unanswered(outcome)}")
        if not blame(outcome):
            for heading, text in receipt(self.view):
                _say(text, heading=_heading(heading))


def told(before: View, view: View, event: Event) -> str | None:
    """The line for an event, with the view before and after it was taken in; None where no step ended."""
    match event["type"]:
        case "run.start":
            return f"{view.graph}: {view.asking} (run {view.run})"
        case "call.end" | "call.error":
            seat = view.seats[str(dict(event)["call"])]
            lost = dict(event).get("cancelled") and seat.state != "stopped"
            return None if lost or (seat.state == "answered" and not seat.answers) else _ended(seat)
        case "vote":
            return _tally(view) if view.tally else None
    return view.steps[-1] if len(view.steps) > len(before.steps) else None


def _ended(seat: Seat) -> str:
    took = "" if seat.seconds is None else f" ({figures.seconds(seat.seconds)})"
    match seat.state:
        case "answered":
            short = f"{seat.answer}{took}" if seat.answer else f"no short answer{took}"
            return f"{seat.label}: {short} — {figures.one_line(seat.text, limit=LIMIT)}"
        case "stopped":
            return f"{seat.label}: stopped{took}"
        case "retrying":
            return f"{seat.label}: {seat.note}; trying again"
        case "failed":
            return f"{seat.label}: failed{took}: {seat.note}"
        case "speaking" if seat.open:
            return f"{seat.label}: {seat.note}; the other attempt goes on"
    return f"{seat.label}: never ended"


def _tally(view: View) -> str:
    counts = ", ".join(f"{figures.one_line(v['answer'], limit=40)} {figures.share(v['share'])}" for v in view.tally)
    rest = "; settled" if view.settled else f"; {view.outstanding} to come" if view.outstanding else ""
    other = f" by {view.rule}" if view.rule != view.choices.get("rule", view.rule) else ""
    return f"vote{other}: {counts}{rest}"


def report(question: str, status: str, view: View) -> list[str]:
    """A recorded run in lines for stdout: the question, who said what, the answer, the receipt."""
    answer = view.outcome["answer"] if view.outcome else ""
    said = [line for chapter in view.chapters for line in _told(chapter)]
    shown = answer or (unanswered(view.outcome) if view.outcome else f"no answer: the run is {status}")
    lines = [line for text in (question, "", *said, "", shown, "") for line in hung(clean(text), stream=sys.stdout)]
    for heading, text in receipt(view):
        lines += hung(clean(text), stream=sys.stdout, heading=_heading(heading))
    return lines


def _told(chapter: Chapter) -> list[str]:
    """A round in lines: its title, who said what, and what was decided."""
    title = ["", chapter.title] if chapter.title else []
    return [*title, *(_ended(seat) for seat in chapter.seats if seat.answers), *chapter.steps]


def _heading(heading: str) -> str:
    return f"{heading:>8}  "


def _say(text: str, *, heading: str = "") -> None:
    for line in hung(clean(text).replace("\n", " "), stream=sys.stderr, heading=heading):
        print(line, file=sys.stderr)
    sys.stderr.flush()
