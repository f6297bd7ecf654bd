"""A call: what one member is asked once, where in the run, and until when; it may take several attempts on the wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from symposium.ledger.records import CallFailed, Usage
from symposium.models.member import Member
from symposium.models.preflight import Cut
from symposium.models.provider import Feature, Request
from symposium.models.run import Prompt, Run
from symposium.models.traffic import Lane

Hear = Callable[[str], None]
ENDS = ("call.end", "call.error")  # each attempt has one


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who speaks where: the role, the round, the sample's index and the node's path in the graph."""

    role: str
    round: int = 0
    index: int = 0
    path: str = ""


@dataclass(kw_only=True, eq=False)
class Call:
    """One call over its attempts; `until` is by the loop's clock, None where nothing bounds it.

    `beside` are the tokens that are read beside the prompt: the reply's beginning, and the schema it is to follow.
    `bounded` says that it is the request's time which ends then.
    """

    run: Run
    member: Member
    request: Request
    prompt: Prompt
    seat: Seat
    lane: Lane
    beside: int = 0
    until: float | None = None
    bounded: bool = False
    cut: Cut | None = None
    hear: Hear | None = None
    attempts: int = 0
    failures: int = 0
    turns: int = 0  # how often it was turned away
    failure: CallFailed | None = None  # the last one
    lacking: list[Feature] = field(default_factory=list)  # what its endpoint was found to lack meanwhile
    heard: bool = False  # somebody has heard a part of the reply
    quiet: bool = False  # what comes in is told when it is whole, since two attempts are under way

    def __post_init__(self) -> None:
        """Number the call."""
        self.id = self.run.next_call()
        self.told: set[int] = set()  # the attempts whose end has been told
        self._place: Mapping[str, object] = {
            "call": self.id,
            "role": self.seat.role,
            "member": self.member.name,
            "round": self.seat.round,
            "index": self.seat.index,
            "parent": self.seat.path,
        }

    def emit(self, type: str, *, attempt: int, **payload: object) -> None:
        """Tell of an attempt, 0 for what happened before any."""
        if type in ENDS:
            self.told.add(attempt)
        self.run.bus.emit(type, **self._place, attempt=attempt, **payload)

    @property
    def tokens(self) -> int:
        """The estimate of what is read."""
        return self.prompt.tokens + self.beside

    def cost(self, used: Usage) -> float | None:
        """Price tokens, in US dollars; None where the price is unknown."""
        price = self.member.price
        if price is None:
            return None
        return price.cost(input_tokens=used["input"], output_tokens=used["output"], cached_tokens=used.get("cached", 0))
