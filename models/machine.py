"""What this process may use of the machine: cores and memory, as the scheduler and the control group allow."""

import os
from collections.abc import Iterator
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")
UNKNOWN_MEMORY = 4 << 30  # bytes, where the system does not tell


def cores() -> int:
    """Count the cores this process may keep busy; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *(int(share) for share in _shares())]))


def available_memory() -> int:
    """Tell how many bytes this process can still take."""
    return max(0, min([_free(), *_headroom()]))


def _shares() -> Iterator[float]:
    for line in _group_lines("cpu.max"):
        quota, period = line.split()
        if quota != "max":
            yield int(quota) / int(period)


def _headroom() -> Iterator[int]:
    used = (int(line) for line in _group_lines("memory.current"))
    for limit, current in zip(_group_lines("memory.max"), used, strict=False):
        if limit != "max":
            yield int(limit) - current


def _group_lines(name: str) -> Iterator[str]:
    """What the control groups around this process say, the innermost first (version 2; silent elsewhere)."""
    for group in _groups():
        try:
            yield (group / name).read_text(encoding="ascii").strip()
        except OSError:
            continue


def _groups() -> list[Path]:
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    inner = next((line.removeprefix("0::/") for line in lines if line.startswith("0::")), "")
    own = CONTROL_GROUPS / inner
    return [group for group in (own, *own.parents) if group.is_relative_to(CONTROL_GROUPS)]


def _free() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return UNKNOWN_MEMORY
    kilobytes = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return int(next(kilobytes, UNKNOWN_MEMORY >> 10)) << 10
