"""What this process may use of the machine."""

import os
import sys
from pathlib import Path

import pytest

from symposium.models import machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The outermost control group, which binds every process in it."""
    monkeypatch.setattr(machine, "CONTROL_GROUPS", tmp_path)
    return tmp_path


@linux
@pytest.mark.parametrize(("quota", "cores"), [("50000 100000", 1), ("100000 100000", 1), ("150000 100000", 1)])
def test_a_quota_of_less_than_two_cores_allows_one(group: Path, quota: str, cores: int) -> None:
    (group / "cpu.max").write_text(quota + "\n")
    assert machine.cores() == cores


@linux
def test_without_a_quota_the_scheduler_decides(group: Path) -> None:
    (group / "cpu.max").write_text("max 100000\n")
    assert machine.cores() == len(os.sched_getaffinity(0))
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert machine.cores() == 1
    finally:
        os.sched_setaffinity(0, before)


@linux
def test_memory_is_what_the_control_group_leaves(group: Path) -> None:
    free = machine.available_memory()
    assert free > 0
    (group / "memory.max").write_text("1000000\n")
    (group / "memory.current").write_text("400000\n")
    assert machine.available_memory() == 600_000
    (group / "memory.current").write_text("2000000\n")
    assert machine.available_memory() == 0
    (group / "memory.max").write_text("max\n")
    assert machine.available_memory() > 1 << 20
