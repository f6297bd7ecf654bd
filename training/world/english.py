"""The English language of the world: its patterns, and how a pattern is told for a problem.

A fill draws one scene (who, what, where, the tense) and tells the pattern's slots from it, so that pronouns, verbs and
plurals agree. Prices and numbers beside symbols stay digits; other small numbers are now and then words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, TypeVar, cast

from symposium.training.world import english_words as words
from symposium.training.world.english_patterns import PATTERNS
from symposium.training.world.problem import Problem

__all__ = ["PATTERNS", "fill"]

T = TypeVar("T")

_GOODS: Final = tuple(words.pair(entry) for entry in words.GOODS)
_FOOD: Final = tuple(words.pair(entry) for entry in words.FOOD)
_AMOUNTS: Final = tuple((amount, amount) for amount in words.AMOUNTS)
_BOXES: Final = tuple((*words.pair(entry), "in") for entry in words.BOXES)
_SHELVES: Final = tuple((*words.pair(entry), "on") for entry in words.SHELVES)
_ITEMS: Final = tuple(words.pair(entry.replace("_", " ")) for entry in words.SHOP_THINGS)

_ONES: Final = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split()
)
_TENS: Final = tuple("zero ten twenty thirty forty fifty sixty seventy eighty ninety".split())
_ORDINALS: Final = tuple("zeroth first second third fourth fifth sixth seventh eighth ninth tenth".split())
_UNIT_NAMES: Final[Mapping[str, str]] = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "g": "gram",
    "l": "liter", "ml": "milliliter", "t": "ton", "h": "hour", "min": "minute", "s": "second",
    "day": "day", "week": "week",
}  # fmt: skip
_SHORT_UNITS: Final[Mapping[str, str]] = {"l": "L", "ml": "mL", "s": "sec", "day": "days", "week": "weeks"}


def number_words(n: int) -> str:
    """Spell 0-999 in words: forty-two, three hundred and seven."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + (f"-{_ONES[n % 10]}" if n % 10 else "")
    return f"{_ONES[n // 100]} hundred" + (f" and {number_words(n % 100)}" if n % 100 else "")


def article(noun: str) -> str:
    """Put the indefinite article before a noun."""
    vowel = noun[0] in "aeiouAEIO" and not noun.startswith(("uni", "USB", "one", "euro", "use", "ukulele"))
    return f"{'an' if vowel or noun.startswith('hour') else 'a'} {noun}"


def ordinal(n: int) -> str:
    """Write 1st, 2nd, 3rd, 11th."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


@dataclass(frozen=True)
class Person:
    """Hold how somebody is called, and whether the name and the pronoun take a plural verb ("I give", "they give")."""

    name: str
    he: str
    him: str
    his: str
    plural: bool = False
    they: bool = False


_I: Final = Person("I", "I", "me", "my", True, True)
_YOU: Final = Person("you", "you", "you", "your", True, True)
_WE: Final = Person("we", "we", "us", "our", True, True)
_PRONOUNS: Final = (("she", "her", "her"), ("he", "him", "his"), ("they", "them", "their"))


def _called(name: str, gender: int) -> Person:
    return Person(name, *_PRONOUNS[gender], they=gender == 2)


class Scene:
    """Tell the slots of one question, drawing who, what and where when they are first named."""

    def __init__(self, problem: Problem, rng: random.Random, *, symbols: bool) -> None:
        self.random = rng.random
        self.given = problem.slots
        self.rated = problem.kind.startswith("w_rate")
        self.symbols = symbols
        self.past = rng.random() < 0.4
        self.asked_past = self.past and rng.random() < 0.5
        self.spelled = not symbols and rng.random() < 0.12
        self.commas = rng.random() < 0.2
        self.repeats = rng.random() < 0.15
        self.introduced = False
        self.plural = False
        self.places: dict[tuple[str, ...], int] = {}

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.random() * len(options))]

    def choose(self, choice: Choice) -> tuple[object, ...]:
        """Pick an alternative, the same place as before where the theme came up already."""
        if choice.theme is None:
            return self.pick(choice.options)
        place = self.places.setdefault(choice.theme, int(self.random() * len(choice.options)))
        return choice.options[place]

    def chance(self, share: float) -> bool:
        return self.random() < share

    # Who and what

    def invented(self) -> str:
        syllables = "".join(self.pick(words.SYLLABLES) for _ in range(2 + self.chance(0.4)))
        return syllables.capitalize()

    def somebody(self) -> Person:
        draw = self.random()
        if draw < 0.42:
            return _called(self.pick(words.SHE), 0)
        if draw < 0.84:
            return _called(self.pick(words.HE), 1)
        return _called(self.pick(words.THEY) if draw < 0.92 else self.invented(), int(3 * self.random()))

    def somebody_by_role(self) -> Person:
        role = self.pick(words.ROLES)
        gender = words.ROLE_GENDERS.get(role, int(3 * self.random()))
        return _called(f"{'the' if self.chance(0.4) else 'a'} {role}", gender)

    @cached_property
    def subject(self) -> Person:
        if self.rated and self.activity.doer:
            return Person(self.activity.doer, "it", "it", "its")
        draw = self.random()
        if draw < 0.64:
            return self.somebody()
        if draw < 0.82:
            return _I if draw < 0.78 else _YOU if draw < 0.80 else _WE
        if draw < 0.92:
            return self.somebody_by_role()
        if draw < 0.96 and not self.rated:
            return Person(f"{'the' if self.chance(0.5) else 'a'} {self.pick(words.BODIES)}", "it", "it", "its")
        return Person(self.pick(words.GROUPS_OF_PEOPLE), "they", "them", "their", True, True)

    @cached_property
    def other(self) -> Person:
        while True:
            if self.chance(0.15) and self.subject.he != "it":
                relative = self.pick(words.RELATIVES[:29])
                return _called(f"{self.subject.his} {relative}" if self.introduced else f"my {relative}", 2)
            person = self.somebody()
            if person.name != self.subject.name:
                return person

    @cached_property
    def thing(self) -> tuple[str, str]:
        draw = self.random()
        return self.pick(_GOODS if draw < 0.62 else _FOOD if draw < 0.95 else _AMOUNTS)

    @cached_property
    def container(self) -> tuple[str, str, str]:
        return self.pick(_BOXES if self.chance(0.82) else _SHELVES)

    @cached_property
    def fixed(self) -> Sequence[str]:
        return self.pick(words.FIXED)

    @cached_property
    def crowd(self) -> Sequence[str]:
        return self.pick(words.PEOPLE)

    @cached_property
    def nest(self) -> Sequence[str]:
        if self.chance(0.5):
            return self.pick(words.FIXED_NESTS)
        return (*self.pick(words.NESTS), self.thing[1])

    @cached_property
    def activity(self) -> words.Activity:
        return self.pick(words.ACTIVITIES)

    @cached_property
    def item(self) -> tuple[str, str]:
        return self.pick(_ITEMS)

    @cached_property
    def item2(self) -> tuple[str, str]:
        while (item := self.pick(_ITEMS)) == self.item:
            pass
        return item

    @cached_property
    def money(self) -> tuple[str, str]:
        return self.pick(words.MONIES)

    @cached_property
    def symbol(self) -> str:
        return self.money[1] if self.chance(0.6) else ""

    @cached_property
    def place(self) -> str:
        return self.pick(words.PLACES)

    @cached_property
    def body(self) -> str:
        return f"{'a' if self.chance(0.7) else 'the'} {self.pick(words.BODIES)}"

    @cached_property
    def kin(self) -> str:
        return self.pick(words.KIN)

    @cached_property
    def color(self) -> str:
        return self.pick(words.COLORS)

    @cached_property
    def color2(self) -> str:
        while (color := self.pick(words.COLORS)) == self.color:
            pass
        return color

    # Subjects and verbs

    def named(self) -> str:
        """Name the subject: by name first, then mostly by pronoun."""
        person = self.subject
        if self.introduced and not self.repeats:
            self.plural = person.they
            return person.he
        self.plural = person.plural
        if self.introduced and person.name.startswith("a "):
            return "the" + person.name[1:]
        self.introduced = True
        return person.name

    def agreeing(self, verb: str, name: str, *, past: bool) -> str:
        """Conjugate the first word of a verb phrase for the subject just named."""
        head, _, rest = verb.partition(" ")
        if head == "be":
            form = _being(name, plural=self.plural, past=past)
        elif past:
            form = words.past(head)
        else:
            form = head if self.plural else words.third_person(head)
        return f"{form} {rest}" if rest else form

    def said(self, verb: str, *, past: bool) -> str:
        name = self.named()
        return f"{name} {self.agreeing(self.activity.verb if verb == 'ACT' else verb, name, past=past)}"

    def asked(self, verb: str) -> str:
        name, past = self.named(), self.asked_past
        if verb.startswith("be"):
            return f"{_being(name, plural=self.plural, past=past)} {name}{verb[2:]}"
        auxiliary = "did" if past else "do" if self.plural else "does"
        return f"{auxiliary} {name} {self.activity.verb if verb == 'ACT' else verb}"

    def object(self) -> str:
        if self.introduced and not self.repeats:
            return self.subject.him
        self.introduced = True
        return "me" if self.subject is _I else "us" if self.subject is _WE else self.subject.name

    def possessive(self) -> str:
        person = self.subject
        if self.introduced or person in (_I, _YOU, _WE):
            return person.his
        self.introduced = True
        return person.name + ("'" if person.plural and person.name.endswith("s") else "'s")

    def other_said(self, verb: str) -> str:
        self.plural = False
        name = self.other.name
        return f"{name} {self.agreeing(verb, name, past=self.past)}"

    def friend(self) -> str:
        if self.subject.he == "it" or (not self.introduced and self.chance(0.5)):
            return self.pick(("a friend", "a neighbor", "a visitor", "a customer", "somebody"))
        if self.introduced and self.chance(0.25):
            return self.other.name
        return f"{self.possessive()} {self.pick(words.RELATIVES[:29])}"

    # Numbers, prices, clocks, dates, units, lists

    def number(self, letter: str) -> str:
        return self.written(cast(int, self.given[letter]))

    def written(self, n: int) -> str:
        if self.symbols:
            return str(n)
        share = (0.9 if n <= 20 else 0.5 if n < 100 else 0.15) if self.spelled else 0.04 if n <= 12 else 0.0
        if n < 1000 and share and self.chance(share):
            return number_words(n)
        return f"{n:,}" if self.commas and n >= 1000 else str(n)

    def price(self, letter: str) -> str:
        n = cast(int, self.given[letter])
        if self.symbol:
            return f"{self.symbol}{n:,}" if self.commas else f"{self.symbol}{n}"
        return f"{self.written(n)} {self.money[0]}"

    def clock(self, slot: str) -> str:
        time, _, half = str(self.given[slot]).partition(" ")
        hour, minute = (int(part) for part in time.split(":"))
        if half:
            return self._half_day_clock(hour, minute, half)
        if minute == 0 and 1 <= hour <= 12 and self.chance(0.35):
            return f"{number_words(hour) if self.chance(0.2) else hour} o'clock"
        if 1 <= hour <= 12 and minute in (15, 30, 45) and self.chance(0.12):
            return _spoken_quarter(hour, minute)
        return f"{hour:02d}:{minute:02d}" if self.leading_zero else f"{hour}:{minute:02d}"

    @cached_property
    def leading_zero(self) -> bool:
        return self.chance(0.12)

    def _half_day_clock(self, hour: int, minute: int, half: str) -> str:
        if hour == 12 and minute == 0 and self.chance(0.4):
            return "noon" if half == "pm" else "midnight"
        shown = f"{hour}" if minute == 0 and self.chance(0.5) else f"{hour}:{minute:02d}"
        return shown + self.half_style[half == "pm"]

    @cached_property
    def half_style(self) -> tuple[str, str]:
        return self.pick(((" am", " pm"), (" am", " pm"), (" AM", " PM"), ("am", "pm"), (" a.m.", " p.m.")))

    def gap(self) -> str:
        """Tell a span of time: 2 hours and 30 minutes, 90 minutes, half an hour."""
        hours, minutes = cast(int, self.given["hours"]), cast(int, self.given["minutes"])
        if (hours, minutes) == (0, 30) and self.chance(0.3):
            return "half an hour"
        if minutes == 30 and hours and self.chance(0.2):
            return "an hour and a half" if hours == 1 else f"{self.written(hours)} and a half hours"
        parts = [self._counted(n, unit) for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
        return self.pick((" and ", " and ", " ")).join(parts)

    def _counted(self, n: int, unit: str) -> str:
        if self.short_units:
            return f"{n} {'h' if unit == 'hour' else 'min'}"
        if n == 1 and self.chance(0.3):
            return article(unit)
        return f"{self.written(n)} {unit}{'s' * (n != 1)}"

    @cached_property
    def short_units(self) -> bool:
        return self.symbols or self.chance(0.3)

    @cached_property
    def british(self) -> bool:
        return self.chance(0.15)

    def unit(self, slot: str, *, one: bool = False) -> str:
        unit = str(self.given[slot])
        if self.short_units:
            return _UNIT_NAMES[unit] if one and unit in ("day", "week") else _SHORT_UNITS.get(unit, unit)
        name = _UNIT_NAMES[unit]
        if self.british:
            name = "tonne" if name == "ton" else re.sub("ter$", "tre", name)
        return name if one else name + "s"

    def measured(self, letter: str, slot: str) -> str:
        return f"{self.number(letter)} {self.unit(slot, one=self.given[letter] == 1)}"

    def date(self, slot: str) -> str:
        month, day = str(self.given[slot]).split()
        match self.date_style:
            case 0:
                return f"{month} {ordinal(int(day))}"
            case 1:
                return f"{day} {month}"
            case 2:
                return f"the {ordinal(int(day))} of {month}"
            case 3:
                return f"{month[:3]} {day}"
        return f"{month} {day}"

    @cached_property
    def date_style(self) -> int:
        return int(8 * self.random())

    def list(self) -> str:
        numbers = [str(n) for n in cast("tuple[int, ...]", self.given["list"])]
        draw = self.random()
        if draw < 0.17:
            return f"{', '.join(numbers[:-1])}{',' * (draw < 0.05)} and {numbers[-1]}"
        return self.pick((", ", ", ", ", ", ", ", ", ", " ", ",", "; ")).join(numbers)

    def rank(self, *, figures: bool) -> str:
        x = cast(int, self.given["x"])
        return ordinal(x) if figures or self.chance(0.3) else _ORDINALS[x]


def _being(name: str, *, plural: bool, past: bool) -> str:
    if name == "I":
        return "was" if past else "am"
    return ("were" if past else "are") if plural else ("was" if past else "is")


def _spoken_quarter(hour: int, minute: int) -> str:
    if minute == 45:
        return f"quarter to {number_words(hour % 12 + 1)}"
    return f"{'half' if minute == 30 else 'quarter'} past {number_words(hour)}"


Teller = Callable[[Scene], str]
_SLOTS: Final[Mapping[str, Teller]] = {
    "S": Scene.named,
    "O": Scene.object,
    "P": Scene.possessive,
    "T": lambda s: s.other.name,
    "TO": lambda s: s.other.name,
    "TP": lambda s: s.other.name + "'s",
    "ACT": lambda s: s.activity.verb,
    "are": lambda s: "were" if s.past else "are",
    "is": lambda s: "was" if s.past else "is",
    "friend": Scene.friend,
    "thing": lambda s: s.thing[0],
    "things": lambda s: s.thing[1],
    "athing": lambda s: article(s.thing[0]),
    "box": lambda s: s.container[0],
    "boxes": lambda s: s.container[1],
    "abox": lambda s: article(s.container[0]),
    "in": lambda s: s.container[2],
    "into": lambda s: "into" if s.container[2] == "in" else "onto",
    "row": lambda s: s.fixed[0],
    "rows": lambda s: s.fixed[1],
    "on": lambda s: s.fixed[2],
    "seats": lambda s: s.fixed[3],
    "bus": lambda s: s.crowd[0],
    "buses": lambda s: s.crowd[1],
    "at": lambda s: s.crowd[2],
    "people": lambda s: s.crowd[3],
    "shelf": lambda s: s.nest[0],
    "shelves": lambda s: s.nest[1],
    "shelf_on": lambda s: s.nest[2],
    "case": lambda s: s.nest[3],
    "cases": lambda s: s.nest[4],
    "case_in": lambda s: s.nest[5],
    "contents": lambda s: s.nest[6],
    "units": lambda s: s.activity.units,
    "span": lambda s: s.activity.span,
    "spans": lambda s: s.activity.spans,
    "item": lambda s: s.item[0],
    "items": lambda s: s.item[1],
    "aitem": lambda s: article(s.item[0]),
    "item2": lambda s: s.item2[0],
    "items2": lambda s: s.item2[1],
    "aitem2": lambda s: article(s.item2[0]),
    "money": lambda s: s.money[0],
    "place": lambda s: s.place,
    "a_body": lambda s: s.body,
    "kin": lambda s: s.kin,
    "relative_of": lambda s: f"{s.possessive()} {s.pick(words.RELATIVES[:22])}",
    "color": lambda s: s.color,
    "color2": lambda s: s.color2,
    "gap": Scene.gap,
    "start": lambda s: s.clock("start"),
    "end": lambda s: s.clock("end"),
    "date": lambda s: s.date("date"),
    "date2": lambda s: s.date("date2"),
    "day": lambda s: str(s.given["day"]),
    "month": lambda s: str(s.given["month"]),
    "ath": lambda s: ordinal(cast(int, s.given["a"])),
    "bth": lambda s: ordinal(cast(int, s.given["b"])),
    "from": lambda s: s.unit("from"),
    "to": lambda s: s.unit("to"),
    "one_from": lambda s: s.unit("from", one=True),
    "one_to": lambda s: s.unit("to", one=True),
    "a_from": lambda s: s.measured("a", "from"),
    "b_to": lambda s: s.measured("b", "to"),
    "list": Scene.list,
    "xth": lambda s: s.rank(figures=False),
    "x_th": lambda s: s.rank(figures=True),
    "invented": Scene.invented,
}


_VERB_SLOTS: Final[Mapping[str, Callable[[str], Teller]]] = {
    "S:": lambda verb: lambda scene: scene.said(verb, past=scene.past),
    "S<": lambda verb: lambda scene: scene.said(verb, past=True),
    "S=": lambda verb: lambda scene: scene.said(verb, past=False),
    "S?": lambda verb: lambda scene: scene.asked(verb),
    "T:": lambda verb: lambda scene: scene.other_said(verb),
}


@dataclass(frozen=True)
class Choice:
    """Hold alternatives; choices of one theme ("day|week" and "days|weeks") take the same place within a question."""

    options: tuple[tuple[object, ...], ...]
    theme: tuple[str, ...] | None


def _choice(options: list[list[object]]) -> Choice:
    plain = all(all(isinstance(part, str) for part in option) for option in options)
    theme = tuple(_THEME.sub("", "".join(map(str, option))) for option in options) if plain else None
    return Choice(tuple(tuple(option) for option in options), theme)


def _teller(slot: str) -> Teller:
    """Find what tells a slot; an unknown slot is an error when the pattern is first read."""
    if slot in {"a", "b", "c", "d", "n", "x", "hours", "minutes"}:
        return lambda scene: scene.number(slot)
    if slot in _SLOTS:
        return _SLOTS[slot]
    if slot[0] == "$":
        return lambda scene: scene.price(slot[1:])
    if slot[:2] in _VERB_SLOTS:
        return _VERB_SLOTS[slot[:2]](slot[2:])
    if slot[0] == "+":
        return lambda scene: scene.agreeing(slot[1:], "", past=scene.past)
    raise KeyError(f"unknown slot {slot!r}")


_THEME: Final = re.compile(r"^(an?|per|one) |s$")
_TOKEN: Final = re.compile(r"\{([^}]*)\}|([\[\]|])|([^{\[\]|]+)")
_SLOT: Final = re.compile(r"\{[^}]*\}")
_SYMBOLS: Final = re.compile(r"# ?[-+*/×÷−%x] ?\(?#|=|\) ?[*×x]")
_LOOSE: Final = re.compile(r"(?<!=) +(?=[ .,?!;])|^ +|(?<=[ap]\.m\.)\.")
_ARTICLE: Final = re.compile(r"\b([Aa]) (?=[aeio](?!ne\b|uro)|hour|umbr|uncle|under|8\b|11\b|18\b|80?\b)")
_TWICE: Final = re.compile(r"\b(2|two) times(?= as | that | the )")
_SENTENCE_START: Final = re.compile(r"(^[^A-Za-z0-9]*|(?<![ap]\.m)(?<!= )[.?!] )([a-z])")


@cache
def read(pattern: str) -> tuple[object, ...]:
    """Read a pattern into literals, tellers and choices."""
    stack: list[list[list[object]]] = [[[]]]
    for slot, bracket, text in _TOKEN.findall(pattern):
        if bracket == "[":
            stack.append([[]])
        elif bracket == "|" and len(stack) > 1:
            stack[-1].append([])
        elif bracket == "]":
            options = stack.pop()
            stack[-1][-1].append(_choice(options))
        else:
            stack[-1][-1].append(_teller(slot) if slot else bracket or text)
    return tuple(stack[0][0])


def _told(parts: tuple[object, ...], scene: Scene, into: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            into.append(part)
        elif isinstance(part, Choice):
            _told(scene.choose(part), scene, into)
        else:
            into.append(cast(Teller, part)(scene))


@cache
def _has_symbols(pattern: str) -> bool:
    return _SYMBOLS.search(_SLOT.sub("#", pattern)) is not None


def fill(pattern: str, problem: Problem, rng: random.Random) -> str:
    """Tell a problem in the words of a pattern."""
    told: list[str] = []
    _told(read(pattern), Scene(problem, rng, symbols=_has_symbols(pattern)), told)
    text = _ARTICLE.sub(r"\1n ", _LOOSE.sub("", "".join(told)))
    if rng.random() < 0.7:
        text = _TWICE.sub("twice", text)
    return _SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), text)
