"""What somebody sees who asks the bundled minds for what they know nothing of."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from symposium.models import endpoints
from symposium.models.zoo.outside import outside

POEM = "Write a poem about the sea in autumn."
KOREAN_POEM = "가을 바다에 대한 시를 써 줘."


@pytest.fixture(autouse=True)
def _reopened(stage: Any) -> Iterator[None]:
    yield
    endpoints._open.clear()


def outcome(printed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed.out.splitlines()[-1])["outcome"]
    return found


@pytest.mark.parametrize("question", [POEM, KOREAN_POEM])
@pytest.mark.parametrize("graph", ["single", "vote"])
def test_the_run_abstains_and_tells_the_ways_to_bigger_minds(
    command: Callable[..., Any], graph: str, question: str
) -> None:
    printed = command("ask", "-g", graph, "-m", "small", question)
    assert (printed.code, printed.out) == (1, "")
    told = " ".join(printed.err.split())
    assert "symposium: no answer: the question lies outside what the bundled minds know" in told
    assert "-m gguf:" in told
    assert told.count("small 1: failed") == 1
    assert "small 2: failed" not in told  # of a vote: once is enough


def test_quiet_tells_it_in_one_line(command: Callable[..., Any]) -> None:
    printed = command("ask", "-q", "-m", "small", POEM)
    assert (printed.code, printed.out) == (1, "")
    assert printed.err.count("\n") == 1
    assert "-m gguf:" in printed.err


def test_the_stream_ends_with_an_outcome_that_abstains(command: Callable[..., Any]) -> None:
    printed = command("ask", "--json", "-g", "vote", "-m", "small", "--samples", "2", POEM)
    told = outcome(printed)
    assert (printed.code, told["status"], told["exit"], told["method"]) == (1, "abstained", "outside", "none")
    assert [failure["kind"] for failure in told["failures"]] == ["refused", "refused"]
    assert any("gguf:" in note for note in told["notes"])
    assert (told["totals"]["input"], told["totals"]["output"]) == (0, 0)


def test_another_member_answers_what_the_bundled_minds_refuse(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "The sea is grey; answer grey")
    printed = command("ask", "-g", "vote", "-m", "small,ann", "--samples", "1", "--window", "1", POEM)
    assert (printed.code, printed.out) == (0, "The sea is grey; answer grey\n")
    assert "small: refused: the question lies outside its world" in " ".join(printed.err.split())


def test_who_could_have_answered_but_failed_is_told_with_it(
    stage: Any, lines: Any, command: Callable[..., Any]
) -> None:
    stage.cast("ann", lines(fails="auth"))
    told = outcome(command("ask", "--json", "-g", "vote", "-m", "ann,small", "--samples", "1", POEM))
    assert (told["status"], told["exit"]) == ("failed", "error")
    assert {failure["kind"] for failure in told["failures"]} == {"auth", "refused"}


def test_a_refusal_of_another_kind_is_a_failure_as_ever(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", lines(fails="refused"))
    told = outcome(command("ask", "--json", "--samples", "1", POEM))
    assert (told["status"], told["exit"]) == ("failed", "error")


def test_members_that_fail_in_the_same_words_share_a_line_of_the_receipt(
    stage: Any, lines: Any, command: Callable[..., Any]
) -> None:
    stage.cast("ann", lines(fails="auth"))
    stage.cast("bob", lines(fails="auth"))
    stage.cast("cho", "answer 1", "answer 1")
    printed = command("ask", "-g", "vote", "--samples", "2", "--window", "1", "?")
    assert "ann ×2, bob ×2: auth: scripted auth" in " ".join(printed.err.split())


@pytest.mark.parametrize("question", ["What is 2+2?", "what's 47+35", "How much is 100-58?", "What does 48/6 equal?"])
def test_a_sum_may_be_typed_without_blanks(question: str) -> None:
    assert not outside(question)


def test_a_wrong_step_of_a_quiet_answer_is_warned_of(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", lines("6*7=43; answer 43"))
    said = command("ask", "-q", "-g", "single", "?")
    assert (said.out, said.err) == ("43\n", "symposium: warning: a written step is wrong: 6*7=43 (it is 42)\n")


def test_a_verdict_is_no_answer(command: Callable[..., Any]) -> None:
    said = command("ask", "-q", "-g", "single", "-m", "symbolic:arithmetic", "What is 94 times 85?")
    assert (said.code, said.out) == (1, "")
