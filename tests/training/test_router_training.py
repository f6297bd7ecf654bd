"""A router that is learned from marks: what it takes from questions, and which files of marks it reads."""

import json
from pathlib import Path

import pytest

from symposium.ledger.records import UsageError
from symposium.tools.routing import read, write
from symposium.training.router import Mark, learned, main, told

SUMS = [f"What is {first} plus {second}?" for first in range(10, 40) for second in range(10, 20)]
DAYS = [f"Which weekday comes {days} days after day {day} of the month?" for days in range(10, 40) for day in range(10)]


def taught() -> list[Mark]:
    """Ann knows sums and no days, bob the other way round; every tenth mark is the wrong way."""
    return [
        Mark(question, model, float((known == (model == "x:ann")) != (place % 10 == 3)), (place % 7, 20.0))
        for known, questions in ((True, SUMS), (False, DAYS))
        for place, question in enumerate(questions)
        for model in ("x:ann", "x:bob")
    ]


def test_a_router_learns_who_knows_what_and_how_sure_that_is(tmp_path: Path) -> None:
    write(tmp_path / "r.json", learned(taught(), {"x:ann": "f00"}))
    router = read(tmp_path / "r.json")
    sums, days = router.chances("What is 23 plus 45?"), router.chances("Which weekday comes 90 days after today?")
    assert sums["x:ann"] == pytest.approx(0.9, abs=0.05)
    assert sums["x:bob"] == pytest.approx(0.1, abs=0.05)
    assert days["x:bob"] - days["x:ann"] > 0.4
    assert router.digests == {"x:ann": "f00", "x:bob": None}
    assert router.tokens["x:ann"] == (pytest.approx(3, abs=0.1), 20.0)
    assert router.reroute is None


def test_the_same_marks_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        write(tmp_path / name, learned(taught(), {}))
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


def test_marks_are_read_by_name_by_model_and_as_votes_were_kept() -> None:
    lines = [
        json.dumps({"question": "1+1?", "member": "ann", "right": True, "tokens": [3, 4]}),
        "",
        json.dumps({"question": "1+1?", "member": "openai:gpt", "right": 0.25}),
        json.dumps(
            {
                "question": "2+2?",
                "cast": {"bob": "x:bob"},
                "said": [
                    {"member": "bob", "index": 0, "right": None},
                    {"member": "bob", "index": 1, "right": True},
                ],
            }
        ),
    ]
    assert list(told(lines, {"ann": "x:ann"})) == [
        Mark("1+1?", "x:ann", 1.0, (3.0, 4.0)),
        Mark("1+1?", "openai:gpt", 0.25),
        Mark("2+2?", "x:bob", 0.0),
    ]


@pytest.mark.parametrize(
    "wrong",
    ["{", "[]", "3", '{"question": "?"}', '{"question": "?", "member": "a", "right": 2}', '{"said": [{"index": 0}]}'],
)
def test_a_line_that_holds_no_mark_is_named(wrong: str) -> None:
    with pytest.raises(UsageError, match="line 2 of the marks is not of the form"):
        list(told(["", wrong], {}))


@pytest.mark.parametrize(
    ("arguments", "told_"),
    [
        (["--marks", "none.jsonl", "--out", "r.json"], "none.jsonl"),
        (["--marks", "few.jsonl", "--out", "r.json"], "1 marks of x:ann are too few"),
        (["--marks", "wrong.jsonl", "--out", "r.json"], "line 1 of the marks is not of the form"),
        (["--marks", "few.jsonl"], "name a place for your own router"),
        (["--report", "--out", "none.json"], "'none.json' is no router file"),
        (["--runs"], "unrecognized arguments: --runs"),
    ],
)
def test_what_the_command_cannot_do_it_says_in_a_line(
    arguments: list[str],
    told_: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few.jsonl").write_text('{"question": "?", "member": "x:ann", "right": true}')
    (tmp_path / "wrong.jsonl").write_text("3")
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert told_ in capsys.readouterr().err
    assert not (tmp_path / "r.json").exists()


def test_too_few_marks_are_refused() -> None:
    with pytest.raises(UsageError, match="3 marks of x:ann are too few"):
        learned([Mark("?", "x:ann", 1.0)] * 3, {})
    with pytest.raises(UsageError, match="no marks"):
        learned([], {})
