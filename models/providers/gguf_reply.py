"""What llama.cpp says while it writes a reply, read into chunks."""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from symposium.ledger.records import CallFailed, FailureKind, Usage
from symposium.models.provider import Chunk, Token

_KINDS: dict[str, FailureKind] = {"exceed_context_size_error": "context", "invalid_request_error": "refused"}


Piece = dict[str, Any]  # any: JSON


class Reader(Protocol):
    """Makes chunks of what llama.cpp says; `ended` once it has heard enough."""

    ended: bool

    def read(self, piece: Piece) -> list[Chunk]:
        """Read one piece."""
        ...


class Gauge:
    """Reads the length of a prompt off the first piece, which comes before any of it is evaluated."""

    def __init__(self) -> None:
        self.ended = False

    def read(self, piece: Piece) -> list[Chunk]:
        """Read one piece.

        Raises:
            CallFailed: the piece is an error other than a prompt that is too long.
        """
        tokens = piece["error"].get("n_prompt_tokens") if "error" in piece else piece["prompt_progress"]["total"]
        if tokens is None:
            raise failure(piece["error"])
        self.ended = True
        return [Chunk(usage=Usage(input=tokens, output=0, estimated=False))]


class Reply:
    """Reads the pieces of one streamed reply, token by token; stop strings are found here.

    llama.cpp's own stop strings swallow the log-probabilities of tokens that it holds back meanwhile.
    """

    def __init__(self, *, stop: tuple[str, ...] = (), tops: int = 0) -> None:
        self.ended = False
        self._stop = tuple(word for word in stop if word)
        self._tops = tops
        self._held: list[Chunk] = []
        self._finish: str | None = None
        self._usage = Usage(input=0, output=0, estimated=False)

    def read(self, piece: Piece) -> list[Chunk]:
        """Read one piece.

        Raises:
            CallFailed: the piece is an error.
        """
        if "error" in piece:
            raise failure(piece["error"])
        self._count(piece)
        chunks = [chunk for choice in piece["choices"] for chunk in self._hear(choice)]
        if self._finish is not None and "usage" in piece:
            chunks += self._end(self._finish)
        return chunks

    def _count(self, piece: Piece) -> None:
        if timings := piece.get("timings"):
            self._usage["input"] = timings["prompt_n"] + timings["cache_n"]
            self._usage["output"] = timings["predicted_n"]

    def _hear(self, choice: Piece) -> Iterator[Chunk]:
        delta = choice["delta"]
        if delta.get("reasoning_content"):
            yield Chunk(reasoning=delta["reasoning_content"])
        if delta.get("content"):
            entries = (choice.get("logprobs") or {}).get("content", ())
            self._held += _by_token(delta["content"], entries, self._tops)
            yield from self._release()
        self._finish = choice.get("finish_reason") or self._finish

    def _release(self) -> list[Chunk]:
        """Let go what cannot be the beginning of a stop string; end at a stop string."""
        text = "".join(chunk.text for chunk in self._held)
        places = [place for place in map(text.find, self._stop) if place >= 0]
        if places:
            self._held = _before(self._held, min(places))
            return self._end("stop")
        free = _count_within(self._held, len(text) - _longest_overlap(text, self._stop))
        spoken, self._held = self._held[:free], self._held[free:]
        return spoken

    def _end(self, finish: str) -> list[Chunk]:
        spoken, self._held = self._held, []
        self.ended = True
        return [*spoken, Chunk(usage=self._usage, finish=finish)]


class Forced(Reply):
    """Reads a reply that a grammar holds to one text; it is complete when all of that has come, however it ended."""

    def __init__(self, text: str, *, tops: int = 0) -> None:
        super().__init__(tops=tops)
        self._text = self._left = text

    def read(self, piece: Piece) -> list[Chunk]:
        """Read one piece.

        Raises:
            CallFailed: the piece is an error, or the reply ended before its text did: it does not fit the context.
        """
        chunks = super().read(piece)
        self._left = self._left.removeprefix("".join(chunk.text for chunk in chunks))
        if self.ended and self._left:
            raise CallFailed("context", f"a forced reply of {len(self._text)} characters does not fit the context")
        return [replace(chunk, finish="stop") if chunk.finish else chunk for chunk in chunks]


def failure(error: Piece) -> CallFailed:
    """Name the failure that llama.cpp reports."""
    return CallFailed(_KINDS.get(error.get("type", ""), "server"), str(error.get("message", error)))


def _by_token(content: str, entries: Sequence[Piece], tops: int) -> list[Chunk]:
    """Cut a text into its tokens; what no token accounts for stands alone."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = [decoder.decode(bytes(entry["bytes"])) for entry in entries]
    if not texts or "".join(texts) != content:
        return [Chunk(text=content, tokens=tuple(_token(t, e, tops) for t, e in zip(texts, entries, strict=True)))]
    return [Chunk(text=t, tokens=(_token(t, e, tops),)) for t, e in zip(texts, entries, strict=True)]


def _token(text: str, entry: Piece, tops: int) -> Token:
    top = tuple((other["token"], other["logprob"]) for other in entry["top_logprobs"][:tops])
    return Token(text, entry["logprob"], top)


def _longest_overlap(text: str, words: tuple[str, ...]) -> int:
    """The length of the longest end of the text with which a word begins."""
    lengths = (n for word in words for n in range(1, len(word)) if text.endswith(word[:n]))
    return max(lengths, default=0)


def _count_within(chunks: Sequence[Chunk], length: int) -> int:
    """How many whole chunks lie within the first characters."""
    count = 0
    for chunk in chunks:
        length -= len(chunk.text)
        if length < 0:
            break
        count += 1
    return count


def _before(chunks: Sequence[Chunk], place: int) -> list[Chunk]:
    """The chunks before a character; the one across it is cut."""
    whole = _count_within(chunks, place)
    rest = place - sum(len(chunk.text) for chunk in chunks[:whole])
    return [*chunks[:whole], *(_cut(chunk, rest) for chunk in chunks[whole : whole + 1] if rest)]


def _cut(chunk: Chunk, length: int) -> Chunk:
    text = chunk.text[:length]
    return replace(chunk, text=text, tokens=tuple(replace(token, text=text) for token in chunk.tokens[:1]))
