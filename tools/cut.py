"""Cuts the middle out of a text that is too long, between characters as readers see them, and says how much is gone.

A grapheme stays whole: a letter with its accents, a Hangul syllable written in jamo, a flag, an emoji with its parts.
"""

import unicodedata
from collections.abc import Callable

NOTE = "\n[... {count} characters left out ...]\n"
SNAP = 60  # characters that are given up to end at a line, or else at a word
_JOINER = "\u200d"
_ATTACHED = "\u200c\u0e33\u0eb3\uff9e\uff9f"  # belong to what is before them, though Unicode files them as letters
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)  # halves of a character that was not decoded whole
_VIRAMA = 9  # the combining class of what joins two consonants
_LEADING, _VOWELS, _TRAILING = range(0x1100, 0x1160), range(0x1160, 0x11A8), range(0x11A8, 0x1200)
_SYLLABLES = range(0xAC00, 0xD7A4)
_FLAGS = range(0x1F1E6, 0x1F200)
_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)


def middle_cut(text: str, most: int, *, measure: Callable[[str], int] = len, note: str = NOTE) -> str:
    """Shorten a text to at most `most`, as `measure` counts it: its beginning, a note with a `{count}`, and its end.

    Where not even the note has room the text's beginning alone is left. `measure` must not shrink as a text grows.
    """
    if measure(text) <= most:
        return text
    room = most - measure(note.format(count=len(text)))
    if room <= 0:
        return _beginning(text, _longest(len(text), lambda kept: measure(text[:kept]) <= most))
    kept = _longest(len(text), lambda kept: measure(text[: kept - kept // 2]) + measure(_end(text, kept // 2)) <= room)
    head, tail = _beginning(text, kept - kept // 2), _ending(text, kept // 2)
    return head + note.format(count=len(text) - len(head) - len(tail)) + tail


def is_boundary(text: str, place: int) -> bool:
    """Tell whether a text may be cut before the character at that place."""
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or _JOINER in (before, after) or after in _ATTACHED:
        return False
    if ord(after) in _TONES or ord(after) in _TAGS or before + after == "\r\n":
        return False
    if (ord(before) in _HIGH and ord(after) in _LOW) or unicodedata.combining(before) == _VIRAMA:
        return False
    return not (_in_syllable(ord(before), ord(after)) or _in_flag(text, place))


def _in_syllable(before: int, after: int) -> bool:
    if before in _LEADING:
        return after in _LEADING or after in _VOWELS or after in _SYLLABLES
    if before in _VOWELS or (before in _SYLLABLES and (before - _SYLLABLES.start) % 28 == 0):
        return after in _VOWELS or after in _TRAILING
    return (before in _TRAILING or before in _SYLLABLES) and after in _TRAILING


def _in_flag(text: str, place: int) -> bool:
    """A flag is a pair of letters: between two of them a cut is allowed after an even number only."""
    if ord(text[place]) not in _FLAGS:
        return False
    run = 0
    while run < place and ord(text[place - 1 - run]) in _FLAGS:
        run += 1
    return run % 2 == 1


def _longest(top: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `top` that fits, where every smaller one does too; 0 is taken to fit."""
    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _end(text: str, length: int) -> str:
    return text[len(text) - length :]


def _beginning(text: str, length: int) -> str:
    """At most so many characters from the beginning, to the end of a line or word where one is near."""
    while not is_boundary(text, length):
        length -= 1
    for separator in ("\n", " "):
        place = text.rfind(separator, max(0, length - SNAP), length)
        if place > 0 and is_boundary(text, place):
            return text[:place]
    return text[:length]


def _ending(text: str, length: int) -> str:
    """At most so many characters from the end, from the start of a line or word where one is near."""
    start = len(text) - length
    while not is_boundary(text, start):
        start += 1
    for separator in ("\n", " "):
        place = text.find(separator, start, min(len(text), start + SNAP))
        if 0 <= place < len(text) - 1 and is_boundary(text, place + 1):
            return text[place + 1 :]
    return text[start:]
