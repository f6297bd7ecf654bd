"""`symposium init`: who would be asked is written down, and the file says the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symposium.models import discovery
from symposium.models.settings import cast, load


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a file."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    discovery._seen.clear()
    return folder


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], here: Path) -> Callable[..., Any]:
    """Runs the command in this process, with nothing configured."""
    from symposium.cli.main import main

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_what_is_written_is_who_was_asked_before(
    command: Callable[..., Any], here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("qwen3:4b", "llama3.1", "hf.co/someone/Mistral-7B:Q4"):
        wire.model(name, "answer 1")
    monkeypatch.setenv("OLLAMA_HOST", wire.url)
    before = cast(load())
    code, out, err = command("init")
    assert (code, err) == (0, "")
    address = wire.url.removeprefix("http://")
    assert out.startswith(
        f"wrote {here / 'symposium.toml'}: qwen3-4b, llama3.1, Mistral-7B-Q4 of Ollama at {address}\n"
    )
    assert (load().configured, cast(load())) == (tuple(member.name for member in before), before)


def test_hosted_members_are_written_without_their_keys(
    command: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "hush")
    (here / ".env").write_text("GROQ_API_KEY=hush\n")
    before = cast(load())
    assert command("init")[0] == 0
    text = (here / "symposium.toml").read_text(encoding="utf-8")
    assert "hush" not in text
    assert 'key = "ANTHROPIC_API_KEY"' in text
    assert "(genai-prices" in text
    assert cast(load()) == before


def test_the_bundled_minds_stay_the_cast_of_every_graph(command: Callable[..., Any], here: Path) -> None:
    lineups = [cast(load(), lineup=lineup) for lineup in ("team", "repair")]
    assert command("init")[0] == 0
    assert [cast(load(), lineup=lineup) for lineup in ("team", "repair")] == lineups


def test_a_preset_s_choices_and_members_are_written(command: Callable[..., Any], here: Path) -> None:
    assert command("init", "--preset", "local")[0] == 0
    choices, members = load().choices, cast(load())
    assert (choices.graph, choices.panel, choices.members) == ("moa", "all", ())
    assert [(member.name, member.model) for member in members] == [
        ("qwen3", "ollama:qwen3"),
        ("llama3.1", "ollama:llama3.1"),
        ("mistral", "ollama:mistral"),
    ]


def test_members_of_one_model_s_name_are_told_apart(
    command: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["ollama:llama3.1", "vllm:llama3.1", "ollama:qwen3"]
    monkeypatch.setenv("SYMPOSIUM_MEMBERS", ",".join(asked))
    assert command("init")[0] == 0
    monkeypatch.delenv("SYMPOSIUM_MEMBERS")
    assert [member.model for member in cast(load())] == asked
    assert load().configured == ("ollama:llama3.1", "vllm:llama3.1", "qwen3")


def test_a_file_that_is_there_is_overwritten_only_by_force(command: Callable[..., Any], here: Path) -> None:
    file = here / "symposium.toml"
    file.write_text("samples = 7\n[member.own]\nmodel = 'gguf:/x.gguf'\n")
    code, out, err = command("init")
    assert (code, out, file.read_text()[:11]) == (2, "", "samples = 7")
    assert err == f"symposium: {file} is there already; --force overwrites it\n"
    assert command("init", "--force")[0] == 0
    assert (load().choices.samples, load().configured) == (None, ())


def test_what_the_user_configured_elsewhere_is_written_whole(
    command: Callable[..., Any], here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = tmp_path / "config" / "symposium"
    place.mkdir(parents=True)
    (place / "symposium.toml").write_text(
        '[member."my own"]\nmodel = "openai:m"\nbase_url = "http://127.0.0.1:1/v1"\nfamily = "x"\n'
        'good_at = ["a", "b"]\n'
        'instructions = "say \\"hi\\"\\nand go"\noptions = { top_k = 5, stop = ["a"] }\nfirst_greedy = false\n'
        "price_input = 1.5\nprice_output = 2.0\n"
    )
    before = cast(load())
    assert command("init")[0] == 0
    (place / "symposium.toml").unlink()
    assert cast(load()) == before


def test_a_folder_that_cannot_be_written_is_told(
    command: Callable[..., Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "symposium.toml").mkdir()
    code, _, err = command("init", "--force")
    assert (code, err.count("\n")) == (2, 1)
    assert f"cannot write '{here / 'symposium.toml'}'" in err
