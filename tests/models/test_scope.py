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


@pytest.mark.parametrize("awaits", [True, False])
async def test_work_that_stops_its_own_scope_is_stopped_too(awaits: bool) -> None:
    scope = Scope()

    async def work() -> str:
        scope.stop("concluded")
        if awaits:
            await asyncio.sleep(0)
        return "done"

    with pytest.raises(Stopped, match="concluded"):
        await scope.run(work)
    await asyncio.sleep(0)  # and nothing of that reaches what comes after
    task = asyncio.current_task()
    assert task is not None
    assert (task.cancelling(), scope.busy) == (0, 0)


@pytest.mark.parametrize("first", ["stop", "cancel"])
async def test_a_cancellation_from_outside_is_no_stop(first: str) -> None:
    outer = Scope()
    inner = outer.child()
    task = asyncio.create_task(outer.run(lambda: inner.run(forever)))
    while outer.busy < 2:
        await asyncio.sleep(0)
    steps = [lambda: outer.stop("timeout"), task.cancel]
    for step in steps if first == "stop" else reversed(steps):
        step()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outer.busy == 0


async def test_what_was_stopped_can_time_out_and_be_stopped_again() -> None:
    scope = Scope()

    async def work() -> None:
        with pytest.raises(Stopped):
            await scope.run(forever)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await forever()

    task = asyncio.create_task(Scope().run(work))
    while not scope.busy:
        await asyncio.sleep(0)
    scope.stop("settled")
    await task


async def test_an_error_on_the_way_out_is_the_error_that_comes() -> None:
    scope = Scope()

    async def work() -> None:
        try:
            await forever()
        finally:
            raise ValueError("while cleaning up")

    task = asyncio.create_task(scope.run(work))
    while not scope.busy:
        await asyncio.sleep(0)
    scope.stop("settled")
    with pytest.raises(ValueError, match="cleaning up"):
        await task
    assert (task.cancelling(), scope.busy) == (0, 0)
