"""The command as a process: signals, closed pipes, terminals, and what it loads before it speaks."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from symposium.ledger.store import Ledger

TIMEOUT = 120  # seconds until a hanging process fails its test


def until(stream: Any, words: str) -> str:
    """Read lines up to the one that holds the words."""
    read = ""
    for line in stream:
        read += str(line)
        if words in line:
            return read
    raise AssertionError(f"'{words}' never came; there was: {read}")


def rest(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, out, err


def statuses(folder: Any) -> list[str]:
    return [run["status"] for run in Ledger(folder.ledger).runs()]


def test_the_first_ctrl_c_concludes_with_what_there_is(folder: Any) -> None:
    folder.cast(ann="scripted:says answer 350", bob="scripted:says I think and hangs")
    process = folder.start("ask", "-m", "ann,bob", "--samples", "1", "?")
    until(process.stderr, "ann 1: 350")
    process.send_signal(signal.SIGINT)
    code, out, err = rest(process)
    assert (code, out) == (130, "answer 350\n")
    assert "concluding" in err
    assert "bob 1: stopped" in err
    assert statuses(folder) == ["partial"]


def test_the_second_ctrl_c_stops_at_once(folder: Any) -> None:
    folder.cast(ann="scripted:says answer 350", bob="scripted:stubborn")
    process = folder.start("ask", "-m", "ann,bob", "--samples", "1", "?")
    until(process.stderr, "ann 1: 350")
    process.send_signal(signal.SIGINT)
    until(process.stderr, "concluding")
    process.send_signal(signal.SIGINT)
    code, out, err = rest(process)
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert "never retrieved" not in err
    assert statuses(folder) == ["cancelled"]


def test_sigterm_cancels_and_closes_the_ledger(folder: Any) -> None:
    folder.cast(ann="scripted:says I think and hangs")
    process = folder.start("ask", "-m", "ann", "--json", "?")
    until(process.stdout, "call.delta")
    process.send_signal(signal.SIGTERM)
    code, out, err = rest(process)
    assert (code, err) == (143, "")
    assert json.loads(out.splitlines()[-1])["outcome"]["status"] == "cancelled"
    assert statuses(folder) == ["cancelled"]


def test_a_reader_that_leaves_cancels_the_run(folder: Any) -> None:
    folder.cast(ann="scripted:says I think and hangs", bob="scripted:says answer 350")
    process = folder.start("ask", "-m", "ann,bob", "--json", "?")
    assert process.stdout is not None
    until(process.stdout, "run.start")
    process.stdout.close()
    assert process.stderr is not None
    assert (process.wait(timeout=TIMEOUT), process.stderr.read()) == (141, "")
    process.stderr.close()
    assert statuses(folder) == ["cancelled"]


@pytest.mark.parametrize("manner", ["-q", "--json", "--plain"])
@pytest.mark.parametrize(
    ("redirected", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descript")]
)
def test_an_answer_that_cannot_be_written_is_told_in_one_line(
    folder: Any, manner: str, redirected: str, why: str
) -> None:
    folder.cast(ann="scripted:says answer 350")
    call = folder.call("ask", manner, "-m", "ann", "?")
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh", *call]
    printed = subprocess.run(
        shell, cwd=folder.path, env=folder.environment, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, check=False
    )
    assert printed.returncode == 74
    last = printed.stderr.splitlines()[-1]
    assert last.startswith(f"symposium: cannot write the answer: {why}")
    assert "Traceback" not in printed.stderr
    assert "Exception ignored" not in printed.stderr


def test_without_stderr_nothing_but_the_answer_stands_on_stdout(folder: Any) -> None:
    folder.cast(ann="scripted:says answer 350")
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh", *folder.call("ask", "-m", "ann", "?")]
    printed = subprocess.run(
        shell, cwd=folder.path, env=folder.environment, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT, check=False
    )
    assert (printed.returncode, printed.stdout) == (0, "answer 350\n")


def on_a_terminal(folder: Any, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command with all its streams on a terminal of 80 columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        folder.call(*arguments),
        cwd=folder.path,
        env={**folder.environment, **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b"".join(_pieces(ours)).decode()
    os.close(ours)
    return process.wait(timeout=TIMEOUT), said


def _pieces(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # how Linux tells that nobody holds the other end any more
            return
        if not piece:
            return
        yield piece


ASK = ("ask", "-m", "ann,bob", "--samples", "1", "--rule", "plurality", "상자에 남은 펜은?")


def test_a_terminal_gets_the_live_view_and_its_cursor_back(folder: Any) -> None:
    folder.cast(ann="scripted:says 17*24=408; answer 350", bob="scripted:says 답은 350")
    code, said = on_a_terminal(folder, *ASK, TERM="xterm-256color")
    assert code == 0
    assert "ann 1" in said
    assert "17*24=408; answer 350" in said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")


COLOURLESS = {"NO_COLOR": "1", "TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (ASK, COLOURLESS),
        (ASK, {"TERM": "dumb"}),
        *[(tuple(line.split()), COLOURLESS) for line in ("models", "graphs", "runs", "config show", "--help", "aks")],
    ],
)
def test_no_escape_byte_where_none_is_wanted(
    folder: Any, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    folder.cast(ann=r"scripted:says \u001b[31m17*24=408\u001b[0m; answer 350", bob="scripted:says answer 350")
    _, said = on_a_terminal(folder, *arguments, **environment)
    assert said
    assert "\x1b" not in said


@pytest.mark.parametrize("line", ["doctor", "graphs", "graphs show vote", "show", "ask -m ann,bob --samples 1 ?"])
def test_no_line_is_longer_than_the_terminal(folder: Any, line: str) -> None:
    folder.cast(ann=f"scripted:says {'several words that say little ' * 9}answer 350", bob="scripted:says answer 350")
    quiet = {**COLOURLESS, "SYMPOSIUM_LEDGER": "ledger.sqlite3"}
    if line == "show":
        on_a_terminal(folder, *ASK, **quiet)
    _, narrow = on_a_terminal(folder, *line.split(), **quiet)
    answer = "several words" in narrow and line.startswith("ask")  # printed as it is, to be copied
    lines = [shown for shown in narrow.splitlines() if not (answer and shown.startswith("several words"))]
    assert all(len(shown) <= 80 for shown in lines)
    assert any(len(shown) > 60 for shown in lines)


def test_plain_lines_on_a_terminal_if_asked_for(folder: Any) -> None:
    folder.cast(ann="scripted:says answer 350", bob="scripted:says answer 350")
    code, said = on_a_terminal(folder, *ASK[:-1], "--plain", "?", TERM="xterm-256color")
    assert code == 0
    assert "ann 1: 350" in said
    assert "\x1b" not in said


def test_a_terminal_without_a_question_is_told_how_to_ask(folder: Any) -> None:
    folder.cast(ann="scripted:says answer 350")
    code, said = on_a_terminal(folder, "ask", TERM="xterm-256color")
    assert code == 2
    assert said.splitlines() == [
        'symposium: no question; write it behind the command, as in symposium ask "What is 17*24?", or on stdin'
    ]


HEAVY = ("langgraph", "langchain_core", "langchain_openai", "xllamacpp", "numpy", "ollama", "openai", "torch")


def test_help_loads_nothing_heavy() -> None:
    code = f"""
import sys
from symposium.cli.main import main
assert main(["ask", "--help"]) == 0
print("loaded:", [name for name in {(*HEAVY, "asyncio", "pydantic_settings", "rich")} if name in sys.modules])
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert printed.stdout.splitlines()[-1] == "loaded: []"


def test_the_run_has_started_before_anything_heavy_is_loaded(folder: Any) -> None:
    code = f"""
import sys

class Watched:
    def write(self, text):
        if "run.start" in text:
            sys.__stdout__.write(str([name for name in {HEAVY} if name in sys.modules]) + "\\n")
    def flush(self):
        pass

sys.path.insert(0, {str(folder.script.parent)!r})
import scripted_command
from symposium.cli.main import main
from symposium.models import endpoints
endpoints.PROVIDERS["scripted"] = scripted_command.Scripted
sys.stdout = Watched()
main(["ask", "-m", "ann", "--json", "?"])
"""
    folder.cast(ann="scripted:says answer 350")
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.path,
        env=folder.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert printed.stdout.splitlines() == ["[]"]
