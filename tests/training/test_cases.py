"""Learning from votes whose answers are known: the cases, the classifier of a cast, the correlation of its errors."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from symposium.models.measured import CLASSIFIERS, ERRORS
from symposium.tools.meta import Classifier
from symposium.training import errors, meta
from symposium.training.cases import Case, Said, marks, read

CAST = {"ann": "x:a", "bob": "x:b", "eve": "x:c"}


def said(member: str, answer: str | None, *, right: bool, chance: float) -> Said:
    return Said(
        member=member,
        index=0,
        answer=answer,
        characters=20,
        probability=None,
        chance=chance,
        reliability=0.7,
        right=None if answer is None else right,
    )


def cases(n: int, *, seed: int = 1) -> list[Case]:
    """Votes in which bob copies ann's errors, eve errs alone, and a wrong answer has a low chance."""
    draw, made = random.Random(seed), list[Case]()
    for place in range(n):
        leader, loner = draw.random() < 0.6, draw.random() < 0.7
        rights = {"ann": leader, "bob": leader, "eve": loner}
        replies = [
            said(name, "7" if right else "9" if name == "eve" else "8", right=right, chance=0.9 if right else 0.2)
            for name, right in rights.items()
        ]
        made.append(Case(question=f"question {place}?", cast=CAST, said=replies))
    return made


def kept(folder: Path, found: list[Case]) -> Path:
    place = folder / "votes.jsonl"
    place.write_text("".join(json.dumps(case) + "\n" for case in found), encoding="utf-8")
    return place


def test_cases_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert read(kept(tmp_path, cases(5))) == cases(5)


def test_a_classifier_learns_what_the_majority_gets_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / CLASSIFIERS
    meta.main(["--votes", str(kept(tmp_path, cases(600))), "--to", str(place)])
    assert "x:a, x:b, x:c: 600 questions" in capsys.readouterr().out
    (fit,) = json.loads(place.read_text())["casts"]
    made, fresh = Classifier.of(fit), cases(400, seed=2)
    learnt = sum(meta.chosen(case, made) for case in fresh)
    assert learnt > sum(meta.counted(case, "plurality") for case in fresh) + 20
    assert fit["weights"]["confidence"] > 0


def test_a_second_cast_is_added_and_the_same_one_replaced(tmp_path: Path) -> None:
    place, first = tmp_path / CLASSIFIERS, cases(600)
    pair = [Case(question=one["question"], cast={"ann": "x:a", "eve": "x:c"}, said=one["said"][::2]) for one in first]
    for found in (first, pair, first):
        meta.main(["--votes", str(kept(tmp_path, found)), "--to", str(place)])
    assert [fit["members"] for fit in json.loads(place.read_text())["casts"]] == [["x:a", "x:b", "x:c"], ["x:a", "x:c"]]


def test_errors_that_go_together_make_fewer_votes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / ERRORS
    errors.main(["--votes", str(kept(tmp_path, cases(600))), "--to", str(place)])
    pairs = {(one, other): r for one, other, r, _ in json.loads(place.read_text())["pairs"]}
    assert pairs["x:a", "x:b"] == 1.0
    assert abs(pairs["x:a", "x:c"]) < 0.1
    assert "3 members, mean correlation 0.3" in capsys.readouterr().out


def test_marks_are_by_model_and_none_where_nothing_was_said() -> None:
    found = cases(2)
    found[1]["said"] = found[1]["said"][1:]
    assert marks(found)["x:a"][1] is None
    assert [mark is None for mark in marks(found)["x:b"]] == [False, False]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no JSON\n", "line 1 is no vote"),
        ('{"question": "?"}\n', "line 1 is no vote"),
        ('{"question": "?", "cast": {}, "said": [{"member": "a"}]}\n', "a reply lacks answer"),
        ("", "a file of no votes"),
    ],
)
def test_what_is_no_vote_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    place = tmp_path / "votes.jsonl"
    place.write_text(text, encoding="utf-8")
    for command in (meta.main, errors.main):
        with pytest.raises(SystemExit):
            command(["--votes", str(place), "--to", str(tmp_path / "out.json")])
        assert told in capsys.readouterr().err


def test_from_too_few_questions_with_answers_that_differ_nothing_is_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        meta.main(["--votes", str(kept(tmp_path, cases(60))), "--to", str(tmp_path / "out.json")])
    assert "takes 100" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_the_bundled_classifiers_are_of_the_line_ups_that_vote(tmp_path: Path) -> None:
    from symposium.models import zoo

    known: dict[str, Any] = json.loads(meta.PLACE.read_text(encoding="utf-8"))
    assert {tuple(fit["members"]) for fit in known["casts"]} == {
        tuple(sorted(f"gguf:{name}" for name in zoo.cast(lineup))) for lineup in meta.LINEUPS
    }
