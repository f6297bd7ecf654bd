"""Numbers as people write them, in digits and in English and Korean words, read as exact fractions."""

import re
from fractions import Fraction

LONGEST = 120
"""Characters; a longer text is not read as a number, which also bounds the size of the integers."""

_SIGN = r"[+-]?\s?"
_PLAIN = re.compile(_SIGN + r"(?:\d+\.?\d*|\.\d+)")
_GROUPED = re.compile(_SIGN + r"\d{1,3}([, '_])\d{3}(?:\1\d{3})*(?:\.\d+)?")
_EUROPEAN = re.compile(_SIGN + r"\d{1,3}(?:\.\d{3})+,\d+|" + _SIGN + r"\d{1,3}(?:\.\d{3}){2,}")
_POWER = re.compile(r"(.+?)\s*(?:e|[×x*]\s*10\s*\^)\s*[{(]?([+-]?\d{1,3})[})]?")
_QUOTIENT = re.compile(r"([^/]+)/([^/]+)")
_MIXED = re.compile(r"(" + _SIGN + r")(\d+)\s+(\d+/\d+)")
_SCALED = re.compile(r"([-+\d.,' ]+?)\s*(dozen|hundred|thousand|million|billion|trillion)s?")
_NEGATIVE = re.compile(r"(?:minus|negative|마이너스|-)\s*([^-+].*)")


def number(text: str) -> Fraction | None:
    """Read the whole text as one number.

    `1,234`, `1 234`, `1'234` and `1.234,5` are grouped by thousands; `1.234` is a decimal and `1,5` is no number,
    since it may be a list. Fractions (`3/4`, `1 1/2`), powers of ten (`1.5e3`, `2 × 10^6`), scales (`3.5 million`,
    `1만 2천`) and words (`three hundred and fifty`, `삼백오십`, `열두`) are read. A single Korean syllable is not
    (`이`, `일`, `만` are words of their own), nor are `한` and `네` without what they count.
    """
    text = " ".join(text.lower().split())
    if not text or len(text) > LONGEST:
        return None
    for read in (digits, _mixed, _power, _quotient, _scaled, korean, english):
        found = read(text)
        if found is not None:
            return found
    negative = _NEGATIVE.fullmatch(text)
    found = number(negative[1]) if negative else None
    return None if found is None else -found


def digits(text: str) -> Fraction | None:
    """Read plain or grouped decimal digits with an optional sign."""
    if _PLAIN.fullmatch(text):
        return Fraction(text.replace(" ", "").removesuffix("."))
    if _GROUPED.fullmatch(text):
        return Fraction(re.sub(r"[, '_]", "", text))
    if _EUROPEAN.fullmatch(text):
        return Fraction(text.replace(" ", "").replace(".", "").replace(",", "."))
    return None


def _mixed(text: str) -> Fraction | None:
    found = _MIXED.fullmatch(text)
    part = _quotient(found[3]) if found else None
    if found is None or part is None:
        return None
    return (int(found[2]) + part) * (-1 if "-" in found[1] else 1)


def _power(text: str) -> Fraction | None:
    found = _POWER.fullmatch(text)
    mantissa = digits(found[1]) if found else None
    return None if found is None or mantissa is None else mantissa * Fraction(10) ** int(found[2])


def _quotient(text: str) -> Fraction | None:
    found = _QUOTIENT.fullmatch(text)
    if found is None:
        return None
    above, below = (digits(part.strip().strip("()")) for part in found.groups())
    return None if above is None or not below else above / below


# English words

_ONES = dict(
    zip(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen",
        ),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_WHOLE_AND_PART = re.compile(r"(.+?)\s+and\s+(?:an?|one)\s+(half|third|quarter)")
_PART_OF_ONE = re.compile(r"(?:(\w+)[ -])?(" + "|".join(_PARTS) + r"|halve)s?(?: an?| of an?)?")


def _scaled(text: str) -> Fraction | None:
    found = _SCALED.fullmatch(text)
    value = digits(found[1].strip()) if found else None
    return None if found is None or value is None else value * ({"dozen": 12, "hundred": 100} | _SCALES)[found[2]]


def english(text: str) -> Fraction | None:
    """Read an English number in words: `twenty-five`, `three hundred and fifty`, `two dozen`, `two and a half`."""
    split = _WHOLE_AND_PART.fullmatch(text)
    if split:
        whole = digits(split[1]) or english(split[1])
        return None if whole is None else whole + Fraction(1, _PARTS[split[2]])
    return _part_of_one(text) or _cardinal(text.replace("-", " ").split())


def _part_of_one(text: str) -> Fraction | None:
    found = _PART_OF_ONE.fullmatch(text)
    if found is None or (found[1] is None and found[2] != "half"):
        return None
    many = 1 if found[1] in (None, "a", "an") else _ONES.get(found[1])
    return None if many is None else Fraction(many, _PARTS[found[2].replace("halve", "half")])


def _cardinal(words: list[str]) -> Fraction | None:
    if len(words) > 1 and words[0] in ("a", "an") and words[1] in ("hundred", "thousand", "million", "dozen"):
        words = ["one", *words[1:]]
    total, section, last = 0, 0, "and"
    for word in words:
        if word in _ONES and last not in _ONES:
            section += _ONES[word]
        elif word in _TENS and last not in _ONES and last not in _TENS:
            section += _TENS[word]
        elif word in ("hundred", "dozen") and 0 < section < 100:
            section *= 100 if word == "hundred" else 12
        elif word in _SCALES and section:
            total, section = total + section * _SCALES[word], 0
        elif word != "and" or last not in ("hundred", *_SCALES):
            return None
        last = word
    return Fraction(total + section) if words and last != "and" else None


# Korean words

_SINO = {"영": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
_SMALL = {"십": 10, "백": 100, "천": 1000}
_LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
_KOREAN_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[일이삼사오육칠팔구십백천만억조]")
_NATIVE_TENS = {"열": 10, "스물": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90}
_NATIVE_ONES = {"하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
_BEFORE_COUNTER = {"한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "스무": 20}
_NATIVE = re.compile(
    f"(백)?({'|'.join(_NATIVE_TENS)})?({'|'.join([*_NATIVE_ONES, *_BEFORE_COUNTER])})?",
)


def korean(text: str) -> Fraction | None:
    """Read a Korean number: scales after digits (`1만 2천`), Sino-Korean words (`삼백오십`), native words (`열두`)."""
    text = text.replace(" ", "")
    if len(text) == 1 and text not in ("열", "둘", "셋", "넷", "영"):
        return None
    if text == "영":
        return Fraction(0)
    return _native(text) or _sino(text)


def counted(text: str) -> Fraction | None:
    """Read a number that stands before its counter, where `한`, `두`, `세`, `네`, `스무`, `반` and `a` count too."""
    word = text.strip()
    if word in _BEFORE_COUNTER:
        return Fraction(_BEFORE_COUNTER[word])
    return {"반": Fraction(1, 2), "a": Fraction(1), "an": Fraction(1)}.get(word) or number(word)


def _native(text: str) -> Fraction | None:
    found = _NATIVE.fullmatch(text)
    if found is None or text in _BEFORE_COUNTER or text in ("", "백"):
        return None
    ones = _NATIVE_ONES | _BEFORE_COUNTER
    return Fraction(100 * bool(found[1]) + _NATIVE_TENS.get(found[2] or "", 0) + ones.get(found[3] or "", 0))


def _sino(text: str) -> Fraction | None:
    tokens = _KOREAN_TOKEN.findall(text)
    if "".join(tokens) != text or not any(token in _SMALL or token in _LARGE for token in tokens):
        return None
    total, section, figure = Fraction(0), Fraction(0), None
    small_before, large_before = 10**4, 10**16
    for token in tokens:
        if token in _SMALL and _SMALL[token] < small_before:
            section += (1 if figure is None else figure) * _SMALL[token]
            figure, small_before = None, _SMALL[token]
        elif token in _LARGE and _LARGE[token] < large_before:
            total += (section + (figure or 0) or 1) * _LARGE[token]
            section, figure, small_before, large_before = Fraction(0), None, 10**4, _LARGE[token]
        elif figure is None and token not in _SMALL and token not in _LARGE:
            figure = Fraction(_SINO[token]) if token in _SINO else digits(token)
            if figure is None:
                return None
        else:
            return None
    return total + section + (figure or 0)
