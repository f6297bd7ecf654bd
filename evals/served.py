"""The models of one OpenAI-compatible server as the only members: for measurements against a URL."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def served(url: str, models: Sequence[str], *, on_disk: bool = False, **choices: object) -> Iterator[None]:
    """Within it this process reads a symposium.toml of its own, and no file of the user's.

    Each model of the server at `url` is a member of that name whose tokens cost nothing. The ledger lies in memory, or
    `on_disk`, beside the file.
    """
    with TemporaryDirectory(prefix="symposium-served-") as folder:
        file = Path(folder) / "symposium.toml"
        ledger = str(Path(folder) / "ledger.sqlite3") if on_disk else ":memory:"
        file.write_text(_written({"ledger": ledger, **choices}, url, models), encoding="utf-8")
        with _environment({"SYMPOSIUM_CONFIG": str(file), "XDG_CONFIG_HOME": folder}):
            yield


def _written(top: Mapping[str, object], url: str, models: Sequence[str]) -> str:
    return "\n".join([_pairs(top), *(f"[member.{json.dumps(model)}]\n{_entry(url, model)}" for model in models)])


def _entry(url: str, model: str) -> str:
    return _pairs({"model": f"openai:{model}", "base_url": url, "price_input": 0.0, "price_output": 0.0})


def _pairs(values: Mapping[str, object]) -> str:
    """Keys and values; texts, numbers, claims and lists of them look the same in TOML as in JSON."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
