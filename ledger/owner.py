"""Who holds a run open, and whether they still live: the process, and in this one who is to end the run."""

import os
import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

STALE = 60.0  # seconds without a heartbeat after which a process that cannot be looked up counts as dead

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACE = Path("/proc/self/ns/pid")  # process ids mean something only within one namespace: containers share a boot


class Holder(Protocol):
    """Who is to end a run of this process."""

    @property
    def lives(self) -> bool:
        """Whether it still can."""
        ...


_holders: dict[str, weakref.ref[Holder]] = {}


def hold(run: str, holder: Holder) -> None:
    """Name who is to end a run of this process, without keeping it alive."""
    _holders[run] = weakref.ref(holder)


def let_go(run: str) -> None:
    """Take note that a run needs nobody to end it any more."""
    _holders.pop(run, None)


def forsaken(run: str) -> bool:
    """Tell whether a run had somebody in this process who was to end it, and has not any more."""
    if (known := _holders.get(run)) is None:
        return False
    holder = known()
    return holder is None or not holder.lives


@dataclass(frozen=True)
class Owner:
    """A process: its id, its start in clock ticks since boot, and the boot and pid namespace it runs in."""

    pid: int
    born: str
    host: str


def this_process() -> Owner:
    """Name the process that asks."""
    return _owner(os.getpid())


def alive(owner: Owner, *, beat: float, now: float) -> bool:
    """Tell whether an owner still runs; `beat` is its last heartbeat, both in seconds of the same clock.

    A process of this boot is looked up, so that a sleeping machine kills nobody; of any other only the heartbeat
    is known, and where there is no /proc every other process is such a one.
    """
    here = this_process()
    if owner == here:
        return True
    if owner.host and owner.host == here.host:
        return owner.born == _born(owner.pid)
    return now - beat <= STALE


@cache
def _owner(pid: int) -> Owner:
    return Owner(pid, _born(pid) or "", _host())


def _host() -> str:
    try:
        return f"{_BOOT.read_text().strip()} {_SPACE.readlink()}"
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = stat[stat.rindex(")") + 1 :].split()  # the name before it may hold spaces and brackets
    return None if state in "ZX" else fields[18]  # a zombie has died; field 22 of proc(5) is the start time
