"""The doctor's checks, each one a finding: what was looked at, how it stands, and what to do about it."""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from symposium.cli import figures
from symposium.cli.form import check_configured
from symposium.cli.roster import problem
from symposium.ledger.records import CallFailed, ConfigurationError, Message, SymposiumError
from symposium.models.endpoints import PROVIDERS, disconnect
from symposium.models.member import Member
from symposium.models.settings import Settings, load

State = Literal["ok", "absent", "broken"]
REINSTALL = "install symposium again: a bundled mind is missing or broken"
PATIENCE = 1.0  # seconds for an Ollama on this machine or nearby to answer


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found; `absent` is fine, `broken` is configured and does not work; `advice` may be empty."""

    what: str
    state: State
    told: str
    advice: str = ""


async def examined() -> list[Finding]:
    """Make every check; one that fails does not keep the others from being made."""
    configuration, settings = _configuration()
    try:
        minds = [await _mind(member) for member in _bundled(settings)]
    finally:
        await disconnect()
    return [_python(), configuration, _ledger(settings), *minds, *_members(settings), await _ollama(), _keys()]


def advice(findings: Iterable[Finding]) -> list[str]:
    """What to do next: first what is broken, then what is missing, at last a question."""
    listed = sorted(findings, key=lambda finding: finding.state != "broken")
    lines = [finding.advice for finding in listed if finding.advice]
    if not any(finding.state == "broken" for finding in listed):
        lines.append('ask something: symposium ask "What is 17*24?"')
    return list(dict.fromkeys(lines))


def _python() -> Finding:
    from importlib.metadata import version

    return Finding(what="python", state="ok", told=f"{platform.python_version()}, symposium {version('symposium')}")


def _configuration() -> tuple[Finding, Settings | None]:
    try:
        settings = load()
        check_configured(settings)
    except SymposiumError as error:
        advice = "correct the configuration as said above"
        return Finding(what="configuration", state="broken", told=str(error), advice=advice), None
    if not settings.files:
        return _unconfigured(), settings
    told = f"{', '.join(str(path.absolute()) for path in settings.files)} valid"
    return Finding(what="configuration", state="ok", told=told), settings


def _unconfigured() -> Finding:
    return Finding(
        what="configuration",
        state="absent",
        told="no symposium.toml here or in the user's config folder; defaults hold",
        advice="to add members and presets of your own: copy symposium.example.toml to symposium.toml",
    )


def _ledger(settings: Settings | None) -> Finding:
    from symposium.ledger.store import Ledger

    ledger = Ledger(settings.ledger if settings else None)
    try:
        ledger.mark_interrupted()
        count = len(ledger.runs(limit=10**6))
    except ConfigurationError as error:
        return Finding(what="ledger", state="broken", told=str(error), advice="mend the ledger as said above")
    if not ledger.path.exists():
        return _new_ledger(ledger.path)
    size = ledger.path.stat().st_size
    told = f"{ledger.path}, {figures.counted(count, 'run')}, {size / 2**20:.1f} MiB"
    return Finding(what="ledger", state="ok", told=told)


def _new_ledger(path: Path) -> Finding:
    """The first run makes the file and its folders, if it may."""
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding(what="ledger", state="absent", told=f"{path} will be made by the first run")
    advice = "set SYMPOSIUM_LEDGER to a file in a folder of yours"
    return Finding(what="ledger", state="broken", told=f"{path} cannot be made in {there}", advice=advice)


def _bundled(settings: Settings | None) -> list[Member]:
    from symposium.models.zoo import bundled

    return [member for name, member in (settings.members if settings else {}).items() if name in bundled()]


async def _mind(member: Member) -> Finding:
    """Have a bundled mind say one token, through the gate like every call; being cut off there is what is asked for."""
    from symposium.models.gate import Seat, ask
    from symposium.models.run import Run

    started, what = time.monotonic(), f"mind {member.name}"
    try:
        await ask(Run(), replace(member, max_tokens=1), [Message(role="user", content="1+1")], seat=Seat(role="doctor"))
    except CallFailed as failure:
        if failure.kind not in ("truncated", "empty"):
            told = f"{failure.kind}: {failure}"
            return Finding(what=what, state="broken", told=told, advice=REINSTALL)
    return Finding(what=what, state="ok", told=f"speaks, after {figures.seconds(time.monotonic() - started)}")


def _members(settings: Settings | None) -> Sequence[Finding]:
    """The configured members, as far as can be told without a call."""
    if settings is None:
        return ()
    bundled = _bundled(settings)
    configured = [member for member in settings.members.values() if member not in bundled]
    return [_member(member) for member in configured] or ([] if bundled else [_nobody()])


def _member(member: Member) -> Finding:
    wrong = problem(member)
    what, fix = f"member {member.name}", f"correct or remove [member.{member.name}] in symposium.toml"
    if wrong:
        return Finding(what=what, state="broken", told=wrong, advice=fix)
    return Finding(what=what, state="ok", told=f"{member.model} can be asked")


def _nobody() -> Finding:
    return Finding(
        what="members",
        state="broken",
        told="the bundled minds are missing and symposium.toml names nobody",
        advice=f"{REINSTALL}; or add a [member.NAME] to symposium.toml",
    )


async def _ollama() -> Finding:
    import ollama  # slow to import, and nothing else of the command needs it

    try:
        client = ollama.AsyncClient(timeout=PATIENCE, trust_env=False)  # OLLAMA_HOST, else this machine; no proxy
        models = (await client.list()).models
    except Exception as error:  # any: the client lets its transport's errors through
        told = f"not reachable at {_ollama_host()} ({type(error).__name__})"
        return Finding(what="ollama", state="absent", told=told)
    told = f"{_ollama_host()}, {figures.counted(len(models), 'model')}"
    if "ollama" not in PROVIDERS:
        told = f"{told}: reachable, but this version has no provider for it yet"
        return Finding(what="ollama", state="absent", told=told)
    return Finding(what="ollama", state="ok", told=told)


def _ollama_host() -> str:
    return os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434"


def _keys() -> Finding:
    from symposium.cli.keys import found_keys

    try:
        names = found_keys()
    except (OSError, UnicodeDecodeError) as error:
        return Finding(what="keys", state="broken", told=f".env cannot be read: {error}", advice="mend .env")
    where = "in the environment or .env" if Path(".env").is_file() else "in the environment, and there is no .env"
    used = [name for name in names if name.removesuffix("_API_KEY").lower() in PROVIDERS]
    idle = [name for name in names if name not in used]
    told = [f"{', '.join(used) or 'none'} {where}"] if used or not idle else []
    if idle:
        told.append(
            f"found, but no provider of this version uses {'it' if len(idle) == 1 else 'them'}: {', '.join(idle)}"
        )
    return Finding(what="keys", state="ok" if used else "absent", told="; ".join(told))
