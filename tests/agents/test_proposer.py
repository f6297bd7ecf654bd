"""The proposer: the caller's words first, the question, what others wrote as data, and its own instructions last."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from wire import Wire

from symposium.agents.proposer import propose
from symposium.ledger.records import Message
from symposium.models.endpoints import disconnect

QUESTION = "Which river is longer, the Nile or the Amazon?"
TURNS = [Message(role="system", content="Answer a child."), Message(role="user", content=QUESTION)]


async def test_alone_it_gets_the_caller_s_words_the_instruction_and_the_question(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: the Nile")
    made = await propose(house.mind("eve"), TURNS, index=2, round=1, temperature=0.3)
    assert (made["role"], made["index"], made["round"], made["answer"]) == ("proposer", 2, 1, "the Nile")
    (heard,) = actor.heard
    system, asked = heard.messages
    assert system["content"].startswith("Answer a child.\n\nYou are one of several people")
    assert (asked["role"], asked["content"], heard.temperature) == ("user", QUESTION, 0.3)


async def test_its_own_instructions_come_last(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: the Nile")
    await propose(house.mind("eve"), TURNS)
    await propose(house.mind("eve"), TURNS, own="Think of $sources and {figures}.")
    await propose(house.mind("eve"), TURNS, own="Doubt it.", shown=house.drafts("The Nile.", "The Amazon."))
    plain, own, both = [request.messages for request in actor.heard]
    assert own[0] == plain[0]
    assert own[1]["content"].startswith(f"{QUESTION}\n\n")
    assert own[1]["content"].endswith("\n\nThink of $sources and {figures}.")
    assert both[1]["content"].endswith("\n\nDoubt it.")


async def test_what_others_wrote_is_laid_behind_the_question_under_the_same_instruction(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: the Nile")
    await propose(house.mind("eve"), TURNS)
    await propose(house.mind("eve"), TURNS, round=1, shown=house.drafts("The Nile.", "The Amazon."))
    alone, after = [request.messages for request in actor.heard]
    assert after[0] == alone[0]
    told = after[1]["content"]
    places = [told.index(part) for part in (QUESTION, "<<<BEGIN A", "<<<BEGIN B", "Now give your own, best answer")]
    assert places == sorted(places)
    assert "ann" not in told


async def test_samples_of_one_member_read_the_drafts_in_one_order(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: the Nile")
    drafts = house.drafts("one", "two", "three", "four")
    for index in range(3):
        await propose(house.mind("eve"), TURNS, round=1, index=index, shown=drafts)
    first, *others = [request.messages for request in actor.heard]
    assert all(messages == first for messages in others)


async def test_marks_that_are_echoed_are_no_part_of_an_answer(stage: Any, lines: Any, house: Any) -> None:
    actor = stage.cast("eve", "So.")
    mind, drafts = house.mind("eve"), house.drafts("The Nile.", "The Amazon.")
    await propose(mind, TURNS, round=1, shown=drafts)
    (begun, *_) = re.findall(r"^<<<.*>>>$", actor.heard[0].messages[-1]["content"], re.MULTILINE)
    actor.lines = [lines(f"{begun}\nAnswer: the Nile")]
    made = await propose(mind, TURNS, round=1, shown=drafts)
    assert (made["text"], made["answer"]) == ("Answer: the Nile", "the Nile")


async def test_a_bare_mind_gets_the_question_alone(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "answer 7", prompt="bare")
    await propose(house.mind("eve"), TURNS, own="Doubt it.", shown=house.drafts("The Nile."))
    assert actor.heard[0].messages == (TURNS[-1],)


async def test_signals_are_asked_for_only_where_they_are_wanted(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: the Nile")
    await propose(house.mind("eve"), TURNS)
    await propose(house.mind("eve"), TURNS, signals=False)
    assert [bool(request.top_logprobs) for request in actor.heard] == [True, False]


async def test_a_korean_question_gets_korean_words(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "답: 나일강")
    turns = house.asked("나일강과 아마존강 중 어느 쪽이 더 긴가요?")
    await propose(house.mind("eve"), turns, shown=house.drafts("The Nile.", "The Amazon."), own="근거를 밝히세요.")
    system, asked = actor.heard[0].messages
    assert "여러 사람 가운데 한 명" in system["content"]
    assert "위 질문에 대해" in asked["content"]
    assert "당신에게만 주어진 다음 지침" in asked["content"]


@pytest.fixture
async def server(wire: Wire) -> AsyncIterator[Wire]:
    await disconnect()
    yield wire
    await disconnect()


async def test_most_of_what_layers_and_samples_read_is_in_the_prompt_cache(
    stage: Any, house: Any, server: Wire
) -> None:
    server.model("eve", "Answer: the Nile")
    stage.cast("eve", model="openai:eve", base_url=server.openai, instructions="Doubt it.")
    long = "You advise a library. " + "Its books are old, and its readers are many. " * 150
    turns = [Message(role="system", content=long), Message(role="user", content=QUESTION)]
    drafts = house.drafts("The Nile.", "The Amazon.")
    for index, own in enumerate(("", "Doubt it.", "Count it.")):
        await propose(house.mind("eve"), turns, index=index, own=own)
        await propose(house.mind("eve"), turns, index=index, own=own, round=1, shown=drafts)
    assert server.cacheable("eve") > 0.75
