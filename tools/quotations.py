"""Finds the passage that somebody quotes, word for word, however its blanks and quotation marks are written."""

import re

_MARKS = "\"'`“”‘’«»「」『』…"
_QUOTED_LINE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)


def located(quote: str, text: str) -> tuple[int, int] | None:
    """Say where a quoted passage begins and ends in a text; None where it does not occur or nothing is quoted.

    Blanks and line breaks may differ; marks around a quotation, and those that show a text as data, are not part of it.
    """
    for wanted in dict.fromkeys((quote.strip(), quote.strip().strip(_MARKS).strip())):
        place = text.find(wanted) if wanted else -1
        if place >= 0:
            return place, place + len(wanted)
    words = _QUOTED_LINE.sub("", quote.strip().strip(_MARKS)).split()
    found = re.search(r"\s+(?:>\s)?".join(map(_either, words)), text) if words else None
    return found.span() if found and found[0] else None


def _either(word: str) -> str:
    """The word, its backslashes there or not."""
    return "".join(r"\\?" if character == "\\" else re.escape(character) for character in word)
