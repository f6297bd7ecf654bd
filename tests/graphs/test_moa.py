"""A mixture of agents: who drafts, what becomes of the drafts, and what the outcome says of it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from reader import shown

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.moa import build, fan_out, onward, share
from symposium.ledger.records import Outcome, UsageError
from symposium.models.run import ledger_at

CHAT = {"features": {"chat"}}
ANSWERS = {"ann": "42", "bob": "42", "eve": "41"}


@pytest.fixture
def panel(stage: Any) -> Any:
    """Three proposers, two of one mind, and an aggregator; all follow instructions, each of a family of its own."""
    for name, answer in ANSWERS.items():
        stage.cast(name, f"I am sure.\nAnswer: {answer}", family=name, **CHAT)
    stage.cast("agg", "All in all it is this.\nAnswer: 42", family="agg", **CHAT)
    return stage


async def mixed(question: str = "17+25?", **choices: Any) -> Outcome:
    return await ask(question, graph="moa", **{"proposer_models": [*ANSWERS], "aggregator_model": "agg", **choices})


async def events_of(question: str = "17+25?", **choices: Any) -> list[dict[str, Any]]:
    named = {"proposer_models": [*ANSWERS], "aggregator_model": "agg", **choices}
    deliberation = start(question, graph="moa", **named)
    return [dict(event) async for event in deliberation.events()]


def streamed(events: Sequence[Mapping[str, Any]]) -> str:
    """The answer as somebody read it who watched it being written."""
    text = ""
    for event in events:
        text = {"answer.restart": "", "answer.delta": text + event.get("text", "")}.get(event["type"], text)
    return text


def read(stage: Any, name: str, call: int = -1) -> dict[str, str]:
    """The texts that were laid before a member in one of its calls, by label."""
    return shown(stage.actors[name].heard[call])


def said(stage: Any, name: str, call: int = -1) -> str:
    """Everything that a member was told in one of its calls."""
    return "\n".join(message["content"] for message in stage.actors[name].heard[call].messages)


# Drafting


async def test_the_aggregator_reads_every_draft_and_writes_the_answer(panel: Any) -> None:
    outcome = await mixed()
    assert (outcome["status"], outcome["method"], outcome["extracted"]) == ("answered", "synthesis", "42")
    assert outcome["answer"] == "All in all it is this.\nAnswer: 42"
    assert said(panel, "agg").count("I am sure.") == 3
    assert (outcome["answered"], outcome["agreed"]) == (["ann", "bob", "eve"], ["ann", "bob"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("41", ["eve"])]
    assert outcome["quorum"] == {"asked": 3, "answered": 3, "failed": 0, "cancelled": 0}


async def test_the_metadata_tell_every_proposal_and_the_tokens_of_everybody(panel: Any) -> None:
    outcome = await mixed(num_proposals_per_model=2)
    told = outcome["metadata"]
    assert (told["num_proposers"], told["layers"], told["strategy"]) == (3, 1, "synthesis")
    assert (told["aggregator"], told["analysis"], told["panel"]["proposers"]) == ("agg", None, [*ANSWERS])
    places = [(one["member"], one["index"], one["round"], one["answer"]) for one in told["all_proposals"]]
    assert places == [(name, index, 1, answer) for name, answer in ANSWERS.items() for index in range(2)]
    assert told["tokens"] == {
        total["member"]: {"input": total["input"], "output": total["output"]}
        for total in outcome["totals"]["by_member"]
    }


async def test_drafts_are_laid_before_the_aggregator_without_the_names_of_their_authors(panel: Any) -> None:
    await mixed()
    assert sorted(read(panel, "agg")) == ["A", "B", "C"]
    assert not re.search(rf"\b({'|'.join(ANSWERS)})\b", said(panel, "agg"))


async def test_the_callers_system_prompt_reaches_proposers_and_aggregator(panel: Any) -> None:
    history = [{"role": "system", "content": "Speak like a sailor."}]
    await mixed(history=history)
    assert all("Speak like a sailor." in said(panel, name) for name in panel.members)


@pytest.mark.parametrize("choices", [{}, {"aggregation_strategy": "fusion"}, {"layers": 2}])
async def test_a_number_in_prose_is_no_result_of_an_answer_to_an_open_ended_question(
    stage: Any, choices: Mapping[str, Any]
) -> None:
    for name in ("ann", "bob", "agg"):
        stage.cast(name, "- Arches press outwards.\n- The oldest has stood for 2000", family=name, **CHAT)
    named = {"proposer_models": ["ann", "bob"], "aggregator_model": "agg"}
    outcome = await ask("Why does a bridge stand?", graph="moa", **named, **choices)
    assert (outcome["status"], outcome["extracted"]) == ("answered", None)
    assert {proposal["answer"] for proposal in outcome["metadata"]["all_proposals"]} == {None}


async def test_lists_that_are_merged_by_rule_give_no_number_as_the_result_of_prose(stage: Any, lines: Any) -> None:
    for name in ("ann", "bob"):
        stage.cast(name, f"- Arches press outwards.\n- The oldest, says {name}, is of 1937", family=name, **CHAT)
    stage.cast("agg", lines(fails="auth"), family="agg", **CHAT)
    choices = {"proposer_models": ["ann", "bob"], "aggregator_model": "agg", "fallbacks": ["agg"]}
    outcome = await ask("Why does a bridge stand?", graph="moa", aggregation_strategy="fusion", **choices)
    assert (outcome["method"], outcome["extracted"]) == ("fusion", None)


async def test_a_failing_proposer_is_counted_absent_from_what_is_read_and_never_padded(panel: Any, lines: Any) -> None:
    panel.cast("bob", lines(fails="auth"), **CHAT)
    outcome = await mixed()
    assert [(one["member"], one["role"], one["kind"]) for one in outcome["failures"]] == [("bob", "proposer", "auth")]
    assert len(read(panel, "agg")) == 2
    assert [one["member"] for one in outcome["metadata"]["all_proposals"]] == ["ann", "eve"]
    assert outcome["quorum"] == {"asked": 3, "answered": 2, "failed": 1, "cancelled": 0}


async def test_when_every_proposer_fails_nobody_aggregates_and_every_cause_is_told(panel: Any, lines: Any) -> None:
    for name, kind in zip(ANSWERS, ("auth", "refused", "context"), strict=True):
        panel.cast(name, lines(fails=kind), **CHAT)
    outcome = await mixed()
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert {one["kind"] for one in outcome["failures"]} == {"auth", "refused", "context"}
    assert panel.actors["agg"].heard == []
    assert outcome["metadata"]["all_proposals"] == []


async def test_one_proposer_may_draft_many_times_and_only_its_first_draft_is_greedy(panel: Any) -> None:
    outcome = await mixed(proposer_models=["ann"], num_proposals_per_model=5)
    assert len(read(panel, "agg")) == 5
    assert [request.temperature for request in panel.actors["ann"].heard] == [0.0, *[0.7] * 4]
    assert outcome["metadata"]["num_proposers"] == 1


async def test_proposers_are_told_their_own_instructions_last_or_what_they_are_good_at(panel: Any) -> None:
    panel.cast("ann", "Answer: 42", instructions="Doubt everything.", **CHAT)
    panel.cast("bob", "Answer: 42", good_at=("sums", "dates"), **CHAT)
    await mixed(use_specialized_prompts=True)
    assert said(panel, "ann").rstrip().endswith("Doubt everything.")
    assert "sums, dates" in said(panel, "bob").rpartition("17+25?")[2]
    assert said(panel, "eve").rstrip().endswith("17+25?")
    await mixed()
    assert "Doubt everything." not in said(panel, "ann")


async def test_logprobs_are_asked_for_only_where_answers_are_counted(panel: Any) -> None:
    await mixed()
    await mixed(aggregation_strategy="voting")
    assert [request.top_logprobs > 0 for request in panel.actors["ann"].heard] == [False, True]


async def test_more_than_four_proposers_are_warned_of_diminishing_returns(stage: Any) -> None:
    for name in "abcde":
        stage.cast(name, "Answer: 1", **CHAT)
    many = await ask("?", graph="moa", proposer_models=[*"abcde"])
    few = await ask("?", graph="moa", proposer_models=[*"abcd"])
    assert [any("beyond 4" in note for note in outcome["notes"]) for outcome in (many, few)] == [True, False]


# Layers


async def test_the_next_layer_reads_the_drafts_and_the_answer_of_the_last(panel: Any) -> None:
    outcome = await mixed(layers=3)
    assert read(panel, "ann", 0) == {}
    second = sorted(read(panel, "ann", 1).values())
    assert [text.partition("\n")[0] for text in second] == ["All in all it is this.", *["I am sure."] * 3]
    assert {name: len(actor.heard) for name, actor in panel.actors.items()} == {"ann": 3, "bob": 3, "eve": 3, "agg": 3}
    assert (outcome["metadata"]["layers"], outcome["quorum"]["asked"]) == (3, 9)
    assert Counter(one["round"] for one in outcome["metadata"]["all_proposals"]) == {1: 3, 2: 3, 3: 3}


async def test_a_layer_in_which_everybody_fails_leaves_the_answer_of_the_one_before(panel: Any, lines: Any) -> None:
    for name in ANSWERS:
        panel.cast(name, "Answer: 42", lines(fails="auth"), **CHAT)
    outcome = await mixed(layers=3)
    assert (outcome["extracted"], outcome["method"]) == ("42", "synthesis")
    assert "1 of 3 layers were answered" in outcome["notes"]
    assert outcome["quorum"] == {"asked": 6, "answered": 3, "failed": 3, "cancelled": 0}


@pytest.mark.parametrize("calls", [5, 6, 7])
async def test_a_layer_that_the_budget_cuts_short_leaves_the_one_before(panel: Any, calls: int) -> None:
    for name in ANSWERS:
        panel.cast(name, "I am sure.\nAnswer: 42", "On second thoughts:\nAnswer: 7", family=name, **CHAT)
    outcome = await mixed(layers=2, max_calls=calls)
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("partial", "budget", "synthesis")
    assert (outcome["answer"], outcome["agreed"]) == ("All in all it is this.\nAnswer: 42", [*ANSWERS])
    told = f"layer 2 was cut short after {calls - 4} of 3 drafts: what was made of layer 1 stands"
    assert outcome["notes"] == ["1 of 2 layers were answered", told]


@pytest.mark.parametrize("strategy", ["synthesis", "selection", "voting", "fusion"])
async def test_a_layer_that_is_concluded_before_it_is_whole_leaves_the_one_before(
    panel: Any, lines: Any, reads: Callable[..., Any], strategy: str
) -> None:
    agg = reads("agg", lambda drafts: reply_of(agg, drafts), family="agg")
    panel.cast("ann", "I am sure.\nAnswer: 42", "On second thoughts:\nAnswer: 7", **CHAT)
    for name in ("bob", "eve"):
        panel.cast(name, "I am sure.\nAnswer: 42", lines(text="hm", hangs=True), **CHAT)
    named = {"proposer_models": [*ANSWERS], "aggregator_model": "agg", "aggregation_strategy": strategy}
    deliberation = start("?", graph="moa", layers=2, **named)
    drafts = 0
    async for event in deliberation.events():
        drafts += event["type"] == "call.end" and dict(event)["role"] == "proposer"
        if drafts == 4:
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "concluded", "42")
    assert "layer 2 was cut short after 1 of 3 drafts: what was made of layer 1 stands" in outcome["notes"]


# Strategies


async def test_a_selection_is_a_draft_word_for_word(panel: Any, reads: Callable[..., Any]) -> None:
    def best(drafts: Mapping[str, str]) -> str:
        label = next(label for label, text in drafts.items() if "41" in text)
        return json.dumps({"reason": "it alone is careful", "best": label})

    reads("agg", best)
    outcome = await mixed(aggregation_strategy="selection")
    assert (outcome["method"], outcome["answer"], outcome["extracted"]) == ("selection", "I am sure.\nAnswer: 41", "41")
    assert "the draft of eve was selected: it alone is careful" in outcome["notes"]
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("42", ["ann", "bob"])]


async def test_answers_that_can_be_read_are_counted_without_the_aggregator(panel: Any) -> None:
    outcome = await mixed(aggregation_strategy="voting")
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("vote", "42", ["ann", "bob"])
    assert outcome["signals"]["agreement"]["value"] == pytest.approx(2 / 3)
    assert panel.actors["agg"].heard == []
    assert outcome["notes"] == ["3 ballots were weighed by an assumed confidence: their own is unknown"]


PROSE = {
    "ann": "One should start early, since mornings are quiet. One may rest in the afternoon, as most do. " * 5,
    "bob": "Begin at dawn, when nothing disturbs, and leave the rest of the day open for whatever comes. " * 5,
    "eve": "Wait for the evening, when everybody else is done and the house belongs to you alone again. " * 5,
}


async def test_free_texts_are_grouped_by_the_aggregator_and_counted_by_code(
    panel: Any, reads: Callable[..., Any]
) -> None:
    for name, text in PROSE.items():
        panel.cast(name, text, **CHAT)

    def grouped(drafts: Mapping[str, str]) -> str:
        late = [label for label, text in drafts.items() if "evening" in text]
        early = [label for label in drafts if label not in late]
        groups = [{"position": "late", "drafts": late}, {"position": "early", "drafts": early}]
        return json.dumps({"groups": groups})

    reads("agg", grouped)
    outcome = await mixed("When should one work?", aggregation_strategy="voting")
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("vote", "early", ["ann", "bob"])
    assert outcome["answer"].strip() in (PROSE["ann"].strip(), PROSE["bob"].strip())
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("late", ["eve"])]


ENDING_IN_PROSE = {
    "ann": "Mornings are quiet.\n\nAnswer: begin early in the day",
    "bob": "Nothing disturbs at dawn.\n\nAnswer: start at dawn, when it is quiet",
    "eve": "The house is yours.\n\nAnswer: wait for the evening, when all are gone",
}


async def test_answers_in_prose_are_grouped_although_they_can_be_read(panel: Any, reads: Callable[..., Any]) -> None:
    for name, text in ENDING_IN_PROSE.items():
        panel.cast(name, text, **CHAT)
    reads("agg", grouping({"early": ("Mornings", "dawn"), "late": ("house",)}))
    outcome = await mixed("When should one work?", aggregation_strategy="voting")
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("vote", "early", ["ann", "bob"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("late", ["eve"])]


def grouping(positions: Mapping[str, Sequence[str]]) -> Callable[[Mapping[str, str]], str]:
    """The reply of an aggregator that groups drafts by words that stand in them."""

    def grouped(drafts: Mapping[str, str]) -> str:
        letters = {
            position: [label for label, text in drafts.items() if any(word in text for word in words)]
            for position, words in positions.items()
        }
        groups = [{"position": position, "drafts": found} for position, found in letters.items()]
        return json.dumps({"groups": groups, "undecided": []}, ensure_ascii=False)

    return grouped


@pytest.mark.parametrize(
    "positions",
    [
        ("yes, if cheap", "yes, if fast", "no"),
        ("3 eggs", "3 cups", "neither"),
        ("2024년에 시작", "2024년에 끝", "아니오"),
        ("(A) stay", "A", "go"),
    ],
)
async def test_groups_stay_apart_whatever_their_positions_are_called(
    panel: Any, reads: Callable[..., Any], positions: tuple[str, ...]
) -> None:
    for name, text in PROSE.items():
        panel.cast(name, f"{name} says: {text}", **CHAT)
    reads("agg", grouping(dict(zip(positions, [(f"{name} says",) for name in PROSE], strict=True))))
    outcome = await mixed("What?", aggregation_strategy="voting")
    told = {outcome["extracted"]: outcome["agreed"]} | {one["answer"]: one["members"] for one in outcome["dissent"]}
    assert told == {position: [name] for position, name in zip(positions, PROSE, strict=True)}
    (speaking,) = outcome["agreed"]
    assert outcome["answer"].startswith(f"{speaking} says: ")


async def test_a_position_that_is_none_cannot_win(panel: Any, reads: Callable[..., Any]) -> None:
    for name, text in PROSE.items():
        panel.cast(name, text, **CHAT)
    reads("agg", grouping({"I don't know": ("One should", "Begin"), "late": ("Wait",)}))
    outcome = await mixed("When?", aggregation_strategy="voting")
    assert (outcome["extracted"], outcome["agreed"], outcome["dissent"]) == ("late", ["eve"], [])
    assert outcome["signals"]["agreement"]["value"] == pytest.approx(1 / 3)


async def test_of_prose_no_agreement_and_no_dissent_is_told_by_its_wording(panel: Any) -> None:
    for name, text in ENDING_IN_PROSE.items():
        panel.cast(name, text, **CHAT)
    panel.cast("agg", "Both have their merits.\n\nAnswer: begin early, unless the evening is yours alone", **CHAT)
    outcome = await mixed("When should one work?")
    assert (outcome["agreed"], outcome["dissent"]) == ([], [])
    assert "agreement" not in outcome["signals"]


async def test_a_selected_draft_in_prose_agrees_with_itself_alone(panel: Any, reads: Callable[..., Any]) -> None:
    for name, text in ENDING_IN_PROSE.items():
        panel.cast(name, text, **CHAT)
    reads("agg", lambda drafts: json.dumps({"reason": "so", "best": lettered(drafts, "dawn")}))
    outcome = await mixed("When should one work?", aggregation_strategy="selection")
    assert (outcome["agreed"], outcome["dissent"]) == (["bob"], [])
    assert "agreement" not in outcome["signals"]


def lettered(drafts: Mapping[str, str], word: str) -> str:
    """The letter of the first draft with that word."""
    return next(label for label, text in drafts.items() if word in text)


@pytest.mark.parametrize(("names", "agreed"), [(("Seoul", "Busan", "Daegu"), ["ann"]), (("Seoul",) * 3, [*ANSWERS])])
async def test_names_are_compared_as_values_are(panel: Any, names: Sequence[str], agreed: list[str]) -> None:
    for member, name in zip(ANSWERS, names, strict=True):
        panel.cast(member, f"It is clear.\nAnswer: {name}", **CHAT)
    panel.cast("agg", "So it is.\nAnswer: Seoul", **CHAT)
    outcome = await mixed("Which city?")
    assert (outcome["agreed"], {one["answer"] for one in outcome["dissent"]}) == (agreed, {*names} - {"Seoul"})


async def test_the_reason_of_a_selection_tells_of_members_and_not_of_letters(
    panel: Any, reads: Callable[..., Any]
) -> None:
    def best(drafts: Mapping[str, str]) -> str:
        odd, even = lettered(drafts, "41"), [label for label, text in drafts.items() if "42" in text]
        return json.dumps({"reason": f"Draft {odd} checks its sum, drafts {' and '.join(even)} do not", "best": odd})

    reads("agg", best)
    outcome = await mixed(aggregation_strategy="selection")
    assert re.search(r"Draft eve checks its sum, drafts (ann and bob|bob and ann) do not", outcome["notes"][0])


async def test_what_a_fusion_leaves_out_goes_to_the_dissent_and_not_into_the_answer(panel: Any) -> None:
    panel.cast("agg", "It is 42.\n\nAnswer: 42\n\nNot combined:\n- 41: it does not add up", **CHAT)
    events = await events_of(aggregation_strategy="fusion")
    outcome = events[-1]["outcome"]
    assert (outcome["method"], outcome["answer"]) == ("fusion", "It is 42.\n\nAnswer: 42")
    assert [voice["answer"] for voice in outcome["dissent"]] == ["41", "41: it does not add up"]
    assert streamed(events) == outcome["answer"]


async def test_a_fusion_follows_the_users_own_instructions(panel: Any) -> None:
    await mixed(aggregation_strategy="fusion", fusion_prompt="Rhyme wherever you can.")
    assert "Rhyme wherever you can." in said(panel, "agg")


async def test_a_fusion_of_the_best_ranks_first(panel: Any, reads: Callable[..., Any]) -> None:
    def ranked(drafts: Mapping[str, str]) -> str:
        if len(agg.heard) > 1:
            return "Fused.\nAnswer: 42"
        order = sorted(drafts, key=lambda label: "41" in drafts[label])
        return json.dumps({"reason": "as they come", "ranking": order})

    agg = reads("agg", ranked)
    outcome = await mixed(aggregation_strategy="fusion", fuse_top_k=2)
    assert (outcome["method"], outcome["extracted"], len(agg.heard)) == ("fusion", "42", 2)
    assert "41" not in agg.heard[1].messages[-1]["content"]


async def test_who_cannot_rank_may_still_fuse(panel: Any, reads: Callable[..., Any]) -> None:
    agg = reads("agg", lambda _: "Fused.\nAnswer: 42")
    outcome = await mixed(aggregation_strategy="fusion", fuse_top_k=2, fallbacks=["agg"])
    assert (outcome["method"], outcome["answer"]) == ("fusion", "Fused.\nAnswer: 42")
    assert len(shown(agg.heard[-1])) == 3
    assert "the drafts could not be ranked: all of them were fused" in outcome["notes"]
    assert [(one["role"], one["kind"]) for one in outcome["failures"]] == [("aggregator", "malformed")]


async def test_what_a_merge_leaves_out_is_dissent_and_its_answer_says_who_agrees(panel: Any, lines: Any) -> None:
    reliability = {"ann": 0.5, "bob": 0.6, "eve": 0.9}
    for (name, answer), city in zip(ANSWERS.items(), ("Seoul", "Busan", "Seoul"), strict=True):
        text = f"Facts:\n\n- Capital: {city}\n- {name} knows\n\nAnswer: {answer}"
        panel.cast(name, text, reliability=reliability[name], **CHAT)
    panel.cast("agg", lines(fails="refused"), **CHAT)
    outcome = await mixed("Facts?", aggregation_strategy="fusion", fallbacks=["agg"])
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("fusion", "42", ["ann", "bob"])
    assert outcome["signals"]["agreement"]["value"] == pytest.approx(2 / 3)
    voices = {(voice["answer"], *voice["members"]) for voice in outcome["dissent"]}
    assert voices == {("41", "eve"), ("Capital: Busan", "bob")}


async def test_drafts_in_sections_are_merged_by_rule_where_the_aggregator_fails(panel: Any, lines: Any) -> None:
    for name, item in zip(ANSWERS, ("apples", "pears", "plums"), strict=True):
        panel.cast(name, f"Buy these:\n\n- bread\n- {item}", **CHAT)
    panel.cast("agg", lines(fails="refused"), **CHAT)
    outcome = await mixed("What to buy?", aggregation_strategy="fusion", fallbacks=["agg"])
    assert outcome["method"] == "fusion"
    assert all(outcome["answer"].count(item) == 1 for item in ("bread", "apples", "pears", "plums"))
    assert any("merged by rule" in note for note in outcome["notes"])
    assert outcome["metadata"]["aggregator"] is None


async def test_an_analysis_is_made_first_told_and_read_by_the_aggregator(panel: Any, reads: Callable[..., Any]) -> None:
    def analysed(drafts: Mapping[str, str]) -> str:
        if len(agg.heard) > 1:
            return "Answer: 42"
        odd = next(label for label, text in drafts.items() if "41" in text)
        held = [
            {"text": "add the tens first", "drafts": [*drafts.keys() - {odd}]},
            {"text": "count on fingers", "drafts": [odd]},
        ]
        found = {"consensus": [], "contradictions": [{"about": "the sum", "positions": held}]}
        return json.dumps({**found, "unique": [], "blind_spots": ["nobody checks"]})

    agg = reads("agg", analysed)
    outcome = await mixed(analyse=True)
    analysis = outcome["metadata"]["analysis"]
    held = {one["text"]: one["members"] for one in analysis["contradictions"][0]["positions"]}
    assert held == {"add the tens first": ["ann", "bob"], "count on fingers": ["eve"]}
    assert "nobody considers: nobody checks" in agg.heard[1].messages[-1]["content"]
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [
        ("41", ["eve"]),
        ("count on fingers", ["eve"]),
    ]


async def test_a_position_that_somebody_holds_who_agrees_is_no_dissent(panel: Any, reads: Callable[..., Any]) -> None:
    for name, way in zip(ANSWERS, ("north", "north", "west"), strict=True):
        panel.cast(name, f"{name} says so.\nAnswer: {way}", **CHAT)

    def analysed(drafts: Mapping[str, str]) -> str:
        ann, eve = lettered(drafts, "ann"), lettered(drafts, "eve")
        if len(agg.heard) > 1:
            return "Let us go.\nAnswer: north"
        held = [{"text": "go north", "drafts": [ann, eve]}, {"text": "go west", "drafts": [eve]}]
        found = {"consensus": [], "contradictions": [{"about": "the way", "positions": held}]}
        return json.dumps({**found, "unique": [], "blind_spots": []})

    agg = reads("agg", analysed)
    outcome = await mixed("Where to?", analyse=True)
    assert outcome["agreed"] == ["ann", "bob"]
    assert {voice["answer"] for voice in outcome["dissent"]} == {"west", "go west"}
    assert len(outcome["metadata"]["analysis"]["contradictions"][0]["positions"]) == 2


async def test_an_analysis_that_fails_costs_no_answer(panel: Any) -> None:
    outcome = await mixed(analyse=True, fallbacks=["agg"])
    assert (outcome["method"], outcome["metadata"]["analysis"]) == ("synthesis", None)
    assert [(one["role"], one["kind"]) for one in outcome["failures"]] == [("analyst", "malformed")]


@pytest.mark.parametrize(("window", "calls"), [(None, 1), (6, 1), (5, 2), (3, 3), (2, 5)])
async def test_a_window_slides_over_the_drafts(panel: Any, window: int | None, calls: int) -> None:
    events = await events_of(num_proposals_per_model=2, aggregation_window=window)
    agg = panel.actors["agg"]
    assert len(agg.heard) == calls
    assert all(len(read(panel, "agg", call)) <= (window or 6) for call in range(calls))
    drafts = [text for call in range(calls) for text in read(panel, "agg", call).values() if "sure" in text]
    assert Counter(drafts) == {f"I am sure.\nAnswer: {answer}": n for answer, n in (("42", 4), ("41", 2))}
    assert streamed(events) == events[-1]["outcome"]["answer"]


# The check


async def test_a_judge_of_another_family_keeps_the_best_draft_where_it_is_better(
    panel: Any, reads: Callable[..., Any]
) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    judge = reads("judge", lambda drafts: preferred(drafts, "42"), family="judge")
    outcome = await mixed(keep_best=True, judge="judge")
    assert (outcome["method"], outcome["extracted"], len(judge.heard)) == ("selection", "42", 2)
    assert outcome["answer"] == "I am sure.\nAnswer: 42"
    assert any("was kept, since judge finds it better: it adds up" in note for note in outcome["notes"])
    assert {voice["answer"] for voice in outcome["dissent"]} == {"40", "41"}


def preferred(drafts: Mapping[str, str], answer: str) -> str:
    """The verdict of a judge that goes by what is written."""
    better = next((label for label, text in drafts.items() if answer in text), "tie")
    return json.dumps({"reason": "it adds up", "better": better})


@pytest.mark.parametrize("verdict", ["A", "B", "tie"])
async def test_a_judge_that_finds_neither_better_in_both_orders_keeps_the_aggregate(
    panel: Any, reads: Callable[..., Any], verdict: str
) -> None:
    reads("judge", lambda _: json.dumps({"reason": "so", "better": verdict}), family="judge")
    outcome = await mixed(keep_best=True, judge="judge")
    assert (outcome["method"], outcome["answer"]) == ("synthesis", "All in all it is this.\nAnswer: 42")
    assert any(note.startswith("judge ") for note in outcome["notes"])


async def test_nobody_judges_its_own_family(panel: Any) -> None:
    outcome = await mixed(proposer_models=["ann"], members=["ann", "agg"], keep_best=True)
    assert (outcome["totals"]["calls"], outcome["method"]) == (2, "synthesis")
    assert "the answer was not compared with the best draft: nobody of another family can judge" in outcome["notes"]


@pytest.mark.parametrize(("calls", "made"), [(4, 4), (5, 4), (6, 6)])
async def test_both_orders_are_compared_or_none_and_what_stopped_it_is_told(
    panel: Any, reads: Callable[..., Any], calls: int, made: int
) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    reads("judge", lambda drafts: preferred(drafts, "42"), family="judge")
    outcome = await mixed(keep_best=True, judge="judge", max_calls=calls)
    assert outcome["totals"]["calls"] == made
    stopped = "the answer was not compared with the best draft: the budget allowed no further call"
    assert (outcome["exit"], stopped in outcome["notes"]) == (("budget", True) if made < 6 else ("complete", False))


async def test_a_check_that_is_concluded_is_told_as_that(panel: Any, lines: Any) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    panel.cast("judge", lines(text="hm", hangs=True), family="judge", **CHAT)
    named = {"proposer_models": [*ANSWERS], "aggregator_model": "agg", "judge": "judge"}
    deliberation = start("?", graph="moa", keep_best=True, **named)
    async for event in deliberation.events():
        if event["type"] == "call.start" and dict(event)["role"] == "judge":
            deliberation.conclude()
    told = "the answer was not compared with the best draft: asked to conclude with what there was"
    assert told in (await deliberation.outcome())["notes"]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"family": "zz", "prompt": "bare"}, "member 'named' (scripted:named) cannot be comparer"),
        ({"family": "agg"}, "'named' is of the family of what it would judge"),
    ],
)
async def test_that_a_named_judge_cannot_judge_is_told(
    panel: Any, reads: Callable[..., Any], entry: dict[str, str], why: str
) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    panel.cast("named", "hm", **CHAT, **entry)
    reads("other", lambda drafts: preferred(drafts, "42"), family="other")
    outcome = await mixed(keep_best=True, judge="named", fallbacks=["other"])
    assert outcome["extracted"] == "42"
    assert any(note.startswith(f"the judge that was named was left out: {why}") for note in outcome["notes"])
    assert panel.actors["named"].heard == []


async def test_nothing_is_streamed_that_a_judge_may_still_change(panel: Any, reads: Callable[..., Any]) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    reads("judge", lambda drafts: preferred(drafts, "42"), family="judge")
    events = await events_of(keep_best=True, judge="judge")
    assert "".join(event["text"] for event in events if event["type"] == "answer.delta") == "I am sure.\nAnswer: 42"


# Failing over


async def test_where_the_aggregator_fails_the_next_one_in_the_chain_writes(panel: Any, lines: Any) -> None:
    panel.cast("agg", lines(fails="auth"), **CHAT)
    panel.cast("eve", "Answer: 41", "Then I say\nAnswer: 42", **CHAT)
    events = await events_of(fallbacks=["eve", "ann"])
    outcome = events[-1]["outcome"]
    assert (outcome["method"], outcome["answer"]) == ("synthesis", "Then I say\nAnswer: 42")
    assert outcome["metadata"]["aggregator"] == "eve"
    told = [(e["from"], e["to"], e["role"]) for e in events if e["type"] == "fallback"]
    assert told == [("agg", "eve", "aggregator")]
    assert [(one["member"], one["role"], one["kind"]) for one in outcome["failures"]] == [("agg", "aggregator", "auth")]


async def test_where_nobody_can_aggregate_the_answers_are_counted_and_that_is_said(panel: Any, lines: Any) -> None:
    panel.cast("agg", lines(fails="auth"), **CHAT)
    events = await events_of(fallbacks=["agg"])
    outcome = events[-1]["outcome"]
    assert (outcome["status"], outcome["method"], outcome["extracted"]) == ("answered", "vote", "42")
    assert outcome["notes"][0] == "nobody could aggregate the drafts, failed: agg (auth): their answers were counted"
    assert [(e["from"], e["to"]) for e in events if e["type"] == "fallback"] == [("agg", "vote")]


async def test_where_nothing_can_be_counted_the_most_reliable_members_draft_stands(panel: Any, lines: Any) -> None:
    for place, (name, text) in enumerate(PROSE.items()):
        panel.cast(name, text, reliability=0.5 + place / 10, **CHAT)
    panel.cast("agg", lines(fails="auth"), **CHAT)
    outcome = await mixed("When should one work?", fallbacks=["agg"])
    assert (outcome["method"], outcome["answer"]) == ("selection", PROSE["eve"].strip())
    assert "the draft of the most reliable member stands as it is" in outcome["notes"][0]


async def test_what_a_broken_aggregator_has_streamed_is_taken_back(panel: Any, lines: Any) -> None:
    panel.cast("agg", lines(text="It might well be 43, since", finish="length"), **CHAT)
    panel.cast("eve", "Answer: 41", "It is this.\nAnswer: 42", **CHAT)
    events = await events_of(fallbacks=["eve"])
    kinds = [event["type"] for event in events if event["type"].startswith("answer.")]
    assert [kind for kind, _ in groupby(kinds)] == ["answer.delta", "answer.restart", "answer.delta"]
    assert streamed(events) == events[-1]["outcome"]["answer"] == "It is this.\nAnswer: 42"


async def test_what_was_streamed_is_taken_back_where_a_count_stands_in_as_well(panel: Any, lines: Any) -> None:
    panel.cast("agg", lines(text="It might well be 43, since", finish="length"), **CHAT)
    events = await events_of(fallbacks=["agg"])
    assert streamed(events) == events[-1]["outcome"]["answer"] == "I am sure.\nAnswer: 42"


async def test_a_judge_that_fails_hands_on_to_the_next_of_another_family(panel: Any, lines: Any, reads: Any) -> None:
    panel.cast("agg", "I would rather say\nAnswer: 40", family="agg", **CHAT)
    panel.cast("first", lines(fails="auth"), family="first", **CHAT)
    reads("second", lambda drafts: preferred(drafts, "42"), family="second")
    outcome = await mixed(keep_best=True, judge="first", fallbacks=["agg", "second"])
    assert (outcome["method"], outcome["extracted"]) == ("selection", "42")
    assert [(one["member"], one["role"]) for one in outcome["failures"]] == [("first", "judge")]


async def test_a_proposer_without_an_end_leaves_time_for_the_aggregator(panel: Any, lines: Any) -> None:
    panel.cast("eve", lines(text="hm", hangs=True), **CHAT)
    strategy("moa").graph()  # imported before the clock starts
    outcome = await mixed(timeout=2)
    assert (outcome["status"], outcome["method"], outcome["exit"]) == ("answered", "synthesis", "complete")
    assert [(one["member"], one["kind"]) for one in outcome["failures"]] == [("eve", "timeout")]


async def test_an_aggregator_without_an_end_leaves_time_for_the_next(panel: Any, lines: Any) -> None:
    panel.cast("agg", lines(text="hm", hangs=True), **CHAT)
    strategy("moa").graph()
    outcome = await mixed(timeout=2, fallbacks=["ann"])
    assert (outcome["status"], outcome["method"], outcome["metadata"]["aggregator"]) == ("answered", "synthesis", "ann")
    assert [(one["member"], one["kind"]) for one in outcome["failures"]] == [("agg", "timeout")]


async def test_proposers_and_aggregators_without_an_end_leave_the_vote(panel: Any, lines: Any) -> None:
    for name in ("agg", "eve"):
        panel.cast(name, lines(text="hm", hangs=True), **CHAT)
    strategy("moa").graph()
    outcome = await mixed(timeout=2, fallbacks=["agg"])
    assert (outcome["method"], outcome["extracted"]) == ("vote", "42")
    assert sorted((one["member"], one["kind"]) for one in outcome["failures"]) == [
        ("agg", "timeout"),
        ("eve", "timeout"),
    ]


# Ending early


async def test_a_quorum_ends_the_waiting_and_is_told(panel: Any, lines: Any) -> None:
    panel.cast("eve", lines(text="hm", hangs=True), **CHAT)
    events = await events_of(quorum=2)
    outcome = events[-1]["outcome"]
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("answered", "quorum", "synthesis")
    assert outcome["quorum"] == {"asked": 3, "answered": 2, "failed": 0, "cancelled": 1}
    assert [(e["asked"], e["counted"], e["stopped"]) for e in events if e["type"] == "quorum"] == [(3, 2, 1)]
    assert panel.actors["eve"].speaking == 0


async def test_conclude_counts_what_is_there(panel: Any, lines: Any) -> None:
    panel.cast("eve", lines(text="hm", hangs=True), **CHAT)
    deliberation = start("?", graph="moa", proposer_models=[*ANSWERS], aggregator_model="agg")
    heard = 0
    async for event in deliberation.events():
        heard += event["type"] == "call.end"
        if heard == 2:
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("partial", "concluded", "vote")
    assert (outcome["extracted"], panel.actors["agg"].heard) == ("42", [])


async def test_a_budget_that_ends_before_the_aggregator_leaves_the_vote(panel: Any) -> None:
    outcome = await mixed(max_calls=3)
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("partial", "budget", "vote")
    assert outcome["extracted"] == "42"
    assert outcome["notes"][0].startswith("nothing was left to aggregate the drafts with")


# Minds that cannot write an answer from drafts


async def test_the_bundled_minds_are_counted_and_that_is_said(stage: Any) -> None:
    stage.configure("")
    outcome = await ask("What is 17 + 24?", graph="moa")
    assert (outcome["method"], outcome["extracted"]) == ("vote", "41")
    assert outcome["metadata"]["panel"]["by"] == "line-up"
    assert "no member here can write one answer from several drafts: their answers were counted" in outcome["notes"]


async def test_a_symbolic_judge_selects_a_draft_without_a_wrong_step(stage: Any) -> None:
    stage.cast("ann", "6*7=43; answer 43")
    stage.cast("bob", "6*7=43; answer 43")
    stage.cast("eve", "6*7=42; answer 42")
    outcome = await ask("6*7?", graph="moa", aggregator_model="symbolic:arithmetic")
    assert (outcome["method"], outcome["answer"]) == ("selection", "6*7=42; answer 42")
    assert outcome["metadata"]["aggregator"] == "symbolic:arithmetic"
    assert outcome["notes"][0] == "the draft of eve was selected: every step of it that can be checked is right"
    assert outcome["totals"]["calls"] == 6


async def test_an_aggregator_that_cannot_aggregate_is_refused_by_name(stage: Any) -> None:
    stage.cast("ann", "answer 1", prompt="bare")
    with pytest.raises(UsageError, match=r"'ann' .* cannot be aggregator"):
        await ask("?", graph="moa", aggregator_model="ann")


async def test_layers_of_minds_that_cannot_read_are_told_to_add_nothing(stage: Any) -> None:
    stage.cast("ann", "answer 1", prompt="bare")
    outcome = await ask("?", graph="moa", layers=2)
    assert any("cannot read drafts" in note for note in outcome["notes"])


# The graph


def state(results: int = 0, *, layers: int = 1, halted: bool = False, **steps: bool) -> Any:
    """A state as the routers see it, of two seats and with so many layers over."""
    seats = [{"member": name, "index": 0} for name in ("ann", "bob")]
    plan = {"layers": layers, "aggregators": ["agg"], "judges": [], "exact": False, "analyses": False, "keeps": False}
    over = [{"round": layer + 1, "draft": None} for layer in range(results)]
    shared = {"messages": [], "lineage": "r", "seats": seats, "drafts": [], "halted": halted}
    return {**shared, "plan": {**plan, **steps}, "results": over}


@pytest.mark.parametrize(
    ("seen", "following"),
    [
        (state(1), "close"),
        (state(1, keeps=True), "keep"),
        (state(1, layers=2), 2),
        (state(2, layers=2, keeps=True), "keep"),
        (state(1, layers=3, halted=True), "close"),
        (state(1, layers=3, halted=True, keeps=True), "keep"),
        (state(0, halted=True, keeps=True), "close"),
    ],
)
def test_after_an_aggregate_comes_the_next_layer_then_the_check_then_the_end(seen: Any, following: Any) -> None:
    went = onward(seen)
    assert (went if isinstance(went, str) else [send.arg["branch"]["layer"] for send in went]) == (
        following if isinstance(following, str) else [following] * 2
    )


@pytest.mark.parametrize(
    ("seen", "following"),
    [
        (state(), "aggregate"),
        (state(analyses=True), "analyse"),
        (state(layers=2, analyses=True), "aggregate"),
        (state(1, layers=2, analyses=True), "analyse"),
    ],
)
def test_the_drafts_of_the_last_layer_are_analysed_where_that_is_asked_for(seen: Any, following: str) -> None:
    assert {send.arg["branch"]["then"] for send in fan_out(seen)} == {following}


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("analyses", [False, True])
@pytest.mark.parametrize("keeps", [False, True])
def test_the_steps_share_out_the_time_and_the_last_one_gets_the_rest(layers: int, analyses: bool, keeps: bool) -> None:
    left = 1.0
    for done in range(layers):
        seen = state(done, layers=layers, analyses=analyses, keeps=keeps)
        for step in ("drafts", *(["analysis"] if analyses and done + 1 == layers else []), "aggregate"):
            part = share(step, seen)  # type: ignore[arg-type]
            assert 0 < part <= 1
            left *= 1 - part
    assert (left == 0) is not keeps


async def test_all_that_a_mixture_keeps_survives_a_checkpoint_and_two_turns_are_independent(
    panel: Any, reads: Callable[..., Any]
) -> None:
    agg = reads("agg", lambda drafts: reply_of(agg, drafts), family="agg")
    reads("judge", lambda _: json.dumps({"reason": "so", "better": "tie"}), family="judge")
    serde, config = JsonPlusSerializer(), {"configurable": {"thread_id": "1"}}
    compiled: Any = deliberative(build(), checkpointer=InMemorySaver())
    named = {"proposer_models": [*ANSWERS], "aggregator_model": "agg", "judge": "judge"}
    turns = []
    for question in ("first?", "second?"):
        context = strategy("moa").form(**named, layers=2, analyse=True, keep_best=True)
        turns.append(await compiled.ainvoke({"messages": [("user", question)]}, config, context=context))
    kept = (await compiled.aget_state(config)).values
    for channel in ("plan", "results", "check", "analysis", "drafts"):
        assert kept[channel]
        assert serde.loads_typed(serde.dumps_typed(kept[channel])) == kept[channel]
    first, second = (turn["outcome"] for turn in turns)
    assert [message.type for message in turns[1]["messages"]] == ["human", "ai", "human", "ai"]
    assert len(second["metadata"]["all_proposals"]) == len(first["metadata"]["all_proposals"]) == 6
    assert first["totals"]["calls"] == second["totals"]["calls"] == 11


async def test_a_fork_pays_for_no_call_again_that_read_the_same_drafts(stage: Any) -> None:
    names = [f"p{place}" for place in range(6)]
    for name in names:
        stage.cast(name, f"Says {name}.\nAnswer: {name[1:]}", **CHAT)
    stage.cast("agg", "Well.\nAnswer: 3", **CHAT)
    config = {"configurable": {"thread_id": "1"}}
    compiled: Any = deliberative(build(), checkpointer=InMemorySaver())
    named = {"proposer_models": names, "aggregator_model": "agg", "layers": 2}
    await compiled.ainvoke({"messages": [("user", "?")]}, config, context=strategy("moa").form(**named))
    paid, forks = {name: len(actor.heard) for name, actor in stage.actors.items()}, 0
    async for snapshot in compiled.aget_state_history(config):
        if snapshot.next and len(snapshot.values.get("results", [])) == 1:
            await compiled.ainvoke(None, snapshot.config, context=strategy("moa").form(**named))
            forks += 1
    assert forks == 2
    assert {name: len(actor.heard) for name, actor in stage.actors.items()} == paid


# As a stage


async def test_a_mixture_can_be_a_stage_of_a_cascade(panel: Any) -> None:
    stages = ["ann", "moa(ann,bob,eve;aggregator_model=agg;keep_best=false)"]
    outcome = await ask("17+25?", graph="cascade", stages=stages, thresholds=[1.0])
    assert (outcome["status"], outcome["extracted"]) == ("answered", "42")
    assert outcome["totals"]["calls"] == 5


async def test_what_a_mixture_writes_as_a_stage_can_be_judged(panel: Any, reads: Callable[..., Any]) -> None:
    ruling = {"reason": "so", "quote": "", "right": True, "grade": 10}
    judge = reads("judge", lambda _: json.dumps(ruling))
    stages = ["moa(ann,bob;aggregator_model=agg)", "eve"]
    outcome = await ask("17+25?", graph="cascade", stages=stages, thresholds=[0.5], scorer="judge", judge="judge")
    assert (outcome["exit"], outcome["extracted"], len(judge.heard)) == ("confident", "42", 1)


@pytest.mark.parametrize(
    ("said", "asked"),
    [("It is 42.\nAnswer: 42\n\nNot combined:\n- 41: it does not add up", "agg"), ("", "")],
    ids=["fused", "merged"],
)
async def test_a_stages_own_text_is_judged_though_nobody_said_it_word_for_word(
    panel: Any, lines: Any, reads: Callable[..., Any], said: str, asked: str
) -> None:
    for name in ("ann", "bob"):
        panel.cast(name, f"Facts:\n\n- {name} knows\n\nAnswer: 42", **CHAT)
    panel.cast("agg", said or lines(fails="refused"), **CHAT)
    judge = reads("judge", lambda _: json.dumps({"reason": "so", "quote": "", "right": True, "grade": 10}))
    stages = ["moa(ann,bob;aggregator_model=agg;aggregation_strategy=fusion;fallbacks=agg)", "eve"]
    deliberation = start("?", graph="cascade", stages=stages, thresholds=[0.5], scorer="judge", judge="judge")
    verdicts = [dict(event) async for event in deliberation.events() if event["type"] == "judge.verdict"]
    outcome = await deliberation.outcome()
    assert (outcome["exit"], [one["member"] for one in verdicts]) == ("confident", [asked])
    assert outcome["answer"] in judge.heard[0].messages[-1]["content"]
    assert "Not combined" not in judge.heard[0].messages[-1]["content"]


async def test_whoever_wrote_a_stages_answer_does_not_judge_it(panel: Any, reads: Callable[..., Any]) -> None:
    ruling = json.dumps({"reason": "so", "quote": "", "right": True, "grade": 10})
    agg = reads("agg", lambda drafts: ruling if '"grade"' in said(panel, "agg") else reply_of(agg, drafts))
    eve = reads("eve", lambda _: ruling)
    stages = ["moa(ann,bob;aggregator_model=agg)", "vote(agg,eve)"]
    outcome = await ask("?", graph="cascade", stages=stages, thresholds=[0.5], scorer="judge")
    assert (outcome["exit"], len(agg.heard), len(eve.heard)) == ("confident", 1, 1)


# Laws

DRAFTS = st.lists(st.tuples(st.sampled_from(["1/2", "0.5", "2", "3", ""]), st.booleans()), min_size=2, max_size=5)
STRATEGIES = st.sampled_from(["synthesis", "selection", "voting", "fusion"])


@given(drafts=DRAFTS, strategy=STRATEGIES, layers=st.integers(1, 2), able=st.booleans(), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_member_order_nor_arrival_order_changes_what_becomes_of_the_drafts(
    staging: Callable[[], Any],
    lines: Any,
    drafts: list[tuple[str, bool]],
    strategy: str,
    layers: int,
    able: bool,
    data: st.DataObject,
) -> None:
    orders = [list(range(len(drafts))), data.draw(st.permutations(range(len(drafts))))]
    results = []
    for order in orders:
        arrivals = data.draw(st.permutations(range(len(drafts))))
        stage = cast_of(staging(), lines, drafts, arrivals, able=able)
        members = [f"m{place}" for place in order]
        choices = {"aggregation_strategy": strategy, "layers": layers, "aggregator_model": "agg" if able else None}
        results.append((stage, asyncio.run(ask("?", graph="moa", seed=7, proposer_models=members, **choices))))
    (stage, one), (_, other) = results
    same = ("status", "method", "answer", "extracted", "dissent", "quorum")
    assert {key: one[key] for key in same} == {key: other[key] for key in same}
    check_nothing_is_invented(stage, one, drafts)


def cast_of(stage: Any, lines: Any, drafts: Sequence[tuple[str, bool]], arrivals: Sequence[int], *, able: bool) -> Any:
    """Members that draft in the order of `arrivals`, fail or say nothing readable; an aggregator where one is able."""
    features = {"chat"} if able else set[str]()
    for place, (answer, fails) in enumerate(drafts):
        said = f"answer {answer}" if answer else "What do you mean?"
        line = lines(fails="auth", ticks=3 * arrivals[place]) if fails else lines(text=said, ticks=3 * arrivals[place])
        stage.cast(f"m{place}", line, reliability=0.7, features=features)
    if able:
        stage.cast("agg", '{"reason": "so", "best": "A"}', features=features)
    return stage


def check_nothing_is_invented(stage: Any, outcome: Outcome, drafts: Sequence[tuple[str, bool]]) -> None:
    """Every proposal is told, nobody is padded, and what is counted or selected is some member's own words."""
    told = outcome["metadata"]["all_proposals"]
    speaking = {f"m{place}" for place, (_, fails) in enumerate(drafts) if not fails}
    assert {one["member"] for one in told} == speaking
    assert len(told) == outcome["quorum"]["answered"]
    assert outcome["quorum"]["asked"] == len(told) + len(outcome["failures"]) - aggregators_failed(outcome)
    if outcome["method"] in ("vote", "selection"):
        assert outcome["answer"] in {one["text"] for one in told}
    assert bool(outcome["answer"]) == bool(speaking)


def aggregators_failed(outcome: Outcome) -> int:
    return sum(failure["role"] != "proposer" for failure in outcome["failures"])


# What was planned

PLANS: list[dict[str, Any]] = [
    {},
    {"num_proposals_per_model": 2},
    {"layers": 2},
    {"layers": 3, "num_proposals_per_model": 2},
    {"aggregation_window": 2},
    {"aggregation_window": 3, "num_proposals_per_model": 2, "layers": 2},
    {"analyse": True},
    {"analyse": True, "layers": 2},
    {"keep_best": True, "judge": "judge"},
    {"keep_best": True, "judge": "judge", "analyse": True, "layers": 2, "num_proposals_per_model": 2},
    {"aggregation_strategy": "fusion"},
    {"aggregation_strategy": "fusion", "fuse_top_k": 2},
    {"aggregation_strategy": "fusion", "fuse_top_k": 4, "num_proposals_per_model": 2, "aggregation_window": 3},
    {"aggregation_strategy": "selection"},
    {"aggregation_strategy": "selection", "aggregation_window": 2, "num_proposals_per_model": 2},
    {"aggregation_strategy": "selection", "proposer_models": ["ann"]},
    {"aggregator_model": "symbolic:arithmetic", "layers": 2},
    {"proposer_models": ["ann"], "num_proposals_per_model": 4},
    {"aggregation_strategy": "voting", "proposer_models": ["ann"]},
    {"panel": "diverse", "proposer_models": None, "members": ["ann", "bob", "eve"]},
]


@pytest.mark.parametrize("choices", PLANS, ids=str)
async def test_a_run_without_faults_makes_the_calls_that_were_planned(
    panel: Any, reads: Callable[..., Any], choices: dict[str, Any]
) -> None:
    for name, answer in ANSWERS.items():
        reads(name, lambda _, answer=answer: f"I am sure.\nAnswer: {answer}", family=name)
    agg = reads("agg", lambda drafts: reply_of(agg, drafts), family="agg")
    reads("judge", lambda _: json.dumps({"reason": "so", "better": "tie"}), family="judge")
    named = {"proposer_models": [*ANSWERS], "aggregator_model": "agg", **choices}
    planned = strategy("moa").agenda(strategy("moa").form(**named))
    outcome = await mixed(**choices)
    assert outcome["failures"] == []
    asked = Counter((call.member.name, call.role) for call in planned if not call.spare)
    assert asked == {(one["member"], one["role"]): one["calls"] for one in outcome["totals"]["by_member"]}
    kept = ledger_at(panel.ledger)
    assert sum(event["type"] == "call.start" for event in kept.events(outcome["run"])) == sum(asked.values())
    assert all(call.surely for call in planned if not call.spare)
    prompts = sum(call.prompt_tokens("17+25?") for call in planned if not call.spare)
    assert prompts >= outcome["totals"]["input"], "a plan tells the most that prompts can hold"


def reply_of(agg: Any, drafts: Mapping[str, str]) -> str:
    """What an aggregator says to any of its tasks."""
    task = agg.heard[-1].messages[-1]["content"]
    letters = [label for label in drafts if len(label) == 1]
    if '"ranking"' in task:
        return json.dumps({"reason": "so", "ranking": letters})
    if '"best"' in task:
        return json.dumps({"reason": "so", "best": letters[0]})
    if '"blind_spots"' in task:
        return json.dumps({"consensus": [], "contradictions": [], "unique": [], "blind_spots": []})
    return "All in all.\nAnswer: 42"


async def test_the_check_of_a_draft_that_was_selected_is_planned_as_well(panel: Any, reads: Callable[..., Any]) -> None:
    for name, text in zip(ANSWERS, ("The answer is 43", "The answer is 43", "6*7=42; answer 42"), strict=True):
        panel.cast(name, text, family=name, **CHAT)
    reads("judge", lambda _: json.dumps({"reason": "so", "better": "tie"}), family="judge")
    exact = {"aggregator_model": "symbolic:arithmetic", "keep_best": True, "judge": "judge"}
    form = strategy("moa").form(proposer_models=[*ANSWERS], **exact)
    planned = [call for call in strategy("moa").agenda(form) if not call.spare]
    assert (sum(call.surely for call in planned), len(planned)) == (6, 8)
    assert (await mixed("6*7?", **exact))["totals"]["calls"] == 8


async def test_a_vote_is_planned_as_a_range_since_free_texts_take_one_call_more(panel: Any) -> None:
    form = strategy("moa").form(proposer_models=[*ANSWERS], aggregator_model="agg", aggregation_strategy="voting")
    planned = [call for call in strategy("moa").agenda(form) if not call.spare]
    assert (sum(call.surely for call in planned), len(planned)) == (3, 4)
    assert (await mixed(aggregation_strategy="voting"))["totals"]["calls"] == 3
