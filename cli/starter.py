"""A first symposium.toml: who would be asked here and how, written down with comments to go on from."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symposium.cli import figures
from symposium.models.entry import FILE, MemberEntry
from symposium.models.families import family_of
from symposium.models.member import Member
from symposium.models.prices import priced
from symposium.models.settings import Choices

BARE = re.compile(r"[A-Za-z0-9_-]+")
HEAD = """\
# {told}
# `symposium config show --origin` tells what holds and why, `symposium doctor` whether it works.
# Keys of providers stay in the environment or in .env; here stand only the names of their variables.
"""
FURTHER = """\
# A member of your own: any GGUF file, any server that speaks the OpenAI format, or a model of a provider.
# [member.mine]
# model = "openai:the-model's-name"
# base_url = "http://127.0.0.1:8000/v1"
# reliability = 0.8         # the known chance of a right answer
# good_at = ["mathematics"]

# A preset: a set of choices under a name, for `symposium ask --preset careful`.
# [preset.careful]
# graph = "vote"
# samples = 8
"""


def written(told: str, choices: Mapping[str, Any], members: Sequence[Member], *, bundled: bool) -> str:
    """Write the file: a headline, choices by name, and the members; bundled minds need no table of their own."""
    parts = [HEAD.format(told=told), "\n".join(_choices(choices))]
    if bundled:
        cast = _value([member.name for member in members])
        parts.append(f"# members = {cast}   # who is asked as long as no member stands below\n")
    names = _names(members)
    tables = [] if bundled else ["\n".join(_table(member, names[member.name])) for member in members]
    return "\n".join([*parts, *tables, FURTHER])


def _choices(chosen: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys(("graph", *chosen, "timeout", "budget")):
        field = Choices.model_fields[name]
        value = chosen.get(name, field.default)
        line = f"# {name} = 0.05" if value is None else f"{name} = {_value(value)}"
        yield f"{line:<25} # {field.description}"
    yield ""


def _names(members: Sequence[Member]) -> dict[str, str]:
    """The members' names in the file, by their names here: what tells them apart, and as short as that allows."""
    short = {member.name: member.name.removeprefix(f"{member.provider}:").replace(":", "-") for member in members}
    common = Counter(short.values())
    return {name: brief if common[brief] == 1 else name for name, brief in short.items()}


def _table(member: Member, name: str) -> Iterator[str]:
    """The member's table, with what is not the default."""
    yield f"[member.{name if BARE.fullmatch(name) else _value(name)}]"
    for key, field in MemberEntry.model_fields.items():
        value, usual = getattr(member, key, None), field.get_default(call_default_factory=True)
        if value not in (None, usual, _guessed(member).get(key)):
            yield f"{key} = {_value(value)}"
    yield from _prices(member)
    yield ""


def _guessed(member: Member) -> dict[str, Any]:
    """What is known of the member without being written down."""
    return {"family": family_of(member.model), "context": priced(replace(member, context=None)).context}


def _prices(member: Member) -> Iterator[str]:
    price = member.price
    if price is None:
        yield "# price_input = 1.0        # US dollars per million tokens; unknown so far, and refused under a budget"
        yield "# price_output = 5.0"
    elif price.source == FILE:
        known = {"price_input": price.input, "price_output": price.output, "price_cached": price.cached}
        yield from (f"{key} = {_value(value)}" for key, value in known.items() if value is not None)
    else:
        yield f"# {figures.rate(price.input, price.output)} ({price.source})"


def _value(value: object) -> str:
    """Write a value in TOML; a JSON string is one of its strings, too."""
    if isinstance(value, Mapping):
        pairs = (f"{_value(str(key))} = {_value(held)}" for key, held in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
