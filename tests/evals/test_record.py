"""What a benchmark remembers: replies by content, results by row, and what was measured."""

from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from symposium.evals.record import Record, reply_key
from symposium.evals.replay import Replaying, model_of
from symposium.evals.replay import replaying as replaying_wrap
from symposium.graphs import ask
from symposium.ledger.records import CallFailed, ConfigurationError, Message, Outcome, Usage
from symposium.models.endpoints import disconnect, wrapped
from symposium.models.member import Member
from symposium.models.provider import Chunk, Feature, Request, Token

REQUEST = Request(messages=(Message(role="user", content="17*24?"),), max_tokens=64, seed=5)
PIECES = (
    Chunk(text="17*24", tokens=(Token("17*24", -0.1, (("17*24", -0.1), ("18", -3.25))),)),
    Chunk(text="=408", tokens=(Token("=408", -1.0 / 3),)),
    Chunk(usage=Usage(input=9, output=2, estimated=False), finish="stop"),
)


class Speaker:
    """An endpoint that says its pieces and counts how often; with `breaks` it fails in the middle."""

    features: frozenset[Feature] = frozenset({"prefix"})

    def __init__(self, *, breaks: bool = False) -> None:
        self.asked, self.breaks = 0, breaks

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked += 1
        for piece in PIECES:
            yield piece
            if self.breaks:
                raise CallFailed("server", "broken")

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "new" / "folder")


def replaying(record: Record, speaker: Speaker, model: str = "m") -> Replaying:
    return Replaying(speaker, record, model=model, fresh=Counter())


async def heard(endpoint: Any, request: Request = REQUEST) -> list[Chunk]:
    return [chunk async for chunk in endpoint.stream(request)]


def joined(chunks: list[Chunk]) -> Chunk:
    return Chunk(
        text="".join(chunk.text for chunk in chunks),
        tokens=tuple(token for chunk in chunks for token in chunk.tokens),
        usage=chunks[-1].usage,
        finish=chunks[-1].finish,
    )


async def test_a_reply_is_asked_for_once_and_comes_back_exactly(record: Record) -> None:
    speaker = Speaker()
    first, again = await heard(replaying(record, speaker)), await heard(replaying(record, speaker))
    assert speaker.asked == 1
    assert tuple(first) == PIECES
    assert joined(again) == joined(first)


async def test_only_fresh_tokens_are_counted(record: Record) -> None:
    endpoint = replaying(record, Speaker())
    counts = []
    for _ in range(2):
        await heard(endpoint)
        counts.append(endpoint._fresh["m"])
    assert counts == [11, 11]


async def test_a_reply_that_broke_off_is_not_kept(record: Record) -> None:
    with pytest.raises(CallFailed):
        await heard(replaying(record, Speaker(breaks=True)))
    assert record.reply(reply_key("m", REQUEST)) is None


async def test_a_replaying_endpoint_can_do_what_its_own_can(record: Record) -> None:
    assert replaying(record, Speaker()).features == {"prefix"}


async def test_a_replayed_call_passes_gate_and_graph_as_any_other(stage: Any, record: Record) -> None:
    stage.configure("")
    fresh: Counter[str] = Counter()
    outcomes, counts = list[Outcome](), []
    for _ in range(2):
        with wrapped(replaying_wrap(record, fresh)):
            outcomes.append(
                await ask("What is 12 plus 30?", graph="single", members=["small"], temperature=0.7, seed=1)
            )
            await disconnect()
        counts.append(fresh.total())
    first, again = outcomes
    assert counts[0] == counts[1] == first["totals"]["input"] + first["totals"]["output"] > 0
    assert again["totals"]["by_member"] == first["totals"]["by_member"]
    assert (again["answer"], again["signals"]) == (first["answer"], first["signals"])


async def test_after_wrapping_endpoints_are_opened_as_they_are(stage: Any) -> None:
    stage.cast("ann", "answer 1")
    wraps = []
    with wrapped(lambda member, endpoint: wraps.append(member.name) or endpoint):  # type: ignore[func-returns-value]
        await ask("?", graph="single", members=["ann"])
        await disconnect()
    await ask("?", graph="single", members=["ann"])
    assert wraps == ["ann"]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"seed": 6}, True),  # greedy: the seed plays no part
        ({"temperature": 0.7}, False),
        ({"temperature": 0.7, "seed": 6}, False),
        ({"prefix": "17"}, False),
        ({"forced": "17"}, False),
        ({"max_tokens": 65}, False),
        ({"stop": ("x",)}, False),
        ({"messages": (Message(role="user", content="17*25?"),)}, False),
    ],
)
def test_a_reply_is_named_by_everything_that_shapes_it(other: dict[str, Any], same: bool) -> None:
    assert (reply_key("m", replace(REQUEST, **other)) == reply_key("m", REQUEST)) is same


def test_samples_of_different_seeds_are_different_replies() -> None:
    sampled = [replace(REQUEST, temperature=0.7, seed=seed) for seed in (1, 2)]
    assert len({reply_key("m", request) for request in sampled}) == 2


def test_a_changed_model_file_is_another_model(tmp_path: Path) -> None:
    file = tmp_path / "mind.gguf"
    member = Member(name="mind", model=f"gguf:{file}")
    file.write_bytes(b"one")
    first = model_of(member)
    file.write_bytes(b"another")
    assert model_of(member) != first


def test_a_moved_model_file_is_the_same_model(tmp_path: Path) -> None:
    names = []
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"the same")
        names.append(model_of(Member(name="mind", model=f"gguf:{tmp_path / name}")))
    assert names[0] == names[1]


def test_results_and_measures_outlive_the_record_that_wrote_them(tmp_path: Path) -> None:
    first = Record(tmp_path)
    first.keep_results("row", {"q1": {"right": True}, "q2": {"right": False}}, program="p")
    first.measured("m", tokens=100, cpu_s=0.5)
    first.measured("m", tokens=300, cpu_s=0.5)
    second = Record(tmp_path)
    assert second.results("row", program="p") == {"q1": {"right": True}, "q2": {"right": False}}
    assert second.results("other", program="p") == {}
    assert second.rates() == {"m": 1.0 / 400}


def test_the_results_of_another_program_are_not_found_and_can_be_forgotten(record: Record) -> None:
    for program, right in (("old", True), ("new", False)):
        record.keep_results("row", {"q": right}, program=program)
    assert record.results("row", program="new") == {"q": False}
    record.forget_results(but="new")
    assert [record.results("row", program=program) for program in ("old", "new")] == [{}, {"q": False}]


@pytest.mark.parametrize("content", [b"this is no database, but a text of some length\n" * 40])
def test_a_foreign_file_is_told_with_its_path(tmp_path: Path, content: bytes) -> None:
    file = Record(tmp_path).path
    for path in tmp_path.iterdir():
        path.unlink()
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=str(file)):
        Record(tmp_path)
