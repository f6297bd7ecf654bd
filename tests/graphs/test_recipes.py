"""docs/recipes.md, carried out as it stands in a copy of the checkout: what it adds runs, and breaks no other test."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "cli", "evals", "graphs", "ledger", "models", "prompts", "serving", "tools", "training")
BESIDE = ("tests", "docs", "langgraph.json", "pyproject.toml", "symposium.example.toml")
TEXT = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
STEP = re.compile(r"^`(?P<path>[\w./]+)`(?:, (?P<where>[^:\n]+))?:\n\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)


def written(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def at_its_end(path: Path, text: str) -> None:
    written(path, f"{path.read_text(encoding='utf-8')}\n\n{fenced(text)}")


def fenced(text: str) -> str:
    """A drawing that stands indented in the recipe, since a block of code holds no other."""
    return re.sub(r"^ {4}graph LR\n(?: {8}.*\n)+", lambda found: f"```mermaid\n{found[0]}```\n", text, flags=re.M)


def among(opening: str) -> Callable[[Path, str], None]:
    def insert(path: Path, text: str) -> None:
        before, after = path.read_text(encoding="utf-8").split(opening)
        written(path, f"{before}{opening}{text}{after}")

    return insert


STEPS: Mapping[str | None, Callable[[Path, str], None]] = {
    None: written,
    "at its end": at_its_end,
    "among the entries": among("_ENTRIES = (\n"),
    "among the graphs": among('"graphs": {\n'),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which every step of the recipe was taken."""
    folder = tmp_path_factory.mktemp("recipe")
    package = folder / "symposium"
    for room in ROOMS:
        shutil.copytree(ROOT / room, package / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BESIDE:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, package / name)
    for step in STEP.finditer(TEXT):
        STEPS[step["where"]](package / step["path"], step["text"])
    return package


def run(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout.parent),
        "SYMPOSIUM_LEDGER": str(checkout.parent / "ledger.sqlite3"),
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def test_the_recipe_says_everything_that_is_to_be_done() -> None:
    assert [step["path"] for step in STEP.finditer(TEXT)] == [
        "agents/referee.py",
        "prompts/referee.md",
        "prompts/referee.ko.md",
        "graphs/forms.py",
        "graphs/second_opinion.py",
        "graphs/catalogue.py",
        "langgraph.json",
        "docs/graphs.md",
        "tests/graphs/test_second_opinion.py",
    ]


def test_the_strategy_answers_on_the_bundled_minds_as_the_recipe_says(checkout: Path) -> None:
    commands = re.findall(r"^symposium (.*)$", TEXT, re.M)
    assert len(commands) == 3
    for command in commands:
        arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)]
        done = run(checkout, "-c", "from symposium.cli.main import run; run()", *arguments)
        assert done.returncode == 0, done.stderr
        assert "584" in done.stdout or "referee" in done.stdout or "decide" in done.stdout


def test_its_code_is_in_order(checkout: Path) -> None:
    files = [step["path"] for step in STEP.finditer(TEXT) if step["path"].endswith(".py")]
    for command in (("check",), ("format", "--check")):
        done = run(checkout, "-m", "ruff", *command, *files)
        assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_and_those_of_the_house_pass(checkout: Path) -> None:
    """What holds for every graph, every prompt and every import holds for the new ones."""
    tests = (
        "tests/graphs/test_second_opinion.py",
        "tests/graphs/test_every_graph.py",
        "tests/prompts/test_prompts.py",
        "tests/cli/test_options.py",
        "tests/house/test_layout.py::test_a_room_imports_only_what_the_plan_allows",
        "tests/house/test_layout.py::test_langgraph_json_names_every_graph_by_module",
        "tests/cli/test_docs.py::test_every_graph_has_a_section_with_a_drawing_of_all_its_nodes",
    )
    mine = "second_opinion or prompt or room or json"
    done = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", mine, *tests)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "no tests ran" not in done.stdout
