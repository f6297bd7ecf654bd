"""The final answer that a reply gives, found by its marks and, failing those, by where it stands.

From the surest to the last resort: a mark (`answer 350`, `\\boxed{350}`, `#### 350`, `"answer": 350`, `정답은 350`; the
last one counts), a reply that is nothing but a value, the sentence that concludes (`Therefore, ...`, `따라서 ...`), the
last number of a short reply, a short phrase. Reasoning, questions and refusals are never answers.
"""

import re

from symposium.tools.glyphs import fold, unlatex, unmark
from symposium.tools.marks import REFUSAL, holds_record, last_marked
from symposium.tools.wording import ENDING_EQUATION, is_value, last_value, shown, stated

SHORT = 400
"""Characters of a reply up to which its last number may be its answer."""
PHRASE = 60
"""Characters of a reply up to which it may, as a whole, be its answer in words."""
TAIL = 20_000
"""Characters from the end of a reply that are read; an answer stands at the end."""


def extract(text: str, *, marked_only: bool = False) -> str | None:
    """Find the final answer in a reply; None when it gives none (empty, refusal, nothing but a question, cut off).

    With `marked_only` a mark alone shows one: in prose the last number is none.
    """
    reply = fold(_spoken(text))[-TAIL:].strip()
    marked = last_marked(reply)
    if marked or marked_only or not reply or holds_record(reply):
        return marked
    return _unmarked(unmark(unlatex(reply)).strip())


def _unmarked(reply: str) -> str | None:
    statements = _statements(reply)
    if not statements or REFUSAL.search(reply) or _CUT_OFF.search(reply):
        return None
    if len(reply) <= SHORT and is_value(reply):
        return shown(reply)
    return _concluded(statements, finished=reply.endswith(_FINISHED)) or _short(reply, statements)


# Reasoning

_THOUGHT_TAG = re.compile(r"<(/?)(?:think|thinking|thought|reasoning|scratchpad)\b[^<>]*>", re.IGNORECASE)


def _spoken(text: str) -> str:
    """Drop reasoning between think tags, also where one of the two tags is missing."""
    said: list[str] = []
    thinking, at = False, 0
    for tag in _THOUGHT_TAG.finditer(text):
        if not tag[1] and not thinking:
            said.append(text[at : tag.start()])
        elif tag[1] and not thinking:
            said.clear()  # all of it was reasoning
        thinking, at = not tag[1], tag.end()
    return "".join(said) + ("" if thinking else text[at:])


# Replies without a mark

_FINISHED = (".", "!", "다", "요", ")")
_CUT_OFF = re.compile(r"[=+*/×÷(,^-]\s*$")
_STATEMENT_BREAK = re.compile(r"(?<=[.!?])(?=\s)|\n+|(?<=[.!?])(?=[가-힣A-Z])|;\s*")
_NO_STATEMENT = re.compile(r"\?[\"')*]*$|\banswer (?:is|was)(?:n't| not)\b|답[은이] .*(?:아닙|아니)", re.IGNORECASE)
_CONCLUSION = re.compile(
    r"^\W*(?:therefore|thus|hence|so|in total|altogether|in conclusion|finally|overall|consequently|as a result"
    r"|this means|that means|which means|total|따라서|그러므로|그래서|결국|즉|결론적으로|그러면|합계|총)\b",
    re.IGNORECASE,
)


def _statements(reply: str) -> list[str]:
    """Split a reply into its sentences that neither ask nor say what the answer is not."""
    sentences = (part.strip() for part in _STATEMENT_BREAK.split(reply))
    return [part for part in sentences if part and not _NO_STATEMENT.search(part)]


def _concluded(statements: list[str], *, finished: bool) -> str | None:
    """Read the last statement that holds a number, if it concludes, ends in an equation or closes a finished reply."""
    for back, statement in enumerate(reversed(statements[-3:])):
        value = stated(statement)
        if value is not None:
            ends = _CONCLUSION.match(statement) or ENDING_EQUATION.search(statement) or (finished and back == 0)
            return value if ends else None
    return None


def _short(reply: str, statements: list[str]) -> str | None:
    """Take a short reply's last number or, where it has none, a very short reply itself."""
    if len(reply) > SHORT:
        return None
    return last_value("\n".join(statements)) or (shown(reply) or None if _is_phrase(reply) else None)


def _is_phrase(reply: str) -> bool:
    return len(reply) <= PHRASE and "\n" not in reply and not reply.endswith(("?", "...", ":"))
