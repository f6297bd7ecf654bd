"""Drawings of a view for a terminal: who says what, the tally as bars, what is spent, the answer and its receipt."""

from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from symposium.cli import figures
from symposium.cli.cells import cut, ending
from symposium.cli.receipt import receipt
from symposium.cli.screen import unanswered
from symposium.cli.terminal import clean
from symposium.cli.view import Seat, SeatState, View
from symposium.ledger.records import Outcome, Voice

MARKS: dict[SeatState, tuple[str, str]] = {
    "speaking": ("…", "yellow"),
    "retrying": ("↻", "yellow"),
    "answered": ("✓", "green"),
    "failed": ("✗", "red"),
    "stopped": ("■", "bright_black"),
}
COLOURS = ("cyan", "magenta", "blue", "yellow", "green", "bright_red")  # of members, in the order of the cast
TALLEST = 3  # lines for one seat at most
BAR = 24  # cells of the longest bar


def frame(view: View, *, width: int, height: int, now: float, notice: str = "") -> RenderableType:
    """Draw the moving picture: it fits into the terminal whatever comes."""
    bars = tally(view, width=width)
    latest = steps(view.steps[-1:] if bars else view.steps[-TALLEST:], width=width)
    rows = max(1, height - 7 - len(view.tally[:TALLEST]) - len(latest))
    said = seats(view, width=width, rows=rows)
    return Group(heading(view, width=width), Text(), said, *bars, *latest, footer(view, now, notice))


def heading(view: View, *, width: int) -> Text:
    """The graph, who is asked, and the question in one line."""
    head = f"{view.graph} · {', '.join(view.cast)} · "
    return Text(head, style="bold").append(cut(clean(view.question), max(10, width - cell_len(head))), style="not bold")


def seats(view: View, *, width: int, rows: int) -> Table:
    """One row per seat, the latest where not all have room; each shows the end of what it says."""
    everyone = list(view.seats.values())
    shown = everyone[-rows:] if len(everyone) <= rows else everyone[-(rows - 1) :] if rows > 1 else []
    lines = max(1, min(TALLEST, rows // max(1, len(everyone))))
    who = max((cell_len(seat.label) for seat in everyone), default=0)
    room = max(10, width - min(who, 24) - 2 - 2 - 2 - 18)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, max_width=24, overflow="ellipsis")
    grid.add_column(width=1)
    grid.add_column(width=room)
    grid.add_column(no_wrap=True, max_width=18, overflow="ellipsis", justify="right")
    for seat in shown:
        grid.add_row(*_row(view, seat, room=room, lines=lines))
    if len(shown) < len(everyone):
        grid.add_row("", "", Text(cut(_hidden(everyone[: len(everyone) - len(shown)]), room), style="bright_black"), "")
    return grid


def _row(view: View, seat: Seat, *, room: int, lines: int) -> tuple[Text, Text, Text, Text]:
    mark, colour = MARKS[seat.state]
    style = colour_of(view, seat.member)
    return Text(seat.label, style=style), Text(mark, style=colour), _said(seat, room, lines), _result(seat)


def _said(seat: Seat, room: int, lines: int) -> Text:
    if seat.state in ("failed", "retrying"):
        return Text(cut(clean(seat.note), room), style=MARKS[seat.state][1])
    text = clean(seat.text or (seat.reasoning and f"(thinking) {seat.reasoning}"))
    style = "bright_black" if seat.state == "stopped" or not seat.text else ""
    return Text("\n".join(ending(text, room, lines)), style=style)


def _result(seat: Seat) -> Text:
    if seat.state != "answered" or not seat.answers:
        return Text()
    answer = Text(cut(clean(seat.answer or "no answer"), 12), style="bold" if seat.answer else "bright_black")
    sure = seat.confidence
    return answer if sure is None else answer.append(f" {figures.share(sure):>5}", style="bright_black not bold")


def _hidden(more: Sequence[Seat]) -> str:
    states = [seat.state for seat in more]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"and {counts} before"


def tally(view: View, *, width: int) -> list[RenderableType]:
    """The answers so far as bars, the leading ones first."""
    if not view.tally:
        return []
    grid = Table.grid(padding=(0, 1))
    grid.add_column(max_width=20, no_wrap=True)
    grid.add_column(width=BAR)
    grid.add_column(justify="right")
    grid.add_column(max_width=max(10, width - 20 - BAR - 6 - 3), no_wrap=True, overflow="ellipsis")
    for voice in view.tally[:TALLEST]:
        grid.add_row(*_bar(voice))
    return [Text(), grid]


def _bar(voice: Voice) -> tuple[Text, Text, Text, Text]:
    bar = Text("━" * round(BAR * voice["share"]), style="green")
    share = Text(figures.share(voice["share"]))
    who = f"{figures.counted(voice['votes'], 'vote')} · {', '.join(voice['members'])}"
    return Text(cut(clean(voice["answer"]), 20), style="bold"), bar, share, Text(who, no_wrap=True)


def steps(decided: Sequence[str], *, width: int) -> list[RenderableType]:
    """What was decided between the calls, a line each."""
    lines = [Text(cut(clean(words), width), style="bright_black", no_wrap=True) for words in decided]
    return [Text(), *lines] if lines else []


def footer(view: View, now: float, notice: str) -> Text:
    """What is spent of what is allowed, and the way out."""
    elapsed = max(0.0, now - view.began) if view.began else 0.0
    parts = [
        f"{figures.seconds(elapsed)}{_of(view, 'seconds', figures.seconds)}",
        f"{figures.counted(view.attempts, 'call')}{_of(view, 'calls', str)}",
        f"{view.tokens:,} tokens{_of(view, 'tokens', '{:,}'.format)}",
        f"{'cost ' if view.cost is None else ''}{figures.money(view.cost)}{_of(view, 'money', figures.money)}",
    ]
    told = "settled" if view.settled else "Ctrl-C concludes"
    shown = f"\n{' · '.join(parts)} · {told}{chr(10) if notice else ''}{notice}"
    return Text(shown, style="bright_black", no_wrap=True, overflow="ellipsis")


def _of(view: View, limit: str, write: object) -> str:
    value = view.limits.get(limit)
    return f" of {write(value)}" if value is not None and callable(write) else ""


def answer(outcome: Outcome) -> RenderableType:
    """The answer, its short form first and bold where there is one."""
    text = clean(outcome["answer"]).strip()
    short = clean(outcome["extracted"] or "").strip()
    shown = Text(short or text, style="bold")
    if short and short != text:
        shown.append(f"\n{text}", style="not bold")
    return Panel(shown, title="answer", title_align="left", border_style="green", box=box.ROUNDED, padding=(0, 2))


def account(view: View) -> Table:
    """The receipt as two columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bright_black", no_wrap=True)
    grid.add_column(overflow="fold")
    for heading, text in receipt(view):
        grid.add_row(heading, Text(clean(text), style="red" if heading == "failed" else ""))
    return grid


def report(view: View) -> RenderableType:
    """A recorded run: the question, every word that was said, the answer, the receipt."""
    parts: list[RenderableType] = [Text(clean(view.question), style="bold"), Text()]
    for seat in view.seats.values():
        parts += _quoted(view, seat) if seat.answers else []
    parts += [Text(clean(words), style="bright_black") for words in view.steps]
    if view.outcome is None:
        return Group(*parts, Text("the run has not ended", style="yellow"))
    end = answer(view.outcome) if view.outcome["answer"] else silence(view.outcome)
    return Group(*parts, end, account(view))


def _quoted(view: View, seat: Seat) -> list[RenderableType]:
    mark, colour = MARKS[seat.state]
    head = Text(f"{seat.label} ", style=colour_of(view, seat.member)).append(mark, style=colour)
    said = Text(clean(seat.text or seat.note), style="" if seat.state == "answered" else "bright_black")
    return [head.append("  ").append(_result(seat)), Padding(said, (0, 0, 1, 2))]


def silence(outcome: Outcome) -> RenderableType:
    """Why there is no answer."""
    return Panel(Text(unanswered(outcome)), border_style="red", box=box.ROUNDED, padding=(0, 2))


def colour_of(view: View, member: str) -> str:
    """The member's colour: the same in the whole run."""
    return COLOURS[view.cast.index(member) % len(COLOURS)] if member in view.cast else ""
