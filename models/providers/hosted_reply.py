"""Replies as servers write them, read piece by piece or whole: text, thinking, log-probabilities, usage and the end."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symposium.ledger.records import CallFailed, Usage
from symposium.models.capabilities import Capabilities
from symposium.models.provider import Chunk, Declined, Token
from symposium.models.providers.failures import beginning, inline, plain
from symposium.models.providers.thoughts import Thoughts
from symposium.models.providers.wire import loaded

IMPOSSIBLE = -9999.0  # OpenAI's log-probability of what is as good as impossible
LONGEST_CHARACTER = 4  # bytes in UTF-8

FINISHES: Mapping[str, str] = {
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "safety": "content_filter",
    "recitation": "content_filter",
    "refusal": "content_filter",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
}
"""Other words for why a reply ended, in OpenAI's."""
BROKEN = ("error", "insufficient_system_resource", "abort", "load", "unload")  # it ended where it should not have


class Reply(ABC):
    """What has come of a reply; what it shows of the model's abilities is noted.

    `scored` says that log-probabilities were asked for, `secret` is kept out of what is told. Thinking that stands
    within the text is kept apart, and its tokens are left out: they tell nothing of the answer.
    """

    def __init__(self, learnt: Capabilities, *, scored: bool, secret: str | None) -> None:
        self.ended = False
        self._learnt, self._scored, self._secret = learnt, scored, secret
        self._thoughts = Thoughts()
        self._tokens: list[Token] = []  # of text that is still held back
        self._begun = self._spoke = self._thought = self._told = False
        self._usage: Usage | None = None
        self._finish: str | None = None

    def read(self, text: bytes) -> Chunk | None:
        """Take one event of a stream, or a whole reply.

        Raises:
            CallFailed: "malformed", or what an error in the reply says.
        """
        value = loaded(text, secret=self._secret)
        try:
            return self._read(value)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            shown = beginning(text, secret=self._secret)
            raise CallFailed("malformed", f"the reply is not what was expected: {shown}") from error

    @abstractmethod
    def _read(self, value: Any) -> Chunk | None: ...

    def whole(self, text: bytes) -> Chunk:
        """Take a reply that came in one piece; one that does not say why it ended is complete all the same.

        Raises:
            CallFailed: "malformed", or what an error in the reply says.
        """
        first = self.read(text) or Chunk()
        if not self._begun:
            raise CallFailed("malformed", "the reply holds no answer")
        self.ended = True
        last = self.end()
        return replace(
            last,
            text=first.text + last.text,
            reasoning=first.reasoning + last.reasoning,
            tokens=first.tokens + last.tokens,
        )

    def end(self) -> Chunk:
        """Give what was held back, the usage and why it ended.

        Raises:
            CallFailed: "truncated", where the reply did not say that this is its end.
        """
        if self._finish is None and not self.ended:
            raise CallFailed("truncated", "the reply broke off without saying why it ended")
        thought, text = self._thoughts.end()
        finish = (self._finish or "stop").lower()
        left = self._part(text, thought) or Chunk()
        return replace(left, usage=self._usage, finish=FINISHES.get(finish, finish))

    def check(self) -> None:
        """Judge how it ended, after everything it said was taken.

        Raises:
            CallFailed: "server", where it was broken off on the other side.
        """
        if self._finish in BROKEN:
            raise CallFailed("server", f"the provider broke the reply off: {self._finish}")
        if self._thought:
            self._learnt.saw("thinking", True)
        if self._scored and self._spoke:
            self._learnt.saw("logprobs", self._told)

    def _say(self, content: str, reasoning: str, tokens: Iterable[Token] = ()) -> Chunk | None:
        """What of a piece can be passed on now."""
        thought, text = self._thoughts.feed(content) if content else ("", "")
        return self._part(text, reasoning + thought, tokens)

    def _part(self, text: str, reasoning: str, tokens: Iterable[Token] = ()) -> Chunk | None:
        self._begun = True
        self._spoke |= bool(text)
        self._thought |= bool(reasoning)
        self._tokens += tokens
        if text:
            return Chunk(text=text, reasoning=reasoning, tokens=self._of(text))
        if self._thought:
            self._tokens.clear()
        return Chunk(reasoning=reasoning) if reasoning else None

    def _of(self, text: str) -> tuple[Token, ...]:
        """The tokens held so far; of a reply with thinking only those of this text."""
        if not self._tokens:
            return ()
        self._told = True
        tokens, self._tokens = tuple(self._tokens), []
        return _last(tokens, text) if self._thought else tokens


def _last(tokens: Sequence[Token], text: str) -> tuple[Token, ...]:
    """The last tokens that make the text, white space aside, which is cut off behind the thinking."""
    place, room = len(tokens), _ink(text)
    while place and room >= _ink(tokens[place - 1].text):
        place -= 1
        room -= _ink(tokens[place].text)
    return tuple(tokens[place:])


def _ink(text: str) -> int:
    return sum(map(len, text.split()))


class OpenAIReply(Reply):
    """A chat completion, or the chunks of one."""

    def __init__(self, learnt: Capabilities, *, scored: bool, secret: str | None) -> None:
        super().__init__(learnt, scored=scored, secret=secret)
        self._refusal = ""

    def read(self, text: bytes) -> Chunk | None:
        """Take one event of a stream, or a whole reply.

        Raises:
            CallFailed: "malformed", or what an error in the reply says.
        """
        if text.strip() == b"[DONE]":
            self.ended = True
            return None
        return super().read(text)

    def check(self) -> None:
        """Judge how it ended, after everything it said was taken.

        Raises:
            Declined: the model refused in its own words.
            CallFailed: "server".
        """
        if self._refusal:
            raise Declined(plain(self._refusal, secret=self._secret))
        super().check()

    def _read(self, value: Any) -> Chunk | None:
        if value.get("error"):
            raise inline(value["error"], secret=self._secret)
        if value.get("object") == "error":
            raise inline(value, secret=self._secret)
        if value.get("usage"):
            self._usage = _openai_usage(value["usage"]) or self._usage
        choices = value.get("choices")
        if not choices:  # what comes after the end, with the usage, or to keep the connection alive
            return None
        if choices[-1].get("index"):
            self._learnt.saw("n", True)
        return None if choices[0].get("index") else self._choice(choices[0])

    def _choice(self, choice: Mapping[str, Any]) -> Chunk | None:
        if choice.get("error"):
            raise inline(choice["error"], secret=self._secret)
        if choice.get("finish_reason"):
            self._finish = str(choice["finish_reason"])
        if not self._finish and not ("delta" in choice or "message" in choice):
            raise KeyError("message")
        said = choice.get("delta") or choice.get("message") or {}
        if said.get("tool_calls"):
            self._learnt.saw("tools", True)
        self._refusal += said.get("refusal") or ""
        reasoning = said.get("reasoning_content") or said.get("reasoning") or ""
        content = said.get("content") or ""
        if not isinstance(content, str):
            content, more = _parts(content)
            reasoning += more
        logprobs = choice.get("logprobs")
        return self._say(content, reasoning, _sound(_openai_tokens(logprobs)) if logprobs and self._scored else ())


def _parts(parts: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Text and thinking of a content in parts, as Mistral writes it."""
    text = "".join(part.get("text") or "" for part in parts if part.get("type") == "text")
    thinking = (part.get("thinking") or () for part in parts if part.get("type") == "thinking")
    return text, "".join(
        piece if isinstance(piece, str) else piece["text"] for several in thinking for piece in several
    )


def _openai_usage(usage: Mapping[str, Any]) -> Usage | None:
    counted = _usage(usage.get("prompt_tokens"), usage.get("completion_tokens"))
    if counted is None:
        return None
    # Google and xAI count the thinking there alone
    if isinstance(usage.get("total_tokens"), int) and not counted["estimated"]:
        counted["output"] = max(counted["output"], usage["total_tokens"] - counted["input"])
    read, written = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    cached = read.get("cached_tokens") or usage.get("prompt_cache_hit_tokens")  # the latter is DeepSeek's
    if isinstance(cached, int):
        counted["cached"] = cached
    if isinstance(written.get("reasoning_tokens"), int):
        counted["reasoning"] = written["reasoning_tokens"]
    return counted


def _usage(read: object, written: object) -> Usage | None:
    """What was counted; where that is one of the two, the other is left to be estimated."""
    told = [count if isinstance(count, int) and count >= 0 else None for count in (read, written)]
    if told == [None, None]:
        return None
    return Usage(input=told[0] or 0, output=told[1] or 0, estimated=None in told)


def _openai_tokens(logprobs: Mapping[str, Any]) -> Iterator[Token]:
    """Tokens as OpenAI tells them, or in the three lists of its older completions, which Together still sends."""
    if logprobs.get("tokens"):
        tops = logprobs.get("top_logprobs") or [None] * len(logprobs["tokens"])
        for text, logprob, top in zip(logprobs["tokens"], logprobs["token_logprobs"], tops, strict=True):
            if logprob is not None:  # of the first token there is none
                yield Token(text, _log(logprob), tuple((name, _log(value)) for name, value in (top or {}).items()))
    else:
        yield from _tokens(logprobs.get("content") or ())


def _tokens(entries: Iterable[Mapping[str, Any]]) -> Iterator[Token]:
    """Tokens with their log-probabilities; a character that is spread over several ones counts as one."""
    held, total = b"", 0.0
    for entry in entries:
        text, logprob = entry["token"], _log(entry["logprob"])
        if not held and not _partial(text):
            top = entry.get("top_logprobs")
            yield Token(text, logprob, tuple((one["token"], _log(one["logprob"])) for one in top) if top else ())
            continue
        held += bytes(entry["bytes"]) if entry.get("bytes") else text.encode()
        total += logprob
        if _complete(held):
            yield Token(held.decode("utf-8", "replace"), total)
            held, total = b"", 0.0
    if held:
        yield Token(held.decode("utf-8", "replace"), total)


def _partial(text: str) -> bool:
    """Whether a token is less than a character: OpenAI writes `bytes:\\\\xec`, others the sign for what is no text."""
    return text.startswith("bytes:\\x") or "\ufffd" in text


def _complete(held: bytes) -> bool:
    try:
        held.decode()
    except UnicodeDecodeError:
        return len(held) >= LONGEST_CHARACTER
    return True


def _log(logprob: float) -> float:
    """A log-probability as ours are: never above zero, which rounding makes it, and never infinite."""
    if math.isnan(logprob):
        raise ValueError("a log-probability that is no number")
    return max(IMPOSSIBLE, min(0.0, logprob))


def _sound(tokens: Iterable[Token]) -> Sequence[Token]:
    """The tokens, or none where something is wrong with one: a reply is not worse for what is said of it."""
    try:
        return tuple(tokens)
    except (KeyError, TypeError, AttributeError, ValueError):
        return ()


class OllamaReply(Reply):
    """An Ollama chat reply, or the lines of one."""

    def _read(self, value: Any) -> Chunk | None:
        if value.get("error"):
            raise inline(value["error"], secret=self._secret)
        if value["done"]:
            self.ended = True
            self._finish = str(value.get("done_reason") or "stop")
            self._usage = _usage(value.get("prompt_eval_count"), value.get("eval_count"))
        said = value.get("message") or {}
        if said.get("tool_calls"):
            self._learnt.saw("tools", True)
        logprobs = value.get("logprobs") if self._scored else None
        return self._say(said.get("content") or "", said.get("thinking") or "", _sound(_tokens(logprobs or ())))
