"""Written steps, checked without trusting them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.arithmetic import Step, check_steps, evaluate


def verdicts(text: str) -> list[bool | None]:
    return [step.right for step in check_steps(text)]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (
            "17*24=408; 408-58=350; answer 350",
            [Step("17*24", "408", "408", True), Step("408-58", "350", "350", True)],
        ),
        ("17*24=409; 409-58=351", [Step("17*24", "409", "408", False), Step("409-58", "351", "351", True)]),
        ("23%5=3; 23//5=4", [Step("23%5", "3", "3", True), Step("23//5", "4", "4", True)]),
        ("max(3,9,4)=9; min(3,9,4)=4", [Step("max(3,9,4)", "9", "9", True), Step("min(3,9,4)", "4", "3", False)]),
        ("sort(5,3,9)=3,5,9", [Step("sort(5,3,9)", "3,5,9", "3,5,9", True)]),
        ("sort(300,100,200)=100,300,200", [Step("sort(300,100,200)", "100,300,200", "100,200,300", False)]),
        ("even(4,100,201)=4,100", [Step("even(4,100,201)", "4,100", "4,100", True)]),
        ("over(20;5,30,40)=30,40", [Step("over(20;5,30,40)", "30,40", "30,40", True)]),
        ("nth(3;4,5,600)=600", [Step("nth(3;4,5,600)", "600", "600", True)]),
        ("Mon+2=Wed", [Step("Mon+2", "Wed", "Wednesday", True)]),
        ("목요일+4=일요일", [Step("목요일+4", "일요일", "Monday", False)]),
        (
            "12:10-9:45=145; 23:50+25=0:15",
            [Step("12:10-9:45", "145", "2:25", True), Step("23:50+25", "0:15", "0:15", True)],
        ),
        ("7/2=3", [Step("7/2", "3", "3.5", False)]),
        ("16 eggs - 3 eggs - 4 eggs = 9 eggs", [Step("16 eggs - 3 eggs - 4", "9", "9", True)]),
        ("<<16-3-4=9>>9 eggs", [Step("16-3-4", "9", "9", True)]),
        ("17*24 = 408 - 58 = 350", [Step("17*24", "408 - 58", "408", False), Step("408 - 58", "350", "350", True)]),
        ("foo(3,4)=7", [Step("foo(3,4)", "7", None, None)]),
        ("1/0=5", [Step("1/0", "5", None, None)]),
    ],
)
def test_every_written_step_is_judged(text: str, steps: list[Step]) -> None:
    assert list(check_steps(text)) == steps


@pytest.mark.parametrize(
    "text",
    [
        "(12+7)*8=152",
        "2(3+4) = 14",
        "−5 + 3 = −2",
        "3 * -2 = -6",
        "84 ÷ 4 = 21",
        "17 × 24 = 408",
        "17 x 24 = 408",
        "2^10 = 1024",
        "20% of 50 = 10",
        "100% - 20% = 80%",
        "20 / 80 * 100 = 25%",
        "10/3 = 3.33",
        "2/3 * 100 = 66.67%",
        "7/2 ≈ 4",
        "$80,000 + $50,000 = $130,000",
        "100,200 + 1 = 100,201",
        "9 eggs * $2/egg = $18",
        "14 (Monday) + 12 (Tuesday) = 26",
        "23 / 5 = 4 remainder 3",
        "23 ÷ 5 = 4 나머지 3",
        "\\(17 \\times 24 = 408\\)",
        "$\\frac{1}{2} + \\frac{1}{4} = \\frac{3}{4}$",
        "1. 5 + 3 = 8",
        "- 5 + 3 = 8",
        "In 2 hours he drives 60*3 = 180",
    ],
)
def test_a_right_step_is_right_in_every_writing(text: str) -> None:
    assert verdicts(text) == [True]


@pytest.mark.parametrize("text", ["17*24=418", "20% of 50 = 11", "10/3 = 3.4", "23 / 5 = 4 remainder 2", "5+3=9 eggs"])
def test_a_wrong_step_is_wrong(text: str) -> None:
    assert verdicts(text) == [False]


@pytest.mark.parametrize("text", ["x + 3 = 7", "2x + 3 = 7", "5 = 5", "total = 12", "a >= 3+4", "no numbers here", ""])
def test_what_is_no_arithmetic_is_no_step(text: str) -> None:
    assert verdicts(text) == []


@pytest.mark.parametrize(
    "text", ["3 hours * 60 = 180 minutes", "9^9^9=1", "9**99=1", "n + 2*3 = 10", f"{'9' * 70}+1=2"]
)
def test_what_cannot_be_judged_is_never_called_wrong(text: str) -> None:
    assert False not in verdicts(text)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("17*24-58", "350"),
        ("7/2", "3.5"),
        ("-7/8", "-0.875"),
        ("1/3", "1/3"),
        ("rsort(1,3)", "3,1"),
        ("Sat+2", "Monday"),
    ],
)
def test_an_expression_is_computed_exactly(expression: str, value: str) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize("expression", ["", "x", "1/0", "2**9999", "__import__('os')", "(" * 200, "1+", "3 4"])
def test_what_is_no_expression_has_no_value(expression: str) -> None:
    assert evaluate(expression) is None


TERMS = st.recursive(
    st.integers(0, 999).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({''.join(parts)})"),
    max_leaves=8,
)


@given(TERMS, TERMS, st.sampled_from("+-*"))
def test_integer_arithmetic_agrees_with_python(left: str, right: str, operator: str) -> None:
    expression = f"{left}{operator}{right}"
    value = eval(expression)  # the test's own digits and operators
    assert evaluate(expression) == str(value)
    assert verdicts(f"{expression}={value}") == [True]
    assert verdicts(f"{expression}={value + 1}") == [False]


@given(st.integers(0, 99999), st.integers(1, 999))
def test_division_with_remainder_agrees_with_python(above: int, below: int) -> None:
    assert verdicts(f"{above}//{below}={above // below}; {above}%{below}={above % below}") == [True, True]


@given(st.lists(st.integers(0, 999), min_size=1, max_size=6), st.integers(0, 999))
def test_list_steps_agree_with_python(numbers: list[int], least: int) -> None:
    def joined(values: list[int]) -> str:
        return ",".join(map(str, values))

    listed = joined(numbers)
    assert verdicts(f"sort({listed})={joined(sorted(numbers))}") == [True]
    assert verdicts(f"reverse({listed})={joined(numbers[::-1])}") == [True]
    assert verdicts(f"len({listed})={len(numbers)}; max({listed})={max(numbers)}") == [True, True]
    kept = [number for number in numbers if number > least]
    if kept:
        assert verdicts(f"over({least};{listed})={joined(kept)}") == [True]


@given(st.text(), st.text(alphabet="0123456789+-*/%^=().,;x eggs$≈\n", max_size=60))
def test_no_text_breaks_the_check(anything: str, near_misses: str) -> None:
    for text in (anything, near_misses):
        for step in check_steps(text):
            assert (step.right is None) or step.actual is not None
