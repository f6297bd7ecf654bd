"""What the README shows works as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    env = {**os.environ, "SYMPOSIUM_LEDGER": str(tmp_path / "ledger.sqlite3")}
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("584 ")


@pytest.mark.parametrize("path", re.findall(r"\]\(([\w./-]+)\)", README))
def test_what_it_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", re.findall(r"^  (\w+\.py) ", README, re.MULTILINE))
def test_the_files_it_lists_are_there(name: str) -> None:
    assert any(path.name == name for room in ("graphs", "tools", "models") for path in (ROOT / room).iterdir())


def test_it_stays_short() -> None:
    assert len(README.splitlines()) <= 200
    assert max(map(len, README.splitlines())) <= 120
