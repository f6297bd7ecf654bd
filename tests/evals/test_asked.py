"""Asking many questions and marking the answers."""

import json
from typing import Any

import pytest

from symposium.evals.asked import Item, fresh, main, marked, read
from symposium.training.world.splits import SPLITS


async def test_answers_are_marked_in_the_unit_asked_for(stage: Any) -> None:
    stage.cast("a", "answer 155", "answer 2 h 35 min", "answer 3")
    stage.configure('members = ["a"]')
    items = [Item("How many minutes is that?", answer) for answer in ("155", "155", "4")]
    results = await marked(items, graph="single")
    assert [result.right for result in results] == [True, True, False]
    assert "right: 4" in str(results[2])


def test_no_answer_is_not_a_right_one(stage: Any, lines: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stage.cast("a", lines(fails="auth"))
    stage.configure('members = ["a"]')
    (stage.folder / "items.jsonl").write_text(json.dumps({"question": "1+1?", "answer": "2"}))
    main(["--file", str(stage.folder / "items.jsonl"), "-g", "single"])
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 1 right with single"


def test_the_strangers_questions_are_forty_and_in_two_languages() -> None:
    items = read()
    assert len({item.question for item in items}) == 40
    assert sum(any("가" <= c <= "힣" for c in item.question) for item in items) >= 10


def test_fresh_questions_follow_the_seed() -> None:
    assert "test" in SPLITS
    assert fresh(5, seed=3) == fresh(5, seed=3) != fresh(5, seed=4)


@pytest.mark.parametrize(("option", "told"), [(["--file", "nothing.jsonl"], "nothing.jsonl"), (["-g", "voet"], "vote")])
def test_what_is_asked_wrongly_is_told_in_one_line(
    stage: Any, capsys: pytest.CaptureFixture[str], option: list[str], told: str
) -> None:
    stage.cast("a", "answer 1")
    with pytest.raises(SystemExit):
        main(option)
    assert told in capsys.readouterr().err.splitlines()[-1]
