"""Writing reduced to plain characters: Unicode forms, LaTeX and Markdown marks."""

import re
import unicodedata
from fractions import Fraction

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SAME: dict[str, str] = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63", "-"),
    **dict.fromkeys("\u00a0\u1680\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u2018\u2019\u201b\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201f\u2033", '"'),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u2236", ":"),
    **dict.fromkeys("\u301c\u223c", "~"),
    **dict.fromkeys("\u22c5\u2217", "*"),
    "\u3001": ", ",
    "\u3002": ".",
    "\u00b2": "^2",
    "\u00b3": "^3",
}
_PLAIN_FORM = {ord(character): plain for character, plain in _SAME.items()}
_SMALL_FRACTION = re.compile(r"(\d?)([\u00bc-\u00be\u2150-\u215e])")
_SQUARED_OR_CIRCLED = re.compile(r"[\u2460-\u2473\u3300-\u33ff\u2103\u2109]")


def fold(text: str) -> str:
    """Write full-width, typographic and composed characters in their plain form; keep everything else."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    text = _SQUARED_OR_CIRCLED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _SMALL_FRACTION.sub(_spelled_fraction, text)
    return text.translate(_FULL_WIDTH).translate(_PLAIN_FORM)


def _spelled_fraction(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[2])).limit_denominator(100)
    return f"{found[1]} {value}".lstrip()


_TEXT_COMMANDS = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|operatorname|mbox|fbox|boxed|bm)\s*\{([^{}]*)\}"
)
_FRACTION = re.compile(r"(\d?)\s*\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_SPACING = re.compile(r"\\(?:[,;:!> ]|quad|qquad|left|right|displaystyle|bigl?|bigr?)(?![a-z])")
_COMMANDS = {
    "times": "×",
    "cdot": "*",
    "div": "÷",
    "approx": "≈",
    "pi": "π",
    "infty": "∞",
    "pm": "±",
    "leq": "≤",
    "geq": "≥",
    "le": "≤",
    "ge": "≥",
    "cup": "∪",
    "emptyset": "∅",
    "varnothing": "∅",
    "degree": "°",
    "ldots": "...",
    "dots": "...",
}
_COMMAND = re.compile(r"\\(" + "|".join(sorted(_COMMANDS, key=len, reverse=True)) + r")(?![a-zA-Z])")
_DEGREE = re.compile(r"\^\s*\{?\s*\\(?:circ|degree)\s*\}?")
_DELIMITERS = re.compile(r"\\[()\[\]]|\$\$")
_MATH_DOLLARS = re.compile(r"(?<![\\\d])\$([^$\n]+)(?<!\\)\$(?!\d)")


def unlatex(text: str) -> str:
    """Write LaTeX as plain characters (`\\frac{1}{2}` as `1/2`); a lone `$` stays, since it may be money."""
    text = text.replace("{,}", ",")
    if "\\" not in text and "$" not in text:
        return text
    text = _DEGREE.sub("°", text)
    for _ in range(5):  # commands nest: \text{\$5}, \frac{\text{a}}{2}
        text = _FRACTION.sub(_spelled_frac, _TEXT_COMMANDS.sub(r"\1", text))
    text = _COMMAND.sub(lambda found: _COMMANDS[found[1]], _SPACING.sub(" ", text))
    text = _MATH_DOLLARS.sub(r"\1", _DELIMITERS.sub(" ", text))
    return re.sub(r"\\([$%{}_&#])", r"\1", text)


def _spelled_frac(found: re.Match[str]) -> str:
    above, below = (found[2] or found[3] or "").strip(), (found[4] or found[5] or "").strip()
    plain = re.fullmatch(r"-?[\d.,]+", above) and re.fullmatch(r"[\d.,]+", below)
    return f"{found[1]} " * bool(found[1]) + (f"{above}/{below}" if plain else f"({above})/({below})")


_CODE_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w)])(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?![\w(])", re.DOTALL)
_ITALICS = re.compile(r"(?<![\w*)])([*_])(?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])\1(?![\w*(])")


def unmark(text: str, *, italics: bool = True) -> str:
    """Remove Markdown's code fences, code ticks and emphasis; keep what they enclose.

    Without `italics` single stars and underscores stay, since between numbers they multiply.
    """
    if not any(mark in text for mark in "*_`~"):
        return text
    text = _EMPHASIS.sub(r"\2", _CODE_FENCE.sub("", text).replace("`", ""))
    return _ITALICS.sub(r"\2", text) if italics else text
