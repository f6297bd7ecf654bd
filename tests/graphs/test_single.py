"""One member answers."""

from typing import Any

import pytest

from symposium.graphs import ask, start, stream
from symposium.ledger.records import ConfigurationError, Message, UsageError
from symposium.models.run import ledger_at


async def test_the_first_member_answers(stage: Any) -> None:
    stage.cast("ann", "17+25=42; answer 42")
    other = stage.cast("bob", "answer 1")
    outcome = await ask("17+25?", graph="single")
    assert (outcome["status"], outcome["method"], outcome["extracted"]) == ("answered", "single", "42")
    assert outcome["answer"] == "17+25=42; answer 42"
    assert outcome["first"] == {"member": "ann", "answer": "42", "text": "17+25=42; answer 42"}
    assert other.heard == []


async def test_it_refuses_to_be_given_several(stage: Any) -> None:
    stage.cast("ann", "answer 42")
    stage.cast("bob", "answer 1")
    with pytest.raises(UsageError, match=r"asks one member; 2 were named: ann, bob"):
        await ask("?", graph="single", members=["ann", "bob"])


async def test_without_a_graph_the_configured_one_answers(stage: Any) -> None:
    stage.cast("ann", "answer 42")
    stage.configure('graph = "single"')
    assert (await ask("?"))["graph"] == "single"


async def test_the_answer_streams_while_it_comes(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(text="one two", hangs=True))
    deliberation = start("?", graph="single", members=["ann"])
    said = ""
    async for event in deliberation.events():
        if event["type"] == "answer.delta":
            said += event["text"]  # type: ignore[typeddict-item]
        if said == "one two":
            break
    assert (await deliberation.cancel())["status"] == "cancelled"


async def test_the_deltas_are_the_answer(stage: Any) -> None:
    stage.cast("ann", "17+25=42; answer 42")
    events = [event async for event in stream("?", graph="single", members=["ann"])]
    said = "".join(event["text"] for event in events if event["type"] == "answer.delta")  # type: ignore[typeddict-item]
    assert said == "17+25=42; answer 42"


async def test_what_a_reader_has_heard_is_not_said_again(stage: Any, lines: Any) -> None:
    actor = stage.cast("ann", lines(text="half an", finish="length"), lines(text="answer 1"))
    outcome = await ask("?", graph="single", members=["ann"])
    assert (outcome["status"], outcome["failures"][0]["kind"], len(actor.heard)) == ("failed", "truncated", 1)


async def test_the_history_and_the_instruction_reach_the_member(stage: Any) -> None:
    actor = stage.cast("ann", "Answer: 5")
    history = [Message(role="user", content="Add 1 and 2"), Message(role="assistant", content="3")]
    await ask("And 2 more?", graph="single", history=history, members=["ann"])
    roles = [message["role"] for message in actor.heard[0].messages]
    assert roles == ["system", "user", "assistant", "user"]
    assert actor.heard[0].messages[-1]["content"] == "And 2 more?"


async def test_a_korean_question_is_prompted_in_korean(stage: Any) -> None:
    actor = stage.cast("ann", "답: 5")
    await ask("2 더하기 3은?", graph="single", members=["ann"])
    assert "답:" in actor.heard[0].messages[0]["content"]


async def test_a_bare_member_gets_the_question_alone(stage: Any) -> None:
    actor = stage.cast("ann", "answer 5", prompt="bare")
    history = [Message(role="system", content="Be kind."), Message(role="user", content="1+1?")]
    await ask("2+3?", graph="single", history=history, members=["ann"])
    assert [message["content"] for message in actor.heard[0].messages] == ["2+3?"]


async def test_a_wrong_step_of_the_answer_is_told(stage: Any) -> None:
    stage.cast("ann", "17*24=418; 418-58=360; answer 360")
    outcome = await ask("?", graph="single")
    assert outcome["notes"] == ["a written step is wrong: 17*24=418 (it is 408)"]


async def test_a_question_that_is_no_text_is_refused(stage: Any) -> None:
    stage.cast("ann", "answer 5")
    with pytest.raises(UsageError, match="not valid text"):
        await ask("caf\udce9 3+4?", graph="single")


@pytest.mark.parametrize("question", ["", "  \n "])
async def test_an_empty_question_is_refused(stage: Any, question: str) -> None:
    stage.cast("ann", "answer 5")
    with pytest.raises(UsageError, match="empty"):
        await ask(question, graph="single", members=["ann"])


async def test_a_question_that_fits_nobody_is_refused_before_anyone_is_asked(stage: Any) -> None:
    actor = stage.cast("ann", "answer 5", context=512)
    with pytest.raises(UsageError, match=r"200,000 characters.*ann is 512 tokens"):
        await ask("x" * 200_000, graph="single", members=["ann"])
    assert actor.heard == []


async def test_an_unknown_graph_is_named_with_the_nearest(stage: Any) -> None:
    stage.configure("")
    with pytest.raises(UsageError, match="did you mean 'single'"):
        await ask("?", graph="singel")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("samplse = 3", "did you mean 'samples'"),
        ("samples = 'many'", "samples"),
        ("samples = ", "Invalid"),
        ("[member.x]\nmodle = 'gguf:a'", "modle"),
        ("[member.x]\nmodel = 'a'", "model"),
        ("[preset.y]\nrule = 'most'", "rule"),
    ],
)
async def test_what_is_configured_wrongly_names_file_and_key(stage: Any, toml: str, told: str) -> None:
    stage.cast("ann", "answer 5")
    stage.file.write_text(toml + "\n")
    with pytest.raises(ConfigurationError, match=told) as caught:
        await ask("?", graph="single")
    assert "symposium.toml" in str(caught.value) or "preset" in str(caught.value)


async def test_the_same_seed_asks_the_same_way(stage: Any) -> None:
    actor = stage.cast("ann", "answer 5")
    for seed in (7, 7, 8):
        await ask("?", graph="single", members=["ann"], seed=seed)
    seeds = [request.seed for request in actor.heard]
    assert seeds[0] == seeds[1] != seeds[2]


async def test_prompts_are_recorded_only_when_asked_for(stage: Any) -> None:
    stage.cast("ann", "answer 5")
    ledger = ledger_at(stage.ledger)
    quiet = await ask("the secret question", graph="single", members=["ann"])
    stage.configure("record_prompts = true")
    told = await ask("the secret question", graph="single", members=["ann"])
    starts = [
        next(event for event in ledger.events(outcome["run"]) if event["type"] == "call.start")
        for outcome in (quiet, told)
    ]
    assert "messages" not in starts[0]
    assert "messages" in starts[1]
