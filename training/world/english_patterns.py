"""All English patterns by kind: stories woven from clauses, and the patterns written out whole."""

from __future__ import annotations

from typing import Final

from symposium.training.world import english_clauses as c
from symposium.training.world.english_clauses import Clauses, Weave, about, numbered, patterns_of
from symposium.training.world.english_measures import CLOCKS_AND_DAYS, UNITS
from symposium.training.world.english_stories import STORIES
from symposium.training.world.english_sums import ARITHMETIC, LISTS


def _a(clauses: Clauses) -> Clauses:
    return numbered(clauses, "a")


def _b(clauses: Clauses) -> Clauses:
    return numbered(clauses, "b")


def _c(clauses: Clauses) -> Clauses:
    return numbered(clauses, "c")


def _ab(clauses: Clauses) -> Clauses:
    return numbered(clauses, "ab")


_PEOPLE, _SEATS = "{people}", "{seats}"

_WOVEN: Final[dict[str, tuple[Weave, ...]]] = {
    "w_add": (Weave((_a(c.HAVE), _b(c.GET), c.TOTAL)),),
    "w_sub": (Weave((_a(c.HAVE), _b(c.TAKE), c.LEFT)),),
    "w_mul": (
        Weave((_ab(c.GROUPS), c.ALL)),
        Weave((_ab(c.PEOPLE_GROUPS), about(_PEOPLE, c.ALL)), size=60),
        Weave((_ab(c.FIXED_GROUPS), about(_SEATS, c.ALL)), size=80),
    ),
    "w_div": (Weave((_a(c.HAVE), _b(c.SHARE), c.EACH)),),
    "w_mul_sub": (
        Weave((_ab(c.GROUPS), _c(c.TAKE), c.LEFT), size=320),
        Weave((_ab(c.PEOPLE_GROUPS), _c(c.PEOPLE_LEAVE), about(_PEOPLE, c.LEFT)), size=60),
        Weave((_ab(c.FIXED_GROUPS), _c(c.FIXED_GONE), about(_SEATS, c.LEFT)), size=80),
    ),
    "w_mul_add": (
        Weave((_ab(c.GROUPS), _c(c.GET), c.TOTAL)),
        Weave((_ab(c.PEOPLE_GROUPS), _c(c.PEOPLE_COME), about(_PEOPLE, c.TOTAL)), size=60),
        Weave((_ab(c.FIXED_GROUPS), _c(c.FIXED_MORE), about(_SEATS, c.TOTAL)), size=60),
    ),
    "w_add_sub": (Weave((_a(c.HAVE), _b(c.GET), _c(c.TAKE), c.LEFT)),),
    "w_sub_add": (Weave((_a(c.HAVE), _b(c.TAKE), _c(c.GET), c.TOTAL)),),
    "w_sub_sub": (Weave((_a(c.HAVE), _b(c.TAKE), _c(c.TAKE), c.LEFT)),),
    "w_add_add": (Weave((_a(c.HAVE), _b(c.GET), _c(c.GET), c.TOTAL)),),
    "w_mul_div": (Weave((_ab(c.GROUPS), _c(c.SHARE), c.EACH)),),
    "w_add_div": (Weave((_a(c.HAVE), _b(c.GET), _c(c.SHARE), c.EACH)),),
    "w_sub_div": (Weave((_a(c.HAVE), _b(c.TAKE), _c(c.SHARE_REST), c.EACH)),),
    "w_sub_mul": (Weave((_ab(c.FEWER), _c(c.EACH_LEFT_HOLDS), c.ALL_LEFT)),),
    "w_add_mul": (Weave((_ab(c.COLORED), _c(c.EACH_HOLDS), c.ALL)),),
    "w_more": (Weave((_a(c.BASE), _b(c.MORE), c.HIS)),),
    "w_less": (Weave((_a(c.BASE), _b(c.LESS), c.HIS)),),
    "w_times": (Weave((_a(c.BASE), _b(c.TIMES), c.HIS)),),
    "w_more_total": (Weave((_a(c.BASE), _b(c.MORE), c.BOTH)),),
    "w_times_total": (Weave((_a(c.BASE), _b(c.TIMES), c.BOTH)),),
    "w_buy": (Weave((_ab(c.BUY), c.COST)),),
    "w_change": (Weave((_ab(c.BUY), _c(c.PAY), c.CHANGE)),),
    "w_rate": (Weave((_a(c.RATE), _b(c.FOR_SPANS))),),
    "w_rate_time": (Weave((_b(c.RATE), _a(c.HOW_LONG))),),
}


def _stories() -> dict[str, Clauses]:
    return {
        kind: patterns_of(kind, whole, _WOVEN[kind]) if kind in _WOVEN else whole for kind, whole in STORIES.items()
    }


PATTERNS: Final[dict[str, Clauses]] = {**ARITHMETIC, **_stories(), **CLOCKS_AND_DAYS, **UNITS, **LISTS}
