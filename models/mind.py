"""A mind: a member bound to a run and a place in its graph."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symposium.ledger.records import Draft, Message
from symposium.models import gate
from symposium.models.member import Member
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
        hear: Callable[[str], None] | None = None,
    ) -> Draft:
        """Ask the member; `hear` gets the text as it comes.

        Raises:
            CallFailed: no usable reply.
            LimitReached: the budget does not allow the call.
        """
        seat = gate.Seat(role=role, round=round, index=index, path=self.path)
        return await gate.ask(self.run, self.member, messages, seat=seat, temperature=temperature, hear=hear)
