"""`symposium bench zoo` from the front door: bad options, the real small mind, and what an interruption leaves."""

import json
import re
import shlex
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symposium.evals.record import FILE

DOCUMENT = (Path(__file__).parents[2] / "docs" / "bench.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^symposium (bench .*)$", DOCUMENT, re.M)
TIMEOUT = 300  # seconds until a hanging process fails its test
ROW_KEYS = {"name", "kind", "n", "accuracy", "low", "high", "tokens", "cpu_s"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--limit", "0"), ("--limit 0", "must be 1 or more")),
        (("--limit", "many"), ("--limit", "many")),
        (("--split", "calibration"), ("--split calibration", "test, development")),
        (("--seed", "-1"), ("--seed -1",)),
        (("--processes", "0"), ("--processes 0",)),
        (("--processes", "1000"), ("--processes 1000",)),
        (("--graph", "mao"), ("unknown graph 'mao'", "did you mean 'moa'?")),
        (("--all", "--graph", "vote"), ("--all", "--graph vote", "exclude each other")),
        (("--members", "larg"), ("unknown member 'larg'", "ann")),
        (("--members", "ann,ann"), ("'ann,ann'",)),
        (("--members", "ann,,ann"), ("empty",)),
        (("--json", "nowhere/there.json"), ("nowhere/there.json", "No such file")),
        (("--markdown", "."), ("'.'", "directory")),
        (("--limits", "3"), ("unknown option '--limits'", "did you mean '--limit'?")),
        (("--limit", "3", "--record", "symposium.toml"), ("symposium.toml",)),
    ],
)
def test_a_bad_option_is_told_in_one_line(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: Any, words: Any
) -> None:
    stage.cast("ann", "answer 1")
    monkeypatch.chdir(stage.folder)
    printed = command("bench", "zoo", *arguments)
    assert printed.code in (2, 3)
    assert (printed.out, printed.err.count("\n"), "Traceback" in printed.err) == ("", 1, False)
    assert printed.err.startswith("symposium: ")
    assert all(word in printed.err for word in words), printed.err


def test_an_unknown_benchmark_is_told_with_the_known_ones(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "answer 1")
    printed = command("bench", "zooo")
    assert (printed.code, printed.out) == (2, "")
    assert "did you mean 'zoo'?" in printed.err


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_document_runs(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(stage.folder)
    printed = command(*shlex.split(line), "--limit", "1", "--processes", "1", "--record", "record")
    assert printed.code == 0, printed.err
    ways = {"moa"} if "--graph moa" in line else {"single", "vote", "moa", "cascade"}
    assert ways | {"oracle"} <= {text.split("  ")[0] for text in printed.out.splitlines()}


def documented() -> list[str]:
    """The rows that the document names."""
    return re.findall(r"^\| `([a-z0-9 :,]+)` \| (?:mind|graph|control) \|", DOCUMENT, re.M)


def test_the_document_names_every_row_and_option() -> None:
    from symposium.cli.bench import zoo as front
    from symposium.evals.controls import CONTROLS
    from symposium.evals.routes import ROUTES
    from symposium.evals.rows import TOGETHER

    names = {
        *(entry.name for entry in TOGETHER),
        *CONTROLS,
        *ROUTES,
        "best single sampled",
        "best single sampled, weighed",
        "symbolic:arithmetic",
    }
    assert set(documented()) == names
    options = {"json": "json_file", "markdown": "markdown_file"}
    told = {options.get(name, name) for name in re.findall(r"--([a-z]+)(?: |`)", DOCUMENT)}
    assert told == set(front.__annotations__) - {"return"}


def zoo(folder: Any, *arguments: str, limit: int = 6) -> Any:
    """Start a benchmark of the small mind, with a cache of its own."""
    asked = ("bench", "zoo", "-m", "small", "--limit", str(limit), "--split", "development", *arguments)
    return folder.start(*asked, XDG_CACHE_HOME=str(folder.path / "cache"))


def ended(process: Any) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, out, err


def record_of(folder: Any) -> Path:
    return Path(folder.path) / "cache" / "symposium" / "bench" / FILE


def test_the_small_mind_is_measured(folder: Any) -> None:
    code, out, err = ended(zoo(folder, "--json", "b.json", "--markdown", "b.md", limit=20))
    assert code == 0, err
    told = json.loads((folder.path / "b.json").read_text(encoding="utf-8"))
    rows = {(row["set"], row["name"]): row for row in told["rows"]}
    assert all(set(row) >= ROW_KEYS for row in told["rows"])
    assert {row["kind"] for row in told["rows"]} == {"mind", "graph", "control"}
    assert [rows[name, "small"]["n"] for name in ("development", "beyond", "kept-out")] == [20, 3, 5]
    small = rows["development", "small"]
    assert small["low"] < small["accuracy"] < small["high"]
    assert small["cpu_s"] > 0
    assert rows["development", "best single sampled"]["cost"] > small["cost"] == 1.0
    assert rows["development", "symbolic:arithmetic"]["accuracy"] == 0.0
    assert (told["about"]["seed"], told["about"]["split"]) == (2026, "development")
    assert "development (20 questions)" in out
    assert "| small |" in (folder.path / "b.md").read_text(encoding="utf-8")
    assert "\x1b" not in out + err
    assert "development: small (" in err
    assert not folder.ledger.exists()


def test_a_killed_benchmark_goes_on_where_it_stopped(folder: Any) -> None:
    killed = zoo(folder, "--processes", "2", "--json", "b.json")
    assert any("development: single" in line for line in killed.stderr)
    killed.send_signal(signal.SIGKILL)
    assert ended(killed)[0] == -signal.SIGKILL  # the pipes close once its workers have gone, too
    assert _all_marked_wrong(record_of(folder)) > 0
    code, _, err = ended(zoo(folder, "--processes", "2", "--json", "b.json"))
    assert code == 0, err
    told = json.loads((folder.path / "b.json").read_text(encoding="utf-8"))
    rows = {(row["set"], row["name"]): row for row in told["rows"]}
    assert (rows["development", "small"]["right"], rows["development", "oracle"]["right"]) == (0, 0)


def _all_marked_wrong(record: Path) -> int:
    """Falsify what the record holds, so that whoever asks again is found out; tell how many were right."""
    connection = sqlite3.connect(record)
    found = [(*place, json.loads(result)) for *place, result in connection.execute("SELECT * FROM results").fetchall()]
    for program, row, question, result in found:
        told = (json.dumps({**result, "right": False}), program, row, question)
        connection.execute("UPDATE results SET result = ? WHERE program = ? AND row = ? AND question = ?", told)
    connection.commit()
    connection.close()
    return sum(result["right"] for *_, result in found)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_keeps_what_was_answered(folder: Any, processes: str) -> None:
    process = zoo(folder, "--processes", processes)
    assert any("development: small" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert err.splitlines()[-1].startswith("symposium: interrupted; what was answered is kept"), err
    assert "Traceback" not in err
    connection = sqlite3.connect(record_of(folder))
    assert connection.execute("SELECT count(*) FROM results").fetchone()[0] >= 6
    connection.close()
