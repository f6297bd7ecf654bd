"""The prompts: one for every role in every language, found by language and variant, with nothing left to fill in."""

import re
from pathlib import Path

import pytest

from symposium.prompts.loader import language_of, prompt

FOLDER = Path(__file__).parents[2] / "prompts"
NAMES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.md")})
SLOTS = {
    "again": {"problem", "form"},
    "drafts": {"drafts"},
    "form": {"form"},
    "fusion": {"instructions"},
    "omission": {"count"},
    "own": {"instructions"},
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


@pytest.mark.parametrize("name", ["synthesis", "fusion"])
@pytest.mark.parametrize(("language", "mark"), [("en", "Answer: <"), ("ko", "답: <")])
def test_what_becomes_the_answer_ends_in_the_line_that_the_extraction_reads(
    name: str, language: str, mark: str
) -> None:
    for one in (name, "proposer"):
        assert text(one, language).splitlines()[-1].startswith(mark)


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
