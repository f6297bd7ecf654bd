"""The parts that debaters play: three of the house, and the caller's own."""

import re

import pytest

from symposium.agents.personas import BUILT_IN, persona
from symposium.ledger.records import UsageError
from symposium.prompts.loader import language_of

OWN = {"sceptic": "Doubt $everything.", "expert": "You know trains."}


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_parts_of_the_house_are_told_in_the_language_of_the_question(name: str) -> None:
    english, korean = persona(name, "en", {}), persona(name, "ko", {})
    assert (language_of(english), language_of(korean)) == ("en", "ko")
    assert english.startswith("You are ")


def test_no_two_parts_are_the_same() -> None:
    assert len({persona(name, language, {}) for name in BUILT_IN for language in ("en", "ko")}) == 2 * len(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_part_can_be_played_alone_before_there_is_a_debate(name: str) -> None:
    """It is told with the first draft, too, when there are no others and no round."""
    told = persona(name, "en", {}) + persona(name, "ko", {})
    assert not re.search(r"\b(round|debate|draft)s?\b|라운드|토론|초안|이 자리", told)


def test_one_s_own_parts_are_told_as_they_are_written_and_come_before_those_of_the_house() -> None:
    assert persona("sceptic", "ko", OWN) == "Doubt $everything."
    assert persona("expert", "en", OWN) == "You know trains."
    assert persona("expert", "en", {}) != "You know trains."


@pytest.mark.parametrize("name", ["exprt", "", "Sceptic", "../proposer"])
def test_an_unknown_part_is_an_error_that_names_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=rf"unknown persona '{name}'; .*known: critic, expert, novice, sceptic"):
        persona(name, "en", OWN)


def test_what_was_nearly_meant_is_said() -> None:
    with pytest.raises(UsageError, match="did you mean 'expert'"):
        persona("exprt", "en", {})
