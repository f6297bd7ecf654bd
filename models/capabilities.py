"""What a model at a server can do: known from its provider, learnt from its replies and refusals, or tried out.

What was learnt is kept for a month in a file of the user's cache folder, so that no later run asks in vain again.
"""

import asyncio
import json
import os
import tempfile
import threading
from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

from platformdirs import user_cache_path
from pydantic import BaseModel, ValidationError

from symposium.ledger.records import CallFailed, Message
from symposium.models.keys import CREDENTIALS
from symposium.models.member import Member
from symposium.models.provider import Feature

FILE = "capabilities.json"
KEPT = timedelta(days=30)
LONGEST_REPLY = 200  # tokens, so that a little thinking fits
PATIENCE = 60.0  # seconds for a call that tries something out
WARMTH = 0.5  # a temperature that is nobody's default
FEATURES: tuple[Feature, ...] = get_args(Feature)

FILE_MIND: frozenset[Feature] = frozenset({"forced", "prefix", "sampling", "logprobs", "streaming"})
HOPED_FOR: frozenset[Feature] = frozenset({"chat", "sampling", "logprobs", "schema", "streaming"})
"""What a model over HTTP is taken to do until it is found not to."""
NOT_OVER_HTTP: frozenset[Feature] = frozenset({"forced", "prefix", "checks"})
NOT_OVER_OLLAMA: frozenset[Feature] = frozenset({*NOT_OVER_HTTP, "n"})
NOT_OVER_LANGCHAIN: frozenset[Feature] = frozenset({*NOT_OVER_HTTP, "n", "tools", "logprobs", "schema"})

BY_PARAMETER: Mapping[str, Feature] = {
    "logprobs": "logprobs",
    "top_logprobs": "logprobs",
    "json_schema": "schema",
    "json_object": "schema",
    "format": "schema",
    "stream": "streaming",
    "temperature": "sampling",
}
"""Which feature is gone with a parameter; without the others a request loses nothing that anybody counts on."""


class _Entry(BaseModel):
    """What the file holds of one model at one server."""

    able: dict[Feature, bool]
    without: set[str]
    date: date


@dataclass
class Capabilities:
    """What is known of one model at one server; `without` names the parameters that it turned down."""

    file: Path
    key: str
    able: dict[Feature, bool] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    features: frozenset[Feature] = HOPED_FOR

    def __post_init__(self) -> None:
        self._sum_up()

    def saw(self, feature: Feature, able: bool) -> None:
        """Note what a reply shows, for this process."""
        if self.able.get(feature) is not able:
            self.able[feature] = able
            self._sum_up()

    def assume(self, feature: Feature, able: bool) -> None:
        """Note what nothing has shown otherwise."""
        if feature not in self.able:
            self.saw(feature, able)

    def forget(self) -> None:
        """Begin anew, for this process."""
        self.able.clear()
        self.without.clear()
        self._sum_up()

    def turned_down(self, parameter: str) -> Feature:
        """Note a parameter that the server does not take, also for later processes; name the nearest feature."""
        self.without.add(parameter)
        feature = BY_PARAMETER.get(parameter)
        if feature is not None:
            self.saw(feature, False)
        self.keep()
        return feature or "sampling"

    def keep(self) -> None:
        """Write what is known into the file, if that can be; what other processes wrote there stays."""
        entry = {"able": self.able, "without": sorted(self.without), "date": date.today().isoformat()}
        with suppress(OSError), _writing:
            _write(self.file, {**_read(self.file), self.key: entry})

    def _sum_up(self) -> None:
        self.features = frozenset(one for one in FEATURES if self.able.get(one, one in HOPED_FOR))


_known: dict[tuple[Path, str], Capabilities] = {}
_writing = threading.Lock()


def of(model: str, base_url: str | None) -> Capabilities:
    """What is known of a model at a server; the same object for everyone in this process."""
    file = user_cache_path("symposium") / FILE
    key = f"{model} {CREDENTIALS.sub('', base_url or '')}".strip()
    if (file, key) not in _known:
        _known[file, key] = _capabilities(file, key, _read(file).get(key))
    return _known[file, key]


def _capabilities(file: Path, key: str, entry: object) -> Capabilities:
    """What the file says; nothing where it is old, or not of our making."""
    try:
        kept = _Entry.model_validate(entry)
    except ValidationError:
        return Capabilities(file, key)
    if date.today() - kept.date > KEPT:
        return Capabilities(file, key)
    return Capabilities(file, key, dict(kept.able), set(kept.without))


def _read(file: Path) -> dict[str, Any]:
    try:
        held = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _write(file: Path, held: Mapping[str, Any]) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".json", encoding="utf-8", delete=False) as new:
        json.dump(held, new, indent=1, sort_keys=True)
    os.replace(new.name, file)


def known(member: Member) -> Mapping[Feature, bool | None]:
    """Tell what a member can do beside answering, without asking it; None is unknown."""
    given = _given(member)
    if given is not None:
        return {feature: feature in given for feature in FEATURES}
    able = of(member.model, member.base_url).able
    found = {"chat": True, **able, **dict.fromkeys(_never(member), False)}
    return {feature: found.get(feature) for feature in FEATURES}


def _given(member: Member) -> frozenset[Feature] | None:
    """The features of what runs in this process, None of everything else."""
    if member.provider == "symbolic":
        return frozenset({"checks"})
    if member.provider != "gguf":
        return None
    from symposium.models.zoo import bundled

    return FILE_MIND if member.target in bundled() else frozenset({*FILE_MIND, "chat"})


def _never(member: Member) -> frozenset[Feature]:
    """What no model of the provider can do here."""
    from symposium.models.endpoints import SERVICES

    if member.provider in SERVICES:
        return NOT_OVER_HTTP
    return NOT_OVER_OLLAMA if member.provider == "ollama" else NOT_OVER_LANGCHAIN


TOOL = {
    "type": "function",
    "function": {
        "name": "answer",
        "description": "Give the answer.",
        "parameters": {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
TRIALS: Mapping[Feature, tuple[str, Mapping[str, Any]]] = {
    "tools": ("What is 1+1? Give the answer with the tool.", {"tools": [TOOL]}),
    "n": ("Say hello.", {"n": 2}),
}
"""What to ask with which options, to see whether they are taken."""


async def probe(member: Member) -> dict[Feature, bool | None]:
    """Try out what a member can do, by at most four short calls through the gate, and keep what was found.

    Raises:
        CallFailed: the member does not answer at all.
    """
    if _given(member) is None:
        learnt = of(member.model, member.base_url)
        await _try_out(member, learnt, never=_never(member))
        await asyncio.to_thread(learnt.keep)
    return dict(known(member))


async def _try_out(member: Member, learnt: Capabilities, *, never: Set[Feature]) -> None:
    """Ask a little of everything; the endpoint notes what it sees in the replies, which is all but the schema."""
    learnt.forget()
    await _said(member, "Say hello.", live=True)
    learnt.assume("sampling", True)
    learnt.assume("thinking", False)
    if "schema" not in never:
        said = await _said(member, 'What is 1+1? Answer in JSON: {"answer": ...}', schema=SCHEMA)
        if said is not None:
            learnt.assume("schema", _is_json(said))
    for feature, (question, options) in TRIALS.items():
        if feature not in never:
            await _try(replace(member, options={**member.options, **options}), feature, question, learnt)


async def _try(member: Member, feature: Feature, question: str, learnt: Capabilities) -> None:
    """Ask with options that need the feature; who takes tools need not use them, but several replies are several."""
    try:
        await _said(member, question)
        if feature == "n":
            learnt.assume(feature, False)
    except CallFailed as failure:
        if failure.kind == "refused":
            learnt.assume(feature, False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


async def _said(
    member: Member, question: str, *, live: bool = False, schema: Mapping[str, Any] | None = None
) -> str | None:
    """What the member says to a question, None where it was cut off or said nothing, which is an answer here too."""
    from symposium.ledger.memory import MEMORY
    from symposium.models.gate import Seat, ask  # the gate opens endpoints, and those learn what is noted here
    from symposium.models.run import Run

    run, messages = Run(ledger=MEMORY), [Message(role="user", content=question)]
    run.watched = live
    how: dict[str, Any] = {"seat": Seat(role="probe"), "max_tokens": LONGEST_REPLY, "temperature": WARMTH}
    try:
        draft = await ask(run, member, messages, schema=schema, within=PATIENCE, **how)
    except CallFailed as failure:
        if failure.kind not in ("truncated", "empty"):
            raise
        return None
    return draft["text"]
