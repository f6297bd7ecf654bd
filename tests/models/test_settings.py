"""Settings: who wins over whom, and where a value comes from."""

import os
import re
from pathlib import Path

import pytest

from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.entry import MemberEntry
from symposium.models.prices import LOCAL
from symposium.models.settings import NAMES, Choices, cast, load


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


def test_a_file_is_read_again_when_it_was_written(tmp_path: Path) -> None:
    project = write(tmp_path, "samples = 2")
    os.utime(project / "symposium.toml", (1, 1))  # long settled, so that it is kept
    assert load(folder=project).choices.samples == load(folder=project).choices.samples == 2
    write(tmp_path, "samples = 3")
    assert load(folder=project).choices.samples == 3


def test_two_writings_within_a_moment_are_told_apart(tmp_path: Path) -> None:
    for samples in (2, 3, 4):
        assert load(folder=write(tmp_path, f"samples = {samples}")).choices.samples == samples


def test_a_file_of_the_same_name_elsewhere_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for samples in (2, 3):
        folder = write(tmp_path / str(samples), f"samples = {samples}")
        os.utime(folder / "symposium.toml", (1, 1))
        monkeypatch.chdir(folder)
        assert load().choices.samples == samples


def test_a_file_that_is_gone_counts_no_more(tmp_path: Path) -> None:
    project = write(tmp_path, "samples = 2")
    os.utime(project / "symposium.toml", (1, 1))
    assert load(folder=project).choices.samples == 2
    (project / "symposium.toml").unlink()
    assert load(folder=project).choices.samples is None


def test_a_change_of_the_environment_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for samples in ("2", "3"):
        monkeypatch.setenv("SYMPOSIUM_SAMPLES", samples)
        assert load(folder=tmp_path).choices.samples == int(samples)
    monkeypatch.delenv("SYMPOSIUM_SAMPLES")
    assert load(folder=tmp_path).choices.samples is None


def test_what_a_caller_changes_in_the_settings_is_his_own(tmp_path: Path) -> None:
    project = write(tmp_path, "[member.a]\nmodel = 'gguf:/x/a.gguf'")
    os.utime(project / "symposium.toml", (1, 1))
    cast(load(folder=project, flags={"members": ("a",), "seed": 3}))
    assert (load(folder=project).choices.members, load(folder=project).choices.seed) == ((), None)


def test_lists_of_names_stand_in_variables_with_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(f"SYMPOSIUM_{name.upper()}", "a, b")
    choices = load(folder=tmp_path).choices
    assert {name: getattr(choices, name) for name in NAMES} == dict.fromkeys(NAMES, ("a", "b"))


def test_a_member_has_every_key_of_its_table(tmp_path: Path) -> None:
    project = write(
        tmp_path,
        "[member.a]\nmodel = 'openai:m'\nbase_url = 'http://127.0.0.1:8000/v1'\nkey = 'MY_KEY'\nfamily = 'own'\n"
        "context = 9\nreliability = 0.5\ngood_at = ['x']\ninstructions = 'I'\nprompt = 'bare'\ntemperature = 1\n"
        "first_greedy = false\ntop_p = 0.5\nmax_tokens = 8\ntimeout = 7\nat_once = 6\noptions = { top_k = 5 }",
    )
    member = load(folder=project).members["a"]
    given = {name: getattr(member, name) for name in MemberEntry.model_fields if not name.startswith("price_")}
    usual = MemberEntry(model="openai:m").model_dump()
    assert all(value != usual[name] for name, value in given.items() if name != "model"), given


def test_the_family_is_told_from_the_name_unless_it_is_given(tmp_path: Path) -> None:
    table = "[member.a]\nmodel = 'ollama:qwen3'\n[member.b]\nmodel = 'ollama:qwen3'\nfamily = ''"
    members = load(folder=write(tmp_path, table)).members
    assert (members["a"].family, members["b"].family) == ("qwen", "")
    (member,) = cast(load(folder=tmp_path), ("gguf:~/llama-3.gguf",))
    assert member.family == "llama"


@pytest.mark.parametrize("keys", ["price_input = 1", "price_output = 1", "price_cached = 1"])
def test_half_a_price_is_an_error(tmp_path: Path, keys: str) -> None:
    with pytest.raises(ConfigurationError, match=r"'price_input'"):
        load(folder=write(tmp_path, f"[member.a]\nmodel = 'openai:m'\n{keys}"))


def test_personas_come_from_the_files_and_the_project_s_wins(tmp_path: Path) -> None:
    write(tmp_path / "home" / "symposium", "[persona.a]\ninstructions = 'Doubt.'\n[persona.b]\ninstructions = 'Trust.'")
    project = write(tmp_path / "project", "[persona.b]\ninstructions = ' Ask. '")
    assert load(folder=project).personas == {"a": "Doubt.", "b": "Ask."}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[persona.a]", r"\[persona\.a\] 'instructions' is missing"),
        ("[persona.a]\ninstructions = ' '", r"\[persona\.a\] 'instructions' = ' ': must not be empty"),
        ("[persona.a]\ninstructions = 3", r"\[persona\.a\] 'instructions' = 3: must be a text"),
        ("[persona.a]\ninstruction = 'x'", r"\[persona\.a\] unknown key 'instruction'; did you mean 'instructions'"),
        ("persona = 'a'", r"'persona' must be tables such as \[persona\.name\]"),
        ("[personas.a]\ninstructions = 'x'", r"'personas'"),
    ],
)
def test_a_persona_that_cannot_be_used_is_an_error(tmp_path: Path, table: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load(folder=write(tmp_path, table))


def test_an_unknown_member_is_told_the_symbolic_one_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown member 'arithmetic'.*did you mean 'symbolic:arithmetic'"):
        cast(load(folder=tmp_path), ("arithmetic",))


EXAMPLE = Path(__file__).parents[2] / "symposium.example.toml"


@pytest.mark.parametrize("key", [*Choices.model_fields, *MemberEntry.model_fields, "ledger"])
def test_the_example_file_shows_every_key(key: str) -> None:
    assert re.search(rf"^(# )?{key} = ", EXAMPLE.read_text(encoding="utf-8"), re.M)


def test_every_key_that_the_example_file_shows_is_valid(tmp_path: Path) -> None:
    text = re.sub(r"^# (\[member|\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.M)
    settings = load(folder=write(tmp_path, text))
    assert settings.configured == ("mine",)
    assert "default" not in settings.origins.values()


def test_the_example_file_is_valid_and_changes_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPOSIUM_CONFIG", str(EXAMPLE))
    shown = load()
    monkeypatch.delenv("SYMPOSIUM_CONFIG")
    assert shown.choices == load(folder=Path("/nowhere")).choices
    assert set(shown.presets) > {"careful"}
