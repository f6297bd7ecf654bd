"""Settings: who wins over whom, and where a value comes from."""

from pathlib import Path

import pytest

from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.settings import LOCAL, cast, load


@pytest.fixture(autouse=True)
def nothing_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "LEDGER", "SAMPLES", "MEMBERS", "RULE"):
        monkeypatch.delenv(f"SYMPOSIUM_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "symposium.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_later_layer_wins_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "home" / "symposium", "samples = 2\nwindow = 7\nrule = 'plurality'\ntimeout = 9")
    project = write(tmp_path / "project", "samples = 4\nrule = 'reliability'\n[preset.careful]\nsamples = 6\nseed = 5")
    monkeypatch.setenv("SYMPOSIUM_SAMPLES", "5")
    settings = load(preset="careful", flags={"seed": 1, "budget": None}, folder=project)
    assert settings.choices.model_dump(include={"samples", "window", "rule", "timeout", "seed", "budget"}) == {
        "samples": 6,
        "window": 7,
        "rule": "reliability",
        "timeout": 9.0,
        "seed": 1,
        "budget": None,
    }
    assert settings.origins["samples"] == "preset 'careful'"
    assert settings.origins["seed"] == "asked for"
    assert settings.origins["rule"].startswith(str(project))
    assert settings.origins["max_calls"] == "default"
    assert load(folder=project).origins["samples"] == "environment"


def test_members_come_from_the_file_and_keep_their_price(tmp_path: Path) -> None:
    project = write(
        tmp_path,
        "members = ['a', 'b']\n[member.a]\nmodel = 'gguf:/x/a.gguf'\n"
        "[member.b]\nmodel = 'gguf:/x/b.gguf'\nprice_input = 1.5\nprice_output = 2",
    )
    first, second = cast(load(folder=project))
    assert (first.name, first.provider, first.target, first.price) == ("a", "gguf", "/x/a.gguf", LOCAL)
    assert second.price is not None
    assert (second.price.input, second.price.output) == (1.5, 2.0)


def test_without_a_choice_the_configured_members_are_asked(tmp_path: Path) -> None:
    project = write(tmp_path, "[member.b]\nmodel = 'gguf:/x/b.gguf'\n[member.a]\nmodel = 'gguf:/x/a.gguf'")
    assert [member.name for member in cast(load(folder=project))] == ["b", "a"]


def test_the_environment_s_ledger_wins_over_the_file_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write(tmp_path, "ledger = '/x/l.sqlite3'")
    assert load(folder=project).ledger == Path("/x/l.sqlite3")
    monkeypatch.setenv("SYMPOSIUM_LEDGER", "/y/l.sqlite3")
    assert load(folder=project).ledger is None


def test_a_ledger_that_is_no_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'ledger' = 5"):
        load(folder=write(tmp_path, "ledger = 5"))


def test_a_named_file_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPOSIUM_CONFIG", str(tmp_path / "nope.toml"))
    with pytest.raises(ConfigurationError, match=r"no file .*nope\.toml"):
        load(folder=tmp_path)


def test_a_model_may_be_asked_without_being_configured(tmp_path: Path) -> None:
    (member,) = cast(load(flags={"members": ("gguf:~/m.gguf",)}, folder=tmp_path))
    assert (member.name, member.model, member.price) == ("gguf:~/m.gguf", "gguf:~/m.gguf", LOCAL)


def test_an_unknown_provider_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown provider 'ggfu'.*did you mean 'gguf'"):
        cast(load(flags={"members": ("ggfu:x",)}, folder=tmp_path))


def test_a_member_is_asked_once_in_a_cast(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stands twice"):
        cast(load(flags={"members": ("gguf:x", "gguf:x")}, folder=tmp_path))


@pytest.mark.parametrize(("name", "value"), [("SAMPLES", "many"), ("RULE", "most"), ("MEMBERS", "nobody")])
def test_a_wrong_environment_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SYMPOSIUM_{name}", value)
    with pytest.raises((ConfigurationError, UsageError), match=rf"(?i)environment.*{name}|{value}"):
        cast(load(folder=tmp_path))


def test_the_example_file_is_valid_and_changes_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[2] / "symposium.example.toml"
    monkeypatch.setenv("SYMPOSIUM_CONFIG", str(example))
    shown = load()
    monkeypatch.delenv("SYMPOSIUM_CONFIG")
    assert shown.choices == load(folder=Path("/nowhere")).choices
    assert set(shown.presets) == {"careful"}
