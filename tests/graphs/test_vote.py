"""A vote: who is counted, when it stops, what it says of itself."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.ledger.records import Outcome, UsageError
from symposium.models.endpoints import disconnect
from symposium.models.run import ledger_at
from symposium.tools.equivalence import canonical
from symposium.tools.votes import RULES


async def test_the_majority_wins_and_the_dissent_is_kept(stage: Any) -> None:
    stage.cast("ann", "answer 42")
    stage.cast("bob", "17+25=42; answer 42")
    stage.cast("eve", "answer 41")
    outcome = await ask("17+25?", members=["ann", "eve", "bob"], samples=1, window=1, rule="plurality")
    assert (outcome["status"], outcome["extracted"]) == ("answered", "42")
    assert outcome["agreed"] == ["ann", "bob"]
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("41", ["eve"])]
    assert outcome["signals"]["agreement"] == {"value": pytest.approx(2 / 3), "calibrated": False}


async def test_a_vote_of_five_fixed_after_three_cancels_the_two_that_never_finish(stage: Any, lines: Any) -> None:
    for name in ("a", "b", "c"):
        stage.cast(name, lines("answer 7", ticks=3))
    for name in ("never1", "never2"):
        stage.cast(name, lines(text="thinking", hangs=True))
    deliberation = start("which?", members=stage.members, samples=1, rule="plurality", window=5)
    events = [event async for event in deliberation.events()]
    outcome = await deliberation.outcome()
    cut = [event["member"] for event in events if event["type"] == "call.end" and event["cancelled"]]
    assert sorted(cut) == ["never1", "never2"]
    assert (outcome["exit"], outcome["extracted"]) == ("settled", "7")
    assert outcome["quorum"] == {"asked": 5, "answered": 3, "failed": 0, "cancelled": 2}
    assert all(actor.speaking == 0 for actor in stage.actors.values())


async def test_samples_roll_through_the_window(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", *(lines(text=f"answer {n}", ticks=3) for n in range(6)))
    outcome = await ask("?", members=["a"], samples=6, window=2, rule="plurality")
    assert actor.most_speaking == 2
    assert outcome["quorum"]["answered"] == 6


async def test_a_failing_member_is_counted_and_never_padded(stage: Any, lines: Any) -> None:
    stage.cast("ann", "answer 42")
    stage.cast("bad", lines(fails="auth"))
    outcome = await ask("?", members=stage.members, samples=1)
    assert outcome["answered"] == ["ann"]
    assert [(failure["member"], failure["kind"]) for failure in outcome["failures"]] == [("bad", "auth")]
    assert outcome["quorum"] == {"asked": 2, "answered": 1, "failed": 1, "cancelled": 0}


async def test_when_everyone_fails_the_outcome_says_so_and_gives_no_text(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(fails="auth"))
    stage.cast("b", lines(text=""))
    outcome = await ask("?", members=stage.members, samples=1)
    assert (outcome["status"], outcome["answer"], outcome["exit"]) == ("failed", "", "error")
    assert {failure["kind"] for failure in outcome["failures"]} == {"auth", "empty"}


async def test_when_nobody_can_be_read_the_vote_abstains(stage: Any) -> None:
    stage.cast("a", "What do you mean?")
    outcome = await ask("?", members=stage.members, samples=1)
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("abstained", "no-answer", "none")


async def test_a_tie_is_broken_the_same_way_and_reported(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="answer 1", probability=0.4))
    stage.cast("b", lines(text="answer 2", probability=0.6))
    outcome = await ask("?", members=stage.members, samples=1, rule="plurality")
    assert outcome["extracted"] == "2"
    assert outcome["tie"]


async def test_probability_outweighs_number(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="answer 1", probability=0.2))
    stage.cast("b", lines(text="answer 1", probability=0.3))
    stage.cast("c", lines(text="answer 2", probability=0.9))
    by_weight = await ask("?", members=stage.members, samples=1, rule="probability")
    by_number = await ask("?", members=stage.members, samples=1, rule="plurality")
    assert (by_weight["extracted"], by_number["extracted"]) == ("2", "1")


async def test_reliability_outweighs_number(stage: Any) -> None:
    stage.cast("a", "answer 1", reliability=0.55)
    stage.cast("b", "answer 1", reliability=0.55)
    stage.cast("c", "answer 2", reliability=0.95)
    outcome = await ask("?", members=stage.members, samples=1, rule="reliability")
    assert outcome["extracted"] == "2"


async def test_a_wrong_written_step_takes_the_weight_from_a_vote_but_not_the_voice(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="6*7=43; answer 43", probability=0.99))
    stage.cast("b", lines(text="6*7=42; answer 42", probability=0.5))
    weighed = await ask("?", members=stage.members, samples=1)
    assert weighed["extracted"] == "42"
    assert [(voice["answer"], voice["share"]) for voice in weighed["dissent"]] == [("43", pytest.approx(0, abs=0.01))]


async def test_answers_in_different_units_are_one_answer(stage: Any) -> None:
    stage.cast("a", "answer 155")
    stage.cast("b", "answer 2 h 35 min")
    outcome = await ask("How many minutes is that?", members=["a", "b"], samples=1, rule="plurality")
    assert (outcome["agreed"], outcome["dissent"]) == (["a", "b"], [])


async def test_conclude_ends_with_what_is_there(stage: Any, lines: Any) -> None:
    stage.cast("a", "answer 5")
    stage.cast("b", lines(text="hm", hangs=True))
    deliberation = start("?", members=stage.members, samples=1, rule="probability")
    async for event in deliberation.events():
        if event["type"] == "vote":
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "concluded", "5")


async def test_the_time_limit_ends_with_what_is_there(stage: Any, lines: Any) -> None:
    stage.cast("a", "answer 5")
    stage.cast("b", lines(text="hm", hangs=True))
    strategy("vote").graph()  # imported before the clock starts
    outcome = await ask("?", members=stage.members, samples=1, timeout=3)
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "timeout", "5")


async def test_the_budget_ends_with_what_is_there_and_says_which_limit(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines(text="answer 5", ticks=3))
    outcome = await ask("?", members=["a"], samples=4, max_calls=2)
    assert len(actor.heard) == outcome["quorum"]["answered"] == 2
    assert (outcome["status"], outcome["exit"]) == ("partial", "budget")
    assert "2 calls" in outcome["words"]


async def test_unpriced_members_are_refused_under_a_money_budget(stage: Any) -> None:
    actor = stage.cast("free", "answer 5", price_input=None, price_output=None)
    refused = await ask("?", members=["free"], samples=1, budget=1.0)
    assert (refused["status"], refused["exit"], actor.heard) == ("failed", "budget", [])
    assert [(failure["member"], failure["kind"]) for failure in refused["failures"]] == [("free", "billing")]
    allowed = await ask("?", members=["free"], samples=1, budget=1.0, allow_unpriced=True)
    assert (allowed["extracted"], allowed["totals"]["cost"], allowed["totals"]["unpriced"]) == ("5", None, ["free"])


async def test_tokens_that_come_back_let_the_next_sample_speak(stage: Any, lines: Any) -> None:
    """Each sample reserves its prompt and 500 tokens and uses 12: they fit one after the other, not all at once."""
    actor = stage.cast("a", lines(text="answer 5", ticks=3), max_tokens=500)
    outcome = await ask("?", members=["a"], samples=3, max_tokens=1300, rule="plurality", window=3)
    assert (outcome["exit"], outcome["quorum"]["asked"]) == ("settled", 3)
    assert len(actor.heard) >= 2


async def test_a_failure_that_passes_is_retried_and_each_attempt_counts(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(fails="server"), lines(text="answer 9"))
    outcome = await ask("?", members=["a"], samples=1)
    assert outcome["extracted"] == "9"
    assert (outcome["totals"]["calls"], outcome["totals"]["attempts"]) == (1, 2)


ANSWERS = st.lists(
    st.tuples(st.sampled_from(["1/2", "0.5", "2", "3", ""]), st.sampled_from([0.2, 0.5, 0.9])), min_size=2, max_size=5
)


@given(answers=ANSWERS, rule=st.sampled_from(list(RULES)), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_member_order_nor_arrival_order_changes_a_vote(
    staging: Callable[[], Any], lines: Any, answers: list[tuple[str, float]], rule: str, data: st.DataObject
) -> None:
    orders = [list(range(len(answers))), data.draw(st.permutations(range(len(answers))))]
    results = []
    for order in orders:
        arrivals = data.draw(st.permutations(range(len(answers))))
        results.append(asyncio.run(_vote(staging(), lines, answers, order, arrivals, rule)))
    kept = [(outcome["status"], canonical(outcome["extracted"] or "?"), outcome["method"]) for outcome in results]
    assert kept[0] == kept[1]


async def _vote(
    stage: Any, lines: Any, answers: list[tuple[str, float]], order: list[int], arrivals: list[int], rule: str
) -> Outcome:
    for place, (answer, probability) in enumerate(answers):
        said = f"answer {answer}" if answer else "What do you mean?"
        stage.cast(f"m{place}", lines(text=said, probability=probability, ticks=3 * arrivals[place]), reliability=0.7)
    return await ask("?", members=[f"m{place}" for place in order], samples=1, rule=rule)


def test_seats_come_first_samples_first(stage: Any) -> None:
    from symposium.graphs.vote import seats

    for name in ("a", "b"):
        stage.cast(name, "answer 1")
    planned = seats(strategy("vote").form(members=["a", "b"], samples=2))  # type: ignore[arg-type]
    assert [(seat["member"], seat["index"]) for seat in planned] == list(itertools.product("ab", [0])) + list(
        itertools.product("ab", [1])
    )


async def test_the_outcome_lies_in_the_ledger(stage: Any) -> None:
    stage.cast("a", "answer 1")
    outcome = await ask("what?", members=["a"], samples=1)
    assert ledger_at(stage.ledger).outcome(outcome["run"]) == outcome


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"sample": 3}, "samples"),
        ({"members": ["an"]}, "ann"),
        ({"preset": "carefull"}, "careful"),
        ({"samples": 0}, "samples"),
        ({"budget": -1}, "budget"),
        ({"rule": "majority"}, "rule"),
    ],
)
async def test_what_is_asked_wrongly_is_named_with_the_nearest(stage: Any, choices: dict[str, Any], told: str) -> None:
    stage.cast("ann", "answer 1")
    stage.configure("")
    stage.file.write_text(stage.file.read_text() + "[preset.careful]\nsamples = 2\n")
    with pytest.raises(UsageError, match=told):
        await ask("?", **choices)


@pytest.mark.parametrize(("rule", "told"), [("confidence", True), ("probability", True), ("plurality", False)])
async def test_the_chance_of_a_vote_is_told_where_ballots_weigh_by_theirs(stage: Any, rule: str, told: bool) -> None:
    stage.configure("")
    outcome = await ask("What is 17 + 24?", members=["large", "numbers"], rule=rule)
    assert (outcome["extracted"], "chance" in outcome["signals"]) == ("41", told)
    await disconnect()
    if told:
        surest = outcome["signals"]["answer.checked_logprob.calibrated"]["value"]
        chance = {"value": pytest.approx(outcome["signals"]["share"]["value"] * surest), "calibrated": True}
        assert outcome["signals"]["chance"] == chance


async def test_a_number_in_prose_is_no_answer_to_an_open_ended_question(stage: Any) -> None:
    stage.cast("a", "Arches press outwards. The oldest has stood for 2,000 years.", reliability=0.6)
    stage.cast("b", "Cables pull. The Golden Gate Bridge opened in 1937.", reliability=0.8)
    outcome = await ask("Why does a bridge stand?", members=["a", "b"], samples=1)
    assert (outcome["status"], outcome["method"], outcome["extracted"]) == ("partial", "selection", None)
    assert outcome["answer"].startswith("Cables pull.")
    assert (outcome["agreed"], outcome["dissent"], outcome["first"]["member"]) == (["b"], [], "b")
    assert outcome["words"] == "prose cannot be counted; what b wrote stands"


async def test_marked_answers_to_an_open_ended_question_are_counted(stage: Any) -> None:
    for name in "abc":
        stage.cast(name, f"In 1937 it was. Answer: {'tension' if name != 'c' else 'luck'}")
    outcome = await ask("Why does a bridge stand?", members=["a", "b", "c"], samples=1, rule="plurality")
    assert (outcome["extracted"], outcome["agreed"]) == ("tension", ["a", "b"])


async def test_the_last_number_still_answers_a_question_that_asks_for_one(stage: Any) -> None:
    stage.cast("a", "Each box holds 24, so 17 boxes hold 408 pens.")
    outcome = await ask("How many pens are in 17 boxes of 24? Explain.", members=["a"], samples=1)
    assert outcome["extracted"] == "408"
