"""When two answers are the same answer."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools import numerals
from symposium.tools.equivalence import canonical, equivalent
from symposium.tools.measures import UNITS, asked_unit

SAME = [
    # numbers
    [
        "350",
        "350.0",
        "350.",
        "３５０",
        " 350 ",
        "**350**",
        "$350$",
        "\\(350\\)",
        "`350`",
        "x = 350",
        "about 350",
        "(350)",
    ],
    ["1,234", "1234", "1 234", "1\u00a0234", "1'234", "1{,}234", "1.234,0"],
    [
        "0.5",
        "1/2",
        "½",
        ".5",
        "50%",
        "50\\%",
        "50 percent",
        "50퍼센트",
        "\\frac{1}{2}",
        "\\dfrac12",
        "half",
        "one half",
    ],
    ["1.5", "1½", "1 1/2", "3/2", "1\\frac{1}{2}", "one and a half"],
    ["-5", "−5", "–5", "minus five", "마이너스 5"],
    ["1500", "1.5e3", "1.5 × 10^3", "1.5 \\times 10^{3}", "1.5 thousand", "1천5백", "천오백"],
    ["12000", "1만 2천원", "12,000원", "₩12,000", "12000 won", "1만2천", "만 이천", "$12,000"],
    ["12", "열두 개", "열둘", "a dozen", "twelve", "twelve pens", "12살", "12 years old", "12번째", "12th"],
    [
        "350",
        "350 pens",
        "350개",
        "350 자루",
        "350 pens left",
        "삼백오십",
        "three hundred and fifty pens",
        "350명입니다",
    ],
    ["0.5", "50 cents", "$0.50"],
    # measures
    ["1 km", "1000 m", "1,000 meters", "1킬로미터", "100000cm"],
    ["3 m 40 cm", "340 cm", "3.4 m", "3미터 40센티미터"],
    ["2 hours 5 minutes", "125 minutes", "2시간 5분", "2 h 5 min", "2 hours and 5 minutes", "7500초", "2시간 5분이"],
    ["2시간 반", "2.5 hours", "two and a half hours", "150분"],
    ["half an hour", "30 minutes", "반 시간", "1/2 hour"],
    ["2 years 3 months", "27 months", "2년 3개월"],
    ["60 km/h", "60 km per hour", "시속 60km", "1 km per minute", "60 kilometers an hour"],
    ["5 ft 3 in", "63 inches", "5 feet 3 inches"],
    ["2 weeks", "14 days", "2주", "14일"],
    ["20°C", "20 degrees Celsius", "섭씨 20도", "20℃"],
    ["45^\\circ", "45°", "45 degrees", "45도"],
    ["5 m²", "5 m^2", "5 square meters", "5㎡", "5제곱미터"],
    # choices
    ["(B)", "b.", "B", "B)", "[B]", "Option B", "choice (b)", "B번", "(B) 350", "B) Paris", "\\text{(B)}"],
    ["(3)", "③", "3번"],
    # sets and lists
    ["{1, 2}", "{2, 1}", "\\{1, 2\\}", "{1,2,2}"],
    ["3, 8, 12", "3,8,12", "[3, 8, 12]", "(3, 8, 12)", "3, 8 and 12", "3, 8, and 12", "3; 8; 12", "3 8 12"],
    ["∅", "{}", "\\emptyset"],
    ["5", "{5}", "[5]"],
    # dates and times
    ["March 5", "5 March", "5th of March", "March 5th", "Mar. 5", "3월 5일", "on March 5", "3월 5일입니다"],
    ["March 5, 2026", "2026-03-05", "2026/3/5", "2026년 3월 5일", "2026. 3. 5.", "3/5/2026"],
    ["Thursday, March 5", "3월 5일(목)", "목요일, 3월 5일"],
    ["March", "3월"],
    ["2:35 pm", "14:35", "오후 2시 35분", "2:35 PM", "2:35 p.m.", "14시 35분", "at 2:35 pm"],
    ["noon", "12:00", "12 pm", "정오", "오후 12시"],
    ["midnight", "0:00", "12 am", "자정"],
    ["2시 반", "2:30", "2시 30분"],
    ["Thursday", "목요일", "thu", "on Thursday", "목요일입니다", "THURSDAY!"],
    # yes and no
    ["yes", "예", "네", "맞다", "참", "True", "Yes, it is.", "correct"],
    ["no", "아니요", "아니오", "거짓", "False", "No, they are not.", "틀렸습니다"],
    # words
    ["Paris", "paris.", "  PARIS ", '"Paris"'],
    ["The Pacific Ocean", "pacific ocean"],
    ["서울", "서울입니다", "\u1109\u1165\u110b\u116e\u11af"],
    ["x + 1", "x+1", "$x+1$"],
]


@pytest.mark.parametrize("answers", SAME, ids=lambda answers: answers[0])
def test_writings_of_one_answer_are_equivalent(answers: list[str]) -> None:
    assert {canonical(answer) for answer in answers} == {canonical(answers[0])}


DIFFERENT = [
    ("50%", "50"),
    ("5 km", "5"),
    ("5 km", "5 kg"),
    ("3, 8, 12", "8, 3, 12"),
    ("{1, 2}", "1, 2"),
    ("March 5", "2026-03-05"),
    ("March 5", "Thursday, March 5"),
    ("2:35", "2:35 pm"),
    ("2:25", "2 hours 25 minutes"),
    ("20°C", "20°F"),
    ("20°C", "20°"),
    ("30 days", "1 month"),
    ("A", "B"),
    ("yes", "no"),
    ("x+1", "x-1"),
    ("2:3", "2.3"),
    ("12 pens", "2 pens"),
    ("3 more than Tom", "3"),
    ("5 or 6", "5"),
    ("이", "2"),
    ("7/0", "7"),
    ("February 30", "March 2"),
    ("25:00", "1:00"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_answers_stay_different(one: str, other: str) -> None:
    assert not equivalent(one, other)


@pytest.mark.parametrize(
    ("unit", "one", "other"),
    [
        ("km", "5", "5000 m"),
        ("minutes", "125", "2 hours 5 minutes"),
        ("분", "125", "2시간 5분"),
        ("h", "2:25", "2 hours 25 minutes"),
        ("%", "50", "50%"),
        ("cents", "50", "$0.50"),
        ("일", "14", "2주"),
    ],
)
def test_a_bare_number_is_read_in_the_unit_that_was_asked_for(unit: str, one: str, other: str) -> None:
    assert equivalent(one, other, unit=unit)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(KeyError, match="parsec"):
        canonical("5", unit="parsec")


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How many minutes are there in 3 hours?", "minutes"),
        ("3 m 40 cm in cm?", "cm"),
        ("What is 3 kilometers in meters?", "meters"),
        ("What percent of the pens are red?", "%"),
        ("3시간은 몇 분인가요?", "분"),
        ("3 km는 몇 m입니까?", "m"),
        ("5 kg을 g으로 나타내면?", "g"),
        ("How long is it from 9:45 to 12:10?", "h"),
        ("How many pens are left?", None),
        ("펜이 몇 자루 남았나요?", None),
        ("주머니가 몇 주머니 있나요?", None),
        ("Who came in second place?", None),
        ("How much does she pay?", None),
    ],
)
def test_the_unit_asked_for_is_read_off_the_question(question: str, unit: str | None) -> None:
    assert asked_unit(question) == unit


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("350", "number"),
        ("(B)", "choice"),
        ("{1, 2}", "set"),
        ("3, 8", "list"),
        ("March 5", "date"),
        ("14:35", "time"),
        ("네", "yesno"),
        ("목요일", "weekday"),
        ("5 km", "quantity"),
        ("Paris", "text"),
        ("E. coli", "text"),
        ("", "text"),
    ],
)
def test_an_answer_has_a_kind(answer: str, kind: str) -> None:
    assert canonical(answer).kind == kind


# Laws

WRITTEN = st.sampled_from([answer for answers in SAME for answer in answers] + [a for pair in DIFFERENT for a in pair])
ANSWERS = st.one_of(
    WRITTEN, st.text(max_size=30), st.text(alphabet="0123456789,./:;-%{}()[] abkm시분월일원개만천", max_size=12)
)
UNIT = st.sampled_from([None, "km", "h", "%", "분"])


@given(ANSWERS, ANSWERS, ANSWERS, UNIT)
def test_equivalence_is_reflexive_symmetric_and_transitive(a: str, b: str, c: str, unit: str | None) -> None:
    assert equivalent(a, a, unit=unit)
    assert equivalent(a, b, unit=unit) == equivalent(b, a, unit=unit)
    if equivalent(a, b, unit=unit) and equivalent(b, c, unit=unit):
        assert equivalent(a, c, unit=unit)


@given(WRITTEN, st.sampled_from(["**{}**", " {} ", "{}\n", '"{}"', "`{}`"]))
def test_markup_around_an_answer_changes_nothing(answer: str, markup: str) -> None:
    assert equivalent(answer, markup.format(answer))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_a_fraction_equals_its_reduced_and_expanded_forms(above: int, below: int) -> None:
    value = Fraction(above, below)
    assert canonical(f"{above}/{below}") == canonical(f"{3 * above}/{3 * below}") == canonical(str(value))
    assert canonical(str(value)).value == str(value)


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_decimal_equals_its_fraction(digits: int, places: int) -> None:
    value = Fraction(digits, 10**places)
    sign, figures = "-" * (digits < 0), str(abs(digits)).rjust(places + 1, "0")
    written = f"{sign}{figures[: len(figures) - places]}.{figures[len(figures) - places :]}"
    assert canonical(written).value == str(value)


@given(st.integers(0, 10**15))
def test_grouping_by_thousands_changes_nothing(number: int) -> None:
    assert equivalent(str(number), f"{number:,}")


def spelled_in_korean(number: int) -> str:
    """Write 1..99,999,999 in Sino-Korean words, digit by digit."""
    if number >= 10_000:
        high = "" if number // 10_000 == 1 else spelled_in_korean(number // 10_000)
        return f"{high}만{spelled_in_korean(number % 10_000)}"
    words = ""
    for place, name in ((1000, "천"), (100, "백"), (10, "십")):
        digit = number // place % 10
        words += name * (digit == 1) or ("일이삼사오육칠팔구"[digit - 1] + name) * (digit > 1)
    return words + "일이삼사오육칠팔구"[number % 10 - 1] * (number % 10 > 0)


@given(st.integers(10, 99_999_999))
def test_korean_number_words_mean_their_number(number: int) -> None:
    words = spelled_in_korean(number)
    expected = None if len(words) == 1 else Fraction(number)
    assert numerals.number(words) == expected


TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *TEENS)


def spelled_in_english(number: int) -> str:
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            tail = (
                "" if not rest else f" and {spelled_in_english(rest)}" if rest < 100 else f" {spelled_in_english(rest)}"
            )
            return f"{spelled_in_english(number // size)} {name}{tail}"
    if number < 20:
        return ONES[number]
    return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")


@given(st.integers(0, 999_999_999))
def test_english_number_words_mean_their_number(number: int) -> None:
    assert numerals.number(spelled_in_english(number)) == number


@given(st.lists(st.integers(0, 999), min_size=1, max_size=6), st.randoms())
def test_a_set_forgets_order_and_a_list_does_not(numbers: list[int], random: object) -> None:
    backwards = numbers[::-1]
    braces = ["{" + ", ".join(map(str, order)) + "}" for order in (numbers, backwards)]
    brackets = ["[" + ", ".join(map(str, order)) + "]" for order in (numbers, backwards)]
    assert equivalent(*braces)
    assert equivalent(*brackets) == (numbers == backwards)


@given(st.integers(0, 1000), st.sampled_from(sorted(UNITS)))
def test_an_asked_unit_gives_a_bare_number_what_writing_the_unit_gives(number: int, unit: str) -> None:
    assert canonical(str(number), unit=unit) == canonical(f"{number} {unit}")
