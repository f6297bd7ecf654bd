"""An answer freed of the words around it: the value a sentence states, without markup, copula or explanation."""

import re
from collections.abc import Iterator

from symposium.tools import measures, moments
from symposium.tools.equivalence import canonical
from symposium.tools.glyphs import fold, unlatex, unmark

LONGEST = 300
"""Characters kept of an answer in words."""

_NUMBER = (
    r"[-+]?(?:[$₩€£]\s?)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
    r"(?:\s?/\s?\d+(?![\d/]))?(?:\s?[십백천만억조](?:\s?\d[\d,]*[십백천만]?)*)?"
)
_MEASURED = rf"\s?{measures.WRITTEN_UNIT}(?:,?\s(?:and\s)?{_NUMBER}\s?{measures.WRITTEN_UNIT})*"
_AMOUNT = rf"{_NUMBER}(?:\s?%|:\d\d(?:\s?[ap]m)?|{_MEASURED})?"
_MOMENT = (
    rf"(?:{'|'.join(moments.MONTHS)})\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,\s\d{{4}})?|\d{{1,2}}월\s?\d{{1,2}}일"
    rf"|(?:오전|오후)\s?\d{{1,2}}시(?:\s?\d{{1,2}}분)?|(?:{'|'.join(moments.WEEKDAYS)})\b|[월화수목금토일]요일"
)
ANY_VALUE = re.compile(rf"{_MOMENT}|(?<![\w.]){_AMOUNT}", re.IGNORECASE)
"""A number with its measure, a clock time, date, weekday or amount of money anywhere in a text."""
ENDING_EQUATION = re.compile(rf"[=≈]\s*{_AMOUNT}[^=≈]{{0,60}}$", re.IGNORECASE)
_EQUALS_NUMBER = re.compile(rf"[=≈]\s*({_AMOUNT})(?!\s*[-+*/×÷]\s*[$\d])", re.IGNORECASE)
_CIRCUMSTANCE = re.compile(
    rf"\b(?:in|on|by|after|for|over|than|every|within|from|out of)\s+(?:the\s|all\s)?(?:{_MOMENT}|{_AMOUNT})",
    re.IGNORECASE,
)

_UNIT_WORD = r"(?:\s?(?:%|°[CF]?|[₩€¢]|[가-힣]{1,4}|[a-zA-Z]+(?:/[a-z]+|\^[23])?))?"
_NUMBER_AND_WORDS = re.compile(rf"({_NUMBER}{_UNIT_WORD})(?:[,.]?\s+[^\W\d_]+)+\.?")
_LEADING_VALUE = re.compile(rf"((?:about |approximately |exactly |약 |총 )?{_NUMBER}{_UNIT_WORD})")
_LEADING_NUMBER = re.compile(rf"((?:about |approximately |exactly |약 |총 )?{_NUMBER})")
_LEADING_LIST = re.compile(r"(-?\d[\d.]*(?:\s*[,;]\s*(?:and\s+)?-?\d[\d.]*)+)")
_GOES_ON = re.compile(r"\(|\s*[-+*/^×÷=√\\_|<>&@#\d]|[^\W\d_]|\s*\(?\s*sqrt|\s*[:'\"][^\s]|\s\w\b(?!\s+\w{2})")
_LEADING_WORD = re.compile(
    r"(\([A-Ja-j]\)|[A-J]번"
    r"|(?:[A-J]|yes|no|true|false|예|네|아니요|아니오)(?=\s*[.):,(]|\s+(?:because|since|as)\b|\s*-\s))",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|could|would|needs?|gets?|makes?|takes?|costs?|earns?|spends?|spent|saves?"
    r"|pays?|paid|eats?|picks?|buys?|sold|sells?|left|gives?|gave|reads?|scores?|got"
    r"|bought|runs?|ran|drives?|drove|walks?|made|ate|won|took|[a-z]{3,}ed)\b"
    r"|다$|요$",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"^[a-zA-Z]\s*=\s*(?=\S)")
_ABOUT = re.compile(r"^(?:약|대략|총|모두|about|approximately)\s+(?=[\d$₩])", re.IGNORECASE)
_LAST_EQUALS = re.compile(r".*[=≈]\s*(.+)")
_SENTENCE_END = re.compile(r"(?:[.!?](?=\s|$|[\"')])|;\s|;$|\.(?=[가-힣A-Z(]))")
_ANSWER_COPULA = re.compile(r"\s*(?:입니다|이에요|예요|이다|이고|이며|이죠|임|됩니다|된다|라고 할 수 있습니다)\.?$")
_PLACEHOLDER = re.compile(
    r"^[<\[{(].{0,40}(?:answer|number|value|답|숫자).{0,40}[>\]})]$|^_+$|^\.{3}$|^\?+$", re.IGNORECASE
)


def is_value(text: str) -> bool:
    """Tell whether a text is a number, choice, date or the like, and not just words."""
    return canonical(text).kind != "text"


def shown(text: str) -> str:
    """Strip an answer's markup, copula, closing marks and `x =`; keep its own writing."""
    bare = _ANSWER_COPULA.sub("", text.strip().rstrip(".,;:!* "))
    bare = _ASSIGNED.sub("", bare).strip(" \t*_`\"'")
    return _ABOUT.sub("", bare)


def enclosed(text: str) -> str | None:
    """Tidy an answer that its mark encloses on both sides: only a sentence around a number is cut down to it."""
    plain = _plain(text)
    if plain is None:
        return None
    words, equals = _NUMBER_AND_WORDS.fullmatch(plain), _LAST_EQUALS.fullmatch(plain)
    if is_value(shown(plain)):
        return shown(plain)
    if equals and is_value(shown(equals[1])):
        return shown(equals[1])
    return words[1] if words else _only_number(plain) or _in_words(plain)


def tidy(text: str) -> str | None:
    """Cut what stands behind a mark down to the answer; None where nothing or a placeholder stands there."""
    plain = _plain(text)
    if plain is None:
        return None
    sentence = _first_sentence(plain)
    values = (shown(candidate) for candidate in (plain, sentence, *_shorter(sentence)))
    value = next((value for value in values if value and is_value(value)), None)
    return value or _only_number(sentence) or _in_words(sentence)


def stated(sentence: str) -> str | None:
    """Pick the value a concluding sentence states: behind its last equals sign, else its last value.

    A value that only tells when or out of what (`after 3 months`) is passed over.
    """
    equals = _EQUALS_NUMBER.findall(sentence)
    if equals:
        return shown(equals[-1])
    return last_value(_CIRCUMSTANCE.sub(" ", sentence)) or last_value(sentence)


def last_value(text: str) -> str | None:
    """Find the last value anywhere in a text."""
    found = ANY_VALUE.findall(text)
    return shown(found[-1]) if found else None


def _plain(text: str) -> str | None:
    plain = unmark(unlatex(fold(text))).strip(" \t\n*_`\"'#>")
    return None if not plain or _PLACEHOLDER.match(plain) else plain


def _in_words(text: str) -> str | None:
    return shown(text)[:LONGEST].strip() or None


def _first_sentence(text: str) -> str:
    line = text.split("\n", maxsplit=1)[0]
    end = next((found.start() for found in _SENTENCE_END.finditer(line) if found.start() > 0), len(line))
    return line[:end].strip()


def _shorter(sentence: str) -> Iterator[str]:
    """Give the values that an equation ends in or that a sentence starts with."""
    equals = _LAST_EQUALS.fullmatch(sentence)
    if equals:
        yield equals[1]
        yield from _leading(equals[1])
    yield from _leading(sentence)


def _leading(text: str) -> Iterator[str]:
    """Give the values a text starts with: of several words (`2 years 3 months later`), then of one or two."""
    words = text.split(" ")
    for kept in range(min(len(words) - 1, 6), 0, -1):
        start = " ".join(words[:kept])
        if canonical(start).kind in ("quantity", "date", "time", "weekday", "list"):
            yield start
    for pattern in (_LEADING_LIST, _LEADING_VALUE, _LEADING_NUMBER):
        found = pattern.match(text)
        if found and not _GOES_ON.match(text, found.end()):
            yield found[1]
    found = _LEADING_WORD.match(text)
    if found:
        yield found[1]


def _only_number(sentence: str) -> str | None:
    """Take the number out of an answer given as a sentence that holds no other (`They can save $28 if ...`)."""
    found = ANY_VALUE.findall(sentence)
    return shown(found[0]) if len(found) == 1 and _VERB.search(sentence) else None
