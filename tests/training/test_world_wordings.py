"""Wordings: many, whole, and a fifth of them kept out of training."""

import itertools
import random
import re

import pytest

from symposium.training.world import english, korean
from symposium.training.world.english_clauses import Weave, interleaved, patterns_of
from symposium.training.world.problem import KINDS, Language, Problem, sample
from symposium.training.world.render import Patterns, pattern_ids, render, render_as, roughened, wordings
from symposium.training.world.splits import held_out

LANGUAGES: tuple[Language, ...] = ("en", "ko")
COMMON = ("w_mul_sub", "w_mul", "w_add", "w_sub", "w_div", "w_buy", "w_change", "w_rate")


def readme_problem() -> Problem:
    slots = {"a": 17, "b": 24, "c": 58}
    return Problem("word", "w_mul_sub", (17, 24, 58), ("17*24=408", "408-58=350"), "350", slots)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_worded(language: Language) -> None:
    assert set(wordings(language)) == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_patterns_of_a_kind_are_distinct_and_many(kind: str, language: Language) -> None:
    patterns = wordings(language)[kind]
    assert len(set(patterns)) == len(patterns)
    assert len(patterns) >= (20 if language == "en" else 5)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("w_")])
def test_stories_have_at_least_25_english_patterns(kind: str) -> None:
    assert len(english.PATTERNS[kind]) >= (250 if kind in COMMON else 25)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fifth_of_the_patterns_is_kept_out(kind: str, language: Language) -> None:
    known, kept_out = (pattern_ids(kind, language, patterns) for patterns in ("known", "held_out"))
    assert not set(known) & set(kept_out)
    assert len(known) + len(kept_out) == len(wordings(language)[kind])
    assert len(kept_out) == (len(known) + len(kept_out)) // 5 > 0
    assert all(held_out(kind, language, index) for index in kept_out)


def test_appending_a_pattern_moves_none_between_the_sets() -> None:
    before = [held_out("w_add", "en", index) for index in range(20)]
    assert before == [held_out("w_add", "en", index) for index in range(21)][:20]
    assert sum(before) == 4


def test_a_pattern_kept_out_says_something_that_no_known_pattern_says() -> None:
    for kind, patterns in english.PATTERNS.items():
        known = {pattern for i, pattern in enumerate(patterns) if not held_out(kind, "en", i)}
        assert not known & {pattern for i, pattern in enumerate(patterns) if held_out(kind, "en", i)}


def test_a_woven_pattern_with_a_clause_kept_out_is_kept_out() -> None:
    statements = tuple(f"{{S:have}} {{a}} {letter}" for letter in "vwxyz")
    questions = tuple(f"how many {letter}" for letter in "pqrst")
    patterns = patterns_of("w_add", (), [Weave((statements, questions))])
    for index, pattern in enumerate(patterns):
        says_kept_out = "{a} z" in pattern or "many t" in pattern.lower()
        assert held_out("w_add", "en", index) is says_kept_out, pattern


def test_appending_a_clause_moves_no_wording_into_training() -> None:
    clauses = tuple(f"{{S:have}} {{a}} {letter}" for letter in "vwxyz")
    questions = tuple(f"how many {letter}" for letter in "pqrst")
    kept_out = set(patterns_of("w_add", (), [Weave((clauses, questions))])[4::5])
    longer = patterns_of("w_add", (), [Weave(((*clauses, "{S:find} {a} u"), questions))])
    assert not kept_out & {pattern for index, pattern in enumerate(longer) if index % 5 != 4}


def test_known_patterns_and_kept_out_ones_are_interleaved_four_to_one() -> None:
    assert interleaved(["a", "b", "c", "d", "e"], ["x", "y"]) == ("a", "b", "c", "d", "x")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_is_filled_whole(kind: str, language: Language) -> None:
    rng = random.Random(kind)
    for index in range(len(wordings(language)[kind])):
        text = render_as(sample(kind, rng, language=language), language, index, rng)
        assert not re.search(r"[{}\[\]<>|@]|  |^ | $", text), text


@pytest.mark.parametrize("kind", [kind for kind, entry in KINDS.items() if entry.family in {"arithmetic", "word"}])
def test_every_english_pattern_names_all_the_numbers(kind: str) -> None:
    rng = random.Random(kind)
    for pattern in english.PATTERNS[kind]:
        problem = sample(kind, rng, language="en")
        for letter in problem.slots:
            assert re.search(rf"\{{\$?{letter}\}}", pattern), pattern


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("patterns", ["known", "held_out"])
def test_a_rendering_is_the_same_for_the_same_seed(language: Language, patterns: Patterns) -> None:
    texts = [render(readme_problem(), language, random.Random(7), patterns=patterns) for _ in range(2)]
    assert texts[0] == texts[1]


def test_one_problem_has_thousands_of_english_wordings() -> None:
    rng = random.Random(3)
    texts = {render(readme_problem(), "en", rng, patterns="known") for _ in range(3000)}
    assert len(texts) > 2900


def test_the_readme_question_is_one_of_the_wordings() -> None:
    rng = random.Random(0)
    pattern = english.PATTERNS["w_mul_sub"][0]
    texts = {english.fill(pattern, readme_problem(), rng) for _ in range(3000)}
    shape = r"\w+ has 17 \w+ with 24 [\w -]+ each and gives away 58 [\w -]+\. How many [\w -]+ are left\?"
    assert any(re.fullmatch(shape, text) for text in texts)


@pytest.mark.parametrize(
    ("pattern", "she", "i"),
    [
        ("{S:have} {a} {things}. How many {S?have}?", "does she have?", "do I have?"),
        ("How many {S?have} if {S:have} {a}?", "have if she has", "do I have if I have"),
    ],
)
def test_verbs_agree_with_their_subjects(pattern: str, she: str, i: str) -> None:
    rng = random.Random(1)
    texts = [english.fill(pattern, readme_problem(), rng) for _ in range(2000)]
    for text in texts:
        assert not re.search(
            r"\b(I|[Tt]hey|[Ww]e|[Yy]ou) (has|gives|was)\b|\b([Hh]e|[Ss]he|[Ii]t) have\b(?!\?| if)", text
        )
        assert not re.search(r"\bdoes (I|they|we|you)\b|\bdo (he|she|it)\b", text)
    assert any(she in text for text in texts)
    assert any(i in text for text in texts)


def test_choices_of_one_theme_agree_within_a_question() -> None:
    rng = random.Random(2)
    for _ in range(50):
        text = english.fill(
            "{a} [km|miles] and {b} [km|miles] a [day|week] for {c} [days|weeks]", readme_problem(), rng
        )
        assert ("km" in text) is not ("miles" in text)
        assert ("day" in text) is not ("week" in text)


@pytest.mark.parametrize(
    ("n", "spelled"),
    [
        (0, "zero"),
        (12, "twelve"),
        (40, "forty"),
        (42, "forty-two"),
        (300, "three hundred"),
        (307, "three hundred and seven"),
    ],
)
def test_numbers_are_spelled(n: int, spelled: str) -> None:
    assert english.number_words(n) == spelled


@pytest.mark.parametrize(("n", "written"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_ordinals_are_written(n: int, written: str) -> None:
    assert english.ordinal(n) == written


def test_numbers_beside_symbols_stay_digits() -> None:
    rng = random.Random(5)
    problem = sample("add", rng, language="en")
    assert {english.fill("{a} + {b}", problem, rng) for _ in range(500)} == {
        f"{problem.slots['a']} + {problem.slots['b']}"
    }


def test_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        english.fill("{nonsense}", readme_problem(), random.Random(0))


def test_noise_adds_no_number() -> None:
    rng = random.Random(4)
    for language, _ in itertools.product(LANGUAGES, range(3000)):
        noisy = roughened("One. Two? Three", "word", language, rng)
        assert not re.search(r"\d", noisy)
        assert "  " not in noisy


def test_both_languages_fill_the_same_problem() -> None:
    rng = random.Random(0)
    assert re.search(r"[a-z]", english.fill(english.PATTERNS["w_mul_sub"][0], readme_problem(), rng))
    assert re.search(r"[가-힣]", korean.fill(korean.PATTERNS["w_mul_sub"][0], readme_problem(), rng))
