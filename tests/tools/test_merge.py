"""The merge by rule: everything once and word for word, conflicts settled by the majority."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.merge import Merge, Overruled, merged


def of(*texts: str) -> Merge:
    found = merged(texts)
    assert found is not None
    return found


def test_items_are_united_in_order_of_first_appearance_each_word_for_word() -> None:
    text = of("Three causes:\n\n- heat\n- *strong* wind", "- drought\n- Heat.\n- strong wind", "* heat").text
    assert text == "Three causes:\n- heat\n- *strong* wind\n- drought"


def test_sections_of_one_title_are_united_at_the_place_of_the_first() -> None:
    first = "# Plan\n\n## Pros\n- fast\n- cheap\n\n## Cons\n- loud"
    second = "# Plan\n\n## Cons ##\n- heavy\n\n## Costs\nAbout 20 dollars."
    assert of(first, second).text == (
        "# Plan\n\n## Pros\n\n- fast\n- cheap\n\n## Cons\n\n- loud\n- heavy\n\n## Costs\n\nAbout 20 dollars."
    )


def test_a_line_above_each_of_several_lists_is_its_title() -> None:
    first, second = "장점:\n- 빠름\n- 쌈\n\n단점:\n- 무거움", "단점:\n- 큼\n\n장점:\n- 쌈\n- 예쁨"
    assert of(first, second).text == "장점:\n- 빠름\n- 쌈\n- 예쁨\n\n단점:\n- 무거움\n- 큼"


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("1. a\n2. b", "1. c\n2. b\n3. d", "1. a\n2. b\n3. c\n4. d"),
        ("1) a\n2) b", "- c", "1) a\n2) b\n3) c"),
        ("(1) a\n(2) b", "- c", "(1) a\n(2) b\n(3) c"),
        ("가. 서울\n나. 부산", "가. 부산\n나. 대구", "가. 서울\n나. 부산\n다. 대구"),
        ("가) 서울\n나) 부산", "- 대구", "가) 서울\n나) 부산\n다) 대구"),
        ("①서울\n②부산", "① 대구", "① 서울\n② 부산\n③ 대구"),
        ("a) x\nb) y", "a) z", "a) x\nb) y\nc) z"),
        ("• x\n• y", "- z", "• x\n• y\n• z"),
    ],
)
def test_a_list_keeps_its_marks_and_counts_on(first: str, second: str, text: str) -> None:
    assert of(first, second).text == text


def test_a_list_longer_than_its_letters_goes_on_in_figures() -> None:
    text = of("\n".join(f"가. {n}" for n in range(16)), "- 0\n- 1").text
    assert text.splitlines()[13:] == ["하. 13", "15. 14", "16. 15"]


def test_what_is_indented_belongs_to_its_item() -> None:
    first = "- wash\n  - with soap\n\n  twice\n- dry"
    assert of(first, "- dry\n- iron").text == f"{first}\n- iron"


def test_code_is_no_list_and_no_heading() -> None:
    first = "# Install\n\n```sh\n# first\n- not an item\n\npip install x\n```\n\n# Use\n\nRun it."
    assert of(first, first).text == first


# Conflicts


def test_of_two_values_for_one_key_the_majority_stays_and_the_other_is_dissent() -> None:
    found = of(
        "- Capital: Seoul\n- Coast: long", "- Capital: Busan\n- Food: rice", "1. **Capital**: Seoul\n2. Food: rice"
    )
    assert found.text == "- **Capital**: Seoul\n- Coast: long\n- Food: rice"
    assert found.dissent == (Overruled("Capital: Busan", "**Capital**: Seoul", (1,)),)


@pytest.mark.parametrize(
    ("first", "second", "kept", "lost"),
    [
        ("- 수도: 서울\n- 국화: 무궁화", "- 수도: 부산\n- 국화: 무궁화", "수도: 부산", "수도: 서울"),
        ("## Answer\nx = 4\n## Check\nyes", "## Answer\nx = 5\n## Check\nyes", "x = 4", "x = 5"),
        ("- a\n- b\n\nAnswer: 7", "- a\n- b\n\nAnswer: 8", "Answer: 7", "Answer: 8"),
    ],
)
def test_a_tie_between_values_is_broken_alike_whatever_the_order(first: str, second: str, kept: str, lost: str) -> None:
    for texts, place in (((first, second), 1), ((second, first), 0)):
        found = of(*texts)
        said = found.text.splitlines()
        assert any(line.endswith(kept) for line in said)
        assert not any(line.endswith(lost) for line in said)
        held = place if lost in second else 1 - place
        assert found.dissent == (Overruled(lost, kept, (held,)),)


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("Length: 5 km", "Length: 5000 m", True),
        ("Total: 1,000", "Total: 1000", True),
        ("When: 3 May 2026", "When: 2026-05-03", True),
        ("Need: 3 eggs", "Need: 3 cups", False),
        ("Length: 5 km", "Length: 5 m", False),
    ],
)
def test_a_value_is_the_same_however_it_is_written(first: str, second: str, together: bool) -> None:
    found = of(f"- {first}\n- b", f"- {second}\n- b")
    assert len(found.text.splitlines()) == 2
    assert bool(found.dissent) is not together


def test_a_key_to_which_one_text_gives_several_values_has_several() -> None:
    found = of("- Note: wash first\n- Note: dry well", "- Note: keep cool")
    assert found.text.count("Note") == 3
    assert found.dissent == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("see: https://a.example", "see https://b.example"),
        ("Speed: " + "it is quick since the engine was made so " * 2, "Speed: " + "roads there are good and wide " * 3),
        ("10:30 breakfast", "10:45 lunch"),
    ],
)
def test_what_is_no_short_key_and_value_is_no_conflict(first: str, second: str) -> None:
    found = of(f"- {first}\n- b", f"- {second}\n- b")
    assert (len(found.text.splitlines()), found.dissent) == (3, ())


@pytest.mark.parametrize("texts", [(), ("Only prose.",), ("- a\n- b", "Prose."), ("",)])
def test_texts_without_lists_or_sections_are_not_merged(texts: tuple[str, ...]) -> None:
    assert merged(texts) is None


# Laws

WORDS = st.sampled_from(["rain", "wind", "Rain.", "**wind**", "fog", "비", "바람", "안개"])
PAIRS = st.tuples(
    st.sampled_from(["Capital", "수도", "**Area**"]), st.sampled_from(["Seoul", "Busan", "5 km", "5000 m"])
)
ITEMS = st.lists(WORDS | PAIRS.map(": ".join), min_size=1, max_size=5)
MARKS = st.sampled_from(["- ", "* ", "1. ", "가. ", "① ", "(1) "])
LISTS = st.builds(lambda items, mark: "\n".join(f"{mark}{item}" for item in items), ITEMS, MARKS)
TITLES = st.sampled_from(["## Pros\n", "## Cons\n\n", "### 비고\n", "Weather:\n", "The list:\n\n"])
SECTIONS = st.lists(st.tuples(TITLES, LISTS | WORDS).map("".join), min_size=2, max_size=4).map("\n\n".join)
TEXTS = st.lists(SECTIONS | LISTS, min_size=1, max_size=5)


MARK = re.compile(r"^(?:[-*] |\(?\d+[.)] |[가-하][.)] |[①-⑳] |#+ )")


def contents(found: Merge) -> list[str]:
    """The lines of a merge less their marks, in an order that says nothing."""
    return sorted(MARK.sub("", line) for line in found.text.splitlines() if line)


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_never_changes_what_is_kept(texts: list[str], random: Random) -> None:
    shuffled = random.sample(texts, len(texts))
    there, back = merged(texts), merged(shuffled)
    assert (there is None) == (back is None)
    if there and back:
        assert contents(there) == contents(back)
        assert sorted(one.item for one in there.dissent) == sorted(one.item for one in back.dissent)


@given(TEXTS)
def test_merging_again_changes_nothing(texts: list[str]) -> None:
    found = merged(texts)
    if found and (again := merged([found.text])):
        assert (again.text, again.dissent) == (found.text, ())
        assert of(found.text, found.text) == again


@given(TEXTS)
def test_nothing_is_invented(texts: list[str]) -> None:
    found = merged(texts)
    if found:
        given_ = "\n".join(texts)
        assert all(line in given_ for line in contents(found))
        assert all(one.item in given_ and one.kept in found.text for one in found.dissent)


@given(st.lists(st.text(alphabet="-*#1.가) \n:ab`~", max_size=40), max_size=4))
def test_whatever_the_texts_are_they_are_merged_or_not(texts: list[str]) -> None:
    found = merged(texts)
    if found and (again := merged([found.text])):
        assert again.dissent == ()
