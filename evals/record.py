"""What a benchmark has paid for already: replies and results in one SQLite file, which many processes share.

Everything is named by its content (model file, request, program), so that nothing stale is ever found. A process that
is killed loses only what it had in flight.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from symposium.ledger.records import ConfigurationError
from symposium.models.provider import Chunk, Request, Token

FILE = "bench-v1.sqlite3"
PATIENCE = 60.0  # seconds to wait for another process's short transaction
TABLES = """
    CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS results (
        program TEXT NOT NULL, row TEXT NOT NULL, question TEXT NOT NULL, result TEXT NOT NULL,
        PRIMARY KEY (program, row, question)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS meter (model TEXT NOT NULL, tokens INTEGER NOT NULL, cpu_s REAL NOT NULL);
"""


def default_folder() -> Path:
    """Name the folder of the user's record."""
    from platformdirs import user_cache_path

    return user_cache_path("symposium", appauthor=False) / "bench"


def digest(value: object) -> str:
    """Name a JSON-like value by its content: 32 hex digits."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def reply_key(model: str, request: Request) -> str:
    """Name a reply by who gives it and everything that shapes it; a greedy one does not depend on the seed."""
    shaped = asdict(request)
    if request.temperature == 0:
        del shaped["seed"]
    return digest([model, shaped])


class Record:
    """The record in a folder; for one thread at a time.

    Raises (every method):
        ConfigurationError: the folder or its file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        with self._explained():
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=PATIENCE)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")  # with WAL, a killed process loses nothing committed
            self._connection.executescript(TABLES)

    def reply(self, key: str) -> Chunk | None:
        """Give the reply of that name in one piece, None where there is none."""
        with self._explained():
            found = self._connection.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        return _read(found[0]) if found else None

    def keep_reply(self, key: str, chunks: Sequence[Chunk]) -> None:
        """Keep a whole reply; the first one of a name stays."""
        with self._explained():
            self._connection.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, _written(chunks)))

    def results(self, row: str, *, program: str) -> dict[str, Any]:
        """Give what came of a row's questions, by question."""
        query = "SELECT question, result FROM results WHERE program = ? AND row = ?"
        with self._explained():
            found = self._connection.execute(query, (program, row)).fetchall()
        return {question: json.loads(result) for question, result in found}

    def keep_results(self, row: str, results: Mapping[str, Any], *, program: str) -> None:
        """Keep what came of some questions of a row."""
        told = [
            (program, row, question, json.dumps(result, ensure_ascii=False)) for question, result in results.items()
        ]
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", told)
            self._connection.execute("COMMIT")

    def forget_results(self, *, but: str) -> None:
        """Drop the results of every other program, which nobody will look for again."""
        with self._explained():
            self._connection.execute("DELETE FROM results WHERE program <> ?", (but,))

    def measured(self, model: str, *, tokens: int, cpu_s: float) -> None:
        """Note that a model took so many CPU seconds for so many tokens."""
        with self._explained():
            self._connection.execute("INSERT INTO meter VALUES (?, ?, ?)", (model, tokens, cpu_s))

    def rates(self) -> dict[str, float]:
        """Give the CPU seconds per token of every model that was measured."""
        with self._explained():
            query = "SELECT model, sum(cpu_s) / sum(tokens) FROM meter GROUP BY model"
            return dict(self._connection.execute(query).fetchall())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ConfigurationError(f"the benchmark's record '{self.path}' cannot be used: {error}") from error


def _written(chunks: Sequence[Chunk]) -> bytes:
    """Write a reply as one piece: few bytes, every number exact."""
    said = {
        "text": "".join(chunk.text for chunk in chunks),
        "reasoning": "".join(chunk.reasoning for chunk in chunks),
        "tokens": [[token.text, token.logprob, token.top] for chunk in chunks for token in chunk.tokens],
        "usage": next((chunk.usage for chunk in reversed(chunks) if chunk.usage), None),
        "finish": next((chunk.finish for chunk in reversed(chunks) if chunk.finish), None),
    }
    return zlib.compress(json.dumps(said, ensure_ascii=False).encode(), 1)


def _read(reply: bytes) -> Chunk:
    said = json.loads(zlib.decompress(reply))
    tokens = tuple(
        Token(text, logprob, tuple((other, value) for other, value in top)) for text, logprob, top in said.pop("tokens")
    )
    return Chunk(**said, tokens=tokens)
