"""What a graph would ask of whom, if nothing fails: its calls by member and role, step by step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from symposium.agents.estimates import prompt_tokens
from symposium.models.member import Member


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One call that is planned.

    Those of one `step` are made at once, `window` of them at a time where that is given; the next step waits for all of
    them. Beside the question the member reads the `prompts` of those names, `own` words and the drafts of the members
    it `reads`. `surely` says that the call is made however the run goes, `spare` that it is made only if others fail.
    """

    member: Member
    role: str = "proposer"
    step: int = 0
    window: int | None = None
    prompts: tuple[str, ...] = ("proposer",)
    own: str = ""
    reads: tuple[Member, ...] = ()
    spare: bool = False
    surely: bool = True

    def prompt_tokens(self, question: str) -> int:
        """Estimate the call's prompt, with every draft that it reads at its longest."""
        return prompt_tokens(self.member, question, prompts=self.prompts, own=self.own, reads=self.reads)


def one_by_one(calls: Iterable[Planned]) -> list[Planned]:
    """Plan the calls one after the other."""
    return [replace(call, step=step) for step, call in enumerate(calls)]


def one_after_another(parts: Iterable[Sequence[Planned]]) -> list[Planned]:
    """Plan whole agendas one after the other."""
    calls: list[Planned] = []
    for part in parts:
        steps = 1 + max((call.step for call in calls), default=-1)
        calls += [replace(call, step=call.step + steps) for call in part]
    return calls


def standing_in(call: Planned, members: Iterable[Member]) -> list[Planned]:
    """The calls of those who stand in, each for whoever failed before it."""
    return [replace(call, member=member, spare=True, surely=False) for member in members]
