"""Votes out of the ledger, marked: what members of one's own said, fit to learn from."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from reader import Reader

from symposium.evals.asked import main
from symposium.training.cases import read

ITEMS = [{"question": "17+25?", "answer": "42"}, {"question": "How many minutes are 2 hours?", "answer": "120"}]


def items(folder: Path) -> str:
    place = folder / "items.jsonl"
    place.write_text("\n".join(map(json.dumps, ITEMS)), encoding="utf-8")
    return str(place)


def test_what_every_member_said_is_kept_with_its_mark(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(text="answer 42", probability=0.7), "answer 2 h", reliability=0.9)
    stage.cast("bob", "17+25=43; answer 43", "What do you mean?")
    stage.cast("eve", lines(fails="auth"))
    votes = stage.folder / "votes.jsonl"
    main(["--file", items(stage.folder), "--votes", str(votes)])
    first, second = read(votes)
    assert first["cast"] == {"ann": "scripted:ann", "bob": "scripted:bob", "eve": "scripted:eve"}
    told = {one["member"]: one for one in first["said"]}
    assert [(name, one["answer"], one["right"]) for name, one in told.items()] == [
        ("ann", "42", True),
        ("bob", "43", False),
    ]
    assert told["ann"]["probability"] == pytest.approx(0.7)
    assert (told["ann"]["chance"], told["bob"]["chance"], told["ann"]["reliability"]) == (None, 0.0, 0.9)
    assert [(one["answer"], one["right"]) for one in second["said"]] == [("2 h", True), (None, None)]


def test_recorded_runs_are_marked_without_asking_anybody(stage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    actor = stage.cast("ann", "answer 42")
    votes, asked = stage.folder / "votes.jsonl", items(stage.folder)
    main(["--file", asked, "--votes", str(votes)])
    before, heard = read(votes), len(actor.heard)
    votes.unlink()
    main(["--file", asked, "--recorded", "--votes", str(votes)])
    assert (read(votes), len(actor.heard)) == (before, heard)
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 2 right with vote"


def test_questions_that_were_never_asked_are_left_out(stage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stage.cast("ann", "answer 42")
    main(["--file", items(stage.folder), "--recorded"])
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 0 right with vote"


COMMANDS = re.findall(
    r"^python -m (symposium\S+) (.+)$",
    (Path(__file__).parents[2] / "docs" / "graphs.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_the_documented_commands_learn_from_own_questions_and_a_trained_vote_and_the_table_take_it(
    stage: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ann errs on every third question, bob on every second."""
    from symposium.graphs.catalogue import strategy
    from symposium.models.measured import together

    for name, spoiled in (("ann", 3), ("bob", 2)):
        stage.cast(name, "")
        actor = stage.actors[name] = Reader(lambda _: "")
        actor.reply = lambda _, actor=actor, spoiled=spoiled: f"answer {said(actor, spoiled)}"
    questions = [{"question": f"What is {place} + 1?", "answer": str(place + 1)} for place in range(300)]
    (stage.folder / "items.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    monkeypatch.chdir(stage.folder)
    for module, arguments in COMMANDS:
        import_module(module).main(arguments.split())
    told = capsys.readouterr().out
    assert "2 members, mean correlation" in told
    assert "scripted:ann, scripted:bob: 300 questions" in told
    form = strategy("vote").form(members=["ann", "bob"], ballots="trained")
    assert together(form.cast, form.settings.files) is not None


def said(actor: Reader, spoiled: int) -> int:
    """One more than what was asked about, or one too many for every so manyth question."""
    (asked,) = re.findall(r"What is (\d+)", actor.heard[-1].messages[-1]["content"])
    return int(asked) + 1 + (int(asked) % spoiled == 0)
