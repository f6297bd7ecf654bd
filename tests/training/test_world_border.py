"""The border of the world is made from its questions, the same each time."""

import random
import re
from pathlib import Path

import pytest

from symposium.training.outside import made, report
from symposium.training.world.problem import Language
from symposium.training.world.strange import estranged


def test_the_same_questions_draw_the_same_border(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = ((tmp_path / f"{name}.json.gz", tmp_path / f"{name}.json") for name in ("first", "second"))
    border = made(*first, counted_on=3000, fitted_on=150)
    made(*second, counted_on=3000, fitted_on=150)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert border.weigh("What is 73 times 8?") > 0 > border.weigh("Tell me about the history of jazz.")
    report(border, n=40)
    told = capsys.readouterr().out
    assert "en: " in told
    assert "refused, development, held_out wordings: all " in told


@pytest.mark.parametrize(
    ("question", "language", "kept"),
    [
        ("Mia has 17 apples. How many apples has Mia?", "en", r"(\w+) has 17 (\w+)\. How many \2 has \1\?"),
        ("mia buys a pen and 3 pens", "en", r"[a-z]+ buys a (\w+) and 3 \1s"),
        ("지우는 구슬 345개를 가지고 있어요. 구슬은 몇 개?", "ko", r"\w+는 (\w+) 345개를 가지고 있어요. \1은 몇 개\?"),
        ("What is 73 times 8?", "en", r"What is 73 times 8\?"),
    ],
)
def test_strangers_name_the_same_by_the_same_word(question: str, language: Language, kept: str) -> None:
    told = estranged(question, language, random.Random(1))
    assert re.fullmatch(kept, told)
    assert told == estranged(question, language, random.Random(1))
    assert (told == question) is not any(word in question.lower() for word in ("mia", "지우"))
