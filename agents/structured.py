"""A reply in a form: asked for by a schema where the endpoint takes one, and once more where it is wrong."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from symposium.agents.briefing import malformed
from symposium.ledger.records import CallFailed, Draft, LimitReached, Message
from symposium.models.mind import Mind
from symposium.prompts.loader import Language, language_of, phrase, prompt
from symposium.tools.structured import Malformed, read

F = TypeVar("F", bound=BaseModel)
Check = Callable[[F], str | None]

_OURS = frozenset({"type", "properties", "items", "enum", "const", "anyOf", "$ref", "$defs", "required"})


@dataclass(frozen=True)
class Filled(Generic[F]):
    """A form and the reply in which it came."""

    form: F
    reply: Draft


async def structured(
    mind: Mind,
    messages: Sequence[Message],
    form: type[F],
    *,
    role: str,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
    check: Check[F] | None = None,
    language: Language | None = None,
) -> F:
    """Ask for a form, as `filled` does, and return it without the reply."""
    made = await filled(
        mind, messages, form, role=role, round=round, index=index, within=within, check=check, language=language
    )
    return made.form


async def filled(
    mind: Mind,
    messages: Sequence[Message],
    form: type[F],
    *,
    role: str,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
    check: Check[F] | None = None,
    language: Language | None = None,
    signals: bool = False,
) -> Filled[F]:
    """Ask for a form; a reply that does not hold it is answered once with what is wrong.

    `check` may say in one line what is wrong with a valid form, in the `language` to ask in, None: that of the last
    message; `within` are seconds for both attempts together. With `signals` log-probabilities are asked for, too.

    Raises:
        CallFailed: no usable reply; `malformed` where the second one does not hold the form either.
        LimitReached: the budget does not allow the call.
    """
    clock, language = asyncio.get_running_loop().time, language or language_of(messages[-1]["content"])
    deadline = None if within is None else clock() + within
    schema = schema_of(form)
    example = json.dumps(outline(schema), ensure_ascii=False, indent=1)
    asked = await _asked(mind, messages, example, language)

    async def say(turns: Sequence[Message]) -> Draft:
        left = None if deadline is None else max(0.0, deadline - clock())
        return await mind.say(turns, role=role, round=round, index=index, schema=schema, signals=signals, within=left)

    first = await say(asked)
    try:
        return Filled(_held(first["text"], form, check), first)
    except Malformed as wrong:
        again = prompt("again", language=language, variant=mind.member.prompt).substitute(
            problem=_told(wrong, language), form=example
        )
        second = await _second(mind, say, [*asked, *_exchange(first["text"], again)], wrong)
    try:
        return Filled(_held(second["text"], form, check), second)
    except Malformed as wrong:
        raise _malformed(wrong, first["attempts"] + second["attempts"]) from wrong


async def _second(
    mind: Mind, say: Callable[[Sequence[Message]], Any], turns: Sequence[Message], wrong: Malformed
) -> Draft:
    try:
        reply: Draft = await say(turns)
    except LimitReached as limit:
        mind.run.limit(limit)  # what the first reply lacks stays the reason
        raise _malformed(wrong, 1) from limit
    return reply


def _told(wrong: Malformed, language: Language) -> str:
    """What is wrong, in the language of the conversation; a check tells it in that."""
    return phrase(wrong.fault, language, place=wrong.place, message=wrong.problem) if wrong.fault else wrong.problem


def _malformed(wrong: Malformed, attempts: int) -> CallFailed:
    return malformed(f"the reply does not hold what was asked for: {wrong}", attempts)


def _held(text: str, form: type[F], check: Check[F] | None) -> F:
    made = read(text, form)
    problem = check(made) if check else None
    if problem:
        raise Malformed(problem)
    return made


def _exchange(said: str, answered: str) -> tuple[Message, Message]:
    return Message(role="assistant", content=said), Message(role="user", content=answered)


async def _asked(mind: Mind, messages: Sequence[Message], example: str, language: Language) -> Sequence[Message]:
    """The messages, with the form at their end where the endpoint takes no schema."""
    if "schema" in await mind.features():
        return messages
    wanted = prompt("form", language=language, variant=mind.member.prompt).substitute(form=example)
    last = messages[-1]
    return (*messages[:-1], Message(role=last["role"], content=f"{last['content']}\n\n{wanted}"))


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a form as strict providers take it: nothing beside its fields, all of them required."""
    strict: dict[str, Any] = _strict(form.model_json_schema())
    return strict


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key in _OURS}
    for named in ("properties", "$defs"):
        if named in kept:
            kept[named] = {name: _strict(part) for name, part in kept[named].items()}
    for nested in ("items", "anyOf"):
        if nested in kept:
            kept[nested] = _strict(kept[nested])
    if "properties" in kept:
        kept |= {"required": [*kept["properties"]], "additionalProperties": False}
    return kept


def outline(schema: Mapping[str, Any]) -> Any:
    """An example of a schema to be filled in: `{"grade": "<integer>"}`; what for, the task says in its language."""
    return _outlined(schema, schema.get("$defs", {}))


def _outlined(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _outlined(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "properties" in schema:
        return {name: _outlined(part, defs) for name, part in schema["properties"].items()}
    if "items" in schema:
        return [_outlined(schema["items"], defs)]
    return f"<{_kind(schema)}>"


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_kind(part) for part in schema["anyOf"])
    return {"boolean": "true | false"}.get(schema["type"], str(schema["type"]))
