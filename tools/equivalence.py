"""When two answers are the same answer: every answer has one canonical form, and equal forms are equal answers.

Deciding by a key, never by a tolerance, makes the relation reflexive, symmetric and transitive. What that costs:

- A percentage is its value: `50%` = `0.5` = `1/2`, and none of them is `50`.
- What is counted and what money is called fall away: `350 pens` = `350개` = `350`, `$18` = `18원` = `18`.
- A measure stays: `5 km` = `5000 m`, and neither is `5`, unless the question's unit is given (`unit="km"`): then
  bare numbers, and clock texts such as `2:25` under a unit of time, are read in it.
- A date without a year is not the same as one with a year, since it would make all years equal; the same holds for a
  weekday written beside the date. A clock without am or pm is a 24-hour clock.
- True, yes and 예 are one answer, false, no and 아니요 the other.
- A list is ordered and a set, written in braces, is not; a list or set of one is its element.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from symposium.tools import measures, moments, numerals
from symposium.tools.glyphs import fold, unlatex, unmark

LONGEST = 400
"""Characters beyond which an answer is only text."""

Kind = Literal["number", "choice", "set", "list", "date", "time", "yesno", "weekday", "quantity", "text"]


@dataclass(frozen=True, order=True)
class Canonical:
    """Hold what an answer says, free of how it is written; `value` is one string per meaning within its kind."""

    kind: Kind
    value: str

    @property
    def key(self) -> str:
        """The whole form as one string, fit for a record or an event: `number:350`, `weekday:Thursday`."""
        return f"{self.kind}:{self.value}"


Reader = Callable[[str, str | None], Canonical | None]


def canonical(answer: str, *, unit: str | None = None) -> Canonical:
    """Read an answer into its canonical form.

    `unit` is the unit that the question asks for (see `measures.asked_unit`); raises KeyError for an unknown one.
    """
    if unit is not None and unit not in measures.UNITS:
        raise KeyError(f"unknown unit {unit!r}")
    if len(answer) > LONGEST:
        return Canonical("text", _text_key(_plain(answer)))
    return _read(answer, unit)


@lru_cache(maxsize=2048)
def _read(answer: str, unit: str | None) -> Canonical:
    plain = _plain(answer)
    for read in READERS:
        found = read(plain, unit)
        if found is not None:
            return found
    return Canonical("text", _text_key(plain))


def equivalent(a: str, b: str, *, unit: str | None = None) -> bool:
    """Decide whether two answers are the same answer; an equivalence relation for every given unit."""
    return canonical(a, unit=unit) == canonical(b, unit=unit)


# What surrounds an answer

_ABOUT = re.compile(
    r"^(?:about|approximately|approx\.?|around|roughly|exactly|precisely|nearly|almost|약|대략|정확히|총|모두|[~≈=])\s*(?=\S)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"^[a-zA-Z]\s*=\s*(?=[^=\s])")
_COPULA = re.compile(r"\s*(?:입니다|이에요|예요|이다|이며|이고|이죠)$")
_COPULA_AFTER_NUMBER = re.compile(r"(?<=[\d개명시분초원일월년])\s*(?:임|야|요|죠|다)$")
_CLOSING = ".,;:! "


def _plain(answer: str) -> str:
    text = unmark(unlatex(fold(answer)))
    text = " ".join(text.split()).strip("\"'* ")
    text = text.rstrip(_CLOSING).lstrip(":;, ")
    text = text.removesuffix("\\").removeprefix("\\")
    text = _COPULA_AFTER_NUMBER.sub("", _COPULA.sub("", text))
    text = _ASSIGNED.sub("", _ABOUT.sub("", text))
    return _unwrapped(text.strip("\"' ").rstrip(_CLOSING))


def _unwrapped(text: str) -> str:
    """Remove parentheses that enclose the whole of an answer without commas."""
    inner = text[1:-1]
    whole = text.startswith("(") and text.endswith(")") and "(" not in inner and ")" not in inner
    return inner.strip() if whole and "," not in inner and ";" not in inner else text


# Readers, from the surest form to the loosest

_YES = (
    "yes yeah yep yup true correct affirmative 예 네 넵 맞다 맞아 맞아요 맞습니다 맞음 그렇다 그렇습니다 그래요 "
    "참 참이다 옳다 옳습니다 있다 있습니다"
)
_NO = (
    "no nope nah false incorrect 아니요 아니오 아뇨 아니다 아닙니다 아니에요 아님 틀리다 틀렸다 틀립니다 틀렸습니다 "
    "틀림 거짓 거짓이다 그르다 없다 없습니다"
)
_YES_NO = {**dict.fromkeys(_YES.split(), "yes"), **dict.fromkeys(_NO.split(), "no")}
_YES_NO_FIRST = re.compile(r"(\w+)[,.!]\s+[^\d]+")


def _yesno(text: str, unit: str | None) -> Canonical | None:
    lead = _YES_NO_FIRST.fullmatch(text)
    said = _YES_NO.get((lead[1] if lead else text).lower())
    return Canonical("yesno", said) if said else None


def _weekday(text: str, unit: str | None) -> Canonical | None:
    day = moments.weekday(text)
    return None if day is None else Canonical("weekday", moments.WEEKDAYS[day])


def _date(text: str, unit: str | None) -> Canonical | None:
    date = moments.date(text)
    if date is None:
        return None
    day = f"-{date.day:02d}" if date.day else ""
    beside = "" if date.weekday is None else f" {moments.WEEKDAYS[date.weekday]}"
    return Canonical("date", f"{date.year or '?'}-{date.month:02d}{day}{beside}")


_BARE_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")


def _time(text: str, unit: str | None) -> Canonical | None:
    span = _BARE_CLOCK.fullmatch(text) if unit and measures.UNITS[unit].dimension == "time" else None
    if span:
        return _measured(measures.Quantity("time", Fraction(3600 * int(span[1]) + 60 * int(span[2]))))
    moment = moments.clock(text)
    if moment is None:
        return None
    (hour, minute), second = divmod(moment[0], 60), moment[1]
    return Canonical("time", f"{hour:02d}:{minute:02d}" + (f":{second:02d}" if second else ""))


_OPTION = r"(?:(?:option|choice|answer|보기|선택지)\s*)?"
_CHOICE = re.compile(_OPTION + r"[\[(]?([a-j]|[가나다라마]|[ㄱ-ㅁ])[\])]?\s*[.:)]?(?:번|항)?", re.IGNORECASE)
_CHOICE_AND_TEXT = re.compile(
    r"(?:[\[(]([a-j])[\])]|(?:option |choice )?([a-j])\)|(?:option |choice )([a-j])\b|([a-j]):)[.:]?\s*\S.*"
    r"|([a-j])[.]\s+[-$\d].*",
    re.IGNORECASE,
)
_HANGUL_CHOICE = re.compile(r"[가나다라마]")


def _choice(text: str, unit: str | None) -> Canonical | None:
    found = _CHOICE.fullmatch(text)
    if found and not (_HANGUL_CHOICE.fullmatch(text)):  # a bare 가 or 나 is a word
        return Canonical("choice", found[1].upper())
    found = _CHOICE_AND_TEXT.fullmatch(text)
    letter = next((letter for letter in found.groups() if letter), None) if found else None
    return Canonical("choice", letter.upper()) if letter else None


def _empty(text: str, unit: str | None) -> Canonical | None:
    return Canonical("set", "[]") if text in ("{}", "{ }", "∅") else None


def _braces(text: str, unit: str | None) -> Canonical | None:
    if not re.fullmatch(r"\{[^{}:]+\}", text):
        return None
    return _collection("set", re.split(r"[,;]", text[1:-1]), unit)


def _brackets(text: str, unit: str | None) -> Canonical | None:
    if not re.fullmatch(r"\[[^()\[\]{}]*\]|\([^()\[\]{}]+\)", text):
        return None
    return _collection("list", re.split(r"[,;]", text[1:-1]), unit)


_BETWEEN_ITEMS = re.compile(r"\s*(?:[,;]\s+and|[,;]\s+그리고|[,;]|\band\b|그리고|(?<=\d)[와과])\s+", re.IGNORECASE)
_TIGHT_COMMAS = re.compile(r"[^\s,]+(?:,[^\s,]+)+")
_SPACED_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:\s+-?\d+(?:\.\d+)?){2,}")


def _row(text: str, unit: str | None) -> Canonical | None:
    """Read a list without brackets, all items of which must be values: `3, 8 and 12`, `3,8,12`, `3 8 12`."""
    items = [item for item in _BETWEEN_ITEMS.split(text) if item.strip()]
    if len(items) < 2 and _TIGHT_COMMAS.fullmatch(text):
        items = text.split(",")
    if len(items) < 2 and _SPACED_NUMBERS.fullmatch(text):
        items = text.split()
    if len(items) < 2:
        return None
    forms = [canonical(item, unit=unit) for item in items]
    if any(form.kind in ("text", "list", "set", "yesno") for form in forms):
        return None
    return _collected("list", forms)


def _collection(kind: Literal["list", "set"], items: list[str], unit: str | None) -> Canonical | None:
    return _collected(kind, [canonical(item, unit=unit) for item in items if item.strip()])


def _collected(kind: Literal["list", "set"], forms: list[Canonical]) -> Canonical:
    keys = [form.key for form in forms]
    if kind == "set":
        keys = sorted(set(keys))
    if len(keys) == 1:
        return forms[0]  # equal keys are equal forms
    return Canonical(kind, json.dumps(keys, ensure_ascii=False))


_MONEY = re.compile(r"\\?[$₩€£¥￦]\s*|\s*(?:원|dollars?|won|bucks|euros?|usd|krw|eur)$", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:the )?(\d+)(?:st|nd|rd|th)|(?:제\s*)?(\d+)\s*(?:번째|번)", re.IGNORECASE)


def _number(text: str, unit: str | None) -> Canonical | None:
    bare = _MONEY.sub("", text)
    ordinal = _ORDINAL.fullmatch(bare)
    value = numerals.number((ordinal[1] or ordinal[2]) if ordinal else bare)
    if value is None:
        return None
    if unit is not None and bare == text:
        return _measured(measures.in_unit(value, unit))
    return Canonical("number", str(value))


_AGE = re.compile(r"(.+?)[\s-]*(?:years?|yrs?)[\s-]*old", re.IGNORECASE)


def _quantity(text: str, unit: str | None) -> Canonical | None:
    age = _AGE.fullmatch(text)
    value = numerals.number(age[1]) if age else None
    if value is not None:
        return Canonical("number", str(value))
    found = measures.quantity(text)
    return None if found is None else _measured(found)


def _measured(quantity: measures.Quantity) -> Canonical:
    if quantity.dimension == "one":
        return Canonical("number", str(quantity.amount))
    return Canonical("quantity", f"{quantity.amount} {quantity.dimension}")


_PARTICLE = re.compile(r"(.*\d.*[a-z가-힣])(?:이|가|은|는|을|를|에|로|으로)", re.IGNORECASE)


def _with_particle(text: str, unit: str | None) -> Canonical | None:
    found = _PARTICLE.fullmatch(text)
    form = canonical(found[1], unit=unit) if found else None
    return form if form and form.kind in ("quantity", "date", "time") else None


_COUNTED = re.compile(
    r"([-+]?[\d.,/]*\d(?:[ ,]*[\d.]*[십백천만억조](?=[\s\d십백천만억조]|개|명|원|마|장|권|대))*)\s*(\D+)"
)
_NOUNS = re.compile(r"/?(?:[^\W\d_]|[-'/])+(?:\s+(?:[^\W\d_]|[-'/])+){0,3}")
_NO_NOUN = re.compile(
    r"\b(?:and|or|to|than|is|are|was|were|not|but|of|between|if|minus|plus|times|x|more|less|fewer|percent|because|since|so|when)\b|보다|또는|아니",
    re.IGNORECASE,
)
_COUNTERS = re.compile(
    r"(.+?)\s*(?:개|명|마리|자루|권|장|대|살|세|번|송이|그루|병|잔|봉지|상자|켤레|벌|채|척|쪽|페이지|점|문제|가지|줄|칸|층|회"
    r"|사람)(?:씩|의 .+)?"
)


def _counted(text: str, unit: str | None) -> Canonical | None:
    """Read a number with what it counts, in digits (`350 pens left`) or in words (`twelve pens`, `열두 자루`)."""
    text = _MONEY.sub("", text)
    value = _digits_before_noun(text)
    if value is None:
        value = _words_before_noun(text)
    return None if value is None else Canonical("number", str(value))


def _digits_before_noun(text: str) -> Fraction | None:
    found = _COUNTED.fullmatch(text)
    if found is None or not _is_noun(found[2].strip()):
        return None
    return numerals.number(found[1])


def _is_noun(words: str) -> bool:
    """Tell whether words may be what is counted: no function word, number, symbol or unit with a particle."""
    if (len(words) == 1 and words.isascii()) or re.search(r"[a-z][가-힣]", words, re.IGNORECASE):
        return False
    return bool(_NOUNS.fullmatch(words)) and not _NO_NOUN.search(words) and numerals.number(words) is None


def _words_before_noun(text: str) -> Fraction | None:
    found = _COUNTERS.fullmatch(text)
    value = numerals.counted(found[1]) if found else None
    words = text.split()
    for kept in range(len(words) - 1, max(0, len(words) - 4), -1):
        rest = " ".join(words[kept:])
        if value is None and _is_noun(rest):
            value = numerals.number(" ".join(words[:kept]))
    return value


READERS: tuple[Reader, ...] = (
    _yesno,
    _weekday,
    _date,
    _time,
    _choice,
    _empty,
    _braces,
    _brackets,
    _number,
    _quantity,
    _with_particle,
    _counted,
    _row,
)


# Text

_MATHEMATICAL = re.compile(r"[+*/^=<>\\_|√π≤≥±∞∪]|\d\s*-|-\s*\d|\d\(|\)\(")
_PUNCTUATION = re.compile(r"(?<!\d)[^\w\s]|[^\w\s](?!\d)")
_ARTICLE = re.compile(r"^(?:a|an|the)\s+(?=\S)")


def _text_key(text: str) -> str:
    """Fold case, punctuation, spaces and a leading article; a formula keeps its signs and loses its spaces."""
    folded = unicodedata.normalize("NFC", text.casefold())
    if _MATHEMATICAL.search(folded):
        return re.sub(r"\s+", "", folded)
    words = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return _ARTICLE.sub("", words) or " ".join(folded.split())
