"""What is asked or configured wrongly is told in one line with the nearest valid choice, and never with a traceback."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symposium.graphs.catalogue import GRAPHS

ASK = ("ask", "-m", "ann", "?")


def one_line(printed: Any) -> str:
    assert printed.out == ""
    assert printed.err.startswith("symposium: ")
    assert printed.err.count("\n") == 1
    assert "Traceback" not in printed.err
    return str(printed.err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", ""), ("the question is empty",)),
        (("ask", " \n\t"), ("the question is empty",)),
        (("plan", ""), ("the question is empty",)),
        (
            ("ask", "-g", "vot", "?"),
            ("unknown graph 'vot'", "did you mean 'vote'?", f"known: {', '.join(sorted(GRAPHS))}"),
        ),
        (("graphs", "show", "singel"), ("unknown graph 'singel'", "did you mean 'single'?")),
        (("ask", "-m", "an", "?"), ("unknown member 'an'", "did you mean 'ann'?")),
        (("ask", "-m", "ann,ann", "?"), ("'ann,ann'", "--samples")),
        (("ask", "-m", "ann,,bob", "?"), ("'ann,,bob'", "empty name")),
        (("ask", "-m", "", "?"), ("''", "empty name")),
        (("ask", "-m", "guff:x", "?"), ("unknown provider 'guff'", "did you mean 'gguf'?")),
        (("ask", "--preset", "carefull", "?"), ("unknown preset 'carefull'", "did you mean 'careful'?")),
        (("ask", "--budget", "-1", "?"), ("'budget' = -1: must be 0 or more",)),
        (("ask", "--budget", "nan", "?"), ("'budget' = nan: must be a finite number",)),
        (("ask", "--budget", "inf", "?"), ("'budget' = inf: must be a finite number",)),
        (("ask", "--timeout", "inf", "?"), ("'timeout' = inf: must be a finite number",)),
        (("ask", "--budget", "much", "?"), ("--budget", "much", "number")),
        (("ask", "--max-calls", "-3", "?"), ("'max_calls' = -3",)),
        (("ask", "--max-tokens", "1.5", "?"), ("--max-tokens", "1.5")),
        (("ask", "--timeout", "0", "?"), ("'timeout' = 0: must be more than 0",)),
        (("ask", "--temperature", "9", "?"), ("'temperature' = 9: must be 2 or less",)),
        (("ask", "--seed", "-1", "?"), ("'seed' = -1: must be 0 or more",)),
        (("ask", "--seed", "2147483648", "?"), ("'seed' = 2147483648: must be less than 2147483648",)),
        (("ask", "--samples", "0", "?"), ("'samples' = 0: must be 1 or more",)),
        (("ask", "--window", "0", "?"), ("'window' = 0",)),
        (
            ("ask", "--rule", "plural", "?"),
            ("'rule' = 'plural': must be one of plurality, probability, reliability, confidence",),
        ),
        (("ask", "-g", "single", "--samples", "3", "?"), ("graph 'single' has no choice 'samples'",)),
        (("ask", "--stages", "ann", "?"), ("graph 'vote' has no choice 'stages'",)),
        (("ask", "-g", "cascade", "--stages", "an,bob", "?"), ("stage 'an': unknown member 'an'", "mean 'ann'?")),
        (("ask", "-g", "cascade", "--stages", "vot(ann)", "?"), ("'vot' is no graph for a stage", "mean 'vote'?")),
        (("ask", "-g", "cascade", "--stages", "ann,,bob", "?"), ("--stages 'ann,,bob'", "empty name")),
        (("ask", "-g", "cascade", "--thresholds", "high", "?"), ("'thresholds' = 'high': must be a number",)),
        (("ask", "-g", "cascade", "--thresholds", "2", "?"), ("'thresholds' = '2': must be 1 or less",)),
        (("ask", "-g", "cascade", "--thresholds", ".1,.2,.3", "?"), ("3 thresholds for 2 stages",)),
        (("ask", "-g", "cascade", "--scorer", "mood", "?"), ("'scorer' = 'mood': no such scorer; known: agreement,",)),
        (("ask", "-g", "repair", "--critic", "an", "?"), ("unknown member 'an'", "did you mean 'ann'?")),
        (("ask", "-g", "repair", "--rounds", "0", "?"), ("'rounds' = 0: must be 1 or more",)),
        (("ask", "--sample", "3", "?"), ("unknown option '--sample'", "did you mean '--samples'?")),
        (("ask", "-5 + 3"), ("unknown option '-5'", "put -- before a question that begins with a dash")),
        (("plan", "-5 + 3"), ("unknown option '-5'", "put -- before a question that begins with a dash")),
        (("ask", "--budget"), ("--budget", "argument")),
        (("ask", "two", "questions"), ("unexpected extra argument", "questions")),
        (("aks", "?"), ("unknown command 'aks'", "did you mean 'ask'?")),
        (("What is 17*24?",), ("unknown command", 'symposium ask "..."')),
        (("config", "shwo"), ("unknown command 'shwo'", "did you mean 'show'?")),
        (("show", "19991231"), ("no run '19991231'",)),
        (("show",), ("no runs yet", "symposium ask")),
        (("runs", "--limit", "0"), ("--limit", "greater than or equal to 1")),
        (("graphs", "show", "vote", "--mermaid", "--json"), ("exclude each other",)),
    ],
)
def test_what_is_asked_wrongly_ends_with_2(
    stage: Any, command: Callable[..., Any], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    stage.cast("ann", "answer 1")
    stage.cast("bob", "answer 1")
    stage.file.write_text(stage.file.read_text() + "\n[preset.careful]\nsamples = 8\n")
    printed = command(*arguments)
    line = one_line(printed)
    assert printed.code == 2
    assert all(word.lower() in line.lower() for word in words), line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-g", "cascade", "--scorer", "judge", "--judge", "bob"), "member 'bob' (scripted:bob) cannot be judge"),
        (("-g", "repair", "--critic", "ann"), "member 'ann' (scripted:ann) cannot be critic"),
    ],
)
def test_a_member_that_cannot_play_its_role_ends_with_2_before_anyone_speaks(
    stage: Any, command: Callable[..., Any], arguments: tuple[str, ...], words: str
) -> None:
    actors = [stage.cast(name, "answer 1") for name in ("ann", "bob")]
    printed = command("ask", *arguments, "?")
    assert (printed.code, printed.out, [actor.heard for actor in actors]) == (2, "", [[], []])
    assert f"symposium: {words}; that takes" in printed.err.splitlines()[-1]


def test_a_question_of_200_kilobytes_does_not_fit(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = stage.cast("ann", "answer 1", context=4096)
    monkeypatch.setattr(sys, "stdin", io.StringIO("long " * 40_000))
    printed = command("ask")
    assert (printed.code, actor.heard) == (2, [])
    assert "too long" in one_line(printed)
    assert "4,096 tokens" in printed.err


def test_a_question_that_is_not_text_is_told(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", "answer 1")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9?"), encoding="utf-8"))
    printed = command("ask")
    assert printed.code == 2
    assert "not utf-8 text" in one_line(printed)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("sampels = 3", ("unknown key 'sampels'", "did you mean 'samples'?")),
        ("samples = 0", ("'samples' = 0: must be 1 or more",)),
        ("samples = 2.5", ("'samples' = 2.5: must be a whole number",)),
        ('samples = "many"', ("'samples' = 'many': must be a whole number",)),
        ("budget = inf", ("'budget' = inf: must be a finite number",)),
        ('timeout = "long"', ("'timeout' = 'long': must be a number",)),
        ('allow_unpriced = "perhaps"', ("'allow_unpriced' = 'perhaps': must be true or false",)),
        ('members = "ann"', ("'members' = 'ann': must be a list of names",)),
        ('[member.cid]\nmodel = "x"', ("'model' = 'x': must be provider:model",)),
        ('[member.cid]\nmodel = "gguf:x"\nreliability = nan', ("'reliability' = nan: must be a finite number",)),
        ("budget = -1", ("'budget' = -1",)),
        ("samples = ", ("at line 3",)),
        ("thresholds = [2]", ("'thresholds' = 2: must be 1 or less",)),
        ("thresholds = true", ("'thresholds' = True: must be a list",)),
        ('scorer = "mood"', ("'scorer' = 'mood': no such scorer", "known: agreement")),
        ('graph = "cascade"\nstages = ["an"]', ("stage 'an': unknown member 'an'",)),
        ('graph = "repair"\ncritic = "an"', ("unknown member 'an'",)),
        ('graph = "vot"', ("unknown graph 'vot'", "did you mean 'vote'?")),
        ('members = ["an"]', ("unknown member 'an'", "did you mean 'ann'?")),
        ('[member.cid]\nmodel = "gguf:x"\nmaxtokens = 3', ("[member.cid]", "did you mean 'max_tokens'?")),
        ("[member.cid]\ncontext = 3", ("[member.cid]", "'model' is missing")),
        ("[preset.careful]\nsampels = 3", ("preset 'careful'", "did you mean 'samples'?")),
    ],
)
def test_what_is_configured_wrongly_ends_with_3(
    stage: Any, command: Callable[..., Any], toml: str, words: tuple[str, ...]
) -> None:
    stage.cast("ann", "answer 1")
    top, members = stage.file.read_text().split("[member", 1)
    stage.file.write_text(f"{top}{toml}\n[member{members}")
    arguments = ("ask", "?") if "members" in toml or "stages" in toml else ASK
    printed = command(*arguments)
    line = one_line(printed)
    assert printed.code == 3
    assert all(word in line for word in words), line


def test_a_wrong_environment_variable_is_configured_wrongly(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", "answer 1")
    monkeypatch.setenv("SYMPOSIUM_SAMPLES", "many")
    printed = command(*ASK)
    assert printed.code == 3
    assert "environment" in one_line(printed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ("no model file",)),
        (b"", ("holds only 0 bytes",)),
        (b"GGUF\x03\x00\x00\x00", ("ends in its header",)),
        (b"PK\x03\x04 a zip archive", ("is not a GGUF file",)),
    ],
)
@pytest.mark.parametrize("configured", [True, False])
def test_a_broken_model_file_is_told_apart(
    stage: Any, command: Callable[..., Any], configured: bool, content: bytes | None, words: tuple[str, ...]
) -> None:
    path = stage.folder / "mind.gguf"
    if content is not None:
        path.write_bytes(content)
    stage.cast("ann", "answer 1", model=f"gguf:{path}")
    for name in ("ask", "plan"):
        printed = command(name, "-m", "ann" if configured else f"gguf:{path}", "?")
        assert printed.code == 3
        assert all(word in one_line(printed) for word in (*words, str(path)))


def test_one_broken_member_of_several_does_not_end_the_run(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "answer 1")
    stage.cast("bob", "answer 1", model="gguf:/nowhere/mind.gguf")
    printed = command("ask", "?")
    assert (printed.code, printed.out) == (0, "answer 1\n")
    assert "missing-model: no model file '/nowhere/mind.gguf'" in printed.err


def test_a_file_that_is_no_ledger_is_told(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "answer 1")
    Path(stage.ledger).write_text("not a database, but long enough to be looked at as one " * 20)
    printed = command("runs")
    assert printed.code == 3
    assert str(stage.ledger) in one_line(printed)


def test_our_own_mistake_is_one_line_and_a_hint(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", "answer 1")

    class Broken(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            raise RuntimeError("out of cheese")

    monkeypatch.setattr(sys, "stdin", Broken())
    printed = command("ask")
    assert printed.code == 70
    assert "RuntimeError: out of cheese; set SYMPOSIUM_DEBUG=1" in one_line(printed)
    monkeypatch.setenv("SYMPOSIUM_DEBUG", "1")
    assert "Traceback" in command("ask").err
