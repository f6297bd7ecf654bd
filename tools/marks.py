"""The marks by which a reply shows its answer: `answer 350`, `\\boxed{350}`, `#### 350`, JSON, `정답은 350`."""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from symposium.tools.wording import enclosed, is_value, tidy


@dataclass(frozen=True)
class Mark:
    """Hold where a mark stands in a reply and how to read the answer it shows; reading may find none."""

    start: int
    end: int
    read: Callable[[], str | None]


MOST_MARKS = 40
"""Marks of one kind that are looked at, from the end of a reply."""
FAR = 200
"""More characters than any mark begins before the word by which it is found."""


def last_marked(reply: str) -> str | None:
    """Read the last mark that shows an answer; marks inside a JSON object that has its own are reasoning."""
    records = list(_records(reply))
    others = (mark for find in (_boxes, _hashes, _tags, _phrases, _backwards) for mark in find(reply))
    free = [mark for mark in others if not any(record.start <= mark.start < record.end for record in records)]
    return _first_answer(sorted((*records, *free), key=lambda mark: mark.end, reverse=True))


def holds_record(reply: str) -> bool:
    """Tell whether a reply gives its answer in JSON, so that an empty one there means that there is none."""
    return _JSON_ANSWER.search(reply) is not None


def _last(pattern: re.Pattern[str], reply: str, *, words: Iterable[str] = (), reach: int = 0) -> deque[re.Match[str]]:
    """Find the last matches; each holds one of the `words`, in any case, at most `reach` characters from its beginning.

    Most replies hold none, and in the others it stands near the end: looking for words first is far quicker.
    """
    start = _first_place(reply, words) - reach if words else 0
    return deque(pattern.finditer(reply, max(0, start)), maxlen=MOST_MARKS) if start < len(reply) else deque()


def _first_place(reply: str, words: Iterable[str]) -> int:
    """Where the first of the words stands; far behind the end where none does."""
    lowered = reply.lower()
    if len(lowered) != len(reply):  # a few letters become two in lower case, which moves the places
        return 0
    return min((place for word in words if (place := lowered.find(word)) >= 0), default=2 * len(reply) + FAR)


def _first_answer(marks: Iterable[Mark]) -> str | None:
    return next((answer for mark in marks if (answer := mark.read())), None)


# JSON

_ANSWER_KEY = r"(?:final[_ ]?answer|answer|result|정답|답|최종[_ ]?답)"
_JSON_ANSWER = re.compile(rf"[\"']{_ANSWER_KEY}[\"']\s*:\s*", re.IGNORECASE)
_LOOSE_VALUE = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(\[[^\]]*\])|([^,}\n]+)")


def _records(reply: str) -> Iterator[Mark]:
    """Find `"answer": ...` in JSON, whole or broken; the mark spans its object."""
    for found in _last(_JSON_ANSWER, reply, words=("answer", "result", "답"), reach=12):
        opened, closed = reply.rfind("{", 0, found.start()), reply.find("}", found.end())
        start = found.start() if opened < 0 else opened
        yield Mark(start, len(reply) if closed < 0 else closed, partial(_json_value, reply, found.end()))


def _json_value(reply: str, at: int) -> str | None:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(reply, at)
    except ValueError:
        loose = _LOOSE_VALUE.match(reply, at)
        value = next((group for group in loose.groups() if group is not None), None) if loose else None
    return enclosed(_spelled(value)) if value is not None else None


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_spelled(item) for item in value)
    return "" if value is None or isinstance(value, dict) else str(value)


# Boxes, hashes and tags

_BRACE = re.compile(r"(?<!\\)[{}]")
_BOX = re.compile(r"\\f?boxed\s*(?:\{|(\S+))")


def _boxes(reply: str) -> Iterator[Mark]:
    for found in _last(_BOX, reply, words=("boxed",), reach=4):
        end = found.end() if found[1] is not None else _closing_brace(reply, found.end())
        if end is not None:
            inside = reply[found.end() : end] if found[1] is None else found[1].rstrip("$.,")
            yield Mark(found.start(), end, partial(enclosed, inside))


def _closing_brace(text: str, at: int) -> int | None:
    depth = 1
    for brace in _BRACE.finditer(text, at, at + 2000):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return None


_HASHES = re.compile(r"^[ \t]*####[ \t]*(\S[^\n]*)$", re.MULTILINE)
_NUMBERED_HEADING = re.compile(r"\d+[.)]\s")
_TAGS = re.compile(r"<(answer|final_answer|정답)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)


def _hashes(reply: str) -> Iterator[Mark]:
    for found in _last(_HASHES, reply) if "####" in reply else ():
        yield Mark(found.start(), found.end(), partial(_hashed, found[1]))


def _hashed(line: str) -> str | None:
    """Read GSM8K's `#### 350`; a Markdown heading of that level (`#### 3. Then`) is no value and shows nothing."""
    answer = None if _NUMBERED_HEADING.match(line) else tidy(line)
    return answer if answer and is_value(answer) else None


def _tags(reply: str) -> Iterator[Mark]:
    for found in _last(_TAGS, reply, words=("</",), reach=len(reply)):
        yield Mark(found.start(), found.end(), partial(enclosed, found[2]))


# Marks in words

_OPEN = r"[*_`\"'\s]*"
_ENGLISH = re.compile(
    rf"(?<![-\w])(?:final |correct |right |best |my )*(?:answer|option|choice|result)\b{_OPEN}"
    r"(?:(?:to|for|of) [^.\n:=]{1,80}?|choice |here |should |thus |therefore )?"
    rf"(?:\s*(?P<says>:|=|->|→|\bis\b:?|\bare\b:?|\bwas\b:?|\bbe\b:?|\bwould be\b:?|\bcomes to\b)|\s)",
    re.IGNORECASE,
)
_KOREAN = re.compile(
    rf"(?:최종\s*)?(?:정답|답변|답|결과)(?:\s*\(.{{1,12}}\))?{_OPEN}(?P<says>:|=|->|→|은|는|이|으로는)?(?P<after>[\s*_:\"'`]*)"
)
_ENGLISH_WORDS = ("answer", "option", "choice", "result")
_NEEDS_SAYING = re.compile(r"option|choice|result|결과", re.IGNORECASE)
_GSM_LINE = re.compile(r"^\s*(?:A|답)\s*:\s*(?=\S)", re.MULTILINE)
_BACKWARDS = re.compile(
    r"(?P<value>\(?[A-Ja-j]\)|\b[A-J]|-?\d(?:[\d.,/]*\d)?(?:\s?[^\W\d]{1,12})?)[*_`\"']*\s*"
    r"(?:is|would be|must be)\s+(?:the|my)\s+"
    r"(?:correct |right |final |best )*(?:answer|option|choice)\b"
    r"|(?i:option|choice|answer)\s+(?P<option>\(?[A-J]\)?)[*_`\"']*\s+is\s+(?:correct|right|true)"
    r"|(?P<korean>\(?[A-J]\)?|-?\d(?:[\d.,/]*\d)?\s?[가-힣]{0,3}?)[*_`\"']*(?:이|가)\s*(?:정답|답)(?:이다|입니다|이에요|예요|이죠)"
)


def _phrases(reply: str) -> Iterator[Mark]:
    """Find marks in words; one without `is` or a colon (`answer 350`) must be followed by a value."""
    for pattern, words in ((_ENGLISH, _ENGLISH_WORDS), (_KOREAN, ("답", "결과")), (_GSM_LINE, ())):
        for found in _last(pattern, reply, words=words, reach=80):
            firm = pattern is _GSM_LINE or found["says"] is not None
            if firm or not _NEEDS_SAYING.search(found[0]):
                yield Mark(found.start(), found.end(), partial(_behind, reply, found.end(), firm=firm))


def _backwards(reply: str) -> Iterator[Mark]:
    """Find marks that follow their answer: `350 is the answer`, `option B is correct`, `350이 정답입니다`."""
    for found in _last(_BACKWARDS, reply, words=("answer", "option", "choice", "답"), reach=FAR - 40):
        value = found["value"] or found["option"] or found["korean"]
        yield Mark(found.start(), found.end(), partial(tidy, value))


_NOT_X_BUT = re.compile(r"^(?:not|n't)\b[^\n]*?(?:\bbut\b|\brather\b)\s*", re.IGNORECASE)
_NEGATED = re.compile(r"^(?:not|n't)\b", re.IGNORECASE)
_KOREAN_NOT_X_BUT = re.compile(r"^[^\n.]{1,40}?(?:이|가)?\s*아니(?:라|고)\s*,?\s*")
_ADVERB = re.compile(
    r"^(?:\s|,|:|(?:therefore|thus|clearly|simply|just|then|so|also|indeed|equal to|given by|option|choice|is)\b"
    r"|(?:as )?follows\b|다음과 같습니다|바로\s|당연히\s|결국\s)+",
    re.IGNORECASE,
)


def _behind(reply: str, at: int, *, firm: bool) -> str | None:
    """Read the rest of a mark's line or, where that is bare, the next line that says something."""
    for line in _lines_from(reply, at):
        if line.strip(" \t*_`:\"'.,#>$[\\"):
            rest = _KOREAN_NOT_X_BUT.sub("", _NOT_X_BUT.sub("", line.lstrip(" \t*_`:")))
            answer = None if _NEGATED.match(rest) else tidy(_ADVERB.sub("", rest))
            shows = answer is not None and not REFUSAL.search(answer) and (firm or is_value(answer))
            return answer if shows else None
    return None


def _lines_from(reply: str, at: int) -> list[str]:
    lines = reply[at : at + 2000].split("\n")
    return [line for line in lines if not re.fullmatch(r"\s*(?:```|~~~)\w*\s*", line)][:4]


REFUSAL = re.compile(
    r"\b(?:i (?:can(?:no|')t|could not|couldn't|am unable|am not able|don't know|do not know|am not sure)"
    r"|i'm (?:unable|not able|not sure|sorry)|unable to (?:answer|determine|solve)|no idea|as an ai"
    r"|not enough information|let me think)\b"
    r"|모르겠|알 수 없|답할 수 없|답변할 수 없|대답할 수 없|풀 수 없|죄송|도와드릴 수 없",
    re.IGNORECASE,
)
"""Words by which a reply, or what stands behind a mark, declines to answer."""
