"""The command, in this process with the stage's members, or as a process of its own with scripted ones."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from symposium.cli.main import main

SCRIPT = Path(__file__).parent / "scripted_command.py"


@dataclass(frozen=True)
class Printed:
    """What a command left: its exit code and what stands on both streams."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(stage: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Printed]:
    """Runs the command in this process; the stage's members are the configured cast."""

    stage.configure("")

    def call(*arguments: str) -> Printed:
        if "members" not in stage.file.read_text(encoding="utf-8"):
            monkeypatch.setenv("SYMPOSIUM_MEMBERS", ",".join(stage.members))
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Printed(code, printed.out, printed.err)

    return call


class Folder:
    """A folder to run the command in as a process, with settings and a ledger of its own."""

    script = SCRIPT

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = path / "ledger.sqlite3"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SYMPOSIUM_", "COV_"))},
            "SYMPOSIUM_LEDGER": str(self.ledger),
            "XDG_CONFIG_HOME": str(path / "config"),
        }

    def cast(self, **models: str) -> None:
        """Write symposium.toml with members by name."""
        tables = (f'[member.{name}]\nmodel = "{model}"\n' for name, model in models.items())
        (self.path / "symposium.toml").write_text("".join(tables), encoding="utf-8")

    def call(self, *arguments: str) -> list[str]:
        """The command line of the process."""
        return [sys.executable, str(self.script), *arguments]

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start the command; its streams are pipes."""
        return subprocess.Popen(
            self.call(*arguments),
            cwd=self.path,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder to run the command in."""
    return Folder(tmp_path)
