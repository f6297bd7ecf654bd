"""A problem put into words: a pattern, filled, with the small noise of real typing around it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Final, Literal

from symposium.training.world import english, korean
from symposium.training.world.problem import Language, Problem
from symposium.training.world.splits import held_out

Patterns = Literal["known", "held_out"]

_OPENERS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": (
        "Hi! ", "Hello. ", "Hey, ", "Please help me: ", "Quick question: ", "Question: ", "Help me with this. ", "Please answer: ",
        "Can you solve this? ", "I have a question. ", "Solve this: ", "Here is a problem. ", "Math problem: ", "Hi there, ",
        "Could you help me? ", "My homework says: ", "Please solve: ", "Ok, ", "So, ", "One more: ", "Q: ", "Good morning! ",
    ),
    "ko": (
        "안녕하세요. ", "안녕! ", "질문이 있어요. ", "문제: ", "질문: ", "도와주세요. ", "이 문제 좀 풀어 주세요. ", "숙제인데요, ", "저기요, ",
        "하나만 물어볼게요. ", "다음 문제를 푸세요. ", "풀어 주세요: ", "문제입니다. ", "궁금한 게 있어요. ", "자, ",
    ),
}  # fmt: skip
_CLOSERS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": (" Thanks!", " Please.", " Thank you.", " Please explain.", " Show your work.", " Thanks in advance.", " Answer please."),
    "ko": (" 알려 주세요.", " 감사합니다.", " 부탁해요.", " 알려줘.", " 답을 구하세요.", " 고마워요.", " 풀이도 써 주세요."),
}  # fmt: skip
_FILLERS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": (
        "It is a sunny day.", "The weather is nice today.", "It is raining outside.", "Everybody is happy.", "The sky is blue.",
        "Nobody is late.", "This happens every year.", "The shop is very busy.", "It was a long day.", "They all like math.",
        "It is almost the weekend.", "The music is loud.", "Dinner is ready.", "Everything is brand new.", "That is a lot of work.",
        "The dog is asleep.", "It is quite cold.", "Nobody knows why.", "The children are excited.", "It takes some care.",
        "The weather was bad.", "It is for a birthday party.", "This is a true story.", "A cat is watching.",
    ),
    "ko": (
        "오늘은 날씨가 좋습니다.", "밖에는 비가 와요.", "모두 기분이 좋아요.", "하늘이 파랗습니다.", "아무도 늦지 않았습니다.", "가게가 아주 바빠요.",
        "긴 하루였습니다.", "모두 수학을 좋아해요.", "곧 주말입니다.", "음악 소리가 커요.", "강아지가 자고 있어요.", "조금 추워요.",
        "아이들이 신났습니다.", "생일 파티를 준비하는 중이에요.", "고양이가 보고 있어요.", "날씨가 나빴어요.",
    ),
}  # fmt: skip


# About so many of a kind's patterns are whole, and so often a pattern is drawn from those alone.
_WHOLE: Final = 30
_WHOLE_SHARE: Final = 0.35
_SENTENCE_GAP: Final = ". "


@cache
def pattern_ids(kind: str, language: Language, patterns: Patterns) -> tuple[int, ...]:
    """List the indices of a kind's patterns that training may use, or those kept out of it."""
    kept_out = patterns == "held_out"
    return tuple(i for i in range(len(wordings(language)[kind])) if held_out(kind, language, i) is kept_out)


def wordings(language: Language) -> Mapping[str, tuple[str, ...]]:
    return english.PATTERNS if language == "en" else korean.PATTERNS


def choose(kind: str, language: Language, rng: random.Random, *, patterns: Patterns) -> int:
    """Choose the index of a pattern, one of a kind's first more often: they are written out whole, not woven."""
    indices = pattern_ids(kind, language, patterns)
    if rng.random() < _WHOLE_SHARE:
        indices = indices[: max(1, _WHOLE * len(indices) // max(_WHOLE, len(wordings(language)[kind])))]
    return indices[int(rng.random() * len(indices))]


def render(problem: Problem, language: Language, rng: random.Random, *, patterns: Patterns) -> str:
    """Put a problem into words with a pattern that training knows, or one that is kept out of it."""
    return render_as(problem, language, choose(problem.kind, language, rng, patterns=patterns), rng)


def render_as(problem: Problem, language: Language, index: int, rng: random.Random) -> str:
    """Put a problem into words with one pattern, then roughen it."""
    fill = english.fill if language == "en" else korean.fill
    return roughened(fill(wordings(language)[problem.kind][index], problem, rng), problem.family, language, rng)


def roughened(text: str, family: str, language: Language, rng: random.Random) -> str:
    """Add a greeting, an idle sentence or a thank-you now and then, lower the case, drop the last mark."""
    if family == "word" and rng.random() < 0.08:
        text = _with_filler(text, language, rng)
    if rng.random() < 0.06:
        text = rng.choice(_OPENERS[language]) + text
    if rng.random() < 0.03:
        text = _ended(text) + rng.choice(_CLOSERS[language])
    draw = rng.random()
    if draw < 0.14 and text[-1] in ".?":
        text = text[:-1].rstrip("= ") or text
    elif draw < 0.17 and text[-1] == "?":
        text = text + rng.choice(("?", "!", " :)"))
    return text.lower() if rng.random() < 0.13 else text


def _ended(text: str) -> str:
    return text if text[-1] in ".?!=" else text + "."


def _with_filler(text: str, language: Language, rng: random.Random) -> str:
    """Put an idle sentence without numbers before the text or between its first two sentences."""
    filler = rng.choice(_FILLERS[language])
    head, gap, tail = text.partition(_SENTENCE_GAP)
    if gap and not head.endswith((".m", " a", " p")) and rng.random() < 0.7:
        return f"{head}. {filler} {tail}"
    return f"{filler} {text}"
