"""A reply as it comes in, and whether it is one: empty, truncated and filtered replies are failures."""

from symposium.ledger.records import CallFailed, Usage
from symposium.models.provider import Chunk, Token


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

    def used(self, prompt_tokens: int) -> Usage:
        """The provider's count, else the prompt's estimate and the pieces that came."""
        output = len(self.tokens) or self.pieces
        return self.usage or Usage(input=prompt_tokens, output=output, estimated=True)

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
            raise CallFailed("refused", "the provider refused to answer")
        if not any(map(str.strip, self._text)):
            thought = " but for its reasoning" if self._reasoning else ""
            raise CallFailed("empty", f"the reply was empty{thought}")
