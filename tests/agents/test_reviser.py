"""The reviser: keeps what stands before the quoted step and goes on from there."""

from typing import Any

import pytest

from symposium.agents.casting import check_role
from symposium.agents.critic import critique
from symposium.agents.reviser import revise
from symposium.ledger.records import Critique, Draft, UsageError
from symposium.tools.steps import passages

QUESTIONS = ["What is 94*80+12?", "94와 85의 곱은 얼마?", "What time was it 113 minutes earlier than 11:20?"]


def quoting(draft: Draft, start: int) -> Critique:
    return Critique(critic="eve", member=draft["member"], call="c", step="", start=start, reason="", logprob=None)


async def test_a_draft_is_kept_up_to_the_quoted_step(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", " 94*5=470; answer 470", features=("prefix",))
    draft = house.draft("94*80=7520; 94*5=480; answer 480")
    revised = await revise(house.mind("eve"), house.asked("?"), draft, quoting(draft, 12), round=1, temperature=0.4)
    assert revised["text"] == "94*80=7520; 94*5=470; answer 470"
    assert (revised["answer"], revised["role"], revised["round"]) == ("470", "reviser", 1)
    assert (actor.heard[0].prefix, actor.heard[0].temperature) == ("94*80=7520;", 0.4)


async def test_the_signals_of_a_revision_are_those_of_what_is_new(stage: Any, lines: Any, house: Any) -> None:
    stage.cast("eve", lines(" 94*5=470; answer 470", probability=0.5), features=("prefix",))
    draft = house.draft("94*80=7520; 94*5=480; answer 480")
    revised = await revise(house.mind("eve"), house.asked("?"), draft, quoting(draft, 12))
    assert revised["signals"]["sum_logprob"]["value"] == pytest.approx(-0.6931, abs=1e-4)
    assert [(step["text"], step["start"]) for step in revised["weakest"]] == [("94*5=470", 12), ("answer 470", 22)]


async def test_where_the_first_step_is_quoted_the_answer_is_a_new_one(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "3+4=7; answer 7")
    draft = house.draft("3+4=8; answer 8")
    with pytest.raises(UsageError):
        await revise(house.mind("eve"), house.asked("?"), draft, quoting(draft, 0))
    actor.features = frozenset({"prefix"})
    assert (await revise(house.mind("eve"), house.asked("?"), draft, quoting(draft, 0)))["text"] == "3+4=7; answer 7"


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_bundled_mind_goes_on_from_its_own_answer_as_it_did(house: Any, name: str, question: str) -> None:
    draft = await house.answer(name, question)
    starts = [passage.start for passage in passages(draft["text"])]
    assert len(starts) > 1
    for start in starts:
        revised = await revise(house.mind(name), house.asked(question), draft, quoting(draft, start))
        assert revised["text"] == draft["text"]
        assert revised["answer"] == draft["answer"]


async def test_what_a_reader_sees_of_a_revision_is_all_of_it(house: Any) -> None:
    draft = house.draft("94*80=7520; 7520+12=7552; answer 7552")
    revised = await revise(house.mind("large"), house.asked(QUESTIONS[0]), draft, quoting(draft, 12))
    assert "".join(event["text"] for event in house.told("call.delta")) == revised["text"]
    assert revised["text"].startswith("94*80=7520; ")


async def test_a_slip_is_found_and_mended(house: Any) -> None:
    draft = house.draft("94*80=7520; 7520+12=7552; answer 7552")
    found = await critique(house.mind("symbolic:arithmetic"), house.asked(QUESTIONS[0]), draft)
    revised = await revise(house.mind("large"), house.asked(QUESTIONS[0]), draft, found)
    assert revised["text"] == "94*80=7520; 7520+12=7532; answer 7532"


@pytest.mark.parametrize(
    ("role", "name", "able"),
    [
        ("judge", "symbolic:arithmetic", True),
        ("critic", "symbolic:arithmetic", True),
        ("reviser", "symbolic:arithmetic", False),
        ("judge", "large", True),
        ("critic", "large", True),
        ("reviser", "large", True),
        ("judge", "chat", False),
        ("reviser", "chat", False),
        ("judge", "gguf:/no/such/file", True),  # its call tells what is wrong
    ],
)
async def test_who_can_play_a_role_is_known_before_the_run(
    stage: Any, house: Any, role: Any, name: str, able: bool
) -> None:
    stage.cast("chat", "fine")
    if able:
        await check_role(house.mind(name), role)
        return
    with pytest.raises(UsageError, match=rf"member '{name}' .*cannot be {role}"):
        await check_role(house.mind(name), role)
