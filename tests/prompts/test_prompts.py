"""The prompts: one for every role in every language, found by language and variant, with nothing left to fill in."""

import re
from pathlib import Path

import pytest

from symposium.prompts.loader import language_of, phrase, prompt
from symposium.tools.asides import parted

FOLDER = Path(__file__).parents[2] / "prompts"
NAMES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.md")} - {"phrases"})
LANGUAGES = ("en", "ko")
SLOTS = {
    "again": {"problem", "form"},
    "drafts": {"drafts"},
    "form": {"form"},
    "fusion": {"instructions"},
    "moderator": {"decisions"},
    "omission": {"count"},
    "own": {"instructions"},
    "reconsideration": {"holding"},
    "redirect": {"label"},
    "strengths": {"strengths"},
}


def text(name: str, language: str) -> str:
    return prompt(name, language=language).template  # type: ignore[arg-type]  # a table's plain string


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_in_both_languages_with_the_same_slots(name: str) -> None:
    english, korean = text(name, "en"), text(name, "ko")
    assert language_of(korean) == "ko"
    assert language_of(english) == "en"
    slots = [set(re.findall(r"\$\{?([a-z]+)", words)) for words in (english, korean)]
    assert slots == [SLOTS.get(name, set())] * 2


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_names_the_same_fields_of_its_form_in_both_languages(name: str) -> None:
    english, korean = (re.findall(r"`(\w+)`", text(name, language)) for language in ("en", "ko"))
    assert list(dict.fromkeys(english)) == list(dict.fromkeys(korean))


def test_every_phrase_is_in_both_languages_and_needs_no_more_in_one() -> None:
    english, korean = (dict(line.split(": ", 1) for line in text("phrases", name).splitlines()) for name in LANGUAGES)
    assert list(english) == list(korean)
    for name, words in korean.items():
        assert set(re.findall(r"\$([a-z]+)", words)) <= set(re.findall(r"\$([a-z]+)", english[name]))
        assert language_of(words) == "ko"
    assert phrase("left-out", "ko", labels="A, B") == "빠진 것: A, B"
    assert phrase("left-out", "en", labels="A, B") == "missing: A, B"


RESULT = {"en": ("Answer: <", "Where there is a short result"), "ko": ("답: <", "짧은 결과가 있는 질문이고")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["synthesis", "proposer", "fusion", "reconsideration"])
def test_the_line_that_the_extraction_reads_is_asked_for_where_there_is_a_short_result(
    name: str, language: str
) -> None:
    mark, where = RESULT[language]
    *_, before, last = re.split(r"\n+", text(name, language).partition(">\n\n")[0])
    assert last.startswith(mark)
    assert where in before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fusion_is_asked_for_its_result_and_then_for_the_list_as_it_is_read(language: str) -> None:
    told = text("fusion", language)
    made = parted(told)
    assert told.endswith(f"\n- {made.asides[0]}")
    assert (len(made.asides), f"\n{RESULT[language][0]}" in made.text) == (1, True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["selection", "comparison", "judge", "ranking", "objection", "moderator"])
def test_a_reason_is_asked_for_without_letters_and_in_the_language_of_the_question(name: str, language: str) -> None:
    told = text(name, language).partition("`reason`")[2].partition(" `")[0]
    wanted = {"en": ("by its letter", "language of the question"), "ko": ("기호는 쓰지 말 것", "질문의 언어")}
    assert all(words in told for words in wanted[language])


def test_the_most_particular_prompt_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.prompts.loader.files", lambda _: tmp_path)
    prompt.cache_clear()
    order = ["greeter.md", "greeter.ko.md", "greeter.terse.md", "greeter.terse.ko.md"]
    for name in order:
        (tmp_path / name).write_text(name, encoding="utf-8")
        prompt.cache_clear()
        assert prompt("greeter", language="ko", variant="terse").template == name
    assert prompt("greeter", language="ko").template == "greeter.ko.md"
    assert prompt("greeter", language="en", variant="terse").template == "greeter.terse.md"
    assert prompt("greeter", variant="unknown").template == "greeter.md"
    with pytest.raises(FileNotFoundError, match="no prompt for role 'nobody'"):
        prompt("nobody")
    prompt.cache_clear()


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What is 3+4?", "en"),
        ("3 더하기 4는?", "ko"),
        ("Python의 list comprehension이란 무엇인가요?", "ko"),
        ("What does 안녕 mean in English, and how is it used?", "en"),
        ("ㅎㅎ", "ko"),
        ("3+4?", "en"),
        ("", "en"),
    ],
)
def test_a_question_is_prompted_in_its_own_language(question: str, language: str) -> None:
    assert language_of(question) == language
