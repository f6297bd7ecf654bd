"""The house plan, checked: rooms and packages, import directions, data files, graphs by module path."""

import ast
import json
import tomllib
from pathlib import Path

import pytest

from symposium.graphs.catalogue import GRAPHS

ROOT = Path(__file__).parents[2]
ROOMS = ("graphs", "agents", "prompts", "tools", "models", "ledger", "serving", "training", "evals", "cli")
EVERYTHING = frozenset(ROOMS)

MAY_IMPORT: dict[str, frozenset[str]] = {
    "graphs": frozenset({"agents", "tools", "models", "ledger"}),
    "agents": frozenset({"prompts", "tools", "models", "ledger"}),
    "prompts": frozenset(),
    "tools": frozenset({"ledger"}),
    "models": frozenset({"tools", "ledger"}),
    "ledger": frozenset(),
    "serving": frozenset({"graphs", "ledger", "models"}),
    "training": frozenset({"tools", "ledger", "models"}),
    "evals": EVERYTHING - {"cli"},
    "cli": EVERYTHING,
}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(module: Path) -> list[str]:
    """Every `symposium.<room>` the module imports, also inside functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the room"
            names.append(node.module or "")
            names += [f"{node.module}.{alias.name}" for alias in node.names if node.module == "symposium"]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name.split(".")[1] for name in names if name.startswith("symposium.")]


def heavy(module: Path) -> set[str]:
    """Top-level packages imported when the module is imported (not lazily, not for types only)."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_plan_allows(room: str) -> None:
    for module in modules(room):
        strangers = set(imported(module)) - MAY_IMPORT[room] - {room}
        assert not strangers, f"{module.relative_to(ROOT)} imports {strangers}"


@pytest.mark.parametrize("room", sorted(EVERYTHING - {"training", "evals"}))
def test_torch_is_imported_in_training_only(room: str) -> None:
    for module in modules(room):
        assert not {"torch", "gguf", "tokenizers"} & heavy(module), module


@pytest.mark.parametrize("room", ["cli", "ledger", "models", "tools", "prompts"])
def test_what_starts_first_imports_no_framework(room: str) -> None:
    for module in modules(room):
        assert not {"langgraph", "langchain_core", "langchain_openai", "xllamacpp"} & heavy(module), module


def test_no_real_folder_shadows_the_package_map() -> None:
    assert not (ROOT / "symposium").exists()


def test_every_package_with_modules_is_listed_and_mapped() -> None:
    found = {
        "symposium." + ".".join(init.parent.relative_to(ROOT).parts)
        for room in ROOMS
        for init in (ROOT / room).rglob("__init__.py")
    }
    assert set(SETUPTOOLS["packages"]) == found
    assert {name: f"symposium.{path.replace('/', '.')}" for name, path in SETUPTOOLS["package-dir"].items()} == {
        name: name for name in SETUPTOOLS["packages"]
    }


def test_every_folder_with_python_is_a_package() -> None:
    for room in ROOMS:
        for module in modules(room):
            assert (module.parent / "__init__.py").is_file(), module


def test_type_checkers_see_every_room() -> None:
    links = {link.name: link.resolve() for link in (ROOT / "typings" / "symposium").iterdir()}
    assert links == {room: ROOT / room for room in ROOMS}


def test_every_data_file_is_in_the_package_data() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                package = "symposium." + ".".join(path.parent.relative_to(ROOT).parts)
                patterns = SETUPTOOLS["package-data"].get(package, [])
                assert any(path.match(pattern) for pattern in patterns), f"{path} falls out of the wheel"


def test_langgraph_json_names_every_graph_by_module() -> None:
    served = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert served == {name: f"symposium.graphs.{name}:graph" for name in GRAPHS}


def test_every_dependency_is_a_range_with_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    for line in lines[start + 1 : lines.index("]", start)]:
        assert ">=" in line, line
        assert "#" in line, f"say why: {line}"
