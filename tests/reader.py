"""A scripted mind that reads: what it says is a function of what was laid before it."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field

from symposium.models.provider import Chunk, Feature, Request

SHOWN = re.compile(r"<<<BEGIN (?P<label>.+?) [0-9a-f]+>>>\n(?P<text>.*?)\n<<<END (?P=label) ", re.DOTALL)


def shown(request: Request) -> dict[str, str]:
    """The texts that a request lays before its reader, by label."""
    return {found["label"]: found["text"] for found in SHOWN.finditer(request.messages[-1]["content"])}


@dataclass
class Reader:
    """A scripted endpoint that follows instructions: `reply` makes its words of the texts that it is shown."""

    reply: Callable[[Mapping[str, str]], str]
    features: frozenset[Feature] = frozenset({"chat"})
    heard: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.heard.append(request)
        yield Chunk(text=self.reply(shown(request)))
        yield Chunk(finish="stop")

    async def warm(self) -> None:
        return

    async def aclose(self) -> None:
        return
