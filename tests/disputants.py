"""A scripted debater or judge: what it says is a function of what it is asked to do, and of what is laid before it."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reader import shown

from symposium.ledger.records import CallFailed
from symposium.models.provider import Chunk, Feature, Request

Part = Literal["draft", "objections", "revision", "ruling", "comparison"]
Reply = Callable[[Mapping[str, str]], str] | str
LETTER = re.compile(r"([A-Z]+)(?:, round \d+)?")
FORMS: Mapping[str, Part] = {'"objections"': "objections", '"decision"': "ruling", '"better"': "comparison"}


def part(request: Request) -> Part:
    """What a request asks for: a form by its outline, else a revision where others' texts are shown."""
    asked = request.messages[-1]["content"]
    found = [played for mark, played in FORMS.items() if f"{mark}:" in asked]
    if found:
        return found[0]
    return "revision" if shown(request) else "draft"


def standing(texts: Mapping[str, str]) -> dict[str, str]:
    """The latest draft under each letter."""
    return {found[1]: text for label, text in texts.items() if (found := LETTER.fullmatch(label))}


def said(answer: str, *steps: str) -> str:
    """A draft: its steps, and its result as people mark it."""
    return "\n".join((*steps, f"Answer: {answer}"))


def objecting(*wrong: str, reason: str = "that is not so") -> Callable[[Mapping[str, str]], str]:
    """Objections to every draft that gives one of those answers."""

    def reply(texts: Mapping[str, str]) -> str:
        held = [
            {"draft": letter, "quote": f"Answer: {answer}", "reason": reason}
            for letter, text in standing(texts).items()
            for answer in wrong
            if f"Answer: {answer}" in text.splitlines()
        ]
        return json.dumps({"objections": held})

    return reply


def ruling(decision: str, *, names: str = "", **told: str) -> Callable[[Mapping[str, str]], str]:
    """A judge's ruling; `names` is the answer of the draft that it holds to be right."""

    def reply(texts: Mapping[str, str]) -> str:
        found = [letter for letter, text in standing(texts).items() if names and f"Answer: {names}" in text]
        blank = {"reason": "so it is", "winner": found[0] if found else "", "off_topic": "", "restated": ""}
        return json.dumps({**blank, "decision": decision, **told})

    return reply


REDIRECTING = {"off_topic": "the weather", "restated": "How much is it?"}


def preferring(answer: str) -> Callable[[Mapping[str, str]], str]:
    """A comparison that prefers the draft with that answer, in whatever order."""

    def reply(texts: Mapping[str, str]) -> str:
        found = [letter for letter, text in texts.items() if f"Answer: {answer}" in text]
        return json.dumps({"reason": f"{answer} is right", "better": found[0] if found else "tie"})

    return reply


@dataclass
class Disputant:
    """A scripted endpoint that follows instructions: its lines by the part it plays, the last of each again and again.

    A part without a line fails.
    """

    lines: Mapping[Part, Sequence[Reply]]
    features: frozenset[Feature] = frozenset({"chat"})
    heard: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        played = part(request)
        spoken = sum(part(before) == played for before in self.heard)
        self.heard.append(request)
        lines = self.lines.get(played)
        if not lines:
            raise CallFailed("refused", f"no {played} of mine")
        line = lines[min(spoken, len(lines) - 1)]
        yield Chunk(text=line if isinstance(line, str) else line(shown(request)))
        yield Chunk(finish="stop")

    def asked(self, played: Part) -> list[Request]:
        """What it was asked in that part."""
        return [request for request in self.heard if part(request) == played]

    async def warm(self) -> None:
        return

    async def aclose(self) -> None:
        return
