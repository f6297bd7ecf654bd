"""Korean morphology for generated wordings: particles, verb endings, and numbers read aloud."""

from collections.abc import Mapping
from typing import Final

FIRST_SYLLABLE: Final = ord("가")
LAST_SYLLABLE: Final = ord("힣")
FINALS: Final = "_ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"

# Particle -> (after a final consonant, after a vowel); any member of the pair may be asked for.
_PAIRS: Final = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이에요", "예요"),
    ("이야", "야"),
    ("이다", "다"),
    ("이나", "나"),
    ("이고", "고"),
    ("이면", "면"),
    ("이라면", "라면"),
    ("이랑", "랑"),
    ("이라", "라"),
    ("이며", "며"),
    ("이었", "였"),
)
JOSA: Final[Mapping[str, tuple[str, str]]] = {member: pair for pair in _PAIRS for member in pair}

DIGIT_WORDS: Final = ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구")
# How a symbol that ends a word is read, where the sound decides the particle.
READINGS: Final[Mapping[str, str]] = {
    "km": "킬로미터",
    "cm": "센티미터",
    "mm": "밀리미터",
    "m": "미터",
    "kg": "킬로그램",
    "mg": "밀리그램",
    "g": "그램",
    "ml": "밀리리터",
    "l": "리터",
    "t": "톤",
    "h": "시간",
    "min": "분",
    "s": "초",
}

NATIVE_ONES: Final = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS: Final = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")

# Stems that describe rather than act: `많은지`, `많다`, never `많는지`, `많는다`.
ADJECTIVES: Final = frozenset({"많", "적", "크", "작", "높", "낮", "같", "길", "짧", "비싸", "필요하", "이", "가능하"})
# The polite base of stems that no rule gives: ㅂ, ㅅ, ㄷ and 르 irregulars.
IRREGULAR: Final[Mapping[str, str]] = {
    "굽": "구워",
    "줍": "주워",
    "싣": "실어",
    "긷": "길어",
    "붓": "부어",
    "짓": "지어",
    "흐르": "흘러",
    "나르": "날라",
    "자르": "잘라",
    "고르": "골라",
    "바르": "발라",
    "푸": "퍼",
}
_OPEN_BASES: Final[Mapping[str, str]] = {
    "굽": "구우",
    "줍": "주우",
    "싣": "실으",
    "긷": "길으",
    "붓": "부으",
    "짓": "지으",
}


def final_of(syllable: str) -> str:
    """Return a Hangul syllable's final consonant, or `_` for an open one and for anything else."""
    code = ord(syllable)
    return FINALS[(code - FIRST_SYLLABLE) % 28] if FIRST_SYLLABLE <= code <= LAST_SYLLABLE else "_"


def vowel_of(syllable: str) -> str:
    """Return a Hangul syllable's vowel."""
    return VOWELS[(ord(syllable) - FIRST_SYLLABLE) // 28 % 21]


def with_final(syllable: str, final: str) -> str:
    """Give an open or closed syllable another final consonant (`_` opens it)."""
    code = ord(syllable) - FIRST_SYLLABLE
    return chr(FIRST_SYLLABLE + code - code % 28 + FINALS.index(final))


def with_vowel(syllable: str, vowel: str) -> str:
    """Replace the vowel of an open syllable."""
    code = ord(syllable) - FIRST_SYLLABLE
    initial = code // (21 * 28)
    return chr(FIRST_SYLLABLE + (initial * 21 + VOWELS.index(vowel)) * 28)


def sino(number: int) -> str:
    """Read a number from 0 to 99,999,999 in Sino-Korean: 350 is 삼백오십."""
    if number == 0:
        return DIGIT_WORDS[0]
    high, low = divmod(number, 10000)
    head = "" if high == 0 else ("만" if high == 1 else _sino_below_10000(high) + "만")
    return head + _sino_below_10000(low)


def _sino_below_10000(number: int) -> str:
    word = ""
    for place, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit = number // place % 10
        if digit:
            word += name if digit == 1 and name else DIGIT_WORDS[digit] + name
    return word


def native(number: int) -> str:
    """Read a number from 1 to 99 as it stands before a counter: 24 is 스물네, 20 is 스무."""
    if number == 20:
        return "스무"
    return NATIVE_TENS[number // 10] + NATIVE_ONES[number % 10]


def spoken(word: str) -> str:
    """Return the part of a word that decides its particle, in Hangul: `18` is 십팔, `5kg` is 킬로그램."""
    bare = word.rstrip(" )]}'\"”’.,")
    digits = bare[len(bare.rstrip("0123456789,")) :].replace(",", "")
    if digits:
        return sino(int(digits[-8:]))
    letters = bare[len(bare.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) :]
    return READINGS.get(letters.lower(), letters) if letters else bare


def josa(word: str, particle: str) -> str:
    """Return the form of a particle that follows a word; a particle of one form comes back as it is."""
    if particle not in JOSA:
        return particle
    closed, opened = JOSA[particle]
    sound = spoken(word)
    final = final_of(sound[-1]) if sound else "_"
    if closed == "으로" and final == "ㄹ":
        return opened
    return opened if final == "_" else closed


def attach(word: str, particle: str) -> str:
    """Join a word and its particle."""
    return word + josa(word, particle)


def polite_base(stem: str) -> str:
    """Return a stem's -아/-어 form: 남 is 남아, 되 is 돼, 걸리 is 걸려, 하 is 해."""
    for irregular, base in IRREGULAR.items():
        if stem == irregular or stem.endswith(" " + irregular):
            return stem[: len(stem) - len(irregular)] + base
    last = stem[-1]
    if final_of(last) != "_":
        harmonic = vowel_of(last) in "ㅏㅗ" and final_of(last) != "ㅆ"
        return stem + ("아" if harmonic else "어")
    if last == "하":
        return stem[:-1] + "해"
    return stem[:-1] + _contracted(stem)


def _contracted(stem: str) -> str:
    last, vowel = stem[-1], vowel_of(stem[-1])
    if vowel == "ㅡ":
        harmonic = len(stem) > 1 and stem[-2] != " " and vowel_of(stem[-2]) in "ㅏㅗ"
        return with_vowel(last, "ㅏ" if harmonic else "ㅓ")
    if vowel in "ㅟㅢ":
        return last + "어"
    merged = {"ㅣ": "ㅕ", "ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅚ": "ㅙ"}
    return with_vowel(last, merged.get(vowel, vowel))


def _soft(stem: str) -> str:
    """Return a stem as it stands before ㄴ, ㅂ and ㅅ: a final ㄹ is lost."""
    return stem[:-1] + with_final(stem[-1], "_") if final_of(stem[-1]) == "ㄹ" else stem


def _open_base(stem: str) -> str:
    """Return a stem as it stands before 으-endings: 먹 is 먹으, 굽 is 구우, 사 is 사."""
    for irregular, base in _OPEN_BASES.items():
        if stem == irregular or stem.endswith(" " + irregular):
            return stem[: len(stem) - len(irregular)] + base
    soft = _soft(stem)
    return soft if final_of(soft[-1]) == "_" else soft + "으"


def _closed(stem: str, final: str) -> str:
    base = _open_base(stem)
    return base[:-1] + with_final(base[-1], final)


def past(stem: str) -> str:
    """Return the past stem: 사 is 샀, 먹 is 먹었."""
    base = polite_base(stem)
    return base[:-1] + with_final(base[-1], "ㅆ")


def formal(stem: str) -> str:
    """Return the -ㅂ니/-습니 form that 다 and 까 complete."""
    soft = _soft(stem)
    return soft[:-1] + with_final(soft[-1], "ㅂ") + "니" if final_of(soft[-1]) == "_" else stem + "습니"


def future(stem: str) -> str:
    """Return the -ㄹ/-을 form: 될, 남을, 구울."""
    return _closed(stem, "ㄹ")


def gone(stem: str) -> str:
    """Return the past adnominal form: 산, 먹은, 판, 구운."""
    return _closed(stem, "ㄴ")


def doing(stem: str) -> str:
    """Return the adnominal form before 지 and 가: 되는, 많은, 큰, 남았는."""
    return gone(stem) if _describes(stem) else _soft(stem) + "는"


def plain(stem: str) -> str:
    """Return the plain declarative: 된다, 남는다, 많다, 샀다, 있다."""
    if final_of(stem[-1]) in "ㅆㅄ" or _describes(stem):
        return stem + "다"
    soft = _soft(stem)
    return soft[:-1] + with_final(soft[-1], "ㄴ") + "다" if final_of(soft[-1]) == "_" else stem + "는다"


def noun_form(stem: str) -> str:
    """Return the clipped note style: 있음, 샀음, 됨, 팖."""
    return stem[:-1] + with_final(stem[-1], "ㄻ") if final_of(stem[-1]) == "ㄹ" else _closed(stem, "ㅁ")


def conditional(stem: str) -> str:
    """Return the -면 form: 사면, 먹으면, 팔면, 구우면."""
    return stem + "면" if final_of(stem[-1]) == "ㄹ" else _open_base(stem) + "면"


def _describes(stem: str) -> bool:
    return stem.rsplit(" ", 1)[-1] in ADJECTIVES
