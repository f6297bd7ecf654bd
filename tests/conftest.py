"""The scripted minds: members that say what a test wrote for them, at the pace and with the failures it wrote."""

import asyncio
import itertools
import math
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from symposium.ledger.records import CallFailed, FailureKind, Usage
from symposium.models import endpoints, run
from symposium.models.member import Member
from symposium.models.provider import Chunk, Feature, Request, Token

if TYPE_CHECKING:
    from wire import Wire

sys.path.insert(0, str(Path(__file__).parent))  # so that tests can import the server that lies beside this file


CLOSED = "127.0.0.1:9"  # where no Ollama is


@pytest.fixture(scope="session", autouse=True)
def nothing_of_the_developer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No key, setting or Ollama of whoever runs the tests: what is found here is what a test has put there."""
    folder = tmp_path_factory.mktemp("nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in list(os.environ):
            if name.startswith("SYMPOSIUM_") or name.endswith("_API_KEY") or name == "OPENAI_BASE_URL":
                patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("OLLAMA_HOST", CLOSED)
        yield


@pytest.fixture(autouse=True)
def nobody_left_behind() -> Iterator[None]:
    """What a test has opened, models in this process above all, is closed after it."""
    yield
    if endpoints._open:
        asyncio.run(endpoints.disconnect())


@dataclass(frozen=True)
class Line:
    """One reply: `ticks` are turns of the event loop it waits first; `hangs` never ends; `fails` raises that kind."""

    text: str = ""
    probability: float | None = 0.9
    ticks: int = 0
    hangs: bool = False
    fails: FailureKind | None = None
    finish: str = "stop"
    usage: Usage | None = None


@dataclass
class Actor:
    """A scripted endpoint: speaks its lines in the order it is called, the last one again and again.

    A forced reply is spoken with the probability of the line whose turn it is.
    """

    lines: Sequence[Line]
    features: frozenset[Feature] = frozenset()
    heard: list[Request] = field(default_factory=list)
    speaking: int = 0
    warmed: int = 0
    most_speaking: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        line = self.lines[min(len(self.heard), len(self.lines) - 1)]
        line = replace(line, text=request.forced or line.text)
        self.heard.append(request)
        self.speaking += 1
        self.most_speaking = max(self.most_speaking, self.speaking)
        try:
            async for chunk in _spoken(line):
                yield chunk
        finally:
            self.speaking -= 1

    async def warm(self) -> None:
        self.warmed += 1

    async def aclose(self) -> None:
        self.lines = ()


async def _spoken(line: Line) -> AsyncIterator[Chunk]:
    for _ in range(line.ticks):
        await asyncio.sleep(0)
    if line.fails:
        raise CallFailed(line.fails, f"scripted {line.fails}")
    words = line.text.split(" ")
    for place, word in enumerate(words):
        text = word if place == 0 else f" {word}"
        yield Chunk(text=text, tokens=_tokens(text, line.probability, len(words)))
    if line.hangs:
        await asyncio.Event().wait()
    usage = line.usage or Usage(input=10, output=len(words), estimated=False)
    yield Chunk(finish=line.finish, usage=usage)


def _tokens(text: str, probability: float | None, words: int) -> tuple[Token, ...]:
    """Log-probabilities that sum to the whole reply's."""
    return () if probability is None else (Token(text, math.log(probability) / words),)


class Stage:
    """A folder with a symposium.toml of scripted members and a ledger of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.sqlite3"
        self.actors: dict[str, Actor] = {}
        self._entries: dict[str, str] = {}
        self._top = f'ledger = "{self.ledger}"\n'

    @property
    def file(self) -> Path:
        return self.folder / "symposium.toml"

    def cast(self, name: str, *lines: Line | str, features: Iterable[Feature] = (), **entry: object) -> Actor:
        """Add a member and its lines; `entry` are further keys of its table."""
        spoken = [line if isinstance(line, Line) else Line(line) for line in lines]
        actor = self.actors[name] = Actor(spoken, frozenset(features))
        values = {"model": f"scripted:{name}", "price_input": 1.0, "price_output": 2.0, **entry}
        self._entries[name] = "\n".join(f"{key} = {_toml(value)}" for key, value in values.items() if value is not None)
        self._write()
        return actor

    def configure(self, toml: str) -> None:
        """Add lines to the top of the file."""
        self._top += toml.strip() + "\n"
        self._write()

    @property
    def members(self) -> list[str]:
        return list(self.actors)

    def _write(self) -> None:
        tables = "".join(f"[member.{name}]\n{entry}\n" for name, entry in self._entries.items())
        self.file.write_text(self._top + tables, encoding="utf-8")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value) if isinstance(value, tuple) else value)


@pytest.fixture
def lines() -> type[Line]:
    """Lines with a pace, a probability or a failure; a plain string does where none of that matters."""
    return Line


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Stage]]:
    """Makes a new stage each time it is called, for Hypothesis; every setting and the ledger come from it."""
    count = itertools.count()

    def make() -> Stage:
        folder = tmp_path / f"stage{next(count)}"
        folder.mkdir()
        return _set(folder, monkeypatch)

    yield make
    while run._ledgers:
        run._ledgers.popitem()[1].close()


@pytest.fixture
def stage(staging: Callable[[], Stage]) -> Stage:
    """An empty stage."""
    return staging()


def _set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(folder)
    monkeypatch.setitem(endpoints.PROVIDERS, "scripted", lambda member: _actor(made, member))
    endpoints._open.clear()
    monkeypatch.setenv("SYMPOSIUM_CONFIG", str(made.file))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    return made


def _actor(made: Stage, member: Member) -> Actor:
    return made.actors[member.target]


@pytest.fixture
def wire() -> "Iterator[Wire]":
    """A server that speaks the OpenAI and the Ollama wire formats on the loopback; see wire.py."""
    from wire import Wire

    server = Wire()
    yield server
    server.close()
