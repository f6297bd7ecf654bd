"""Problems: every step is exactly right, and the answer is what the steps arrive at."""

import ast
import operator
import random
import re
from collections.abc import Callable

import pytest

from symposium.training.world.problem import KINDS, MONTH_DAYS, MONTHS, WEEKDAYS, Language, Problem, Reach, sample

_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_LISTS: dict[str, Callable[[list[int], int], list[int]]] = {
    "max": lambda xs, _: [sorted(xs)[-1]],
    "min": lambda xs, _: [sorted(xs)[0]],
    "sort": lambda xs, _: sorted(xs),
    "rsort": lambda xs, _: sorted(xs)[::-1],
    "reverse": lambda xs, _: list(reversed(xs)),
    "len": lambda xs, _: [len(xs)],
    "even": lambda xs, _: [x for x in xs if not x & 1],
    "odd": lambda xs, _: [x for x in xs if x & 1],
    "over": lambda xs, bound: [x for x in xs if bound < x],
    "nth": lambda xs, place: xs[place - 1 : place],
}
_DAY_STEP = re.compile(r"(\D+?)([+-])(\d+)")
_LIST_STEP = re.compile(r"(\w+)\((?:(\d+);)?([\d,]*)\)")


def evaluated(expression: str) -> str:
    if match := _LIST_STEP.fullmatch(expression):
        numbers = [int(n) for n in match[3].split(",")]
        return ",".join(map(str, _LISTS[match[1]](numbers, int(match[2] or 0))))
    if match := _DAY_STEP.fullmatch(expression):
        week = next(names for names in WEEKDAYS.values() if match[1] in names)
        shift = int(match[3]) * (1 if match[2] == "+" else -1)
        return week[(week.index(match[1]) + shift) % 7]
    return str(_value(ast.parse(expression, mode="eval").body))


def _value(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    assert isinstance(node, ast.BinOp), ast.dump(node)
    left, right = _value(node.left), _value(node.right)
    if isinstance(node.op, ast.Div):
        assert left % right == 0
        return left // right
    return _OPERATIONS[type(node.op)](left, right)


def problems(kind: str, language: Language, *, reach: Reach = "usual", count: int = 150) -> list[Problem]:
    rng = random.Random(f"{kind} {language} {reach}")
    return [sample(kind, rng, language=language, reach=reach) for _ in range(count)]


@pytest.mark.parametrize("reach", ["usual", "beyond"])
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_an_exact_equation(kind: str, language: Language, reach: Reach) -> None:
    for problem in problems(kind, language, reach=reach):
        assert problem.steps
        for step in problem.steps:
            expression, value = step.rsplit("=", 1)
            assert evaluated(expression) == value, problem.text
            assert not value.startswith("-")


def test_a_wrong_step_would_be_noticed() -> None:
    assert evaluated("17*24") != "407"
    assert evaluated("over(20;5,30)") != "5,30"
    assert evaluated("Monday+2") == "Wednesday"


_COMPOSED = ("t_", "d_date", "d_years")  # a clock, a date, years and months: made of several values


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith(_COMPOSED)])
def test_the_answer_is_the_value_of_the_last_step(kind: str) -> None:
    for problem in problems(kind, "en"):
        assert problem.steps[-1].rsplit("=", 1)[1] == problem.answer.replace(", ", ",")


def minutes_of_day(clock: str) -> int:
    time, _, half = clock.partition(" ")
    hour, minute = map(int, time.split(":"))
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return 60 * hour + minute


def clock(problem: Problem, slot: str) -> int:
    return minutes_of_day(str(problem.slots[slot]))


def span(problem: Problem) -> int:
    hours, minutes = problem.slots["hours"], problem.slots["minutes"]
    assert isinstance(hours, int)
    assert isinstance(minutes, int)
    return 60 * hours + minutes


@pytest.mark.parametrize("reach", ["usual", "beyond"])
def test_clocks_are_right(reach: Reach) -> None:
    for problem in problems("t_add", "en", reach=reach, count=2000):
        assert (clock(problem, "start") + span(problem)) % 1440 == minutes_of_day(problem.answer), problem.text
    for problem in problems("t_sub", "en", reach=reach, count=2000):
        assert (clock(problem, "end") - span(problem)) % 1440 == minutes_of_day(problem.answer), problem.text
    for problem in problems("t_diff", "en", reach=reach, count=2000):
        assert clock(problem, "end") - clock(problem, "start") == minutes_of_day(problem.answer), problem.text
    for problem in problems("t_diff_min", "en", reach=reach, count=2000):
        assert clock(problem, "end") - clock(problem, "start") == int(problem.answer), problem.text


def test_the_values_of_a_clock_stand_in_its_steps() -> None:
    for problem in problems("t_add", "en", count=2000):
        hour, minute = (int(part) for part in problem.answer.split(" ")[0].split(":"))
        start_hour, start_minute = (int(part) for part in str(problem.slots["start"]).split(" ")[0].split(":"))
        values = {int(step.rsplit("=", 1)[1]) for step in problem.steps}
        assert hour in values | {start_hour}
        assert minute in values | {start_minute}


def test_a_question_in_am_and_pm_is_answered_so() -> None:
    for problem in problems("t_add", "ko", count=400):
        assert str(problem.slots["start"]).endswith("m") is problem.answer.endswith("m")


def test_dates_are_right() -> None:
    for problem in problems("d_date", "en", count=1000):
        month, day = str(problem.slots["date"]).split()
        n = problem.slots["n"]
        assert isinstance(n, int)
        ordinal = sum(MONTH_DAYS[: MONTHS.index(month)]) + int(day) + n
        for name, days in zip(MONTHS * 2, MONTH_DAYS * 2, strict=True):
            if ordinal <= days:
                assert problem.answer == f"{name} {ordinal}"
                break
            ordinal -= days


def test_years_and_months_are_right() -> None:
    for problem in problems("d_years", "en"):
        years, _, months, _ = problem.answer.split()
        assert 12 * int(years) + int(months) == problem.slots["n"]


def test_korean_days_and_dates_are_korean() -> None:
    assert all(problem.answer in WEEKDAYS["ko"] for problem in problems("d_after", "ko"))
    assert all(re.fullmatch(r"\d+월 \d+일", problem.answer) for problem in problems("d_date", "ko"))


def test_problems_read_as_steps_and_an_answer() -> None:
    problem = Problem(
        "word", "w_mul_sub", (17, 24, 58), ("17*24=408", "408-58=350"), "350", {"a": 17, "b": 24, "c": 58}
    )
    assert problem.text == "17*24=408; 408-58=350; answer 350"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_gives_the_same_problem(kind: str) -> None:
    assert problems(kind, "en", count=5) == problems(kind, "en", count=5)


@pytest.mark.parametrize("kind", ["add", "mul", "w_mul_sub", "l_max", "u_down", "d_months"])
def test_beyond_reaches_past_the_usual(kind: str) -> None:
    usual = {problem.operands for problem in problems(kind, "en", count=1000)}
    assert not usual & {problem.operands for problem in problems(kind, "en", reach="beyond", count=1000)}
