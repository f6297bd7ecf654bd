"""What a question is about, by rules, in English and Korean: one of nine classes; and what members are good at."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from symposium.ledger.records import Intent
from symposium.tools.cues import ALIASES, CUES, FIELDS, TONGUES, Tongue

INTENTS: tuple[Intent, ...] = get_args(Intent)

LETTERS = re.compile(r"[^\W\d_]")
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def tongue_of(question: str) -> Tongue:
    """Say in which language a question is put: Korean where at least a fifth of its letters are Hangul."""
    letters = len(LETTERS.findall(question))
    return "ko" if letters and len(HANGUL.findall(question)) >= 0.2 * letters else "en"


# What a question asks for

_READY = {
    intent: tuple((weight, re.compile(cue, re.IGNORECASE)) for weight, cue in cues) for intent, cues in CUES.items()
}
_HEAD, _TAIL = 300, 300  # characters: what is asked stands at the beginning or the end, the rest is material


def intent_of(question: str) -> Intent:
    """Say what a question asks for; by what speaks most for it, `chat` where nothing speaks for anything."""
    weights = weighed(question)
    best = max(INTENTS, key=lambda intent: weights[intent])
    return best if weights[best] else "fact" if question.rstrip().endswith("?") else "chat"


def weighed(question: str) -> dict[Intent, float]:
    """Add up for every class what speaks for it."""
    asked = _asked(question)
    return {intent: sum(weight for weight, cue in _READY[intent] if cue.search(asked)) for intent in INTENTS}


def _asked(question: str) -> str:
    return question if len(question) <= _HEAD + _TAIL else f"{question[:_HEAD]}\n{question[-_TAIL:]}"


# What one is good at

_FIELDS = {name: re.compile(looks, re.IGNORECASE | re.DOTALL) for name, looks in FIELDS.items()}
_KNOWN: Mapping[str, Intent] = {word: intent for intent, words in ALIASES.items() for word in (intent, *words)}
_TONGUE: Mapping[str, Tongue] = {word: tongue for tongue, words in TONGUES.items() for word in (tongue, *words)}


def field_of(question: str) -> str | None:
    """Say which field of maths a question belongs to; None where it is none that is told apart."""
    asked = _asked(question)
    return next((name for name, looks in _FIELDS.items() if looks.search(asked)), None)


@dataclass(frozen=True)
class Strengths:
    """What a member is good at, in the words used here: classes, fields of maths and languages."""

    intents: frozenset[Intent]
    fields: frozenset[str]
    tongues: frozenset[Tongue]

    def __bool__(self) -> bool:
        return bool(self.intents or self.tongues)


def strengths(good_at: Iterable[str]) -> Strengths:
    """Read a member's `good_at`; words that are not known here are left out."""
    words = {" ".join(word.lower().replace("_", " ").replace("-", " ").split()) for word in good_at}
    return Strengths(
        intents=frozenset(_KNOWN[word] for word in words if word in _KNOWN),
        fields=frozenset(word for word in words if word in FIELDS),
        tongues=frozenset(_TONGUE[word] for word in words if word in _TONGUE),
    )
