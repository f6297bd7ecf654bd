"""A mind: a member bound to a run and a place in its graph."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symposium.ledger.records import Draft, Message
from symposium.models import gate
from symposium.models.endpoints import features
from symposium.models.member import Member
from symposium.models.provider import Feature
from symposium.models.run import Run


@dataclass(frozen=True)
class Mind:
    """Whom an agent asks; every word passes the gate. `path` is the node's path in the graph."""

    run: Run
    member: Member
    path: str = ""

    async def say(
        self,
        messages: Sequence[Message],
        *,
        role: str,
        round: int = 0,
        index: int = 0,
        temperature: float | None = None,
        prefix: str = "",
        forced: str = "",
        schema: Mapping[str, Any] | None = None,
        signals: bool = True,
        within: float | None = None,
        max_tokens: int | None = None,
        hear: Callable[[str], None] | None = None,
    ) -> Draft:
        """Ask the member; `hear` gets the text as it comes.

        With `prefix` the reply goes on from that text, with `forced` it is that text and shows how likely the member
        finds it; both need an endpoint with the feature of that name. A `schema` (JSON Schema) is given to the provider
        where it takes one; the reply may break it all the same. Without `signals` no log-probabilities are asked for
        where they cost something. `within` bounds the call in seconds, `max_tokens` the reply in place of the member's
        own bound.

        Raises:
            CallFailed: no usable reply.
            LimitReached: the budget does not allow the call.
        """
        seat = gate.Seat(role=role, round=round, index=index, path=self.path)
        return await gate.ask(
            self.run,
            self.member,
            messages,
            seat=seat,
            temperature=temperature,
            prefix=prefix,
            forced=forced,
            schema=schema,
            signals=signals,
            within=within,
            max_tokens=max_tokens,
            hear=hear,
        )

    async def features(self) -> frozenset[Feature]:
        """Tell what the member's endpoint can do beside answering.

        Raises:
            ConfigurationError: the provider is unknown, or a model file cannot be used.
        """
        return await features(self.member)

    def tell(self, type: str, **payload: object) -> None:
        """Emit an event of the run: what an agent made of what was said."""
        self.run.bus.emit(type, **payload)
