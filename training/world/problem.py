"""The world's problems: what is asked, the exact steps to the answer, and the answer.

A problem holds no wording; a language module spells it. Steps are equations that a machine can check:

* integers: ``17*24=408``, ``408/4=102`` (exact), ``23//5=4``, ``23%5=3``
* weekdays in the question's language: ``Monday+2=Wednesday``
* lists: ``max(3,9)=9``, ``min``, ``sort(5,3)=3,5``, ``rsort`` (largest first), ``reverse``, ``len(5,3)=2``,
  ``even(4,3)=4``, ``odd(4,3)=3``, ``over(20;5,30)=30`` (greater than 20), ``nth(2;5,3)=3``

Answers are bare: ``350``, a clock ``14:35``, a weekday, ``March 19`` or ``3월 19일``, ``3, 8, 12``, ``2 years 3 months`` or
``2년 3개월``, a span of time ``2:25`` (h:mm). A clock is read as a 24-hour clock unless am or pm is said; a question in
am and pm is answered so in both languages (``2:15 pm``). No year is a leap year.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ko"]
Reach = Literal["usual", "beyond"]
Operand = int | str

WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
}
MONTHS: tuple[str, ...] = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH_DAYS: tuple[int, ...] = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# (larger unit, smaller unit, how many of the smaller make one)
UNITS: tuple[tuple[str, str, int], ...] = (
    ("km", "m", 1000), ("m", "cm", 100), ("cm", "mm", 10), ("kg", "g", 1000), ("l", "ml", 1000),
    ("t", "kg", 1000), ("h", "min", 60), ("min", "s", 60), ("day", "h", 24), ("week", "day", 7),
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Hold one problem without its wording.

    `operands` identify it across languages and wordings (the split hashes them): what the steps compute with, so that
    "half of 8" and "8 / 2", or 3 km in m and 3 l in ml, are one problem. `slots` are what patterns may name:
    numbers `a b c d`, clocks `start end`, spans `hours minutes` (either may be 0), `day date date2 month n`,
    unit ids `from to`, and `list` (a tuple of integers) with `x`.
    """

    family: str
    kind: str
    operands: tuple[Operand, ...]
    steps: tuple[str, ...]
    answer: str
    slots: Mapping[str, object]

    @property
    def text(self) -> str:
        return "; ".join((*self.steps, f"answer {self.answer}"))


@dataclass(frozen=True)
class Solved:
    """Hold what a sampler found: operands, steps, answer and slots."""

    operands: tuple[Operand, ...]
    steps: tuple[str, ...]
    answer: str
    slots: Mapping[str, object]


class Working:
    """Write down every equation while computing with it."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def _note(self, expression: str, value: int) -> int:
        self.steps.append(f"{expression}={value}")
        return value

    def plus(self, a: int, b: int) -> int:
        return self._note(f"{a}+{b}", a + b)

    def minus(self, a: int, b: int) -> int:
        return self._note(f"{a}-{b}", a - b)

    def times(self, a: int, b: int) -> int:
        return self._note(f"{a}*{b}", a * b)

    def over(self, a: int, b: int) -> int:
        return self._note(f"{a}/{b}", a // b)

    def whole(self, a: int, b: int) -> int:
        return self._note(f"{a}//{b}", a // b)

    def rest(self, a: int, b: int) -> int:
        return self._note(f"{a}%{b}", a % b)

    def of(self, function: str, numbers: list[int], argument: int | None = None) -> list[int]:
        """Apply a list function and note it; `argument` stands before the list (`over(20;5,30)`)."""
        result = LIST_FUNCTIONS[function](numbers, argument or 0)
        lead = "" if argument is None else f"{argument};"
        self.steps.append(f"{function}({lead}{_joined(numbers)})={_joined(result)}")
        return result

    def solved(self, answer: object, *numbers: int, implied: tuple[int, ...] = ()) -> Solved:
        """Close the working of a problem that names `a`, `b`, `c`, `d`; `implied` operands (the 2 of half) go unnamed."""
        slots = dict(zip("abcd", numbers, strict=False))
        return Solved((*numbers, *implied), tuple(self.steps), str(answer), slots)


LIST_FUNCTIONS: Mapping[str, Callable[[list[int], int], list[int]]] = {
    "max": lambda numbers, _: [max(numbers)],
    "min": lambda numbers, _: [min(numbers)],
    "sort": lambda numbers, _: sorted(numbers),
    "rsort": lambda numbers, _: sorted(numbers, reverse=True),
    "reverse": lambda numbers, _: numbers[::-1],
    "len": lambda numbers, _: [len(numbers)],
    "even": lambda numbers, _: [n for n in numbers if n % 2 == 0],
    "odd": lambda numbers, _: [n for n in numbers if n % 2 == 1],
    "over": lambda numbers, x: [n for n in numbers if n > x],
    "nth": lambda numbers, x: [numbers[x - 1]],
}


def _joined(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


class Draw:
    """Draw numbers of sensible size; `beyond` reaches past what training shows."""

    def __init__(self, rng: random.Random, language: Language, reach: Reach) -> None:
        self.rng = rng
        self.language: Language = language
        self.wide = reach == "beyond"

    def between(self, low: int, high: int) -> int:
        return low + int(self.rng.random() * (high - low + 1))

    def upto(self, low: int, high: int, beyond: int) -> int:
        """Draw from low..high, or from above high up to `beyond` when reaching out."""
        return self.between(high + 1, beyond) if self.wide else self.between(low, high)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def number(self) -> int:
        """Draw a term of a sum: 2-4 digits, now and then less."""
        if self.wide:
            return self.between(10_000, 99_999)
        draw = self.rng.random()
        if draw < 0.15:
            return self.between(2, 20)
        if draw < 0.45:
            return self.between(10, 99)
        return self.between(100, 999) if draw < 0.8 else self.between(1000, 9999)

    def factors(self) -> tuple[int, int]:
        """Draw the factors of a product: 2x2 digits, 3x1, or a small table."""
        if self.wide:
            return self.between(100, 999), self.between(10, 99)
        draw = self.rng.random()
        if draw < 0.45:
            return self.between(10, 99), self.between(10, 99)
        pair = (self.between(2, 9), self.between(100, 999) if draw < 0.65 else self.between(2, 99))
        return pair if self.chance(0.5) else (pair[1], pair[0])

    def groups(self) -> tuple[int, int]:
        """Draw a count of groups and the size of each, mostly two digits."""
        if self.wide:
            return self.factors()
        if self.chance(0.3):
            return self.between(2, 12), self.between(2, 20)
        return self.between(3, 60), self.between(5, 99)

    def part(self, total: int) -> int:
        """Draw a part of a total: often small, always less than it."""
        if total > 60 and self.chance(0.5):
            return self.between(2, 99) if total > 99 else self.between(2, total - 1)
        return self.between(2, max(2, total - 1))


Sampler = Callable[[Draw], Solved]


@dataclass(frozen=True)
class Kind:
    """Name a kind's family and how it is sampled."""

    family: str
    sampler: Sampler


# Sums, differences, products


def _sum(draw: Draw) -> Solved:
    work, a, b = Working(), draw.number(), draw.number()
    return work.solved(work.plus(a, b), a, b)


def _difference(draw: Draw) -> Solved:
    work, pair = Working(), (draw.number(), draw.number())
    a, b = max(pair) + 1, min(pair)
    return work.solved(work.minus(a, b), a, b)


def _product(draw: Draw) -> Solved:
    work, (a, b) = Working(), draw.factors()
    return work.solved(work.times(a, b), a, b)


def _groups(draw: Draw) -> Solved:
    work, (a, b) = Working(), draw.groups()
    return work.solved(work.times(a, b), a, b)


def _multiple(factor: int) -> Sampler:
    def sampler(draw: Draw) -> Solved:
        work, a = Working(), draw.number()
        return work.solved(work.times(a, factor), a, implied=(factor,))

    return sampler


def _half(draw: Draw) -> Solved:
    work, a = Working(), 2 * max(2, draw.number() // 2)
    return work.solved(work.over(a, 2), a, implied=(2,))


def _quotient(draw: Draw) -> Solved:
    work, b, quotient = Working(), draw.upto(2, 25, 60), draw.upto(2, 99, 400)
    return work.solved(work.over(b * quotient, b), b * quotient, b)


def _remainder(draw: Draw) -> Solved:
    work, b = Working(), draw.upto(2, 25, 60)
    a = b * draw.upto(1, 40, 90) + draw.between(1, b - 1)
    return work.solved(work.rest(a, b), a, b)


def _full_groups(draw: Draw) -> Solved:
    work, b = Working(), draw.upto(3, 25, 60)
    a = b * draw.upto(1, 40, 90) + draw.between(0, b - 1)
    return work.solved(work.whole(a, b), a, b)


def _sum_of_three(draw: Draw) -> Solved:
    work, a, b, c = Working(), draw.number(), draw.number(), draw.number()
    return work.solved(work.plus(work.plus(a, b), c), a, b, c)


def _plus_minus(draw: Draw) -> Solved:
    work, a, b = Working(), draw.number(), draw.number()
    c = draw.part(a + b)
    return work.solved(work.minus(work.plus(a, b), c), a, b, c)


def _minus_plus(draw: Draw) -> Solved:
    work, a, c = Working(), draw.number(), draw.number()
    b = draw.part(a)
    return work.solved(work.plus(work.minus(a, b), c), a, b, c)


def _minus_minus(draw: Draw) -> Solved:
    work, b, c = Working(), draw.number(), draw.number()
    a = b + c + draw.number()
    return work.solved(work.minus(work.minus(a, b), c), a, b, c)


def _times_plus(draw: Draw) -> Solved:
    work, (a, b), c = Working(), draw.groups(), draw.between(2, 99) if draw.chance(0.6) else draw.number()
    return work.solved(work.plus(work.times(a, b), c), a, b, c)


def _times_minus(draw: Draw) -> Solved:
    work, (a, b) = Working(), draw.groups()
    c = draw.part(a * b)
    return work.solved(work.minus(work.times(a, b), c), a, b, c)


def _plus_times(draw: Draw) -> Solved:
    work, a, b, c = Working(), draw.upto(2, 49, 200), draw.upto(2, 49, 200), draw.upto(2, 60, 99)
    return work.solved(work.times(work.plus(a, b), c), a, b, c)


def _minus_times(draw: Draw) -> Solved:
    work, b, c = Working(), draw.upto(2, 49, 200), draw.upto(2, 60, 99)
    a = b + draw.upto(2, 50, 200)
    return work.solved(work.times(work.minus(a, b), c), a, b, c)


def _product_of_three(draw: Draw) -> Solved:
    work, a, b, c = Working(), draw.upto(2, 9, 20), draw.upto(2, 10, 20), draw.upto(2, 60, 99)
    return work.solved(work.times(work.times(a, b), c), a, b, c)


def _two_products(draw: Draw) -> Solved:
    a, c = draw.upto(2, 15, 60), draw.upto(2, 15, 60)
    b, d = draw.upto(2, 40, 99), draw.upto(2, 40, 99)
    work = Working()
    return work.solved(work.plus(work.times(a, b), work.times(c, d)), a, b, c, d)


def _times_over(draw: Draw) -> Solved:
    work, c, factor, other = Working(), draw.upto(2, 12, 40), draw.between(2, 8), draw.between(2, 24)
    a, b = (c * factor, other) if draw.chance(0.5) else (other, c * factor)
    return work.solved(work.over(work.times(a, b), c), a, b, c)


def _plus_over(draw: Draw) -> Solved:
    work, c, quotient = Working(), draw.upto(2, 12, 40), draw.upto(3, 60, 150)
    a = draw.between(2, c * quotient - 2)
    b = c * quotient - a
    return work.solved(work.over(work.plus(a, b), c), a, b, c)


def _minus_over(draw: Draw) -> Solved:
    work, c, quotient = Working(), draw.upto(2, 12, 40), draw.upto(2, 60, 150)
    b = draw.between(2, 60) if draw.chance(0.7) else draw.between(61, 400)
    a = c * quotient + b
    return work.solved(work.over(work.minus(a, b), c), a, b, c)


# Comparisons, money, rates, shapes


def _more_total(draw: Draw) -> Solved:
    work, a, b = Working(), draw.number(), draw.number()
    return work.solved(work.plus(a, work.plus(a, b)), a, b)


def _times_as_many(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 150, 900), draw.upto(2, 9, 30)
    return work.solved(work.times(a, b), a, b)


def _times_total(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 150, 900), draw.upto(2, 9, 30)
    return work.solved(work.plus(a, work.times(a, b)), a, b)


def _change(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 15, 60), draw.upto(2, 60, 200)
    cost = a * b
    note = 10 if cost < 90 else 50 if cost < 400 else 100
    c = (cost // note + 1) * note if draw.chance(0.7) else cost + draw.between(1, 99)
    return work.solved(work.minus(c, work.times(a, b)), a, b, c)


def _rate(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 99, 500), draw.upto(2, 30, 99)
    return work.solved(work.times(a, b), a, b)


def _rate_time(draw: Draw) -> Solved:
    work, b, spans = Working(), draw.upto(2, 90, 300), draw.upto(2, 30, 99)
    return work.solved(work.over(b * spans, b), b * spans, b)


def _rest_after_days(draw: Draw) -> Solved:
    work, b, c = Working(), draw.upto(3, 60, 200), draw.upto(2, 20, 60)
    a = b * c + draw.between(2, 400)
    return work.solved(work.minus(a, work.times(b, c)), a, b, c)


def _age_in(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(3, 70, 99), draw.upto(2, 40, 90)
    return work.solved(work.plus(a, b), a, b)


def _age_ago(draw: Draw) -> Solved:
    work, b = Working(), draw.upto(2, 40, 60)
    a = b + draw.between(2, 50)
    return work.solved(work.minus(a, b), a, b)


def _area(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 99, 400), draw.upto(2, 99, 400)
    return work.solved(work.times(a, b), a, b)


def _perimeter(draw: Draw) -> Solved:
    work, a, b = Working(), draw.upto(2, 250, 5000), draw.upto(2, 250, 5000)
    return work.solved(work.times(work.plus(a, b), 2), a, b)


# Time


@dataclass(frozen=True)
class Clock:
    """Hold a time of day as minutes after midnight and whether it is said with am and pm."""

    total: int
    halves: bool

    @property
    def hour(self) -> int:
        """The hour as shown: 0-23, or 1-12 with am and pm."""
        hour = self.total // 60 % 24
        return (hour % 12 or 12) if self.halves else hour

    @property
    def minute(self) -> int:
        return self.total % 60

    def __str__(self) -> str:
        half = (" am" if self.total // 60 % 24 < 12 else " pm") if self.halves else ""
        return f"{self.hour}:{self.minute:02d}{half}"


def _clock(draw: Draw) -> Clock:
    minute = 5 * draw.between(0, 11) if draw.chance(0.7) else draw.between(0, 59)
    halves = draw.chance(0.35)
    hour = draw.between(0, 23) if draw.chance(0.6) or draw.wide else draw.between(7, 19)
    return Clock(60 * hour + minute, halves)


def _span(draw: Draw) -> tuple[int, int]:
    """Draw hours and minutes; a third are minutes alone, a fifth whole hours."""
    minutes = 5 * draw.between(1, 11) if draw.chance(0.7) else draw.between(2, 59)
    shape = draw.rng.random()
    if shape < 0.35:
        return 0, draw.upto(60, 180, 300) if draw.chance(0.3) or draw.wide else minutes
    hours = draw.upto(1, 8, 11)
    return hours, 0 if shape < 0.55 else minutes


def _clock_after(draw: Draw) -> Solved:
    start, (hours, minutes) = _clock(draw), _span(draw)
    end = Clock(start.total + 60 * hours + minutes, start.halves)
    work, hour, minute = Working(), start.hour, start.minute
    if hours:
        hour = work.plus(hour, hours)
    if minutes:
        minute = work.plus(minute, minutes)
    if minute >= 120:
        carried = work.whole(minute, 60)
        work.rest(minute, 60)
        hour = work.plus(hour, carried)
    elif minute >= 60:
        work.minus(minute, 60)
        hour = work.plus(hour, 1)
    if hour > 12 and start.halves:
        hour = work.minus(hour, 12)
    elif hour >= 24:
        hour = work.minus(hour, 24)
    slots = _span_slots(hours, minutes, start=start)
    return Solved((str(start), 60 * hours + minutes), tuple(work.steps), str(end), slots)


def _clock_before(draw: Draw) -> Solved:
    end, (hours, minutes) = _clock(draw), _span(draw)
    start = Clock((end.total - 60 * hours - minutes) % 1440, end.halves)
    work, hour, minute, back, rest = Working(), end.hour, end.minute, hours, minutes
    if rest >= 60:
        back, rest = work.whole(rest, 60), work.rest(rest, 60)
    borrowed = rest > minute
    if borrowed:
        minute = work.plus(minute, 60)
    if rest:
        work.minus(minute, rest)
    if hour - back - borrowed < (1 if end.halves else 0):
        hour = work.plus(hour, 12 if end.halves else 24)
    if borrowed:
        hour = work.minus(hour, 1)
    if back:
        work.minus(hour, back)
    slots = _span_slots(hours, minutes, end=end)
    return Solved((str(end), 60 * hours + minutes), tuple(work.steps), str(start), slots)


def _span_slots(hours: int, minutes: int, **clocks: Clock) -> Mapping[str, object]:
    return {"hours": hours, "minutes": minutes, **{name: str(clock) for name, clock in clocks.items()}}


def _elapsed(*, in_minutes: bool) -> Sampler:
    def sampler(draw: Draw) -> Solved:
        start, end = _clock_pair(draw, least=5 if in_minutes else 61)
        work = Working()
        hours, minutes = _hours_and_minutes(work, start, end)
        if in_minutes and hours:
            total = work.times(hours, 60)
            answer = str(work.plus(total, minutes) if minutes else total)
        else:
            answer = str(minutes) if in_minutes else f"{hours}:{minutes:02d}"
        slots = {"start": str(start), "end": str(end)}
        return Solved((str(start), str(end)), tuple(work.steps), answer, slots)

    return sampler


def _clock_pair(draw: Draw, *, least: int) -> tuple[Clock, Clock]:
    """Draw two clocks of one day, at most 12 hours apart (20 when reaching out)."""
    while True:
        start = _clock(draw)
        end = Clock(_clock(draw).total, start.halves)
        if least <= end.total - start.total < (1200 if draw.wide else 720):
            return start, end


def _hours_and_minutes(work: Working, start: Clock, end: Clock) -> tuple[int, int]:
    hour, minute = end.hour, end.minute
    while (end.total // 60 - start.total // 60) > hour - start.hour:
        hour = work.plus(hour, 12)
    borrowed = minute < start.minute
    if borrowed:
        minute = work.plus(minute, 60)
    minute = work.minus(minute, start.minute)
    if borrowed:
        hour = work.minus(hour, 1)
    return (work.minus(hour, start.hour) if hour > start.hour else 0), minute


def _hours_to_minutes(draw: Draw) -> Solved:
    work, hours = Working(), draw.upto(2, 72, 500)
    answer = str(work.times(hours, 60))
    return Solved((hours, "h"), tuple(work.steps), answer, {"a": hours, "hours": hours, "minutes": 0})


def _minutes_to_hours(draw: Draw) -> Solved:
    work, minutes = Working(), 60 * draw.upto(1, 12, 40) + draw.between(1, 59)
    answer = f"{work.whole(minutes, 60)}:{work.rest(minutes, 60):02d}"
    return Solved((minutes, "min"), tuple(work.steps), answer, {"a": minutes, "hours": 0, "minutes": minutes})


# Calendar


def _weekday(sign: int) -> Sampler:
    def sampler(draw: Draw) -> Solved:
        work, names = Working(), WEEKDAYS[draw.language]
        start, n = draw.between(0, 6), draw.upto(2, 60 if draw.chance(0.6) else 366, 2000)
        shift = work.rest(n, 7) if n >= 7 else n
        answer = names[(start + sign * shift) % 7]
        step = f"{names[start]}{'+' if sign > 0 else '-'}{shift}={answer}"
        return Solved((start, n, sign), (*work.steps, step), answer, {"day": names[start], "n": n})

    return sampler


def _weeks_to_days(draw: Draw) -> Solved:
    work, n = Working(), draw.upto(2, 104, 900)
    answer = str(work.times(n, 7))
    return Solved((n, "week"), tuple(work.steps), answer, {"a": n, "n": n})


def _weeks_and_days(draw: Draw) -> Solved:
    work, weeks, days = Working(), draw.upto(2, 80, 500), draw.between(1, 6)
    answer = str(work.plus(work.times(weeks, 7), days))
    return Solved((weeks, days), tuple(work.steps), answer, {"a": weeks, "b": days, "n": weeks})


def _date_name(month: int, day: int, language: Language) -> str:
    return f"{MONTHS[month]} {day}" if language == "en" else f"{month + 1}월 {day}일"


def _month_name(month: int, language: Language) -> str:
    return MONTHS[month] if language == "en" else f"{month + 1}월"


def _date_after(draw: Draw) -> Solved:
    work, month, n = Working(), draw.between(0, 11), draw.upto(2, 30, 75)
    start = draw.between(1, MONTH_DAYS[month])
    day, end = work.plus(start, n), month
    while day > MONTH_DAYS[end]:
        day = work.minus(day, MONTH_DAYS[end])
        end = (end + 1) % 12
    language = draw.language
    slots = {"date": _date_name(month, start, language), "month": _month_name(month, language), "a": start, "n": n}
    return Solved((MONTHS[month], start, n), tuple(work.steps), _date_name(end, day, language), slots)


def _days_between(draw: Draw) -> Solved:
    work, month = Working(), draw.between(0, 11)
    start = draw.between(1, MONTH_DAYS[month] - 2)
    end = draw.between(start + 1, MONTH_DAYS[month])
    first, last = (_date_name(month, day, draw.language) for day in (start, end))
    slots = {"date": first, "date2": last, "month": _month_name(month, draw.language), "a": start, "b": end}
    return Solved((MONTHS[month], start, end), (*work.steps, f"{end}-{start}={end - start}"), str(end - start), slots)


def _years_to_months(draw: Draw) -> Solved:
    work, n = Working(), draw.upto(2, 60, 400)
    answer = str(work.times(n, 12))
    return Solved((n, "year"), tuple(work.steps), answer, {"a": n, "n": n})


def _months_to_years(draw: Draw) -> Solved:
    work, n = Working(), 12 * draw.upto(1, 20, 80) + draw.between(1, 11)
    years, months = work.whole(n, 12), work.rest(n, 12)
    if draw.language == "ko":
        answer = f"{years}년 {months}개월"
    else:
        answer = f"{years} year{'s' * (years > 1)} {months} month{'s' * (months > 1)}"
    return Solved((n, "month"), tuple(work.steps), answer, {"a": n, "n": n})


# Units


def _unit_slots(large: str, small: str, *, a: int, b: int = 0) -> Mapping[str, object]:
    return {"a": a, "b": b, "from": large, "to": small}


def _unit_amount(draw: Draw, factor: int) -> int:
    if draw.wide:
        return draw.between(100, 999)
    return draw.between(2, 12) if draw.chance(0.4) else draw.between(2, 99)


def _unit_down(draw: Draw) -> Solved:
    work, (large, small, factor) = Working(), draw.rng.choice(UNITS)
    a = _unit_amount(draw, factor)
    answer = str(work.times(a, factor))
    return Solved((a, factor), tuple(work.steps), answer, _unit_slots(large, small, a=a))


def _unit_up(draw: Draw) -> Solved:
    work, (large, small, factor) = Working(), draw.rng.choice(UNITS)
    quotient = _unit_amount(draw, factor)
    a = quotient * factor
    answer = str(work.over(a, factor))
    return Solved((a, factor), tuple(work.steps), answer, _unit_slots(small, large, a=a))


def _unit_mixed(draw: Draw) -> Solved:
    work, (large, small, factor) = Working(), draw.rng.choice(UNITS)
    a, b = _unit_amount(draw, factor), _small_amount(draw, factor - 1)
    answer = str(work.plus(work.times(a, factor), b))
    return Solved((a, factor, b), tuple(work.steps), answer, _unit_slots(large, small, a=a, b=b))


def _unit_mixed_minus(draw: Draw) -> Solved:
    work, (large, small, factor) = Working(), draw.rng.choice(UNITS)
    a = _unit_amount(draw, factor)
    b = _small_amount(draw, a * factor - 1)
    answer = str(work.minus(work.times(a, factor), b))
    return Solved((a, factor, -b), tuple(work.steps), answer, _unit_slots(large, small, a=a, b=b))


def _small_amount(draw: Draw, limit: int) -> int:
    """Draw an amount of the smaller unit, often a round one."""
    top = min(limit, 999)
    amount = 10 * draw.between(1, max(1, top // 10)) if top >= 20 and draw.chance(0.5) else draw.between(1, top)
    return max(2, min(amount, limit))


def _dozens(draw: Draw) -> Solved:
    work, a = Working(), draw.upto(2, 60, 300)
    return work.solved(work.times(a, 12), a, implied=(12,))


# Lists


def _numbers(draw: Draw, *, longest: int = 6) -> list[int]:
    """Draw 3 to `longest` different numbers, mostly up to 99; 7 to 9 of three digits when reaching out."""
    if draw.wide:
        return draw.rng.sample(range(100, 1000), draw.between(longest + 1, longest + 3))
    draw_size = draw.rng.random()
    top = 20 if draw_size < 0.15 else 100 if draw_size < 0.85 else 1000
    numbers: list[int] = []
    size = draw.between(3, longest)
    while len(numbers) < size:
        number = draw.between(1, top - 1)
        if number not in numbers:
            numbers.append(number)
    return numbers


def _list_solved(work: Working, numbers: list[int], answer: object, **slots: int) -> Solved:
    return Solved((*numbers, *slots.values()), tuple(work.steps), str(answer), {"list": tuple(numbers), **slots})


def _list_of(function: str) -> Sampler:
    """Sample the kinds that one list function answers."""

    def sampler(draw: Draw) -> Solved:
        work, numbers = Working(), _numbers(draw)
        return _list_solved(work, numbers, ", ".join(map(str, work.of(function, numbers))))

    return sampler


def _list_sum(draw: Draw) -> Solved:
    work, numbers = Working(), _numbers(draw, longest=5)
    total = numbers[0]
    for number in numbers[1:]:
        total = work.plus(total, number)
    return _list_solved(work, numbers, total)


def _list_mean(draw: Draw) -> Solved:
    numbers = _numbers(draw, longest=5)
    numbers[-1] += -sum(numbers) % len(numbers)
    work, total = Working(), numbers[0]
    for number in numbers[1:]:
        total = work.plus(total, number)
    return _list_solved(work, numbers, work.over(total, len(numbers)))


def _list_range(draw: Draw) -> Solved:
    work, numbers = Working(), _numbers(draw, longest=5)
    (largest,), (smallest,) = work.of("max", numbers), work.of("min", numbers)
    return _list_solved(work, numbers, work.minus(largest, smallest))


def _list_second(function: str) -> Sampler:
    def sampler(draw: Draw) -> Solved:
        work, numbers = Working(), _numbers(draw, longest=5)
        (first,) = work.of(function, numbers)
        (second,) = work.of(function, [n for n in numbers if n != first])
        return _list_solved(work, numbers, second)

    return sampler


def _list_nth(draw: Draw) -> Solved:
    work, numbers = Working(), _numbers(draw)
    x = draw.between(1, len(numbers))
    return _list_solved(work, numbers, work.of("nth", numbers, x)[0], x=x)


def _list_count_over(draw: Draw) -> Solved:
    work, numbers = Working(), _numbers(draw)
    x = draw.between(min(numbers) - 1, max(numbers) - 1)
    if draw.chance(0.5) and 10 * (x // 10) > 0:
        x = 10 * (x // 10)
    (count,) = work.of("len", work.of("over", numbers, x))
    return _list_solved(work, numbers, count, x=x)


def _list_count(function: str) -> Sampler:
    """Sample how many of a list are even or odd; at least one is."""

    def sampler(draw: Draw) -> Solved:
        while not LIST_FUNCTIONS[function](numbers := _numbers(draw), 0):
            pass
        work = Working()
        (count,) = work.of("len", work.of(function, numbers))
        return _list_solved(work, numbers, count)

    return sampler


_SAMPLERS: Mapping[str, Mapping[str, Sampler]] = {
    "arithmetic": {
        "add": _sum, "sub": _difference, "mul": _product, "div": _quotient,
        "double": _multiple(2), "triple": _multiple(3), "half": _half,
        "add3": _sum_of_three, "add_sub": _plus_minus, "sub_add": _minus_plus, "sub_sub": _minus_minus,
        "mul_add": _times_plus, "mul_sub": _times_minus, "add_mul": _plus_times, "sub_mul": _minus_times,
        "mod": _remainder,
    },
    "word": {
        "w_add": _sum, "w_sub": _difference, "w_mul": _groups, "w_div": _quotient,
        "w_more": _sum, "w_less": _difference, "w_more_total": _more_total, "w_diff": _difference,
        "w_times": _times_as_many, "w_times_total": _times_total,
        "w_mul_sub": _times_minus, "w_mul_add": _times_plus, "w_add_sub": _plus_minus, "w_sub_add": _minus_plus,
        "w_sub_sub": _minus_minus,
        "w_add_add": _sum_of_three, "w_mul_mul": _product_of_three, "w_mul_mul_add": _two_products,
        "w_mul_div": _times_over, "w_add_div": _plus_over, "w_sub_div": _minus_over,
        "w_sub_mul": _minus_times, "w_add_mul": _plus_times,
        "w_buy": _groups, "w_buy_two": _two_products, "w_change": _change,
        "w_rate": _rate, "w_rate_time": _rate_time, "w_rest_days": _rest_after_days,
        "w_left_over": _remainder, "w_boxes": _full_groups, "w_age_in": _age_in, "w_age_ago": _age_ago,
        "w_half": _half, "w_rect_area": _area, "w_rect_perimeter": _perimeter,
    },
    "time": {
        "t_add": _clock_after, "t_sub": _clock_before,
        "t_diff": _elapsed(in_minutes=False), "t_diff_min": _elapsed(in_minutes=True),
        "t_h2m": _hours_to_minutes, "t_m2h": _minutes_to_hours,
    },
    "calendar": {
        "d_after": _weekday(1), "d_before": _weekday(-1), "d_weeks": _weeks_to_days, "d_weeks_days": _weeks_and_days,
        "d_date": _date_after, "d_between": _days_between, "d_months": _years_to_months, "d_years": _months_to_years,
    },
    "units": {
        "u_down": _unit_down, "u_up": _unit_up, "u_mixed": _unit_mixed, "u_mixed_sub": _unit_mixed_minus,
        "u_mixed_add": _unit_mixed, "u_dozen": _dozens,
    },
    "lists": {
        "l_max": _list_of("max"), "l_min": _list_of("min"), "l_sum": _list_sum, "l_sort": _list_of("sort"),
        "l_rsort": _list_of("rsort"), "l_count_over": _list_count_over,
        "l_even": _list_count("even"), "l_odd": _list_count("odd"),
        "l_second": _list_second("max"), "l_second_min": _list_second("min"), "l_range": _list_range,
        "l_nth": _list_nth, "l_reverse": _list_of("reverse"), "l_mean": _list_mean, "l_len": _list_of("len"),
    },
}  # fmt: skip

KINDS: dict[str, Kind] = {
    name: Kind(family, sampler) for family, samplers in _SAMPLERS.items() for name, sampler in samplers.items()
}


def sample(kind: str, rng: random.Random, *, language: Language, reach: Reach = "usual") -> Problem:
    """Sample one problem of a kind; `beyond` draws longer numbers and lists than training shows."""
    entry = KINDS[kind]
    solved = entry.sampler(Draw(rng, language, reach))
    return Problem(entry.family, kind, solved.operands, solved.steps, solved.answer, solved.slots)
