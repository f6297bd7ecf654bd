"""How a solution is written out: products and quotients at once, or place by place, as on paper.

A style rewrites the steps of a problem and changes neither its question nor its answer. `direct` leaves `94*85=7990`
as it is; `tens` breaks it up from the highest place down, `ones` from the lowest place up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final, Literal, get_args

Style = Literal["direct", "tens", "ones"]
STYLES: Final[tuple[Style, ...]] = get_args(Style)

_STEP: Final = re.compile(r"(\d+)(\*|//|/|%)(\d+)=(\d+)")
_EASY: Final = 2  # a factor or divisor up to this is no work for one step


def restyled(solution: str, style: Style) -> str:
    """Write a solution (`17*24=408; 408-58=350; answer 350`) out in a style."""
    if style == "direct":
        return solution
    return "; ".join(smaller for step in solution.split("; ") for smaller in _written(step, style))


def _written(step: str, style: Style) -> Iterator[str]:
    found = _STEP.fullmatch(step)
    smaller = list(_BY_PLACE[found[2]](int(found[1]), int(found[3]), style)) if found else []
    return iter(smaller or [step])


def _places(number: int) -> list[int]:
    """Split 5027 into 5000, 20, 7."""
    digits = str(number)
    return [int(digit) * 10 ** (len(digits) - 1 - at) for at, digit in enumerate(digits) if digit != "0"]


def _product(a: int, b: int, style: Style) -> Iterator[str]:
    first, second = len(_places(a)), len(_places(b))
    if min(a, b) <= _EASY or (min(first, second) < 2 and max(first, second) < 3):
        return
    split_first = (
        first > second if min(first, second) < 2 else (first < second or (first == second and style == "ones"))
    )
    whole, places = (b, _places(a)) if split_first else (a, _places(b))
    if style == "ones":
        places = places[::-1]
    products = [whole * place for place in places]
    lines = [f"{whole}*{place}={product}" for place, product in zip(places, products, strict=True)]
    if style == "ones":
        yield from (*lines, *_sums(products))
    else:
        yield lines[0]
        for line, total in zip(lines[1:], _sums(products), strict=True):
            yield line
            yield total


def _sums(numbers: list[int]) -> list[str]:
    totals = [sum(numbers[:count]) for count in range(1, len(numbers) + 1)]
    return [f"{before}+{number}={after}" for (before, after), number in zip(pairwise(totals), numbers[1:], strict=True)]


def _long_division(a: int, b: int) -> Iterator[tuple[int, str, str]]:
    """Yield each place of the quotient with its product and the difference left."""
    left = a
    for place in _places(a // b):
        yield place, f"{b}*{place}={b * place}", f"{left}-{b * place}={left - b * place}"
        left -= b * place


def _quotient(a: int, b: int, style: Style) -> Iterator[str]:
    """Divide place by place; the last difference is left out, for only the quotient is wanted."""
    parts = list(_long_division(a, b))
    if b <= _EASY or len(parts) < 2:
        return
    for place, product, difference in parts:
        yield product
        if place is not parts[-1][0]:
            yield difference
    yield from _sums([place for place, _, _ in parts])


def _rest(a: int, b: int, style: Style) -> Iterator[str]:
    for _, product, difference in _long_division(a, b):
        yield product
        yield difference


_BY_PLACE: Final[Mapping[str, Callable[[int, int, Style], Iterator[str]]]] = {
    "*": _product,
    "/": _quotient,
    "//": _quotient,
    "%": _rest,
}
