"""Nine ways in which a member goes wrong, as real servers do, and what must be true of the outcome then."""

from dataclasses import dataclass, field
from typing import Any

from symposium.ledger.records import Outcome

DEADLINE = 20.0  # seconds of a request; nothing here comes near it
PATIENCE = 0.6  # seconds of a call that would not end; any other takes a few hundredths, on a busy machine too
ENDS = ("complete", "settled", "converged", "stalled", "unopposed", "judged")  # of a run that nothing cut short


@dataclass(frozen=True)
class Wrong:
    """A way to go wrong, and the kinds of failure that tell of it; none: it is mended, or waited for."""

    name: str
    how: dict[str, Any] = field(hash=False)
    kinds: frozenset[str]

    def __str__(self) -> str:
        return self.name


NINE = (
    Wrong("500", {"fault": "500"}, frozenset({"server"})),
    Wrong("429 once", {"fault": "429", "first": 1, "retry_after": 0.01}, frozenset()),
    Wrong("429 always", {"fault": "429", "retry_after": 0.01}, frozenset({"rate"})),
    Wrong("malformed", {"fault": "malformed"}, frozenset({"malformed"})),
    Wrong("empty", {"fault": "empty"}, frozenset({"empty"})),
    Wrong("reset", {"fault": "reset"}, frozenset({"network", "truncated"})),
    Wrong("truncated", {"fault": "truncated"}, frozenset({"truncated", "network"})),
    Wrong("slow", {"fault": "slow"}, frozenset()),
    Wrong("hang", {"fault": "hang"}, frozenset({"timeout"})),
)


@dataclass
class Heard:
    """An outcome with the events that led to it."""

    outcome: Outcome
    events: list[Any]

    @property
    def streamed(self) -> str:
        """The answer as somebody read it who watched it being written."""
        text = ""
        for event in self.events:
            if event["type"] == "answer.restart":
                text = ""
            elif event["type"] == "answer.delta":
                text += event["text"]
        return text


def check_answered(heard: Heard) -> None:
    """An answer that no error got into came before the time was up, and reads the same for who watched it."""
    outcome = heard.outcome
    assert (outcome["status"], outcome["extracted"]) == ("answered", "42")
    assert outcome["exit"] in ENDS
    assert heard.streamed == outcome["answer"]
    for failure in outcome["failures"]:
        assert failure["message"] not in outcome["answer"]


def check_told(heard: Heard, wrong: Wrong, member: str, role: str) -> None:
    """The failure has its kind, its member and its role; there is none where none is due."""
    told = [(failure["member"], failure["role"], failure["kind"]) for failure in heard.outcome["failures"]]
    assert [(who, what) for who, what, _ in told] == [(member, role)] * bool(wrong.kinds)
    assert {kind for _, _, kind in told} <= wrong.kinds
