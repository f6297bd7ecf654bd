"""`symposium ask`: the answer on stdout, everything else on stderr, and what the exit code tells."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

import symposium.graphs.vote  # noqa: F401 - loaded before the clock of a run with a time limit starts
from symposium.cli.receipt import signals
from symposium.ledger.records import Signal
from symposium.models.run import ledger_at

ANSWER = "17*24=408; 408-58=350; answer 350"


def test_the_answer_and_nothing_else_stands_on_stdout(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    printed = command("ask", "How many pens are left?")
    assert (printed.code, printed.out) == (0, f"{ANSWER}\n")


def test_stderr_has_a_line_for_every_finished_step_and_the_receipt(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.cast("bob", "answer 340")
    printed = command("ask", "--samples", "1", "--rule", "plurality", "?")
    (run,) = ledger_at(stage.ledger).runs()
    assert f"vote: asking ann, bob (run {run['run']})" in printed.err
    assert "ann 1: 350 (" in printed.err
    assert "bob 1: 340 (" in printed.err
    assert "vote: 350 50 %, 340 50 %; settled" in printed.err or "vote: 340 50 %, 350 50 %; settled" in printed.err
    assert " dissent  " in printed.err
    assert f"symposium show {run['run']}" in printed.err


def receipt(printed: Any) -> dict[str, str]:
    """The receipt's lines by heading."""
    lines = printed.err[printed.err.index("     how  ") :].splitlines()
    return {line[:8].strip(): line[10:] for line in lines}


def test_what_a_fusion_leaves_out_is_told_as_nobodys_voice(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "It is 42.\nAnswer: 42", features={"chat"})
    stage.cast("agg", "It is 42.\nAnswer: 42\n\nNot combined:\n- 41: it does not add up", features={"chat"})
    mixture = ("-g", "moa", "-m", "ann", "--aggregator-model", "agg", "--aggregation-strategy", "fusion")
    assert receipt(command("ask", *mixture, "?"))["dissent"] == "41: it does not add up"


def test_the_receipt_tells_what_the_most_reliable_member_said_first_if_it_was_something_else(
    stage: Any, command: Callable[..., Any]
) -> None:
    stage.cast("ann", "answer 7", "answer 8", reliability=0.9)
    stage.cast("bob", "answer 8", reliability=0.6)
    arguments = ("ask", "--samples", "3", "--rule", "plurality", "--window", "1")
    assert receipt(command(*arguments, "?"))["first"] == "ann said 7"
    stage.cast("ann", "answer 8.0", reliability=0.9)
    assert "first" not in receipt(command(*arguments, "?"))


def test_the_receipt_tells_signals_that_a_person_can_read(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", lines("answer 7", probability=0.8))
    assert receipt(command("ask", "--samples", "1", "?"))["signals"] == (
        "agreement 1.00, share 1.00, margin 1.00, probability 0.80 (raw)"
    )
    stage.cast("ann", lines("answer 7", probability=0.8))
    assert receipt(command("ask", "-g", "single", "?"))["signals"] == "probability 0.80 (raw)"


def test_a_calibrated_signal_is_told_apart_from_a_raw_one() -> None:
    raw, fitted = Signal(value=-0.0001, calibrated=False), Signal(value=0.75, calibrated=True)
    assert signals({"margin": raw, "certainty": fitted}) == "margin 0.00 (raw), certainty 0.75 (calibrated)"
    assert signals({"margin": raw, "sum_logprob": Signal(value=-900.0, calibrated=False)}) == (
        "margin 0.00, probability 0.00 (raw)"
    )
    assert signals({}) == ""
    fitted_names = (
        "sum_logprob",
        "checked_logprob",
        "mean_logprob",
        "min_logprob",
        "token_entropy",
        "margin",
        "agreement",
    )
    assert signals({f"answer.{name}.calibrated": fitted for name in fitted_names}) == (
        "answer.chance 0.75 (calibrated), answer.agreement.calibrated 0.75 (calibrated)"
    )


def test_the_chance_of_a_reply_that_speaks_for_others_is_not_told_as_theirs() -> None:
    own, together = Signal(value=0.25, calibrated=True), Signal(value=0.75, calibrated=True)
    assert signals({"checked_logprob.calibrated": own}) == "chance 0.25 (calibrated)"
    assert signals({"answer.checked_logprob.calibrated": own}) == "answer.chance 0.25 (calibrated)"
    assert signals({"answer.checked_logprob.calibrated": own, "chance": together}) == "chance 0.75 (calibrated)"


def test_the_vote_is_told_while_it_is_open_and_once_when_it_is_settled(
    stage: Any, lines: Any, command: Callable[..., Any]
) -> None:
    stage.cast("ann", lines("What?"), "answer 350")
    told = command("ask", "--samples", "6", "--window", "1", "--rule", "plurality", "?").err.splitlines()
    votes = [line for line in told if line.startswith("vote: ") and "asking" not in line]
    assert votes == [
        *(f"vote: 350 100 %; {outstanding} to come" for outstanding in (4, 3)),
        "vote: 350 100 %; settled",
    ]


def test_the_decisions_of_a_cascade_are_told(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", lines("answer 340", probability=0.5), reliability=0.6)
    stage.cast("bob", ANSWER, reliability=0.9)
    printed = command("ask", "-g", "cascade", "--stages", "ann,bob", "--thresholds", "0.8", "?")
    assert (printed.code, printed.out) == (0, f"{ANSWER}\n")
    unsure = "stage 'ann' was not sure enough: .50 <= .80"
    assert f"{unsure}; bob is asked next\n" in printed.err
    told = receipt(printed)
    assert told["how"] == f"a selection; 2 of 2 answered; every planned step was taken; {unsure}"
    assert (told["agreed"], told["note"]) == ("bob", "stage 'bob' answered; 2 of 2 stages asked")
    assert command("show").out.count(unsure) == 2


def test_the_decisions_of_a_repair_are_told(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "17*24=418; 418-58=360; answer 360")
    stage.cast("bob", ANSWER, features=("prefix",))
    printed = command("ask", "-g", "repair", "?")
    assert (printed.code, printed.out) == (0, f"{ANSWER}\n")
    assert "symbolic:arithmetic objects to ann's 17*24=418: it is 408\n" in printed.err
    assert "bob reviser: 350 (" in printed.err
    assert "bob's revision stands: no wrong step is left\n" in printed.err
    assert receipt(printed)["note"] == "revision 1 by bob stands: no wrong step is left"


def test_a_judges_verdict_is_told(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.cast("bob", lines(ANSWER, probability=0.95), features=("forced",))
    printed = command("ask", "-g", "cascade", "--stages", "ann,bob", "--scorer", "judge", "?")
    assert "bob judges ann's draft: how likely the draft is under its own weights: -0.05\n" in printed.err
    assert "bob judge" not in printed.err.replace("bob judges", "")


def test_quiet_prints_the_short_answer_alone(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    printed = command("ask", "-q", "?")
    assert (printed.code, printed.out, printed.err) == (0, "350\n", "")


def test_quiet_prints_the_text_where_no_short_answer_can_be_read(stage: Any, command: Callable[..., Any]) -> None:
    text = "There are many ways to look at it. " * 20
    stage.cast("ann", text)
    assert command("ask", "-q", "-g", "single", "?").out == f"{text.strip()}\n"


def test_json_is_the_event_stream_and_ends_with_the_outcome(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    printed = command("ask", "--json", "?")
    events = [json.loads(line) for line in printed.out.splitlines()]
    assert (printed.code, printed.err) == (0, "")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[-1]["type"]) == ("run.start", "run.end")
    assert events[-1]["outcome"]["extracted"] == "350"
    assert printed.out.splitlines() == list(ledger_at(stage.ledger).lines(events[0]["run"]))


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_the_question_may_come_from_stdin(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    actor = stage.cast("ann", ANSWER)
    monkeypatch.setattr("sys.stdin", io.StringIO("How many pens\nare left?\n"))
    assert command("ask", *arguments).code == 0
    assert actor.heard[0].messages[-1]["content"] == "How many pens\nare left?"


def test_only_what_is_asked_for_is_chosen_so_that_the_configuration_holds(
    stage: Any, command: Callable[..., Any]
) -> None:
    stage.configure("samples = 1\nseed = 7\n")
    actor = stage.cast("ann", ANSWER)
    command("ask", "?")
    assert len(actor.heard) == 1


def test_the_configured_graph_answers(stage: Any, command: Callable[..., Any]) -> None:
    stage.configure('graph = "single"')
    stage.cast("ann", ANSWER)
    command("ask", "?")
    assert [run["graph"] for run in ledger_at(stage.ledger).runs()] == ["single"]


def test_a_control_sequence_in_an_answer_never_reaches_the_terminal(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "\x1b[2J\x1b]0;owned\x07answer 350")
    printed = command("ask", "?")
    assert "\x1b" not in printed.out + printed.err
    assert "\x07" not in printed.out + printed.err


def case(name: str, code: int, arguments: tuple[str, ...], *lines: Any) -> Any:
    return pytest.param(code, arguments, lines, id=name)


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        case("answer", 0, (), {"text": "answer 1"}),
        case("agreement", 0, ("--require-consensus",), {"text": "answer 1"}),
        case("nobody answers", 1, (), {"fails": "refused"}),
        case("nothing can be read", 1, (), {"text": "What do you mean?"}),
        case("no key", 3, (), {"fails": "auth"}),
        case("no money", 3, (), {"fails": "billing"}),
        case("no such model", 3, (), {"fails": "missing-model"}),
        case("too long for everyone", 2, (), {"fails": "context"}),
        case("no key and no answer", 1, (), {"fails": "refused"}, {"fails": "auth"}),
        case("no calls allowed", 4, ("--max-calls", "0"), {"text": "answer 1"}),
        case("calls used up", 4, ("--max-calls", "1", "--window", "1"), {"text": "answer 1"}),
        case("time used up", 5, ("--timeout", "0.05"), {"text": "answer 1"}, {"text": "", "hangs": True}),
        case("dissent", 6, ("--require-consensus",), {"text": "answer 1"}, {"text": "answer 2"}, {"text": "answer 1"}),
    ],
)
def test_the_exit_code_tells_how_it_ended(
    stage: Any, lines: Any, command: Callable[..., Any], code: int, arguments: tuple[str, ...], said: tuple[Any, ...]
) -> None:
    stage.cast("ann", *(lines(**line) for line in said))
    assert command("ask", "--window", "1", "--samples", "3", *arguments, "?").code == code


@pytest.mark.parametrize(("limit", "code"), [("--max-calls=1", 4), ("--timeout=1", 5)])
def test_the_best_answer_so_far_is_printed_when_a_limit_is_reached(
    stage: Any, lines: Any, command: Callable[..., Any], limit: str, code: int
) -> None:
    stage.cast("ann", ANSWER, lines(text="", hangs=True))
    printed = command("ask", "--samples", "3", "--window", "1", limit, "?")
    assert (printed.code, printed.out) == (code, f"{ANSWER}\n")


def test_who_failed_is_told_in_one_line_when_nobody_can_be_asked(
    stage: Any, lines: Any, command: Callable[..., Any]
) -> None:
    stage.cast("ann", lines(fails="auth"))
    printed = command("ask", "-q", "?")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == "symposium: no answer: every call failed — ann ×3: auth: scripted auth\n"


@pytest.mark.parametrize("manner", [("--json", "-q"), ("--plain", "-q"), ("--json", "--plain")])
def test_there_is_one_manner_of_printing(stage: Any, command: Callable[..., Any], manner: tuple[str, ...]) -> None:
    stage.cast("ann", ANSWER)
    printed = command("ask", *manner, "?")
    assert (printed.code, printed.out) == (2, "")


def test_a_ledger_that_cannot_be_written_costs_a_warning_but_no_answer(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.ledger.write_text("not a database, but long enough to be looked at as one " * 20)
    printed = command("ask", "-q", "?")
    assert (printed.code, printed.out) == (0, "350\n")
    assert printed.err.startswith("symposium: warning: the ledger ")
