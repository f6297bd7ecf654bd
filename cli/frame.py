"""Drawings of a view for a terminal: who says what, the tally as bars, what is spent, the answer and its receipt."""

import json
from collections.abc import Iterator, Sequence

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
from symposium.cli.view import Chapter, Seat, SeatState, View
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
NAME, RESULT = 18, 18  # cells of who speaks, more where there is room, and of what came of it


def frame(view: View, *, width: int, height: int, now: float, notice: str = "") -> RenderableType:
    """Draw the moving picture: it fits into the terminal whatever comes."""
    bars = tally(view, width=width)
    decided = [words for chapter in view.chapters for words in chapter.steps]
    latest = steps(decided[-1:] if bars else decided[-TALLEST:], width=width)
    rows = max(1, height - 7 - len(view.tally[:TALLEST]) - len(latest))
    said = seats(view, width=width, rows=rows)
    return Group(heading(view, width=width), Text(), said, *bars, *latest, footer(view, now, notice))


def heading(view: View, *, width: int) -> Text:
    """The graph, who is asked, and the question in one line."""
    head = f"{view.graph} · {', '.join(view.cast)} · "
    return Text(head, style="bold").append(cut(clean(view.question), max(10, width - cell_len(head))), style="not bold")


def seats(view: View, *, width: int, rows: int) -> Table:
    """One row per seat below the titles of the rounds, the latest where not all have room.

    Each seat shows the end of what it says.
    """
    entries = [entry for chapter in view.chapters for entry in _entries(chapter)]
    shown = entries[-rows:] if len(entries) <= rows else entries[-(rows - 1) :] if rows > 1 else []
    name, room = _columns(view, width)
    lines = max(1, min(TALLEST, rows // max(1, len(entries))))
    grid = _grid(view, shown, name=name, room=room, lines=lines)
    if len(shown) < len(entries):
        before = [entry for entry in entries[: len(entries) - len(shown)] if isinstance(entry, Seat)]
        grid.add_row("", "", Text(cut(_hidden(before), room), style="bright_black"), "")
    return grid


def _entries(chapter: Chapter) -> list[Seat | str]:
    return [*([chapter.title] if chapter.title else []), *chapter.seats]


def _columns(view: View, width: int) -> tuple[int, int]:
    """Cells for who speaks, which the titles need, too, and for what is said."""
    heads = [*(seat.label for seat in view.seats.values()), *(title for title, _, _ in view.opened)]
    name = min(max(map(cell_len, heads), default=0), max(NAME, width // 4))
    return name, max(10, width - name - 2 - 2 - 2 - RESULT)


def _grid(view: View, entries: Sequence[Seat | str], *, name: int, room: int, lines: int) -> Table:
    """Rows of seats, and titles between them."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, width=name, overflow="ellipsis")
    grid.add_column(width=1)
    grid.add_column(width=room)
    grid.add_column(no_wrap=True, max_width=RESULT, overflow="ellipsis", justify="right")
    for entry in entries:
        if isinstance(entry, Seat):
            grid.add_row(*_row(view, entry, room=room, lines=lines))
        else:
            grid.add_row(Text(entry, style="bold"), "", "", "")
    return grid


def roll(view: View, *, width: int, rows: int) -> list[RenderableType]:
    """Who said what and what was decided, round by round; of one that has no rounds the latest of each."""
    chapters = view.chapters
    if len(chapters) == 1:
        return [seats(view, width=width, rows=rows), *steps(view.steps[-rows:], width=width)]
    return [part for chapter in chapters for part in _chapter(view, chapter, width=width)]


def _chapter(view: View, chapter: Chapter, *, width: int) -> list[RenderableType]:
    title = [Text(), Text(chapter.title, style="bold")] if chapter.title else []
    name, room = _columns(view, width)
    spoken = [_grid(view, chapter.seats, name=name, room=room, lines=1)] if chapter.seats else []
    return [*title, *spoken, *_stepwise(chapter.steps, width=width)]


def _row(view: View, seat: Seat, *, room: int, lines: int) -> tuple[Text, Text, Text, Text]:
    mark, colour = MARKS[seat.state]
    style = colour_of(view, seat.member)
    return Text(seat.label, style=style), Text(mark, style=colour), _said(seat, room, lines), _result(seat)


def _said(seat: Seat, room: int, lines: int) -> Text:
    if seat.state in ("failed", "retrying"):
        return Text(cut(clean(seat.note), room), style=MARKS[seat.state][1])
    text = clean(_words(seat) or (seat.reasoning and f"(thinking) {seat.reasoning}"))
    style = "bright_black" if seat.state == "stopped" or not seat.text else ""
    return Text("\n".join(ending(text, room, lines)), style=style)


def _words(seat: Seat) -> str:
    """What a seat says; of a form that somebody has filled in what stands there, without its braces."""
    if seat.answers or seat.state != "answered" or not seat.text.lstrip().startswith("{"):
        return seat.text
    try:
        return " · ".join(_filled(json.loads(seat.text))) or "nothing"
    except ValueError:
        return seat.text


def _filled(form: object) -> Iterator[str]:
    """The texts and numbers of a form, in order."""
    if isinstance(form, dict | list):
        for part in form.values() if isinstance(form, dict) else form:
            yield from _filled(part)
    elif isinstance(form, str | int | float) and not isinstance(form, bool) and form != "":
        yield str(form)


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
    """What was decided between the calls, a line each, below an empty one."""
    lines = _stepwise(decided, width=width)
    return [Text(), *lines] if lines else []


def _stepwise(decided: Sequence[str], *, width: int) -> list[Text]:
    return [Text(cut(clean(words), width), style="bright_black", no_wrap=True) for words in decided]


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
    for chapter in view.chapters:
        parts += [Text(chapter.title, style="bold"), Text()] if chapter.title else []
        parts += [part for seat in chapter.seats if seat.answers for part in _quoted(view, seat)]
        parts += [Text(clean(words), style="bright_black") for words in chapter.steps]
        parts += [Text()] if chapter.steps and view.opened else []
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
