"""Quantities with a unit, read in English and Korean and brought to one unit per dimension."""

import re
from dataclasses import dataclass
from fractions import Fraction

from symposium.tools import numerals


@dataclass(frozen=True)
class Unit:
    """Name what a unit measures and how many base units it holds (`m`, `g`, `l`, `s`, `month`, `m2`, `b`)."""

    dimension: str
    factor: Fraction


@dataclass(frozen=True)
class Quantity:
    """Hold an amount in the base unit of its dimension; a rate has a dimension such as `length/time`."""

    dimension: str
    amount: Fraction


# Factors are exact by definition (international foot and pound, US gallon). Months are a dimension of their own: no
# number of days makes every month. Money is no dimension here: amounts are never converted between currencies.
_TABLE = """
length 1/1000: mm millimeter millimetre 밀리미터 밀리
length 1/100: cm centimeter centimetre 센티미터 센티 센치
length 1: m meter metre 미터
length 1000: km kilometer kilometre 킬로미터
length 127/5000: inch inches in 인치
length 381/1250: ft foot feet 피트
length 1143/1250: yd yard 야드
length 201168/125: mi mile 마일
mass 1/1000: mg milligram 밀리그램
mass 1: g gram 그램
mass 1000: kg kilogram kilo 킬로그램 킬로
mass 1000000: t ton tonne 톤
mass 45359237/1600000: oz ounce 온스
mass 45359237/100000: lb pound 파운드
volume 1/1000: ml milliliter millilitre cc 밀리리터
volume 1/100: cl centiliter centilitre
volume 1/10: dl deciliter decilitre 데시리터
volume 1: l liter litre 리터
volume 473176473/125000000: gal gallon 갤런
time 1: s sec second 초
time 60: min minute 분
time 3600: h hr hour 시간
time 86400: day 일
time 604800: week wk 주일 주간 주
calendar 1: month 개월 달
calendar 12: year yr 년
area 1/10000: cm2 cm^2 제곱센티미터
area 1: m2 m^2 제곱미터
area 1000000: km2 km^2 제곱킬로미터
area 10000: ha hectare 헥타르
volume 1000: m3 m^3 세제곱미터
volume 1/1000: cm3 cm^3 세제곱센티미터
angle 1: ° degree 도
celsius 1: °c celsius 섭씨
fahrenheit 1: °f fahrenheit 화씨
data 1: byte 바이트
data 1000: kb kilobyte
data 1000000: mb megabyte
data 1000000000: gb gigabyte 기가바이트
one 1/100: % percent 퍼센트 프로
one 12: dozen 다스
one 1/100: cent ¢
"""


def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        head, names = line.split(":")
        dimension, factor = head.split()
        for name in names.split():
            units[name] = units[_plural(name)] = Unit(dimension, Fraction(factor))
    return units


def _plural(name: str) -> str:
    counts = name.isascii() and name.isalpha() and (len(name) > 2 or name in ("hr", "wk", "yr", "lb"))
    return f"{name}s" if counts and name not in ("inches", "feet", "foot") else name


UNITS = _units()
"""Every name of every unit in lower case; dimension `one` holds the dimensionless ones (percent, dozen, cent)."""

_NAME = "(?<![a-z])(?:" + "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True)) + ")"
_AMOUNT = r"[+-]?\s?[^%°¢]{1,60}?"
_PARTICLE = r"(?=$|[\s?.,!;:)*\"']|이|가|은|는|을|를|인|일|입|동안|걸|남|에|의|로|으로|나|후|뒤|전|간|예|야|요)"
_IN_TEXT = "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True) if name != "in")
WRITTEN_UNIT = rf"(?:{_IN_TEXT})(?![a-z]){_PARTICLE}"
"""A pattern, in lower case, for a unit behind a number in running text; `in` is left to the preposition."""

_PART = re.compile(rf"({_AMOUNT})\s*({_NAME})\.?(?![a-z가-힣^°])(?:\s*(반)(?![가-힣]))?[\s,]*(?:and\s+)?")
_RATE = re.compile(rf"({_AMOUNT})\s*({_NAME})\s*(?:/|per\s|an?\s)\s*({_NAME})")
_KOREAN_RATE = re.compile(rf"(시속|분속|초속)\s*({_AMOUNT})\s*({_NAME})")
_SPEED = re.compile(rf"({_AMOUNT})\s*(mph|kmh|kph)")
_SQUARE = re.compile(rf"({_AMOUNT})\s*(?:square|sq\.?)\s*({_NAME})")
_CUBIC = re.compile(rf"({_AMOUNT})\s*cubic\s*({_NAME})")
_DEGREES = re.compile(rf"({_AMOUNT})\s*(?:°|degrees?)\s*(c|f|celsius|fahrenheit)")
_KOREAN_DEGREES = re.compile(rf"(섭씨|화씨)\s*({_AMOUNT})\s*도")
_AFTERWARDS = re.compile(
    r"\s+(?:left|later|long|tall|high|wide|deep|away|ago|apart|total|in total|altogether|in all|remaining|more|each)$"
)


def quantity(text: str) -> Quantity | None:
    """Read the whole text as one quantity: `3 m 40 cm`, `2 hours and 5 minutes`, `2시간 반`, `60 km/h`, `50%`."""
    text = _AFTERWARDS.sub("", " ".join(text.lower().split()))
    if len(text) > numerals.LONGEST:
        return None
    for read in (_rate, _powers, _temperature, _sum_of_parts):
        found = read(text)
        if found is not None:
            return found
    return None


def in_unit(value: Fraction, unit: str) -> Quantity:
    """Give a bare number the unit that the question asks for; raise KeyError for a unit that is not in UNITS."""
    found = UNITS[unit]
    return Quantity(found.dimension, value * found.factor)


def _sum_of_parts(text: str) -> Quantity | None:
    total, dimension, at = Fraction(0), None, 0
    while at < len(text):
        part = _PART.match(text, at)
        value = numerals.counted(part[1]) if part else None
        if part is None or value is None:
            return None
        unit = UNITS[part[2]]
        if dimension not in (None, unit.dimension) or (at and value < 0):
            return None
        half = Fraction(1, 2) if part[3] else Fraction(0)
        total, dimension, at = total + (value + half) * unit.factor, unit.dimension, part.end()
    return None if dimension is None else Quantity(dimension, total)


def _rate(text: str) -> Quantity | None:
    found = _RATE.fullmatch(text)
    if found:
        return _per(found[1], found[2], found[3])
    found = _KOREAN_RATE.fullmatch(text)
    if found:
        return _per(found[2], found[3], {"시속": "h", "분속": "min", "초속": "s"}[found[1]])
    found = _SPEED.fullmatch(text)
    return _per(found[1], "mile" if found[2] == "mph" else "km", "h") if found else None


def _per(amount: str, above: str, below: str) -> Quantity | None:
    value, top, bottom = numerals.counted(amount), UNITS[above], UNITS[below]
    if value is None:
        return None
    return Quantity(f"{top.dimension}/{bottom.dimension}", value * top.factor / bottom.factor)


def _powers(text: str) -> Quantity | None:
    for pattern, power, dimension, base in ((_SQUARE, 2, "area", 1), (_CUBIC, 3, "volume", 1000)):
        found = pattern.fullmatch(text)
        value = numerals.counted(found[1]) if found else None
        if found and value is not None and UNITS[found[2]].dimension == "length":
            return Quantity(dimension, value * UNITS[found[2]].factor ** power * base)
    return None


def _temperature(text: str) -> Quantity | None:
    found, korean = _DEGREES.fullmatch(text), _KOREAN_DEGREES.fullmatch(text)
    if found:
        value, scale = numerals.counted(found[1]), "celsius" if found[2].startswith("c") else "fahrenheit"
    elif korean:
        value, scale = numerals.counted(korean[2]), "celsius" if korean[1] == "섭씨" else "fahrenheit"
    else:
        return None
    return None if value is None else Quantity(scale, value)


_HOW_MANY = re.compile(rf"how many (?:more |fewer |whole |full |total )?({_NAME})(?![a-z])")
_EXPRESSED_IN = re.compile(rf"\bin (?:total )?({_NAME})(?![a-z])(?! (?:the|a|an)\b)")
_KOREAN_HOW_MANY = re.compile(rf"몇\s*({_NAME}){_PARTICLE}")
_KOREAN_EXPRESSED_IN = re.compile(rf"(?<![\d\s])\s*({_NAME})(?:으로|로)(?![가-힣])")
_PERCENTAGE = re.compile(r"what percent|percentage|퍼센트|몇\s*%|몇\s*프로")
_CLOCK_SPAN = re.compile(
    r"\d:\d\d.*(?:how long|how much time)|(?:how long|how much time).*\d:\d\d|\d시.*얼마나|걸린 시간"
)
_ALSO_A_WORD = {"주", "일", "달", "도", "년", "초", "톤", "day", "minute", "second", "month", "foot"}


def asked_unit(question: str) -> str | None:
    """Find the unit in which a question wants its answer (`How many minutes ...`, `몇 분`, `in cm`), a key of UNITS.

    A span between two clock times asks for hours, so that `2:25` reads as a duration. None where no unit is named.
    """
    text = " ".join(question.lower().split())
    if _PERCENTAGE.search(text):
        return "%"
    for pattern in (_HOW_MANY, _KOREAN_HOW_MANY):
        found = pattern.search(text)
        if found:
            return found[1]
    for pattern in (_EXPRESSED_IN, _KOREAN_EXPRESSED_IN):
        for found in pattern.finditer(text):
            if found[1] not in _ALSO_A_WORD:
                return found[1]
    return "h" if _CLOCK_SPAN.search(text) else None
