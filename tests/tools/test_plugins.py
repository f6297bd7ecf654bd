"""What packages bring along: found by name, and told apart where it is broken."""

from pathlib import Path

import pytest
from bringing import bring

from symposium.ledger.records import ConfigurationError
from symposium.tools.plugins import plugin, registered

GROUP = "symposium.tests"


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(
        tmp_path,
        monkeypatch,
        modules={"brought_sound": "def double(x):\n    return 2 * x\n", "brought_broken": "import nothing_like_it\n"},
        points={GROUP: {"twice": "brought_sound:double", "gone": "brought_sound:triple", "broken": "brought_broken:f"}},
    )


@pytest.mark.usefixtures("brought")
def test_what_is_registered_is_named_and_imported_by_its_name() -> None:
    assert registered(GROUP) == ("broken", "gone", "twice")
    assert plugin(GROUP, "twice")(21) == 42


@pytest.mark.usefixtures("brought")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("thrice", r"'thrice' of symposium\.tests is not registered"),
        ("gone", r"'gone' of symposium\.tests cannot be used: brought_sound:triple: AttributeError"),
        (
            "broken",
            r"'broken' of symposium\.tests cannot be used: brought_broken:f: ModuleNotFoundError.*nothing_like_it",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_the_reason(name: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        plugin(GROUP, name)


def test_nothing_is_registered_where_nobody_brings_it() -> None:
    assert registered("symposium.nothing") == ()
