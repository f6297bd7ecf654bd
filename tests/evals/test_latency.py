"""What not waiting saves: the figures, and the measurement against a server with a tail."""

from collections.abc import AsyncIterator

import pytest
from wire import Wire, asked, tail

from symposium.evals.latency import HISTORY, Asked, Sample, Saving, debate_exit, hedging, main, quorum_exit
from symposium.models import pace
from symposium.models.endpoints import disconnect

MODELS = ("m1", "m2", "m3", "m4", "m5")
QUESTIONS = [f"[Q-{place}] A or B?" for place in range(12)]


@pytest.fixture(autouse=True)
async def connections() -> AsyncIterator[None]:
    await disconnect()
    yield
    await disconnect()


def sample(seconds: list[float], *, calls: int = 5, answer: str = "A") -> Sample:
    return Sample("so", tuple(Asked(one, calls, answer) for one in seconds))


def test_quantiles_are_those_of_the_questions_in_order_of_their_time() -> None:
    twenty = sample([place / 10 for place in range(20, 0, -1)])
    assert (twenty.seconds(0.5), twenty.seconds(0.95)) == (1.1, 2.0)
    assert sample([3.0]).seconds(0.95) == 3.0


def test_a_saving_compares_p95_calls_and_answers() -> None:
    slow = sample([1.0] * 9 + [6.0])
    quick = Sample("quick", (*sample([1.0] * 9, calls=6).asked, Asked(1.5, 6, "B")))
    saving = Saving(slow, quick)
    assert (saving.p95, saving.more_calls, saving.same) == (0.75, pytest.approx(0.2), 9)
    assert "p95 -75%, calls +20.0%, same answers to 9 of 10" in str(saving)


async def test_a_settled_vote_answers_as_the_whole_vote_does(wire: Wire) -> None:
    for place, model in enumerate(MODELS):
        wire.model(model, f"Answer: {'AAABB'[place]}", latency=tail(0.002, share=0.2, seed=place))
    saving = await quorum_exit(wire.openai, MODELS, QUESTIONS, at_once=3)
    assert saving.same == len(QUESTIONS)
    assert {one.answer for one in saving.quick.asked} == {"A"}
    assert saving.slow.calls == len(MODELS) * len(QUESTIONS)
    assert len(wire.calls) == saving.slow.calls + saving.quick.calls


async def test_hedging_asks_late_calls_again_and_no_others(wire: Wire) -> None:
    pace.forget()
    for place, model in enumerate(MODELS[:4]):
        wire.model(model, "Answer: A", latency=tail(0.005, share=0.1, factor=30, seed=place))
    saving = await hedging(wire.openai, MODELS[:4], QUESTIONS, at_once=3)
    assert saving.same == len(QUESTIONS)
    history = 2 * 4 * HISTORY
    assert saving.slow.calls == 4 * len(QUESTIONS)
    assert saving.slow.calls <= saving.quick.calls == len(wire.calls) - history - saving.slow.calls


def test_where_the_right_answer_is_told_both_shares_of_it_are() -> None:
    slow, quick = sample([1.0] * 4), Sample("quick", (*sample([1.0] * 3).asked, Asked(1.0, 5, "B")))
    assert "same answers to 3 of 4, right 100.0% and 75.0%" in str(Saving(slow, quick, "A"))


async def test_a_debate_is_spared_where_the_drafts_agree_and_nowhere_else(wire: Wire) -> None:
    for place, model in enumerate(MODELS[:3]):
        wire.model(model, lambda body, other="AAB"[place]: f"Answer: {other if '[Q-1' in asked(body) else 'A'}")
    saving = await debate_exit(wire.openai, MODELS[:3], QUESTIONS, at_once=3)
    alike, drafts = [one for one in saving.quick.asked if one.calls == 3], 3 * len(QUESTIONS)
    assert len(alike) == sum("[Q-1" not in question for question in QUESTIONS)
    assert saving.slow.calls > saving.quick.calls > drafts
    assert len(wire.calls) == saving.slow.calls + saving.quick.calls


def test_the_command_prints_every_saving(wire: Wire, capsys: pytest.CaptureFixture[str]) -> None:
    for model in MODELS:
        wire.model(model, "Answer: A")
    main(["--url", wire.openai, "--models", ",".join(MODELS), "--questions", "3"])
    printed = capsys.readouterr().out
    assert [line.split("  ")[0] for line in printed.splitlines() if " p95 " in line and "load" in line] == [
        "vote, waiting for all",
        "vote, until settled",
        "slowest of all, one attempt",
        "slowest of all, hedged",
        "debate, always",
        "debate, where drafts differ",
    ]
    assert printed.count("same answers to 3 of 3") == 3
