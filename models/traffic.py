"""Traffic: the places at a server, the lane of each model on it, and what is known of how that model does."""

import asyncio
import hashlib
from dataclasses import dataclass, field

from symposium.ledger.records import CallFailed
from symposium.models.bucket import Bucket
from symposium.models.circuit import Circuit
from symposium.models.hedging import Allowance
from symposium.models.member import Member
from symposium.models.pace import Pace, pace_of

LOCAL = ("gguf",)  # providers that run models in this process, each with places of its own
LOCAL_PLACES = 16  # calls in flight of a model in this process
PLACES = 1024  # calls in flight at a server
ALL_PLACES = 4096  # calls in flight in all


class Lane:
    """The way to one model at one address with one key: its places, which a server's models share, its rate, its state.

    It belongs to an event loop. `address` names where the model is without telling it, None for its provider's own
    place.
    """

    def __init__(
        self, places: asyncio.Semaphore, everywhere: asyncio.Semaphore, pace: Pace, *, address: str | None
    ) -> None:
        self.address = address
        self.bucket = Bucket()
        self.circuit = Circuit()
        self.hedges = Allowance()
        self.pace = pace
        self._places, self._everywhere = places, everywhere
        self._line = asyncio.Lock()  # those who wait for the bucket go one after the other
        self._waiting = 0

    async def enter(self, until: float | None) -> None:
        """Take a place, and wait until a request may go out; `leave` gives the place back.

        Raises:
            TimeoutError: there was no place until then (by the loop's clock).
            CallFailed: "rate" where the endpoint takes no request until then.
        """
        now = asyncio.get_running_loop().time()
        if self._clear(now):
            await self._sit_down()  # without waiting
            self.bucket.take(now)
            return
        async with asyncio.timeout_at(until):
            await self._sit_down()
            try:
                await self._turn(until)
            except BaseException:
                self.leave()
                raise

    def leave(self) -> None:
        """Give the place back."""
        self._everywhere.release()
        self._places.release()

    def _clear(self, now: float) -> bool:
        full = self._places.locked() or self._everywhere.locked()
        return not full and not self._waiting and self.bucket.wait(now) <= 0

    async def _sit_down(self) -> None:
        await self._places.acquire()
        try:
            await self._everywhere.acquire()
        except BaseException:
            self._places.release()
            raise

    async def _turn(self, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._check_soon(self.bucket.wait(loop.time(), behind=self._waiting), until)
        self._waiting += 1
        try:
            async with self._line:
                while (wait := self.bucket.wait(loop.time())) > 0:
                    self._check_soon(wait, until)
                    await asyncio.sleep(wait)
                self.bucket.take(loop.time())
        finally:
            self._waiting -= 1

    def _check_soon(self, wait: float, until: float | None) -> None:
        if until is not None and asyncio.get_running_loop().time() + wait >= until:
            raise CallFailed("rate", f"its endpoint takes no request for another {wait:.3g} s", retry_after=wait)


@dataclass
class _Roads:
    """The lanes and places of one event loop."""

    everywhere: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ALL_PLACES))
    places: dict[tuple[str | int | None, ...], asyncio.Semaphore] = field(default_factory=dict)
    lanes: dict[tuple[str | int | None, ...], Lane] = field(default_factory=dict)


_roads: dict[asyncio.AbstractEventLoop, _Roads] = {}


def lane_of(member: Member) -> Lane:
    """The lane of a member on this event loop, shared by all who reach the same model in the same way."""
    roads = _roads.get(asyncio.get_running_loop()) or _new_roads()
    key = (member.model, member.base_url, member.key, member.at_once)
    lane = roads.lanes.get(key)
    if lane is None:
        pace, address = pace_of(member.model, member.base_url), _named(member.base_url)
        lane = roads.lanes[key] = Lane(_places(roads, member), roads.everywhere, pace, address=address)
    return lane


def _named(base_url: str | None) -> str | None:
    return None if base_url is None else hashlib.sha256(base_url.encode()).hexdigest()[:8]


def _new_roads() -> _Roads:
    for loop in list(_roads):  # other threads have loops of their own
        if loop.is_closed():
            _roads.pop(loop, None)  # a semaphore that was waited for holds on to its loop
    return _roads.setdefault(asyncio.get_running_loop(), _Roads())


def _places(roads: _Roads, member: Member) -> asyncio.Semaphore:
    """A model's own places where it runs here or the member asks for its own number, else its server's."""
    own = member.provider in LOCAL or member.at_once is not None
    key = (member.model if own else member.provider, member.base_url, member.at_once)
    most = member.at_once or (LOCAL_PLACES if member.provider in LOCAL else PLACES)
    return roads.places.setdefault(key, asyncio.Semaphore(most))
