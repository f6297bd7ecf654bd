"""The bundled minds answer on a small machine: one core and half a gigabyte."""

import os
import subprocess
import sys
from pathlib import Path

LIMIT = 512 * 1024 * 1024  # bytes


SMALL = f"""
import os, resource
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
resource.setrlimit(resource.RLIMIT_DATA, ({LIMIT}, {LIMIT}))
from symposium.cli.main import run
run()
"""


def test_one_core_and_512_mb_are_enough(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SMALL, "ask", "-q", "--seed", "1", "What is 12 plus 30?"]
    env = {**os.environ, "SYMPOSIUM_LEDGER": str(tmp_path / "ledger.sqlite3")}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answer = process.stdout.read().decode().strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, answer) == (0, "42")
    print(f"peak RSS {usage.ru_maxrss / 1024:.0f} MB")
    assert usage.ru_maxrss * 1024 < LIMIT
