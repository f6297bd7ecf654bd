"""One question's cast and props: every slot is drawn once and stays the same through the question."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from symposium.training.world import korean_words as words
from symposium.training.world.korean_endings import REGISTERS, WEIGHTS, Register
from symposium.training.world.korean_grammar import (
    attach,
    conditional,
    doing,
    final_of,
    future,
    gone,
    native,
    past,
    plain,
    polite_base,
    sino,
)

_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "past": past,
    "gone": gone,
    "doing": doing,
    "plain": lambda stem: plain(stem) + ".",
    "future": future,
    "go": lambda stem: stem + "고",
    "myeon": conditional,
    "ryeo": lambda stem: conditional(stem).removesuffix("면") + "려면",
    "neunde": lambda stem: doing(stem) + " 데",
    "eoya": lambda stem: polite_base(stem) + "야",
}
_VERBS: Final = frozenset({"lose", "lose2", "gain", "gain2", "work"})
_ORDINALS: Final = ("", "첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
# How often a register drops or eases a particle.
_EASE: Final[Mapping[Register, float]] = {"formal": 0.05, "polite": 0.2, "plain": 0.05, "casual": 0.45, "terse": 0.6}
_LOOSE: Final[Mapping[str, tuple[str, ...]]] = {
    "과": ("이랑", "하고"),
    "와": ("이랑", "하고"),
    "에게": ("한테",),
    "에게서": ("한테서", "한테"),
}
_PER: Final[Mapping[str, tuple[str, ...]]] = {
    "시간": ("한 시간에", "1시간에", "시간당", "매시간", "한 시간에"),
    "분": ("1분에", "분당", "매분", "일 분에"),
    "일": ("하루에", "매일", "하루에", "하루", "날마다"),
}
_HOW_LONG: Final[Mapping[str, str]] = {"시간": "몇 시간", "분": "몇 분", "일": "며칠"}


class Scene:
    """Hold what one question speaks of, drawn when first named."""

    def __init__(self, slots: Mapping[str, object], rng: random.Random) -> None:
        self._slots = slots
        self._rng = rng
        self._drawn: dict[str, str] = {}
        self._counters: dict[str, str] = {}
        self.register: Register = rng.choices(REGISTERS, WEIGHTS)[0]
        self._food = rng.random() < 0.45
        # A writer keeps to one way of writing numbers and units.
        self._in_words = rng.random() < 0.05
        self._with_comma = rng.random() < 0.2
        self._gap = " " if rng.random() < 0.12 else ""
        self._unit_spelling = int(rng.random() < 0.4)

    def slot(self, name: str, *, bare: bool, counter: str | None, form: str | None) -> str:
        """Return the text of one slot with its counter and its particle or verb form."""
        if name == "" and counter is not None:
            return attach(self._counter(counter[1:]), form or "")
        if name in _VERBS:
            stem = self.word(name)
            if form == "object":
                return self._drawn["work.object"]
            return _FORMS[form](stem) if form else stem
        text = self._number(name, bare=bare, counter=counter) if name in self._slots else self.word(name)
        particle = self._spoken_particle(form or "", counted=counter is not None)
        if name in ("who", "me") and text in ("나", "저"):
            return _first_person(text, particle)
        return attach(text, particle)

    def _spoken_particle(self, particle: str, *, counted: bool) -> str:
        """Return the particle as this register says it: 이랑 for 과, 한테 for 에게, none after a number."""
        ease = _EASE[self.register]
        if particle in ("을", "를") and counted:
            return "" if self._rng.random() < ease else particle
        loose = _LOOSE.get(particle)
        return self._rng.choice(loose) if loose and self._rng.random() < ease else particle

    # Numbers, clocks, dates

    def _number(self, name: str, *, bare: bool, counter: str | None) -> str:
        value = self._slots[name]
        if name in ("from", "to"):
            return self._unit(str(value))
        if name == "list" and isinstance(value, Sequence):
            return self._list([str(number) for number in value])
        if name in ("start", "end"):
            return self._clock(str(value))
        if not isinstance(value, int):
            return str(value)
        if bare:
            return str(value)
        return self._plain_number(value) if counter is None else self._counted(value, self._counter(counter[1:]))

    def _plain_number(self, value: int) -> str:
        if self._in_words:
            return sino(value)
        return f"{value:,}" if self._with_comma else str(value)

    def _counted(self, value: int, counter: str) -> str:
        by_name = counter in words.NATIVE_COUNTERS
        if by_name and value < 100 and (self._in_words or (value <= 10 and self._rng.random() < 0.1)):
            return f"{native(value)} {counter}"
        gap = " " if self._in_words and not by_name else self._gap
        return f"{self._plain_number(value)}{gap}{counter}"

    def _list(self, numbers: list[str]) -> str:
        draw = self._rng.random()
        if draw < 0.1:
            return ",".join(numbers)
        if draw < 0.18:
            return " ".join(numbers)
        if draw < 0.28:
            return attach(", ".join(numbers[:-1]), "과") + " " + numbers[-1]
        return ", ".join(numbers)

    def _clock(self, clock: str) -> str:
        """Write `9:45` or `2:15 pm`; only what was said with am or pm may be 오전 or 오후."""
        time, _, half = clock.partition(" ")
        hour, minute = time.split(":")
        lead = {"am": "오전 ", "pm": "오후 "}.get(half, "")
        draw = self._rng.random()
        if draw < 0.35:
            return f"{lead}{time}"
        if minute == "00":
            return f"{lead}{hour}시"
        if minute == "30" and draw < 0.5:
            return f"{lead}{hour}시 반"
        return f"{lead}{hour}시 {int(minute)}분"

    def _span(self) -> str:
        hours, minutes = int(str(self._slots["hours"])), int(str(self._slots["minutes"]))
        parts = [self._counted(hours, "시간")] if hours else []
        if hours and minutes == 30 and self._rng.random() < 0.2:
            parts.append("반")
        elif minutes:
            parts.append(f"{minutes}분")
        return " ".join(parts)

    def _unit(self, unit: str) -> str:
        return words.UNITS[unit][self._unit_spelling]

    # Words

    def _counter(self, name: str) -> str:
        """Return a counter: of the thing, of another noun of the scene, or the literal one."""
        if name in ("from", "to"):
            return self._unit(str(self._slots[name]))
        if name == "area":
            return _square(self.word("len"))
        if name in ("box", "money", "len"):
            return self.word(name)
        if not name.isascii() or name in words.UNITS:
            return name
        self.word(name or "thing")
        return self._counters[name or "thing"]

    def word(self, name: str) -> str:
        """Return the word of a slot, drawing it if it is new."""
        if name not in self._drawn:
            self._drawn[name] = self._draw(name)
        return self._drawn[name]

    def _draw(self, name: str) -> str:
        base = name.rstrip("0123456789")
        if base in _POOLS:
            return self._other(_POOLS[base])
        drawers: Mapping[str, Callable[[], str]] = {
            "thing": partial(self._thing, name),
            "person": partial(self._noun, name, words.PEOPLE),
            "animal": partial(self._noun, name, words.ANIMALS),
            "plant": partial(self._noun, name, words.PLANTS),
            "stock": partial(self._noun, name, words.STOCK),
            "dozen": partial(self._noun, name, words.DOZENS),
            "name": self._name,
            "who": self._who,
            "me": self._me,
            "lose": partial(self._verb, words.LOSING, words.EATING),
            "gain": partial(self._verb, words.GAINING, ()),
            "work": self._work,
            "worker": self._worker,
            "per": partial(self._per, name, tuple(_PER)),
            "rate_per": partial(self._per, name, ("시간", "분")),
            "howmuch": lambda: _HOW_LONG[self._counter("per")],
            "howlong": lambda: attach(self.word("howmuch"), "이"),
            "howmany": self._how_many,
            "nth": self._nth,
            "span": self._span,
            "when": lambda: self._rng.choice(words.WHEN) if self._rng.random() < 0.4 else "",
            "measured": lambda: self._rng.choice(words.MEASURED[str(self._slots["to"])]),
        }
        return drawers[base]()

    def _other(self, pool: Sequence[str]) -> str:
        """Draw a word that the scene does not hold yet."""
        while (word := self._rng.choice(pool)) in self._drawn.values():
            pass
        return word

    def _noun(self, name: str, pool: Sequence[tuple[str, str]]) -> str:
        """Draw a noun; a second one of its sort shares the first one's counter."""
        first = name.rstrip("0123456789")
        if name != first:
            self.word(first)
            counter = self._counters[first]
            pool = [(noun, unit) for noun, unit in pool if unit == counter]
        noun = self._other([noun for noun, _ in pool])
        self._counters[name] = dict(pool)[noun]
        return noun

    def _thing(self, name: str) -> str:
        return self._noun(name, words.FOODS if self._food else words.GOODS)

    def _name(self) -> str:
        draw = self._rng.random()
        if draw < 0.12:
            return self._other(words.ROLES)
        if draw < 0.24:
            return self._other(words.FOREIGN_NAMES)
        if draw < 0.28:
            return "".join(self._rng.sample(words.SYLLABLES, 2))
        name = self._other(words.GIVEN_NAMES)
        return name + "이" if final_of(name[-1]) != "_" and self._rng.random() < 0.5 else name

    def _who(self) -> str:
        return self._me() if self._rng.random() < 0.13 else self._name()

    def _me(self) -> str:
        return "저" if self.register in ("formal", "polite") else "나"

    def _verb(self, stems: Sequence[str], eating: Sequence[str]) -> str:
        self.word("thing")
        return self._other(eating if self._food and eating and self._rng.random() < 0.5 else stems)

    def _work(self) -> str:
        product, counter, stem, worker = self._rng.choice(words.WORK)
        self._drawn["work.object"], self._counters["work"] = product, counter
        self._drawn["worker"] = worker or self._name()
        return stem

    def _worker(self) -> str:
        self.word("work")
        return self._drawn["worker"]

    def _per(self, name: str, spans: Sequence[str]) -> str:
        self._counters[name] = self._rng.choice(spans)
        return self._rng.choice(_PER[self._counters[name]])

    def _how_many(self) -> str:
        unit = str(self._slots["to"])
        return "며칠" if unit == "day" else f"몇 {self._unit(unit)}"

    def _nth(self) -> str:
        position = int(str(self._slots["x"]))
        return f"{_ORDINALS[position]} 번째" if self._rng.random() < 0.7 else f"{position}번째"


_POOLS: Final[Mapping[str, Sequence[str]]] = {
    "place": words.PLACES,
    "shop": words.SHOPS,
    "room": words.ROOMS,
    "farm": words.FARMS,
    "box": words.BOXES,
    "bigbox": words.BIG_BOXES,
    "friend": words.FRIENDS,
    "job": words.JOBS,
    "event": words.EVENTS,
    "fixture": ("창문", "방", "사물함", "전등", "책상"),
    "group": ("모둠", "팀", "조"),
    "all": words.ALL,
    "money": words.CURRENCIES,
    "len": ("cm", "m", "m", "미터", "센티미터"),
}


def _square(unit: str) -> str:
    return {"cm": "cm²", "m": "m²"}.get(unit, f"제곱{unit}")


def _first_person(word: str, particle: str) -> str:
    """Join 나 or 저 and a particle: 내가, 제가, 내, 제."""
    bound = {"나": "내", "저": "제"}[word]
    if particle in ("이", "가"):
        return bound + "가"
    return bound if particle == "의" else attach(word, particle)
