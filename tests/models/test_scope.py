"""The cancel scope."""

import asyncio

import pytest

from symposium.models.scope import Scope, Stopped


async def forever() -> None:
    await asyncio.Event().wait()


async def started(scope: Scope) -> "asyncio.Task[None]":
    task = asyncio.create_task(scope.run(forever))
    while not scope.busy:
        await asyncio.sleep(0)
    return task


async def test_what_ends_in_time_gives_its_value() -> None:
    async def work() -> int:
        return 5

    assert await Scope().run(work) == 5


async def test_stopping_tells_the_reason() -> None:
    scope = Scope()
    task = await started(scope)
    scope.stop("settled")
    with pytest.raises(Stopped, match="settled"):
        await task
    assert scope.busy == 0


async def test_a_stopped_scope_starts_nothing() -> None:
    scope = Scope()
    scope.stop("budget")
    with pytest.raises(Stopped, match="budget"):
        await scope.run(forever)


async def test_a_parent_stops_its_children_but_not_the_other_way_round() -> None:
    parent = Scope()
    one, two = parent.child(), parent.child()
    first, second = await started(one), await started(two)
    one.stop("settled")
    with pytest.raises(Stopped, match="settled"):
        await first
    assert (parent.stopped, two.stopped, parent.busy) == (None, None, 1)
    parent.stop("timeout")
    with pytest.raises(Stopped, match="timeout"):
        await second
    assert parent.child().stopped == "timeout"


async def test_the_first_reason_stays() -> None:
    scope = Scope()
    scope.stop("timeout")
    scope.stop("concluded")
    assert scope.stopped == "timeout"


async def test_cancelling_the_waiter_ends_the_work_first() -> None:
    scope, ended = Scope(), []

    async def careful() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    task = asyncio.create_task(scope.run(careful))
    while not scope.busy:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
    assert scope.busy == 0


async def test_an_error_inside_comes_out() -> None:
    async def broken() -> None:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        await Scope().run(broken)
