"""The bundled minds answer on a small machine: one core and half a gigabyte."""

import os
import subprocess
import sys
from pathlib import Path

LIMIT = 512 * 1024 * 1024  # bytes


SMALL = f"""
import atexit, os, re, resource
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
resource.setrlimit(resource.RLIMIT_DATA, ({LIMIT}, {LIMIT}))
@atexit.register
def tell():
    with open("/proc/self/status") as status, open("peak", "w") as peak:
        peak.write(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
from symposium.cli.main import run
run()
"""


def test_one_core_and_512_mb_are_enough(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SMALL, "ask", "-q", "--seed", "1", "What is 12 plus 30?"]
    env = {**os.environ, "SYMPOSIUM_LEDGER": str(tmp_path / "ledger.sqlite3")}
    done = subprocess.run(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "42")
    peak = int((tmp_path / "peak").read_text())  # kB; what wait4 tells begins with the size of its parent
    print(f"peak RSS {peak / 1024:.0f} MB")
    assert peak * 1024 < LIMIT
