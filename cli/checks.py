"""The doctor's checks, each one a finding: what was looked at, how it stands, and what to do about it."""

import asyncio
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from symposium.cli import figures
from symposium.cli.form import check_configured
from symposium.cli.probing import together
from symposium.cli.roster import problem
from symposium.ledger.records import CallFailed, ConfigurationError, FailureKind, Message, SymposiumError
from symposium.models.discovery import found, keyed, ollama, ollama_address
from symposium.models.endpoints import disconnect, key_variable
from symposium.models.keys import secret
from symposium.models.member import Member
from symposium.models.presets import PRESETS
from symposium.models.provider import Declined
from symposium.models.settings import Settings, cast, load

State = Literal["ok", "absent", "broken"]
REINSTALL = "install symposium again: a bundled mind is missing or broken"
PATIENCE = 30.0  # seconds for a member to answer
SPOKEN: frozenset[FailureKind] = frozenset({"truncated", "empty", "content"})  # it is there, as who declines is


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
    there = await asyncio.to_thread(_ollama)  # the checks of members count on what was seen
    try:
        minds = [await _mind(member) for member in _bundled(settings)]  # one after the other: see `endpoints.warm`
        members = await _members(settings)
    finally:
        await disconnect()
    presets = _presets(settings)
    return [_python(), configuration, *presets, _ledger(settings), *minds, *members, there, _keys(settings)]


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
        roles(settings)
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
        advice="to write down who is asked here, as a start for your own members and presets: symposium init",
    )


def _presets(settings: Settings | None) -> list[Finding]:
    """Whether every preset can be asked with; of the valid ones all in one."""
    if settings is None:
        return []
    wrong = {name: why for name in settings.presets if (why := _wrong_preset(name))}
    valid = [name for name in settings.presets if name not in wrong]
    told = Finding(what="presets", state="ok", told=f"{', '.join(valid)} valid")
    return [told, *(_broken_preset(name, why) for name, why in wrong.items())]


def _wrong_preset(name: str) -> str:
    from symposium.graphs.catalogue import strategy

    try:
        strategy(load(preset=name).choices.graph).form(preset=name)
    except SymposiumError as error:
        return str(error)
    return ""


def _broken_preset(name: str, why: str) -> Finding:
    return Finding(what=f"preset {name}", state="broken", told=why, advice=f"correct [preset.{name}]")


def _ledger(settings: Settings | None) -> Finding:
    from symposium.ledger.memory import MEMORY
    from symposium.ledger.store import Ledger

    ledger = Ledger(settings.ledger if settings else None)
    if ledger.path == MEMORY:
        return Finding(what="ledger", state="ok", told="in memory: nothing is kept of a run")
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
    """Have a bundled mind say one token."""
    failure, took = await _called(member)
    if failure:
        told = f"{failure.kind}: {failure}"
        return Finding(what=f"mind {member.name}", state="broken", told=told, advice=REINSTALL)
    return Finding(what=f"mind {member.name}", state="ok", told=f"speaks, after {figures.seconds(took)}")


async def _called(member: Member) -> tuple[CallFailed | None, float]:
    """Ask for one token through the gate, like every call; what failed, and the seconds it took.

    Being cut off there is what is asked for.
    """
    from symposium.ledger.memory import MEMORY
    from symposium.models.gate import Seat, ask
    from symposium.models.run import Run

    started, asked = time.monotonic(), [Message(role="user", content="1+1")]
    brief, seat = replace(member, max_tokens=1), Seat(role="doctor")
    try:
        await ask(Run(ledger=MEMORY), brief, asked, seat=seat, signals=False, within=PATIENCE)
    except CallFailed as failure:
        if failure.kind not in SPOKEN and not isinstance(failure, Declined):
            return failure, time.monotonic() - started
    return None, time.monotonic() - started


async def _members(settings: Settings | None) -> Sequence[Finding]:
    """Everyone who is configured, or found where nobody is, and who has a role: each is called."""
    if settings is None:
        return ()
    played = roles(settings)
    members = [member for member in played if member not in _bundled(settings)]
    if not members and not _bundled(settings):
        return [_nobody()]
    return await together(members, lambda member: _member(member, played[member]))


def roles(settings: Settings) -> dict[Member, list[str]]:
    """Everyone who may be called as it is configured, each with the roles or the preset that name it.

    Raises:
        UsageError: a name is unknown, or a stage cannot be read.
        ConfigurationError: likewise.
    """
    played = _roles(settings)
    for name in (name for name, values in settings.presets.items() if values is not PRESETS.get(name)):
        with suppress(SymposiumError):  # which is a finding of its own
            for member in _roles(load(preset=name)):
                played.setdefault(member, [f"preset {name}"])
    return played


def _roles(settings: Settings) -> dict[Member, list[str]]:
    from symposium.graphs.ladder import laid

    choices = settings.choices
    given: Mapping[str, Sequence[str | None]] = {
        "": choices.members or settings.configured,
        "proposer": choices.proposer_models,
        "aggregator": (choices.aggregator_model,),
        "judge": (choices.judge,),
        "critic": (choices.critic,),
        "fallback": choices.fallbacks,
    }
    played: dict[Member, list[str]] = {} if given[""] else {member: [] for member in found().members}
    for role, names in given.items():
        for name in filter(None, names):
            played.setdefault(cast(settings, (name,))[0], []).append(role)
    for member in laid(settings, (), {}).members if choices.stages else ():
        played.setdefault(member, []).append("stage")
    return played


async def _member(member: Member, roles: Sequence[str]) -> Finding:
    named = ", ".join(filter(None, roles))
    what, wrong = f"member {member.name}{f' ({named})' if named else ''}", problem(member)
    if wrong:
        return Finding(what=what, state="broken", told=wrong, advice=_mended(member, wrong))
    if member.provider == "symbolic":
        return Finding(what=what, state="ok", told=f"{member.model} checks what others say")
    failure, took = await _called(member)
    if failure:
        told = f"{failure.kind}: {failure}"
        return Finding(what=what, state="broken", told=told, advice=remedy(member, failure.kind))
    return Finding(what=what, state="ok", told=f"{member.model} answers, after {figures.seconds(took)}")


def _mended(member: Member, wrong: str) -> str:
    """What to do about a member that cannot be called."""
    variable = key_variable(member)
    if variable and not secret(variable):
        return f"{member.name}: put its key into {variable}, in the environment or in .env"
    return f"{member.name}: {wrong.rpartition(': ')[2]}" if member.provider == "ollama" else _entry(member)


def remedy(member: Member, kind: FailureKind) -> str:
    """What to do about a member that fails so."""
    if kind == "auth":
        return f"{member.name}: put a valid key into {key_variable(member) or 'the variable that its key names'}"
    if kind == "missing-model" and member.provider == "ollama":
        return f"{member.name}: ollama pull {member.target}"
    told = REMEDIES.get(kind)
    return f"{member.name}: {told}" if told else _entry(member)


REMEDIES: Mapping[FailureKind, str] = {
    "billing": "add credit at its provider, or ask somebody else",
    "rate": "wait a little; a smaller at_once keeps below its limit",
    "timeout": "see whether its server is well; a longer timeout waits for a slow one",
    "server": "its server is in trouble; try again later",
    "network": "see that its server runs and can be reached from here, or correct base_url",
    "missing-model": "correct the name of its model",
}


def _entry(member: Member) -> str:
    return f"correct or remove [member.{member.name}] in symposium.toml"


def _nobody() -> Finding:
    return Finding(
        what="members",
        state="broken",
        told="the bundled minds are missing and symposium.toml names nobody",
        advice=f"{REINSTALL}; or add a [member.NAME] to symposium.toml",
    )


def _ollama() -> Finding:
    try:
        there = ollama()
    except ConfigurationError as error:
        return Finding(what="ollama", state="broken", told=str(error), advice="mend .env, or the variable named above")
    if there is None:
        return Finding(what="ollama", state="absent", told=f"not reachable at {ollama_address()}")
    names = f": {', '.join(tag.name for tag in there)}" if there else ""
    told = f"{ollama_address()}, {figures.counted(len(there), 'model')}{names}"
    return Finding(what="ollama", state="ok" if there else "absent", told=told)


def _keys(settings: Settings | None) -> Finding:
    try:
        names = keyed()
    except ConfigurationError as error:
        return Finding(what="keys", state="broken", told=str(error), advice="mend .env")
    where = "in the environment or .env" if Path(".env").is_file() else "in the environment, and there is no .env"
    needed = {key_variable(member) for member in roles(settings)} if settings else set()
    used, idle = [n for n in names if n in needed], [n for n in names if n not in needed]
    told = [f"{', '.join(used) or 'none'} {where}"] if used or not idle else []
    if idle:
        told.append(f"found, but nobody who is asked needs {'it' if len(idle) == 1 else 'them'}: {', '.join(idle)}")
    return Finding(what="keys", state="ok" if used else "absent", told="; ".join(told))
