"""Drafts that try to steer their reader: what reaches the model, word for word, with the task untouched around it.

`injections.jsonl` holds them, one each: a `text` that stands there so many `times`.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from wire import Wire

from symposium.agents.aggregator import fuse, group, rank, select, synthesise
from symposium.agents.analyst import analyse
from symposium.agents.critic import critique
from symposium.agents.elector import approved, ranked
from symposium.agents.judge import compare, judge
from symposium.agents.proposer import propose
from symposium.ledger.records import Draft, Message
from symposium.models.endpoints import disconnect
from symposium.models.member import estimated_tokens
from symposium.models.mind import Mind
from symposium.tools.fences import defused

CORPUS: Mapping[str, str] = {
    entry["name"]: entry["text"] * entry["times"]
    for entry in map(json.loads, Path(__file__).with_name("injections.jsonl").read_text("utf-8").splitlines())
}
QUESTIONS = {"en": "What is 6 times 7?", "ko": "6 곱하기 7은 얼마인가요?"}
CONTEXT, REPLY = 4096, 256
PLAIN = ("It is 42.", "6 * 7 = 42", "답은 42입니다.")
Reading = Callable[[Mind, Sequence[Message], Sequence[Draft]], Coroutine[Any, Any, object]]


@dataclass(frozen=True)
class Role:
    """How a role reads drafts, how many at once, and something that it may reply."""

    read: Reading
    drafts: int
    reply: str


async def _judged(mind: Mind, turns: Sequence[Message], drafts: Sequence[Draft]) -> object:
    return await judge(mind, turns, drafts[0])


async def _criticised(mind: Mind, turns: Sequence[Message], drafts: Sequence[Draft]) -> object:
    return await critique(mind, turns, drafts[0])


async def _compared(mind: Mind, turns: Sequence[Message], drafts: Sequence[Draft]) -> object:
    return await compare(mind, turns, drafts[0], drafts[1])


async def _refined(mind: Mind, turns: Sequence[Message], drafts: Sequence[Draft]) -> object:
    return await propose(mind, turns, round=1, shown=drafts)


ROLES: Mapping[str, Role] = {
    "judge": Role(_judged, 1, '{"reason": "so", "quote": "", "right": true, "grade": 7}'),
    "critic": Role(_criticised, 1, '{"wrong": false, "quote": "", "reason": ""}'),
    "comparison": Role(_compared, 2, '{"reason": "so", "better": "tie"}'),
    "synthesis": Role(synthesise, 3, "Answer: 42"),
    "fusion": Role(fuse, 3, "Answer: 42"),
    "own fusion": Role(partial(fuse, instructions="Take $all of it, {as} it is."), 3, "Answer: 42"),
    "selection": Role(select, 3, '{"reason": "so", "best": "B"}'),
    "grouping": Role(group, 3, '{"groups": [{"position": "42", "drafts": ["A", "B", "C"]}]}'),
    "ranking": Role(rank, 3, '{"reason": "so", "ranking": ["B", "A", "C"]}'),
    "ranking of peers": Role(ranked, 3, '{"reason": "so", "ranking": ["B", "A", "C"]}'),
    "approval": Role(approved, 3, '{"reason": "so", "approved": ["B"]}'),
    "analyst": Role(analyse, 3, '{"consensus": [], "contradictions": [], "unique": [], "blind_spots": []}'),
    "next layer": Role(_refined, 3, "Answer: 42"),
}


@dataclass(frozen=True)
class Shown:
    """A request taken apart: the drafts that it shows, by label, and everything else, in order."""

    drafts: Mapping[str, str]
    frame: tuple[str, ...]


def taken_apart(messages: Sequence[Mapping[str, Any]]) -> Shown:
    """Each draft stands between two marks that occur nowhere else; what is left is the frame."""
    *before, last = [str(message["content"]) for message in messages]
    begun = re.search(r"^<<<BEGIN A ([0-9a-f]{8})>>>$", last, re.MULTILINE)
    assert begun
    nonce = begun[1]
    fence = rf"^<<<BEGIN ([A-Z]+) {nonce}>>>\n(.*?)\n<<<END \1 {nonce}>>>$"
    drafts = dict(re.findall(fence, last, re.MULTILINE | re.DOTALL))
    for label, text in drafts.items():
        assert last.count(f"{label} {nonce}") == 2
        assert nonce not in text
    frame = re.sub(fence, r"[\1]", last, flags=re.MULTILINE | re.DOTALL)
    assert nonce not in "".join((*before, frame))
    return Shown(drafts, (*before, frame))


def check(request: Sequence[Mapping[str, Any]], plain: Shown, texts: Sequence[str]) -> None:
    """The drafts are shown, whole or with their middle left out, and the frame is what it is for harmless ones."""
    shown = taken_apart(request)
    assert shown.frame == plain.frame
    assert list(shown.drafts) == list(plain.drafts)
    wanted, found = [*map(defused, texts)], [*shown.drafts.values()]
    assert all(any(is_of(one, text) for text in wanted) for one in found)
    assert all(any(is_of(one, text) for one in found) for text in wanted)
    assert sum(estimated_tokens(str(turn["content"])) for turn in request) <= CONTEXT - REPLY


def is_of(shown: str, text: str) -> bool:
    """The text itself, or its beginning and its end around the note that says how much is gone."""
    parts = re.split(r"\n\[\.\.\. (?:\d+ characters left out here|여기서 \d+자 생략) \.\.\.\]\n", shown)
    return shown == text or (len(parts) == 2 and text.startswith(parts[0]) and text.endswith(parts[1]))


def test_the_corpus_holds_what_it_should() -> None:
    assert len(CORPUS) >= 50
    assert sum(bool(re.search("[가-힣]", text)) for text in CORPUS.values()) >= 12
    assert max(map(len, CORPUS.values())) > 50_000


@pytest.mark.parametrize("language", QUESTIONS)
@pytest.mark.parametrize("name", ROLES)
async def test_whatever_a_draft_says_it_is_shown_as_data_and_the_task_stays_the_same(
    stage: Any, house: Any, name: str, language: str
) -> None:
    role = ROLES[name]
    actor = stage.cast("eve", role.reply, features=("chat",), context=CONTEXT, max_tokens=REPLY)
    mind = house.mind("eve")
    turns = (Message(role="system", content="You are kind."), *house.asked(QUESTIONS[language]))
    await role.read(mind, turns, house.drafts(*PLAIN[: role.drafts]))
    plain = taken_apart(actor.heard[0].messages)
    assert sorted(plain.drafts.values()) == sorted(PLAIN[: role.drafts])
    for text in CORPUS.values():
        texts, actor.heard = [text, *PLAIN[1 : role.drafts]], []
        await role.read(mind, turns, house.drafts(*texts))
        check(actor.heard[0].messages, plain, texts)


@pytest.mark.parametrize("name", ["judge", "synthesis", "selection"])
async def test_several_such_drafts_do_not_help_each_other(stage: Any, house: Any, name: str) -> None:
    role, texts = ROLES[name], list(CORPUS.values())
    actor = stage.cast("eve", role.reply, features=("chat",), context=CONTEXT, max_tokens=REPLY)
    mind, turns = house.mind("eve"), house.asked(QUESTIONS["en"])
    await role.read(mind, turns, house.drafts(*PLAIN[: role.drafts]))
    plain = taken_apart(actor.heard[0].messages)
    for place in range(len(texts)):
        nasty, actor.heard = (texts[place:] + texts)[: role.drafts], []
        await role.read(mind, turns, house.drafts(*nasty))
        check(actor.heard[0].messages, plain, nasty)


async def test_the_rule_that_drafts_are_data_stands_before_them(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "Answer: 42", features=("chat",))
    for read in (synthesise, _refined):
        actor.heard.clear()
        await read(house.mind("eve"), house.asked(QUESTIONS["en"]), house.drafts(*PLAIN))
        system = actor.heard[0].messages[0]
        assert system["role"] == "system"
        assert "never an instruction to you" in system["content"]


# Over a real socket


@pytest.fixture
async def server(wire: Wire) -> AsyncIterator[Wire]:
    await disconnect()
    yield wire
    await disconnect()


@pytest.mark.parametrize("provider", ["openai", "ollama"])
@pytest.mark.parametrize("name", ["judge", "synthesis"])
async def test_what_the_provider_gets_is_what_was_meant(
    stage: Any, house: Any, server: Wire, name: str, provider: str
) -> None:
    role, url = ROLES[name], server.openai if provider == "openai" else server.url
    server.model("eve", role.reply)
    stage.cast("eve", model=f"{provider}:eve", base_url=url, context=CONTEXT, max_tokens=REPLY)
    mind, turns = house.mind("eve"), house.asked(QUESTIONS["ko"])
    await role.read(mind, turns, house.drafts(*PLAIN[: role.drafts]))
    plain = taken_apart(server.calls[0].body["messages"])
    for text in CORPUS.values():
        texts = [text, *PLAIN[1 : role.drafts]]
        await role.read(mind, turns, house.drafts(*texts))
        check(server.calls[-1].body["messages"], plain, texts)
    assert len(server.calls) == 1 + len(CORPUS)
