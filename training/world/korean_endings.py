"""Sentence endings of five registers, from -습니다 to the clipped style of notes."""

import random
from collections.abc import Callable, Mapping
from typing import Final, Literal

from symposium.training.world.korean_grammar import (
    attach,
    doing,
    final_of,
    formal,
    future,
    gone,
    noun_form,
    plain,
    polite_base,
    spoken,
)

Register = Literal["formal", "polite", "plain", "casual", "terse"]
REGISTERS: Final[tuple[Register, ...]] = ("formal", "polite", "plain", "casual", "terse")
WEIGHTS: Final = (28, 27, 17, 18, 10)

COPULA: Final = "이"
_REQUESTS: Final[Mapping[Register, tuple[str, ...]]] = {
    "formal": ("구하시오.", "구하십시오.", "구하세요.", "쓰시오.", "계산하시오.", "알려 주십시오."),
    "polite": ("구해 주세요.", "구하세요.", "계산해 주세요.", "알려 주세요.", "말해 주세요.", "알려 주실래요?"),
    "plain": ("구하시오.", "구하여라.", "구해라.", "구하라.", "계산하라.", "써라."),
    "casual": ("구해 줘.", "알려 줘.", "계산해 줘.", "말해 줘.", "구해 봐.", "알려 줄래?"),
    "terse": ("구하시오.", "구하기.", "구해 줘.", "계산.", "알려줘"),
}
Form = Callable[[str], str]


def _now(stem: str) -> str:
    """Return the question in -나 or, of what describes, -ㄴ가."""
    return gone(stem) + "가" if doing(stem) == gone(stem) else doing(stem)[:-1] + "나"


def _soft_ni(stem: str) -> str:
    return doing(stem)[:-1] + "니" if doing(stem).endswith("는") else stem + "니"


def _geo(stem: str) -> str:
    """Return the form before 거야: 되는, 큰; the past has none and asks in -나."""
    past_tense = final_of(stem[-1]) == "ㅆ" and stem[-1] != "있"
    return _now(stem) if past_tense else doing(stem) + " 거"


_QUESTIONS: Final[Mapping[Register, tuple[tuple[int, Form], ...]]] = {
    "formal": (
        (40, lambda s: formal(s) + "까?"),
        (30, lambda s: _now(s) + "요?"),
        (20, lambda s: future(s) + "까요?"),
        (10, lambda s: doing(s) + "지 구하시오."),
    ),
    "polite": (
        (40, lambda s: _now(s) + "요?"),
        (27, lambda s: polite_base(s) + "요?"),
        (20, lambda s: future(s) + "까요?"),
        (5, lambda s: s + "죠?"),
        (4, lambda s: _geo(s).replace(" 거", " 건가") + "요?"),
        (8, lambda s: doing(s) + "지 알려 주세요."),
    ),
    "plain": (
        (38, lambda s: future(s) + "까?"),
        (28, lambda s: doing(s) + "가?"),
        (10, lambda s: _now(s) + "?"),
        (24, lambda s: doing(s) + "지 구하시오."),
    ),
    "casual": (
        (40, lambda s: polite_base(s) + "?"),
        (16, lambda s: _soft_ni(s) + "?"),
        (16, lambda s: future(s) + "까?"),
        (14, lambda s: s + "지?"),
        (6, lambda s: _geo(s).replace(" 거", " 거야") + "?"),
        (4, lambda s: doing(s) + "지 구해 줘."),
        (10, lambda s: doing(s) + "지 알려 줘."),
    ),
    "terse": (
        (50, lambda s: polite_base(s) + "?"),
        (30, lambda s: _now(s) + "?"),
        (20, lambda s: noun_form(s) + "?"),
    ),
}
_COPULA_QUESTIONS: Final[Mapping[Register, tuple[tuple[int, str], ...]]] = {
    "formal": ((40, "입니까?"), (30, "인가요?"), (20, "일까요?"), (10, "인지 구하시오.")),
    "polite": (
        (35, "인가요?"),
        (30, "이에요?"),
        (20, "일까요?"),
        (5, "이죠?"),
        (4, "인 건가요?"),
        (10, "인지 알려 주세요."),
    ),
    "plain": ((40, "일까?"), (30, "인가?"), (10, "이니?"), (20, "인지 구하시오.")),
    "casual": (
        (42, "이야?"),
        (15, "일까?"),
        (15, "이지?"),
        (12, "이니?"),
        (4, "이냐?"),
        (5, "인 거야?"),
        (12, "인지 알려 줘."),
    ),
    "terse": ((80, "?"), (12, "이야?"), (8, "")),
}
_COPULA_STATEMENTS: Final[Mapping[Register, tuple[str, ...]]] = {
    "formal": ("입니다.",),
    "polite": ("이에요.",),
    "plain": ("이다.",),
    "casual": ("이야.",),
    "terse": (".", ".", "임."),
}
# After a vowel the copula loses or merges its 이 in these endings.
_MERGED: Final[Mapping[str, str]] = {
    "이에요": "예요",
    "이야": "야",
    "이죠": "죠",
    "이지": "지",
    "이니": "니",
    "이냐": "냐",
}


def request(register: Register, rng: random.Random) -> str:
    return rng.choice(_REQUESTS[register])


def statement(stem: str, *, before: str, register: Register, rng: random.Random) -> str:
    """Close a statement; `before` is the text that the copula leans on."""
    if stem == COPULA:
        return _copula(before, rng.choice(_COPULA_STATEMENTS[register]))
    stem = _past_copula(stem, before)
    match register:
        case "formal":
            return formal(stem) + "다."
        case "polite":
            return polite_base(stem) + "요."
        case "plain":
            return plain(stem) + "."
        case "casual":
            return polite_base(stem) + "."
        case "terse":
            return noun_form(stem) + "."


def question(stem: str, *, before: str, register: Register, rng: random.Random) -> str:
    """Close a question."""
    if stem == COPULA:
        weights, endings = zip(*_COPULA_QUESTIONS[register], strict=True)
        return _copula(before, rng.choices(endings, weights)[0])
    weights, forms = zip(*_QUESTIONS[register], strict=True)
    form: Form = rng.choices(forms, weights)[0]
    return form(_past_copula(stem, before))


def value_question(*, before: str, register: Register, rng: random.Random) -> str:
    """Ask what the noun phrase `before` comes to."""
    draw = rng.random()
    if draw < 0.4:
        return attach(before, "은")[len(before) :] + rng.choice("?????.")
    if draw < 0.52:
        return attach(before, "을")[len(before) :] + " " + request(register, rng)
    noun = "얼마" if draw < 0.85 else "몇"
    lead = attach(before, "은") + f" {noun}"
    return lead[len(before) :] + question(COPULA, before=lead, register=register, rng=rng)


def _open_ended(before: str) -> bool:
    sound = spoken(before)
    return not sound or final_of(sound[-1]) == "_"


def _copula(before: str, ending: str) -> str:
    if _open_ended(before):
        for full, merged in _MERGED.items():
            if ending.startswith(full):
                return merged + ending[len(full) :]
    return ending


def _past_copula(stem: str, before: str) -> str:
    return "였" if stem == "이었" and _open_ended(before) else stem
