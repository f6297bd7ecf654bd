"""The drawings fit the terminal, whatever members say."""

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, Group

from symposium.cli import frame
from symposium.cli.cells import cut, ending, wrapped
from symposium.cli.table import Column, fitted, laid_out
from symposium.cli.view import Seat, View

KOREAN = "상자 17개에 펜이 24자루씩 있으므로 17*24=408; 58자루를 나누어 주었으니 408-58=350; 답은 350"
TEXTS = st.text(alphabet=st.sampled_from(list("ab 1=;\n가각힣答案🙂é")), max_size=150)
STATES = st.sampled_from(["speaking", "retrying", "answered", "failed", "stopped"])


def drawn(picture: Any, width: int) -> list[str]:
    paper = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    with paper.capture() as captured:
        paper.print(picture)
    return captured.get().splitlines()


def seat(place: int, text: str, state: Any = "answered", answer: str | None = "350") -> Seat:
    return Seat(
        call=f"c{place}", member="large", role="proposer", round=0, index=place, began=0.0,
        state=state, text=text, answer=answer, note="server: 500",
    )  # fmt: skip


def view(seats: list[Seat], **more: Any) -> View:
    return View(
        graph="vote", cast=("large", "small"), question=KOREAN, began=0.0, seats={s.call: s for s in seats}, **more
    )


@given(
    st.lists(st.tuples(TEXTS, STATES), max_size=12),
    st.lists(TEXTS, max_size=5),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=7),
    st.booleans(),
    st.integers(50, 140),
    st.integers(12, 50),
)
@settings(deadline=None)
def test_the_moving_picture_fits_into_the_terminal(
    said: list[tuple[str, str]], steps: list[str], rounds: list[tuple[int, int]], voted: bool, width: int, height: int
) -> None:
    voices = [{"answer": "상자 350", "share": 0.5, "votes": 2, "members": ["large", "small"]}] * 4
    seats = [seat(place, text, state) for place, (text, state) in enumerate(said)]
    seen = view(seats, tally=tuple(voices) if voted else (), steps=tuple(steps), opened=opened(rounds))
    picture = frame.frame(seen, width=width, height=height, now=3.0)
    lines = drawn(picture, width)
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)


def opened(rounds: list[tuple[int, int]]) -> tuple[tuple[str, int, int], ...]:
    """Rounds that begin behind so many seats and steps."""
    seats, steps = sorted(seat for seat, _ in rounds), sorted(step for _, step in rounds)
    return tuple((f"round {place}: revision", *bounds) for place, bounds in enumerate(zip(seats, steps, strict=True)))


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("drawing", ["roll", "report"])
def test_a_debate_is_drawn_round_by_round_whoever_says_what(drawing: str, width: int) -> None:
    seen = view([seat(0, KOREAN), seat(1, "x" * 300), seat(2, KOREAN)], opened=(("round 1: revision", 2, 1),))
    seen = replace(seen, steps=("it is debated", "round 1: revision", "nobody moves"))
    parts = {"roll": lambda: Group(*frame.roll(seen, width=width, rows=24)), "report": lambda: frame.report(seen)}
    lines = [line.strip() for line in drawn(parts[drawing](), width)]
    assert all(cell_len(line) <= width for line in lines)
    places = [lines.index(words) for words in seen.steps]
    assert places == sorted(places)
    assert sum(line.startswith("large") for line in lines[: places[1]]) == 2
    assert sum(line.startswith("large") for line in lines[places[1] : places[2]]) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"objections": [{"draft": "B", "quote": "2+2=5", "reason": "it is 4"}]}', "B · 2+2=5 · it is 4"),
        ('{"objections": []}', "nothing"),
        ('{"grade": 7, "right": true, "reason": null}', "7"),
        ("{no form", "{no form"),
        ("408-58=340", "408-58=340"),
    ],
)
def test_a_form_that_a_critic_fills_in_is_shown_without_its_braces(text: str, shown: str) -> None:
    critic = replace(seat(0, text, answer=None), role="critic")
    (line,) = drawn(frame.seats(view([critic]), width=80, rows=1), 80)
    assert line.removeprefix("large critic").strip() == f"✓ {shown}"


@given(TEXTS, st.integers(2, 60), st.integers(1, 4))
def test_an_ending_fits_and_ends_as_the_text_does(text: str, room: int, lines: int) -> None:
    shown = ending(text, room, lines)
    assert len(shown) <= lines
    assert all(cell_len(line) <= room for line in shown)
    assert "".join(text.split()).endswith("".join("".join(shown).split()).removeprefix("…"))


@given(TEXTS, st.integers(1, 60))
def test_a_cut_text_fits_and_begins_as_the_text_does(text: str, room: int) -> None:
    shown = cut(text, room)
    assert cell_len(shown) <= room
    assert " ".join(text.split()).startswith(shown.removesuffix("…"))


def test_the_latest_decisions_are_shown_below_the_seats() -> None:
    seen = view([seat(0, "350")], steps=("first", "second", "third", "fourth"))
    lines = drawn(frame.frame(seen, width=80, height=20, now=3.0), 80)
    assert [line for line in lines if line in seen.steps] == ["second", "third", "fourth"]


def test_the_latest_seats_are_shown_and_the_others_counted() -> None:
    lines = drawn(frame.seats(view([seat(place, "350") for place in range(30)]), width=80, rows=10), 80)
    assert len(lines) == 10
    assert lines[0].startswith("large 22")
    assert "21 answered before" in lines[-1]


@pytest.mark.parametrize("width", [80, 120])
def test_a_korean_line_keeps_the_answers_in_one_column(width: int) -> None:
    lines = drawn(frame.seats(view([seat(0, KOREAN), seat(1, "17*24=408")]), width=width, rows=2), width)
    ends = {cell_len(line[: line.rindex("350") + 3]) for line in lines}
    assert len(ends) == 1


def test_what_a_member_says_cannot_steer_the_terminal() -> None:
    lines = drawn(frame.seats(view([seat(0, "\x1b[31mred\x07\x9b2J")]), width=80, rows=5), 80)
    assert "[31mred2J" in lines[0]
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for line in lines for character in line)


@given(TEXTS, st.integers(2, 60))
def test_a_wrapped_text_fits_and_loses_no_letter(text: str, room: int) -> None:
    shown = wrapped(" ".join(text.split()), room)
    assert all(cell_len(line) <= room for line in shown)
    assert "".join("".join(shown).split()) == "".join(text.split())


@given(st.lists(st.text("ab가=;", min_size=1, max_size=10), max_size=20), st.integers(20, 60))
def test_a_word_that_fits_into_a_line_is_never_broken(words: list[str], room: int) -> None:
    shown = wrapped(" ".join(words), room, cutting=False)
    assert all(cell_len(line) <= room for line in shown)
    assert " ".join(shown).split() == words


COLUMNS = (Column("run"), Column("answer", squeezed="cut"), Column("cost", "right"), Column("why", squeezed="wrap"))


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6), st.integers(60, 140))
def test_a_table_fits_and_never_cuts_what_must_stay_whole(cells: list[tuple[str, str]], room: int) -> None:
    rows = [["20261120-114015-6a1a8528", " ".join(a.split()), "$0.0042", " ".join(b.split())] for a, b in cells]
    widths = fitted(COLUMNS, rows, room=room)
    for row in rows:
        lines = list(laid_out(COLUMNS, widths, row))
        assert all(cell_len(line) <= room for line in lines)
        assert lines[0].startswith("20261120-114015-6a1a8528  ")
        assert "$0.0042" in lines[0]
