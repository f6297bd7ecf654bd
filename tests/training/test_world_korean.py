"""Korean wordings: particles, endings and numbers are right, and every kind of problem has patterns that fill."""

import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.training.world import korean_words as words
from symposium.training.world.korean import PATTERNS, fill
from symposium.training.world.korean_endings import REGISTERS, question, statement
from symposium.training.world.korean_grammar import (
    JOSA,
    attach,
    conditional,
    doing,
    final_of,
    future,
    gone,
    native,
    noun_form,
    past,
    plain,
    polite_base,
    sino,
)
from symposium.training.world.korean_scene import Scene
from symposium.training.world.problem import KINDS, Problem, Reach, sample
from symposium.training.world.splits import held_out

SEEDS = st.integers(min_value=0, max_value=10**9)


def problem_of(kind: str, seed: int) -> Problem:
    return sample(kind, random.Random(seed), language="ko")


@pytest.mark.parametrize(
    ("word", "particle", "joined"),
    [
        ("사과", "은", "사과는"),
        ("연필", "은", "연필은"),
        ("민수", "이", "민수가"),
        ("민준", "가", "민준이"),
        ("책", "를", "책을"),
        ("친구", "과", "친구와"),
        ("8", "은", "8은"),
        ("2", "은", "2는"),
        ("10", "를", "10을"),
        ("345", "과", "345와"),
        ("1,000", "이", "1,000이"),
        ("30000", "을", "30000을"),
        ("0", "으로", "0으로"),
        ("8", "으로", "8로"),
        ("7", "으로", "7로"),
        ("3", "으로", "3으로"),
        ("교실", "으로", "교실로"),
        ("집", "으로", "집으로"),
        ("학교", "으로", "학교로"),
        ("5 km", "은", "5 km는"),
        ("5kg", "은", "5kg은"),
        ("(3+4)", "를", "(3+4)를"),
        ("선생님", "이에요", "선생님이에요"),
        ("의사", "이에요", "의사예요"),
        ("의사", "이라면", "의사라면"),
        ("가게", "에서", "가게에서"),
    ],
)
def test_a_particle_fits_the_sound_that_the_word_ends_in(word: str, particle: str, joined: str) -> None:
    assert attach(word, particle) == joined


@given(number=st.integers(min_value=0, max_value=99_999_999), particle=st.sampled_from(sorted(JOSA)))
def test_a_particle_after_digits_is_the_one_after_the_number_read_aloud(number: int, particle: str) -> None:
    in_digits, in_words = attach(str(number), particle), attach(sino(number), particle)
    assert in_digits.removeprefix(str(number)) == in_words.removeprefix(sino(number))


@pytest.mark.parametrize(
    ("number", "reading"),
    [
        (0, "영"),
        (8, "팔"),
        (10, "십"),
        (24, "이십사"),
        (350, "삼백오십"),
        (1200, "천이백"),
        (10_000, "만"),
        (25_017, "이만오천십칠"),
    ],
)
def test_numbers_are_read_in_sino_korean(number: int, reading: str) -> None:
    assert sino(number) == reading


@pytest.mark.parametrize(
    ("number", "reading"), [(1, "한"), (3, "세"), (20, "스무"), (21, "스물한"), (24, "스물네"), (99, "아흔아홉")]
)
def test_small_numbers_stand_before_a_counter_in_native_korean(number: int, reading: str) -> None:
    assert native(number) == reading


@pytest.mark.parametrize(
    ("stem", "forms"),
    [
        ("사", ("사", "샀", "살", "산", "사는", "산다", "사면", "삼")),
        ("먹", ("먹어", "먹었", "먹을", "먹은", "먹는", "먹는다", "먹으면", "먹음")),
        ("팔", ("팔아", "팔았", "팔", "판", "파는", "판다", "팔면", "팖")),
        ("굽", ("구워", "구웠", "구울", "구운", "굽는", "굽는다", "구우면", "구움")),
        ("나르", ("날라", "날랐", "나를", "나른", "나르는", "나른다", "나르면", "나름")),
        ("만들", ("만들어", "만들었", "만들", "만든", "만드는", "만든다", "만들면", "만듦")),
        ("조립하", ("조립해", "조립했", "조립할", "조립한", "조립하는", "조립한다", "조립하면", "조립함")),
        ("크", ("커", "컸", "클", "큰", "큰", "크다", "크면", "큼")),
        ("걸리", ("걸려", "걸렸", "걸릴", "걸린", "걸리는", "걸린다", "걸리면", "걸림")),
        ("뛰", ("뛰어", "뛰었", "뛸", "뛴", "뛰는", "뛴다", "뛰면", "뜀")),
    ],
)
def test_verbs_are_conjugated(stem: str, forms: tuple[str, ...]) -> None:
    conjugations = (polite_base, past, future, gone, doing, plain, conditional, noun_form)
    assert tuple(conjugate(stem) for conjugate in conjugations) == forms


@pytest.mark.parametrize(
    ("before", "register", "closed"),
    [
        ("3개", "formal", "입니다."),
        ("3개", "polite", "예요."),
        ("3장", "polite", "이에요."),
        ("3장", "plain", "이다."),
        ("3개", "casual", "야."),
        ("3장", "casual", "이야."),
    ],
)
def test_the_copula_follows_the_register_and_the_sound_before_it(before: str, register: str, closed: str) -> None:
    chosen = next(known for known in REGISTERS if known == register)
    assert statement("이", before=before, register=chosen, rng=random.Random(0)) == closed


@given(
    seed=SEEDS,
    register=st.sampled_from(REGISTERS),
    stem=st.sampled_from(["남았", "있", "되", "많", "필요하", "이", "이었"]),
)
def test_no_question_ends_like_a_statement(seed: int, register: str, stem: str) -> None:
    chosen = next(known for known in REGISTERS if known == register)
    asked = question(stem, before="3명", register=chosen, rng=random.Random(seed))
    assert asked.endswith(("?", "구하시오.", "주세요.", "줘.")) or asked == ""


def test_every_kind_of_problem_has_at_least_a_dozen_korean_patterns() -> None:
    assert set(PATTERNS) == set(KINDS)
    assert {kind for kind, patterns in PATTERNS.items() if len(set(patterns)) < 12} == set()


def test_every_story_has_at_least_fifteen_patterns() -> None:
    assert {kind for kind in PATTERNS if kind.startswith("w_") and len(PATTERNS[kind]) < 15} == set()


def test_every_kind_keeps_patterns_out_of_training() -> None:
    for kind, patterns in PATTERNS.items():
        kept_out = [index for index in range(len(patterns)) if held_out(kind, "ko", index)]
        assert 0 < len(kept_out) < len(patterns) / 2


@pytest.mark.parametrize("reach", ["usual", "beyond"])
@pytest.mark.parametrize("kind", sorted(PATTERNS))
def test_a_filled_pattern_leaves_no_markup(kind: str, reach: Reach) -> None:
    for seed, pattern in itertools.product(range(8), PATTERNS[kind]):
        text = fill(pattern, sample(kind, random.Random(seed), language="ko", reach=reach), random.Random(seed))
        assert not re.search(r"[{}<>\[\]|@#!]", text), text
        assert text == text.strip()
        assert "  " not in text


@pytest.mark.parametrize("kind", sorted(PATTERNS))
def test_a_pattern_names_every_number_of_its_problem(kind: str) -> None:
    needed = set(problem_of(kind, 0).slots) - {"from", "to", "month"} - _implied(kind)
    for pattern in PATTERNS[kind]:
        told = pattern.replace("@has", "{a#}").replace("{span}", "{hours}{minutes}").replace("{nth", "{x")
        assert needed <= set(re.findall(r"\{([a-z0-9]+)", told)), pattern


def _implied(kind: str) -> set[str]:
    """Return the slots that only repeat what another slot of the kind says."""
    if kind in ("t_h2m", "t_m2h"):
        return {"hours", "minutes"}
    if kind in ("d_weeks", "d_months", "d_years", "d_date"):
        return {"a"}
    return {"d_weeks_days": {"n"}, "d_between": {"a", "b"}, "u_down": {"b"}, "u_up": {"b"}}.get(kind, set())


@given(kind=st.sampled_from(sorted(PATTERNS)), seed=SEEDS, data=st.data())
def test_equal_seeds_give_equal_wordings(kind: str, seed: int, data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS[kind]))
    problem = problem_of(kind, seed)
    assert fill(pattern, problem, random.Random(seed)) == fill(pattern, problem, random.Random(seed))


@given(seed=SEEDS)
def test_only_clocks_said_with_am_or_pm_are_morning_or_afternoon(seed: int) -> None:
    problem = problem_of("t_add", seed)
    text = fill("{start}", problem, random.Random(seed))
    assert bool(re.search("오전|오후", text)) == str(problem.slots["start"]).endswith("m")


@given(seed=SEEDS)
def test_a_scene_keeps_its_cast_and_its_counters(seed: int) -> None:
    text = fill("{thing}/{thing}/{thing2}/{#}/{name}/{name2}", problem_of("w_add", seed), random.Random(seed))
    thing, again, other, counter, name, second = text.split("/")
    assert thing == again != other
    assert {(thing, counter), (other, counter)} <= {*words.FOODS, *words.GOODS}
    assert name != second


@pytest.mark.parametrize(
    ("seed_text", "expected"),
    [("나", {"이": "내가", "은": "나는", "의": "내"}), ("저", {"이": "제가", "은": "저는", "의": "제"})],
)
def test_the_first_person_has_its_own_forms(seed_text: str, expected: dict[str, str]) -> None:
    scenes = (Scene({}, random.Random(seed)) for seed in range(200))
    scene = next(scene for scene in scenes if scene.word("me") == seed_text)
    assert {form: scene.slot("me", bare=False, counter=None, form=form) for form in expected} == expected


def test_the_vocabulary_is_wide() -> None:
    assert len({*words.GIVEN_NAMES, *words.FOREIGN_NAMES}) >= 150
    assert len({thing for thing, _ in (*words.FOODS, *words.GOODS)}) >= 150


def test_every_word_ends_in_hangul_so_that_its_particle_is_known() -> None:
    nouns = [thing for thing, _ in (*words.FOODS, *words.GOODS, *words.ANIMALS, *words.PEOPLE, *words.PLANTS)]
    assert [
        word
        for word in (*nouns, *words.GIVEN_NAMES, *words.BOXES)
        if final_of(word[-1]) == "_" and not "가" <= word[-1] <= "힣"
    ] == []
