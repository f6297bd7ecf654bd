"""Keys: where they are read, and that none is shown where it does not belong."""

from pathlib import Path
from typing import Any

import pytest

from symposium.ledger.records import ConfigurationError
from symposium.models.keys import carries_secret, looks_secret, names_secret, secret
from symposium.models.settings import load

NAME = "SOME_API_KEY"
PARAMETERS = ("api-key", "key", "token", "access_token", "sig", "secret", "code", "subscription-key")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_environment_wins_over_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret(NAME) is None
    (here / ".env").write_text(f"{NAME}='of-the-file'\n")
    assert secret(NAME) == "of-the-file"
    monkeypatch.setenv(NAME, "of-the-environment")
    assert secret(NAME) == "of-the-environment"
    monkeypatch.setenv(NAME, "  ")
    assert secret(NAME) == "of-the-file"


def test_a_file_that_is_no_text_is_an_error(here: Path) -> None:
    (here / ".env").write_bytes(b"A=caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        secret(NAME)


@pytest.mark.parametrize("name", ["api_key", "apikey", "X-API-Key", "Authorization", "password", "openai_api_key"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", ["max_tokens", "model", "top_k", "keep_alive", "stop_token_ids", "eos_token"])
def test_other_names_are_none(name: str) -> None:
    assert not names_secret(name)


@pytest.mark.parametrize("value", ["sk-proj-123", "gsk_abc", "AIzaSyX", "Bearer abc", "https://me:pass@host/v1"])
def test_secrets_are_known_by_their_looks(value: str) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize("value", ["OPENAI_API_KEY", "gguf:~/a.gguf", "https://host/v1", "skilful", "pk"])
def test_other_values_are_none(value: str) -> None:
    assert not looks_secret(value)


@pytest.mark.parametrize("url", ["https://host/v1", "https://host/v1?api-version=2024-10-21", "http://[::1]:8000/v1"])
def test_an_address_without_a_secret_is_none(url: str) -> None:
    assert not carries_secret(url)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('key = "sk-hush-123"', "'key': must be the name of an environment variable"),
        ('key = "hush hush"', "'key': must be the name of an environment variable"),
        ('api_key = "hush"', "unknown key 'api_key'; keys are read from the environment"),
        ('base_url = "https://me:hush@host/v1"', "'base_url': holds a secret"),
        *((f'base_url = "https://host/v1?{name}=hush"', "'base_url': holds a secret") for name in PARAMETERS),
        ('options = { headers = { Authorization = "hush" } }', "'options': 'Authorization' holds a secret"),
        ('options = { stop = ["sk-hush-123"] }', "'options': 'stop' holds a secret"),
        ('temperature = "sk-hush-123"', "'temperature' = ... (not shown: it looks like a key)"),
    ],
)
def test_a_key_in_the_file_is_refused_and_not_shown(
    stage: Any, monkeypatch: pytest.MonkeyPatch, entry: str, words: str
) -> None:
    stage.file.write_text(f'[member.ann]\nmodel = "openai:m"\n{entry}\n')
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_key_at_the_top_of_the_file_is_not_shown_either(stage: Any) -> None:
    stage.file.write_text('openai_api_key = "sk-hush"\n')
    with pytest.raises(ConfigurationError, match=r"unknown key 'openai_api_key'; keys are read from") as caught:
        load()
    assert "hush" not in str(caught.value)
