"""A reply as it comes in, and whether it is one: empty, truncated and filtered replies are failures."""

from symposium.ledger.records import CallFailed, Usage
from symposium.models.member import estimated_tokens
from symposium.models.provider import Chunk, Declined, Token


class Reply:
    """What has come in so far; `ttft` and `latency` are seconds from the request."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.usage: Usage | None = None
        self.finish = ""
        self.ttft: float | None = None
        self.latency = 0.0
        self.pieces = 0
        self.answers = True  # False of a verdict on what others wrote
        self._text: list[str] = []
        self._reasoning: list[str] = []

    @property
    def text(self) -> str:
        """What it says, less the thinking."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """The thinking before it."""
        return "".join(self._reasoning)

    @property
    def begun(self) -> bool:
        """It has said something, thinking aside."""
        return bool(self._text)

    def add(self, chunk: Chunk, *, after: float) -> None:
        """Take the next piece, so many seconds after the request."""
        if chunk.text or chunk.reasoning:
            self.ttft = after if self.ttft is None else self.ttft
            self.pieces += 1
        if chunk.text:
            self._text.append(chunk.text)
        if chunk.reasoning:
            self._reasoning.append(chunk.reasoning)
        if chunk.tokens:
            self.tokens += chunk.tokens
        self.usage = chunk.usage or self.usage
        self.finish = chunk.finish or self.finish

    def used(self, prompt_tokens: int, *, most: int) -> Usage:
        """The provider's count; what it did not tell is estimated from the prompt, and from what has come in.

        No estimate is above `most`, the bound of the reply that the provider was given.
        """
        told = self.usage or Usage(input=0, output=0, estimated=True)
        if not told["estimated"]:
            return told
        said = estimated_tokens(self.text) + estimated_tokens(self.reasoning)
        written = told["output"] or min(most, max(len(self.tokens), self.pieces, said))
        return {**told, "input": told["input"] or prompt_tokens, "output": written}

    def check(self) -> None:
        """Check that it is an answer.

        Raises:
            CallFailed: it is not; "truncated", "content", "refused" or "empty".
        """
        if self.finish == "length":
            raise CallFailed("truncated", "the reply was cut off at its token limit")
        if self.finish == "content_filter":
            raise CallFailed("content", "the provider's filter stopped the reply")
        if self.finish == "refusal":
            raise Declined("it ended its reply so")
        if not any(map(str.strip, self._text)):
            thought = " but for its reasoning" if self._reasoning else ""
            raise CallFailed("empty", f"the reply was empty{thought}")
