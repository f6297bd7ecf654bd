"""Trying members out: real, short calls through the gate, several at a time."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

from symposium.cli.figures import one_line
from symposium.cli.roster import Standing, problem, standing
from symposium.ledger.records import SymposiumError
from symposium.models import capabilities
from symposium.models.discovery import ollama
from symposium.models.endpoints import disconnect
from symposium.models.member import Member

T = TypeVar("T")
AT_ONCE = 8  # members that are tried out together


async def probed(members: Sequence[Member]) -> list[Standing]:
    """Tell of each member what it can do, found by asking those who can be asked; stderr gets a line for each."""
    await asyncio.to_thread(ollama)  # what is said of its models counts on what was seen
    began = time.monotonic()

    async def told(member: Member) -> Standing:
        found = await _probed(member)
        words = f"{member.name}: {found['problem'] or 'tried'} ({time.monotonic() - began:.0f} s)"
        print(one_line(words, limit=200), file=sys.stderr, flush=True)
        return found

    try:
        return await together(members, told)
    finally:
        await disconnect()


async def _probed(member: Member) -> Standing:
    if problem(member):
        return standing(member)
    try:
        return standing(member, can=await capabilities.probe(member))
    except SymposiumError as error:
        return standing(member, wrong=str(error))


async def together(
    members: Sequence[Member], work: Callable[[Member], Coroutine[object, object, T]], *, at_once: int = AT_ONCE
) -> list[T]:
    """Do some work for every member, so many at a time; the results are in the members' order."""
    places = asyncio.Semaphore(at_once)

    async def placed(member: Member) -> T:
        async with places:
            return await work(member)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(placed(member)) for member in members]
    return [task.result() for task in tasks]
