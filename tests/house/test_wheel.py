"""The wheel works alone: installed into an empty environment it answers from another directory."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("graphs", "agents", "prompts", "tools", "models", "ledger", "serving", "training", "evals", "cli")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    tree = out / "tree"  # a copy, so that nothing left over from an earlier build finds its way in
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "runs"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_module_and_data_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"symposium/{path.relative_to(ROOT)}" in names, path


def test_an_installed_wheel_answers_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    environment, elsewhere = tmp_path / "an environment", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install(wheel, environment)
    env = {"PATH": os.environ["PATH"], "HOME": str(elsewhere), "SYMPOSIUM_LEDGER": str(tmp_path / "ledger.sqlite3")}
    command = [str(environment / "bin" / "symposium"), "ask", "--json", "What is 12 plus 30?"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=elsewhere, env=env, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["type"] == "run.start"
    assert events[-1]["outcome"]["status"] == "answered"


def install(wheel: Path, environment: Path) -> None:
    """Install the wheel and what it declares, nothing else, from the package index."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
