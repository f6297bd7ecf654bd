"""Reads a filled-in form out of what a model wrote: JSON in prose, in a fence, after thinking, or broken."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

F = TypeVar("F", bound=BaseModel)

TAIL = 40_000  # characters from the end that are read; a form stands at the end
MOST = 200  # opening braces that are tried, the last ones; more is no form
TOLD = 200  # characters of an error at most

_THOUGHT = re.compile(r"<(/?)(?:think|thinking|thought|reasoning|scratchpad)\b[^<>]*>", re.IGNORECASE)
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_BRACES = re.compile(r"\{(?:\s*\{)+")  # as in a template: {{"grade": 8}}
_DECODER = json.JSONDecoder()


Fault = Literal["no-text", "no-object", "invalid"]


class Malformed(ValueError):
    """A text holds no form that is valid; the message says in one line what is wrong, fit to be shown to its author.

    `fault` is its kind, None for one that only a form's reader can tell; `place` names the field that is `invalid`.
    """

    def __init__(self, problem: str, fault: Fault | None = None, place: str = "") -> None:
        super().__init__(f"'{place}': {problem}" if place else problem)
        self.problem = problem
        self.fault = fault
        self.place = place


def read(text: str, form: type[F]) -> F:
    """Take the last valid form out of a text; JSON that is broken is repaired where that is possible.

    Raises:
        Malformed: there is none.
    """
    spoken = _spoken(text)[-TAIL:]
    problem: Malformed | None = None
    for found in _objects(spoken):
        try:
            return form.model_validate(found)
        except ValidationError as error:
            problem = problem or _told(error)  # of the object that is the likeliest to be meant
    raise problem or (
        Malformed("there is no JSON object", "no-object")
        if spoken.strip()
        else Malformed("there is no text", "no-text")
    )


def _spoken(text: str) -> str:
    """What stands outside of think tags; of text before a closing tag without an opening one nothing."""
    said: list[str] = []
    thinking, at = False, 0
    for tag in _THOUGHT.finditer(text):
        if not thinking:
            said = [] if tag[1] else [*said, text[at : tag.start()]]
        thinking, at = not tag[1], tag.end()
    return "".join(said) + ("" if thinking else text[at:])


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every object there may be, the likeliest first: as written, the last one first, and then as repaired."""
    yield from reversed(_written(text))
    blocks = [found[1] for found in _FENCED.finditer(text)]
    whole = text[text.find("{") :] if "{" in text else ""
    last = text[text.rfind("\n{") :] if "\n{" in text else ""
    for broken in dict.fromkeys((*reversed(blocks), last, whole)):
        yield from _repaired(broken)


def _written(text: str) -> list[dict[str, Any]]:
    """The objects that are valid JSON, in order, less those inside of others."""
    found: list[dict[str, Any]] = []
    end = 0
    for place in [match.start() for match in re.finditer(r"\{", text)][-MOST:]:
        if place < end:
            continue
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        found.append(value)
    return found


def _repaired(broken: str) -> Iterator[dict[str, Any]]:
    from json_repair import repair_json

    if "{" not in broken or not _mendable(broken):
        return
    try:
        value = repair_json(_BRACES.sub("{", broken), return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError):
        return
    values = value if isinstance(value, list) else [value]
    yield from (one for one in reversed(values) if isinstance(one, dict) and one)


def _mendable(broken: str) -> bool:
    """No more than a form may need: the repair's work grows with the square of quotation marks and brackets."""
    return len(broken) <= 8000 and sum(map(broken.count, "\"'“”")) <= 300 and sum(map(broken.count, "{[(")) <= 100


def _told(error: ValidationError) -> Malformed:
    """What is wrong first, in one line: where, what, and what stands there."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the object"
    given = "" if first["type"] == "missing" else f" (it is {first['input']!r})"
    told = " ".join(f"{first['msg']}{given}".split())
    return Malformed(told[: TOLD - len(f"'{place}': ")], "invalid", place)
