"""Arithmetic that a reply wrote down, checked step by step: `17*24=408; 408-58=350`.

Only written steps are seen: whether they are the right steps for the question is not. Exact fractions throughout; no
`eval`, and every literal, power and result is bounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from symposium.tools import measures, moments
from symposium.tools.glyphs import fold, unlatex, unmark

MOST_STEPS = 200
LONGEST_LINE = 2000
MOST_BITS = 4096
"""Size of a numerator or denominator beyond which a result is not computed."""
HIGHEST_POWER = 64
DEEPEST = 24


@dataclass(frozen=True)
class Step:
    """Hold one written equation; `actual` and `right` are None where it cannot be checked.

    A claim with decimals is right when they agree with the exact value, rounded or cut off; a whole one must be exact.
    """

    expression: str
    claimed: str
    actual: str | None
    right: bool | None


def check_steps(text: str) -> tuple[Step, ...]:
    """Find and check every written equation, in order; a chain `a = b = c` gives one step per equals sign."""
    plain = unmark(unlatex(fold(text)), italics=False)
    steps: list[Step] = []
    for line in plain.split("\n"):
        for step in _steps_of(_LABEL.sub("", line)[:LONGEST_LINE]):
            steps.append(step)
            if len(steps) == MOST_STEPS:
                return tuple(steps)
    return tuple(steps)


@lru_cache(maxsize=1024)  # a vote weighs every draft again with each one that comes
def broken(text: str) -> bool:
    """Tell whether a written step is wrong."""
    return any(step.right is False for step in check_steps(text))


_LABEL = re.compile(r"^\s*(?:[-*•]|\(?\w{1,2}[.)])\s+")


def evaluate(expression: str) -> str | None:
    """Compute an expression exactly and write the result (`408`, `3.5`, `1/3`, `3,5,9`, `Wed`); None if unreadable."""
    tokens = _tokens(unlatex(fold(expression))[:LONGEST_LINE])
    try:
        return _written(_Parser(tokens).whole())
    except (_Unreadable, _Uncheckable):
        return None


# Values


@dataclass(frozen=True)
class _Weekday:
    day: int


@dataclass(frozen=True)
class _Clock:
    minutes: int


_Value = Fraction | _Weekday | _Clock | tuple[Fraction, ...]


class _Unreadable(Exception):
    """The tokens are no expression."""


class _Uncheckable(Exception):
    """An expression, but one whose value is not computed here."""


def _written(value: _Value) -> str:
    match value:
        case _Weekday(day):
            return moments.WEEKDAYS[day]
        case _Clock(minutes):
            return f"{minutes // 60}:{minutes % 60:02d}"
        case Fraction():
            return _written_number(value)
        case _:
            return ",".join(map(_written_number, value))


def _written_number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or value.denominator > 10**12:
        return str(value)
    digits = next(digits for digits in range(1, 41) if (value * 10**digits).denominator == 1)
    whole, part = divmod(abs(value.numerator) * 10**digits // value.denominator, 10**digits)
    return f"{'-' * (value < 0)}{whole}.{part:0{digits}d}"


# Tokens


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


_DAY_NAMES = "|".join(
    [*(f"{name}|{name[:3]}" for name in moments.WEEKDAYS), *(f"{name}요일" for name in "월화수목금토일")]
)
_TOKEN = re.compile(
    rf"""
      (?P<call>[a-zA-Z]+\((?:[^()\n]|\([^()\n]*\))*\))
    | (?P<day>(?:{_DAY_NAMES})\b)
    | (?P<clock>\d{{1,2}}:\d{{2}})
    | (?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|\d+\.\d+|\.\d+|\d+)
    | (?P<boundary>=>|[<>!]=|==|<<|>>|[;|])
    | (?P<equals>[=≈])
    | (?P<operator>\*\*|//|[-+*/×÷%^]|[xX](?=\s*[$(]?\d)|\bof\b)
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    | (?P<money>[$₩€£])
    | (?P<word>[^\W\d_]+\.?)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE,
)


def _tokens(line: str) -> list[_Token]:
    found = (
        _Token(match.lastgroup or "other", match[0], match.start(), match.end()) for match in _TOKEN.finditer(line)
    )
    return [token for token in found if token.kind not in ("space", "money")]


# Expressions


class _Parser:
    """Read tokens as one expression, by precedence: sums, products, signs, powers, then a percent sign."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.operations = 0
        self.units: set[measures.Unit] = set()

    def whole(self) -> _Value:
        """Read all the tokens; raise _Unreadable where they do not form one expression."""
        value = self._sum()
        if self.at < len(self.tokens):
            raise _Unreadable
        return value

    def _next(self, *texts: str) -> str | None:
        """Take the next token if it is one of these operators."""
        if self._kind() == "operator" and self.tokens[self.at].text in texts:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def _kind(self, ahead: int = 0) -> str | None:
        place = self.at + ahead
        return self.tokens[place].kind if place < len(self.tokens) else None

    def _sum(self) -> _Value:
        value = self._product()
        while operator := self._next("+", "-"):
            value = self._applied(operator, value, self._product())
        return value

    def _product(self) -> _Value:
        value = self._signed()
        while True:
            operator = self._next("*", "×", "x", "X", "/", "÷", "//", "%", "of")
            if operator is None and not self._multiplies_bracket():
                return value
            value = self._applied(operator or "*", value, self._signed())

    def _multiplies_bracket(self) -> bool:
        """Tell whether a bracket touches what stands before it, as in `2(3+4)`."""
        return self._kind() == "open" and self.tokens[self.at - 1].end == self.tokens[self.at].start

    def _signed(self) -> _Value:
        if self._next("-"):
            return self._applied("-", Fraction(0), self._signed())
        return self._power()

    def _power(self) -> _Value:
        base = self._percent()
        return self._applied("^", base, self._signed()) if self._next("^", "**") else base

    def _percent(self) -> _Value:
        value = self._primary()
        while self._kind() == "operator" and self.tokens[self.at].text == "%" and not self._starts_value(1):
            self.at += 1
            if not isinstance(value, Fraction):
                raise _Uncheckable
            value /= 100
            self._skip_words()
        return value

    def _starts_value(self, ahead: int) -> bool:
        return self._kind(ahead) in ("number", "open", "call", "clock", "day")

    def _primary(self) -> _Value:
        kind = self._kind()
        if kind is None:
            raise _Unreadable
        token = self.tokens[self.at]
        self.at += 1
        if kind == "open":
            return self._enclosed()
        value = _literal(token)
        if kind == "call":
            self.operations += 1
        self._skip_words()
        return value

    def _enclosed(self) -> _Value:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Uncheckable
        value = self._sum()
        if self._kind() != "close":
            raise _Unreadable
        self.at += 1
        self._skip_words()
        return value

    def _skip_words(self) -> None:
        """Pass over what a number counts (`16 eggs`, `$2/egg`, `14 (Monday)`); a lone letter is a variable."""
        for _ in range(4):
            per = self._kind() == "operator" and self.tokens[self.at].text == "/" and self._kind(1) == "word"
            word = self.tokens[self.at + per] if self._kind(int(per)) == "word" else None
            if word is None or (len(word.text) == 1 and word.text.isascii()):
                break
            unit = measures.UNITS.get(word.text.lower().rstrip("."))
            if unit:
                self.units.add(unit)
            self.at += 1 + per
        self._skip_remark()

    def _skip_remark(self) -> None:
        """Pass over words in brackets."""
        ahead = 1
        while self._kind(ahead) in ("word", "day"):
            ahead += 1
        if self._kind() == "open" and ahead > 1 and self._kind(ahead) == "close":
            self.at += ahead + 1

    def _applied(self, operator: str, left: _Value, right: _Value) -> _Value:
        self.operations += 1
        match left, right:
            case Fraction(), Fraction():
                return _bounded(_computed(operator, left, right))
            case _Weekday(day), Fraction() if operator in "+-" and right.denominator == 1:
                return _Weekday((day + int(right) * (1 if operator == "+" else -1)) % 7)
            case _Clock(), Fraction() | _Clock() if operator in "+-" and not self.units - _MINUTES:
                return _moved(operator, left, right)
        raise _Uncheckable


_MINUTES = {measures.UNITS["minute"]}


def _moved(operator: str, clock: _Clock, by: Fraction | _Clock) -> _Clock:
    minutes = Fraction(by.minutes) if isinstance(by, _Clock) else by
    if minutes.denominator != 1:
        raise _Uncheckable
    return _Clock((clock.minutes + int(minutes) * (1 if operator == "+" else -1)) % 1440)


def _computed(operator: str, left: Fraction, right: Fraction) -> Fraction:
    operation = _OPERATIONS[_SPELLINGS.get(operator, operator)]
    try:
        return operation(left, right)
    except ZeroDivisionError as error:
        raise _Uncheckable from error


def _raised(base: Fraction, power: Fraction) -> Fraction:
    if power.denominator != 1 or abs(power) > HIGHEST_POWER:
        raise _Uncheckable
    return base ** int(power)


_SPELLINGS = {"×": "*", "x": "*", "X": "*", "of": "*", "÷": "/", "**": "^"}
_OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: Fraction(left // right),
    "%": lambda left, right: left % right,
    "^": _raised,
}


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise _Uncheckable
    return value


_ListFunction = Callable[[Sequence[Fraction], Fraction], Sequence[Fraction]]
_LISTS: Mapping[str, _ListFunction] = {
    "sort": lambda numbers, _: sorted(numbers),
    "rsort": lambda numbers, _: sorted(numbers, reverse=True),
    "reverse": lambda numbers, _: numbers[::-1],
    "even": lambda numbers, _: [n for n in numbers if n % 2 == 0],
    "odd": lambda numbers, _: [n for n in numbers if n % 2 == 1],
    "over": lambda numbers, least: [n for n in numbers if n > least],
}
_NUMBERS: Mapping[str, Callable[[Sequence[Fraction], Fraction], Fraction]] = {
    "max": lambda numbers, _: max(numbers),
    "min": lambda numbers, _: min(numbers),
    "sum": lambda numbers, _: sum(numbers, Fraction(0)),
    "len": lambda numbers, _: Fraction(len(numbers)),
    "mean": lambda numbers, _: sum(numbers, Fraction(0)) / len(numbers),
    "nth": lambda numbers, place: numbers[int(place) - 1],
}


def _literal(token: _Token) -> _Value:
    match token.kind:
        case "number":
            return _number(token.text)
        case "day":
            return _Weekday(moments.weekday(token.text) or 0)
        case "clock":
            hour, minute = map(int, token.text.split(":"))
            return _Clock(60 * hour + minute)
        case "call":
            return _called(*token.text[:-1].split("(", 1))
    raise _Unreadable


def _number(text: str) -> Fraction:
    if len(text) > 60:
        raise _Uncheckable
    return Fraction(text.replace(",", ""))


def _called(name: str, inside: str) -> _Value:
    """Apply a list function; an argument of its own stands first, behind a semicolon (`over(20;5,30)`)."""
    lead, _, listed = inside.rpartition(";")
    numbers, argument = [_argument(part) for part in listed.split(",")], _argument(lead) if lead else Fraction(0)
    if not 0 < len(numbers) <= 200 or (name == "nth" and not 1 <= argument <= len(numbers)):
        raise _Uncheckable
    if name in _LISTS:
        return tuple(_LISTS[name](numbers, argument))
    if name not in _NUMBERS:
        raise _Uncheckable
    return _NUMBERS[name](numbers, argument)


def _argument(text: str) -> Fraction:
    try:
        value = _Parser(_tokens(text)).whole()
    except _Unreadable as error:
        raise _Uncheckable from error
    if not isinstance(value, Fraction):
        raise _Uncheckable
    return value


# Steps


def _steps_of(line: str) -> Iterator[Step]:
    tokens = _tokens(line)
    edges = [place for place, token in enumerate(tokens) if token.kind in ("equals", "boundary")]
    for number, place in enumerate(edges):
        if tokens[place].kind == "equals":
            left = tokens[(edges[number - 1] + 1 if number else 0) : place]
            right = tokens[place + 1 : edges[number + 1] if number + 1 < len(edges) else len(tokens)]
            step = _step(line, left, right, about=tokens[place].text == "≈")
            if step:
                yield step


@dataclass(frozen=True)
class _Side:
    """Hold one side of an equation: its tokens and, unless it cannot be computed, its value."""

    tokens: Sequence[_Token]
    value: _Value | None
    operations: int
    units: frozenset[measures.Unit]

    def written(self, line: str) -> str:
        return line[self.tokens[0].start : self.tokens[-1].end]


def _step(line: str, left: Sequence[_Token], right: Sequence[_Token], *, about: bool) -> Step | None:
    expression = next(_readings(left[first:] for first in range(max(0, len(left) - 80), len(left))), None)
    fragment = expression is not None and _goes_on_before(expression, left)
    if expression is None or not expression.operations:
        return None
    if isinstance(expression.value, tuple):
        return _list_step(line, expression, right)
    claim = next(_readings(right[:last] for last in range(min(len(right), 80), 0, -1)), None)
    if claim is None:
        return None
    actual = None if expression.value is None else _written(expression.value)
    verdict = _verdict(expression, claim, line, about=about)
    if fragment and not verdict:
        verdict = None
    return Step(expression.written(line), claim.written(line), actual, verdict)


def _readings(candidates: Iterator[Sequence[_Token]]) -> Iterator[_Side]:
    """Give the candidates that read as an expression, in their order."""
    for tokens in candidates:
        if tokens[0].text == "-" and (len(tokens) < 2 or tokens[0].end != tokens[1].start):
            continue  # a dash or a bullet, not a sign
        parser, value = _Parser(tokens), None
        try:
            value = parser.whole()
        except _Unreadable:
            continue
        except _Uncheckable:
            parser.operations += 1
        yield _Side(_without_words(tokens), value, parser.operations, frozenset(parser.units))


def _goes_on_before(expression: _Side, left: Sequence[_Token]) -> bool:
    """Tell whether a reading is the end of something longer that could not be read, as in `x + 2*3 = 10`."""
    first = next(place for place, token in enumerate(left) if token.start == expression.tokens[0].start)
    before = left[first - 1] if first else None
    dash = before is not None and before.text == "-" and (first == 1 or left[first - 2].kind == "other")
    return before is not None and not dash and before.kind in ("operator", "open", "close", "number")


def _without_words(tokens: Sequence[_Token]) -> Sequence[_Token]:
    """Drop the words behind an expression, as far as they belong to the sentence and not to the number."""
    kept = len(tokens)
    while tokens[kept - 1].kind == "word" or (kept < len(tokens) and tokens[kept - 1].text == "/"):
        kept -= 1
    return tokens[:kept]


_WHOLE_LIST = re.compile(r"\s*\[?\s*(-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?)*)")


def _list_step(line: str, expression: _Side, right: Sequence[_Token]) -> Step | None:
    found = _WHOLE_LIST.match(line, right[0].start) if right else None
    if found is None or not isinstance(expression.value, tuple):
        return None
    claimed = tuple(Fraction(part.strip()) for part in found[1].split(","))
    right_so = claimed == expression.value
    return Step(expression.written(line), found[1], _written(expression.value), right_so)


_REMAINDER = re.compile(r"\s*,?\s*(?:with\s+)?(?:a\s+)?(?:remainder|rem|R|r|나머지)(?:\s+of)?\s*:?\s*(\d+)")


def _verdict(expression: _Side, claim: _Side, line: str, *, about: bool) -> bool | None:
    if expression.value is None or claim.value is None:
        return None
    remainder = _REMAINDER.match(line, claim.tokens[-1].end)
    if remainder:
        return _divides(expression, claim, Fraction(int(remainder[1])))
    mixed = len(expression.units | claim.units) > 1  # 3 hours * 60 = 180 minutes converts without saying so
    return _agree(expression.value, claim, line, about=about) or (None if mixed else False)


def _divides(expression: _Side, claim: _Side, remainder: Fraction) -> bool | None:
    """Check `23 / 5 = 4 remainder 3`: quotient and remainder together."""
    divisor = expression.tokens[-1]
    if divisor.kind != "number" or not isinstance(expression.value, Fraction) or not isinstance(claim.value, Fraction):
        return None
    return (expression.value - claim.value) * _number(divisor.text) == remainder < _number(divisor.text)


def _agree(actual: _Value, claim: _Side, line: str, *, about: bool) -> bool:
    claimed = claim.value
    if isinstance(actual, _Clock) and isinstance(claimed, Fraction):
        return actual.minutes == claimed  # 12:10 - 9:45 = 145
    if not isinstance(actual, Fraction) or not isinstance(claimed, Fraction):
        return actual == claimed
    written = claim.written(line)
    unit = _last_place(written, about=about)
    times_100 = written.endswith("%") and _rounds_to(actual, claimed * 100, unit * 100)  # 20 / 80 * 100 = 25%
    return times_100 or _rounds_to(actual, claimed, unit)


def _rounds_to(actual: Fraction, claimed: Fraction, unit: Fraction) -> bool:
    """Tell whether a claim is the exact value, or is it rounded or cut off at the unit of its last decimal."""
    apart = abs(actual - claimed)
    return 2 * apart <= unit or (apart < unit and abs(claimed) <= abs(actual))


def _last_place(written: str, *, about: bool) -> Fraction:
    """Give the unit of the last decimal that a claim writes; 0 for a whole number, which claims to be exact."""
    decimals = re.fullmatch(r"[-\s$₩€£]*[\d,]*\.(\d+)\s*(%?)", written)
    if decimals:
        return Fraction(1, 10 ** (len(decimals[1]) + 2 * len(decimals[2])))
    return Fraction(1) if about else Fraction(0)
