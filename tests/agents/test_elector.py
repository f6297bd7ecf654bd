"""The elector: ranks what others have drafted, or says which of it is right, by reading or by weighing."""

import json
import re
from typing import Any

import pytest

from symposium.agents.elector import approved, ranked
from symposium.ledger.records import CallFailed, UsageError

QUESTION, KOREAN = "What is 17 + 25?", "17 더하기 25는?"
TEXTS = ("17+25=42; answer 42", "17+25=41; answer 41", "answer 42")


def labelled(actor: Any, call: int = 0) -> dict[str, str]:
    """The text under each label, as the model saw them."""
    body = str(actor.heard[call].messages[-1]["content"])
    return dict(re.findall(r"^<<<BEGIN (.+?) [0-9a-f]{8}>>>\n(.*?)\n<<<END", body, re.M | re.S))


def rank(*letters: str) -> str:
    return json.dumps({"reason": "so", "ranking": letters})


def approve(*letters: str) -> str:
    return json.dumps({"reason": "so", "approved": letters})


async def test_a_ranking_places_every_draft_and_is_told_by_calls(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", rank("C", "A", "B"), features=("chat",))
    drafts = house.drafts(*TEXTS)
    made = await ranked(house.mind("eve"), house.asked(QUESTION), drafts)
    call = {draft["text"]: draft["call"] for draft in drafts}
    order = [call[labelled(actor)[label]] for label in "CAB"]
    assert (made.voter, [list(level) for level in made.levels]) == ("eve", [[one] for one in order])
    assert house.told("ranking") == [{"voter": "eve", "order": order}]


async def test_what_is_approved_comes_before_the_rest(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", approve("draft b", '"A"'), features=("chat",))
    drafts = house.drafts(*TEXTS)
    made = await approved(house.mind("eve"), house.asked(QUESTION), drafts)
    call = {draft["text"]: draft["call"] for draft in drafts}
    yes = sorted(call[labelled(actor)[label]] for label in "AB")
    assert [list(level) for level in made.levels] == [yes, [call[labelled(actor)["C"]]]]
    assert house.told("approval") == [{"voter": "eve", "approved": yes}]


@pytest.mark.parametrize(("letters", "yes"), [((), 0), (("A", "B", "C"), 3), (("A", "A"), 1)])
async def test_none_some_or_all_may_be_approved(stage: Any, house: Any, letters: tuple[str, ...], yes: int) -> None:
    stage.cast("eve", approve(*letters), features=("chat",))
    made = await approved(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))
    assert [len(level) for level in made.levels] == [yes, 3 - yes]


async def test_a_letter_that_is_none_is_asked_for_again_and_then_malformed(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", approve("Z"), approve("B"), features=("chat",))
    made = await approved(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))
    assert (len(actor.heard), len(made.levels[0])) == (2, 1)
    assert "'approved' must be one of A, B, C" in actor.heard[1].messages[-1]["content"]
    stage.cast("dim", approve("Z"), features=("chat",))
    with pytest.raises(CallFailed, match="approved"):
        await approved(house.mind("dim"), house.asked(QUESTION), house.drafts(*TEXTS))


@pytest.mark.parametrize(
    ("question", "told"),
    [(QUESTION, ("All of them may be right, some, or none", "`approved`")), (KOREAN, ("모두 옳을 수도", "`approved`"))],
)
async def test_approval_is_asked_for_in_the_language_of_the_question_behind_anonymous_drafts(
    stage: Any, house: Any, question: str, told: tuple[str, str]
) -> None:
    actor = stage.cast("eve", approve(), features=("chat",))
    await approved(house.mind("eve"), house.asked(question), house.drafts(*TEXTS))
    body = actor.heard[0].messages[-1]["content"]
    assert all(words in body.rpartition("<<<END")[2] for words in told)
    assert not re.search(r"\b(ann|bob|cyd)\b", body)
    assert sorted(labelled(actor).values()) == sorted(TEXTS)


async def test_readers_see_the_drafts_in_orders_of_their_own(stage: Any, house: Any) -> None:
    names = ("eve", "fay", "gus", "hal", "ivy")
    actors = [stage.cast(name, approve(), features=("chat",)) for name in names]
    drafts = house.drafts("one", "two", "three", "four")
    for name in names:
        await approved(house.mind(name), house.asked(QUESTION), drafts)
    assert len({tuple(labelled(actor).values()) for actor in actors}) > 1


async def test_a_bundled_mind_ranks_by_what_it_finds_likely_and_a_wrong_step_comes_last(house: Any) -> None:
    right, wrong, other = drafts = house.drafts("17+25=42; answer 42", "17+25=43; answer 43", "17+25=52; answer 52")
    made = await ranked(house.mind("large"), house.asked(QUESTION), drafts)
    assert made.drafts[0] == right["call"]
    assert set(made.drafts[1:]) == {wrong["call"], other["call"]}
    assert len(house.told("judge.verdict")) == 3


async def test_a_bundled_mind_weighs_the_same_text_once_and_places_it_once(house: Any) -> None:
    drafts = house.drafts("17+25=42; answer 42", "17+25=43; answer 43", "17+25=42; answer 42")
    made = await ranked(house.mind("large"), house.asked(QUESTION), drafts)
    assert [sorted(level) for level in made.levels] == [["d0", "d2"], ["d1"]]
    assert len(house.told("judge.verdict")) == 2


async def test_a_bundled_mind_approves_of_what_is_likelier_right_than_not(house: Any) -> None:
    drafts = house.drafts("17+25=42; answer 42", "17+25=43; answer 43")
    made = await approved(house.mind("large"), house.asked(QUESTION), drafts)
    assert made.levels == (("d0",), ("d1",))


async def test_who_can_neither_read_nor_weigh_is_told_so(stage: Any, house: Any) -> None:
    stage.cast("eve", "answer 1")
    for elect in (ranked, approved):
        with pytest.raises(UsageError, match="cannot be elector; that takes a chat model"):
            await elect(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))


async def test_who_weighs_without_a_fit_ranks_and_cannot_approve(stage: Any, house: Any) -> None:
    stage.cast("eve", "answer 1", features=("forced",))
    assert (await ranked(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))).voter == "eve"
    with pytest.raises(UsageError, match="cannot approve: how it weighs drafts was not fitted"):
        await approved(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))


async def test_a_voter_whose_call_fails_fails(stage: Any, house: Any, lines: Any) -> None:
    stage.cast("eve", lines(fails="auth"), features=("forced",))
    stage.cast("fay", lines(text="x", probability=None), features=("forced",))
    with pytest.raises(CallFailed, match="auth"):
        await ranked(house.mind("eve"), house.asked(QUESTION), house.drafts(*TEXTS))
    with pytest.raises(CallFailed, match="no log-probabilities"):
        await ranked(house.mind("fay"), house.asked(QUESTION), house.drafts(*TEXTS))
