"""Thinking that a model writes into its answer, kept apart: `<think>...</think>` at the beginning."""

OPENING, CLOSING = "<think>", "</think>"


class Thoughts:
    """Parts a text that comes in pieces into thinking and answer; the same for every way of cutting it.

    White space before the thinking and before an answer behind it belongs to neither. Thinking that is never closed is
    all there is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._read = self._begin

    @property
    def over(self) -> bool:
        """True when all that comes is answer."""
        return self._read == self._answer

    def feed(self, piece: str) -> tuple[str, str]:
        """Take a piece; give what is known now to be thinking, and what to be answer."""
        held, self._held = self._held + piece, ""
        return self._read(held)

    def end(self) -> tuple[str, str]:
        """Give what is left when the text has ended."""
        held, self._held = self._held, ""
        return (held, "") if self._read == self._think else ("", "" if self._read == self._behind else held)

    def _begin(self, text: str) -> tuple[str, str]:
        start = text.lstrip()
        if start.startswith(OPENING):
            self._read = self._think
            return self._think(start[len(OPENING) :])
        if OPENING.startswith(start):  # not yet to be told, also of nothing but white space
            self._held = text
            return "", ""
        self._read = self._answer
        return "", text

    def _think(self, text: str) -> tuple[str, str]:
        thought, closed, rest = text.partition(CLOSING)
        if closed:
            self._read = self._behind
            return thought, self._behind(rest)[1]
        kept = _overlap(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept], ""

    def _behind(self, text: str) -> tuple[str, str]:
        rest = text.lstrip()
        if rest:
            self._read = self._answer
        return "", rest

    def _answer(self, text: str) -> tuple[str, str]:
        return "", text


def _overlap(text: str) -> int:
    """How many characters of the text's end may be the beginning of the closing mark."""
    return next((n for n in range(min(len(text), len(CLOSING) - 1), 0, -1) if text.endswith(CLOSING[:n])), 0)
