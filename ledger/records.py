"""The value types of a deliberation, its outcome, the kinds of failure and the error tree."""

import difflib
from collections.abc import Iterable
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

FailureKind = Literal[
    "auth",
    "billing",
    "rate",
    "timeout",
    "server",
    "network",
    "context",
    "content",
    "refused",
    "empty",
    "malformed",
    "truncated",
    "cancelled",
    "missing-model",
]
Status = Literal["answered", "partial", "abstained", "failed", "cancelled", "interrupted"]
Method = Literal["single", "vote", "selection", "synthesis", "fusion", "none"]
ExitReason = Literal[
    "complete",  # every planned step was taken
    "settled",  # the rest could no longer change the outcome
    "confident",  # a stage was sure enough, so that no stronger one was asked
    "quorum",  # as many had answered as were waited for
    "unopposed",  # the critic had nothing, or nothing more, to object
    "unanimous",  # all drafts agreed, so that nothing was debated
    "converged",  # the debaters came to agree
    "stalled",  # another round would have brought nothing new
    "judged",  # the judge ended the debate
    "concluded",  # asked to finish with what there was
    "budget",  # calls, tokens, money or rounds were used up
    "timeout",  # the request's seconds were used up
    "outside",  # the bundled minds know nothing of what is asked, and nobody else answered
    "no-answer",  # nobody gave an answer that could be read
    "cancelled",  # stopped from outside
    "error",  # the run broke; see `words`
]


class Message(TypedDict):
    """One turn of a conversation, in the chat providers' own words."""

    role: Literal["system", "user", "assistant"]
    content: str


class Usage(TypedDict):
    """Tokens of one call; `estimated` is true where the provider did not count.

    `cached` of the input came from the provider's prompt cache and `reasoning` of the output were thinking, where told.
    """

    input: int
    output: int
    estimated: bool
    cached: NotRequired[int]
    reasoning: NotRequired[int]


class Signal(TypedDict):
    """One named confidence signal; `calibrated` says whether the value is a probability that was fitted on data."""

    value: float
    calibrated: bool


class Weak(TypedDict):
    """A written step that a model finds unlikely.

    `start` counts characters from the beginning of the draft's text; `logprob` is the natural log-probability of the
    whole step, `least` that of its least likely token.
    """

    text: str
    start: int
    logprob: float
    least: float


class Draft(TypedDict):
    """What one member said in one call, and what it cost.

    `cost` is in US dollars, None where no price is known; `latency` and `ttft` are seconds; `answer` is what could be
    extracted from `text`, None where nothing could. `weakest` holds the steps that its own model found least likely,
    at most three, the unlikeliest first. A `cached` draft was paid for earlier in the same lineage.
    """

    call: str
    member: str
    role: str
    round: int
    index: int
    text: str
    reasoning: str
    answer: str | None
    finish: str
    usage: Usage
    cost: float | None
    cost_source: str
    latency: float
    ttft: float | None
    attempts: int
    signals: dict[str, Signal]
    weakest: list[Weak]
    cached: bool


class Critique(TypedDict):
    """What a critic holds against a draft: the quoted step, where it begins in the draft's text, and why.

    `member` and `call` name the draft; `logprob` tells how likely the critic finds the step, None where it checked it.
    """

    critic: str
    member: str
    call: str
    step: str
    start: int
    reason: str
    logprob: float | None


class Verdict(TypedDict):
    """What a judge makes of a draft: a higher `score` is better, None where it cannot tell.

    `member` and `call` name the draft; a `calibrated` score is a probability that was fitted on data; `right` is given
    by judges that check exactly, as an opinion by those that read, and None by those that only estimate.
    """

    judge: str
    member: str
    call: str
    score: float | None
    calibrated: bool
    right: bool | None
    reason: str
    signals: dict[str, Signal]


class Position(TypedDict):
    """Something that was said, and by whom."""

    text: str
    members: list[str]


class Contradiction(TypedDict):
    """What the drafts disagree about, and who holds what."""

    about: str
    positions: list[Position]


class Analysis(TypedDict):
    """How the drafts differ: what all say, what contradicts, what only one says, and what nobody considered."""

    consensus: list[str]
    contradictions: list[Contradiction]
    unique: list[Position]
    blind_spots: list[str]


Decision = Literal["continue", "conclude", "tie", "redirect"]


class Ruling(TypedDict):
    """What the judge of a debate decides after a round, and why.

    `winner` is the call of the draft that it holds to be right, None where it names none. Where it redirects,
    `off_topic` is what the debate should leave and `restated` the question as it should be read; else both are empty.
    """

    judge: str
    round: int
    decision: Decision
    winner: str | None
    reason: str
    off_topic: str
    restated: str


class Round(TypedDict):
    """What is on the table of a debate: the drafts as they stood when the round began, what was held against them, and
    what the judge ruled then (None: nothing).

    `drafts` are in the order in which they were first laid down, one for each debater that has one; round 0 of them are
    the first ones, a debater's later draft stands in its place.
    """

    round: int
    drafts: list[Draft]
    critiques: list[Critique]
    ruling: Ruling | None


class Flip(TypedDict):
    """A change of mind: a debater's answer before and after a round, and the argument that caused it.

    `critics` made the argument (the step that they quote and why); `stands` tells whether the revision was kept, and
    `words` why.
    """

    member: str
    round: int
    before: str | None
    after: str | None
    call: str
    critics: list[str]
    argument: str
    stands: bool
    words: str


Intent = Literal["chat", "fact", "logic", "maths", "code", "emotion", "creative", "summarise", "translate"]


class Duel(TypedDict):
    """The chance (0..1) that one member answers better than another."""

    first: str
    second: str
    chance: float


class Receipt(TypedDict):
    """Why a question went where it went.

    `router` is `rules`, `trained`, a member's name, or `default` where the router failed; `predicted` holds by member
    the chance (0..1) that it answers well; `duel` the two best by that and the chance that the first beats the second,
    None where there is but one; `chosen` who was asked, in order, and `why` in words.
    """

    intent: Intent
    router: str
    predicted: dict[str, float]
    duel: Duel | None
    chosen: list[str]
    why: str


class Failure(TypedDict):
    """Who failed, in which role, how and after how many wire attempts."""

    member: str
    role: str
    round: int
    index: int
    kind: FailureKind
    message: str
    attempts: int


class Voice(TypedDict):
    """One answer that was given: its text, share of the weight (0..1), votes and who gave it."""

    answer: str
    share: float
    votes: int
    members: list[str]


class MemberTotal(TypedDict):
    """What one member spent in one role; `cost` is None where no price is known."""

    member: str
    role: str
    calls: int
    input: int
    output: int
    cost: float | None
    estimated: bool


class Totals(TypedDict):
    """What the run spent: wire attempts, tokens, US dollars (None when any part is unknown) and seconds."""

    calls: int
    attempts: int
    input: int
    output: int
    cost: float | None
    unpriced: list[str]
    wall: float
    critical_path: float
    by_member: list[MemberTotal]


class First(TypedDict):
    """The free counterfactual: what the best single member answered at once."""

    member: str
    answer: str | None
    text: str


class Quorum(TypedDict):
    """How many voices were asked, came in, failed and were stopped because they could no longer matter."""

    asked: int
    answered: int
    failed: int
    cancelled: int


class Outcome(TypedDict):
    """The one result type of every strategy.

    `answer` is the full text for a reader, `extracted` the bare answer compared in votes. `exit` is the reason as an
    enum, `words` the same for people. `dissent` holds every minority answer. `tie` tells how a tie was broken.
    `metadata` is what a graph tells beyond that, JSON-like, by the names its documentation gives.
    """

    run: str
    graph: str
    status: Status
    method: Method
    answer: str
    extracted: str | None
    exit: ExitReason
    words: str
    answered: list[str]
    failures: list[Failure]
    quorum: Quorum
    agreed: list[str]
    dissent: list[Voice]
    tie: str | None
    signals: dict[str, Signal]
    totals: Totals
    first: First | None
    notes: list[str]
    metadata: dict[str, Any]


class Event(TypedDict):
    """One line of the stream `symposium.events/v1`; the payload's keys lie beside the envelope's."""

    v: int
    run: str
    seq: int
    t: float
    type: str


EVENTS_VERSION = 1
WRONG_STEP = "a written step is wrong: "
"""How a note of an Outcome begins that tells of a step that does not compute."""


class SymposiumError(Exception):
    """Every error that is ours.

    SymposiumError
    ├── UsageError           the caller asked wrongly (exit 2)
    ├── ConfigurationError   what is configured is wrong: TOML, keys, model files (exit 3)
    │   └── ModelFileError   a model file is missing, truncated or foreign
    ├── CallFailed           a model failed, with its kind
    └── LimitReached         a budget does not allow the next attempt
    """


class UsageError(SymposiumError):
    """The caller asked for something that does not exist or makes no sense."""


class ConfigurationError(SymposiumError):
    """What is configured cannot work."""


class ModelFileError(ConfigurationError):
    """A model file cannot be used; `problem` tells missing, truncated and foreign files apart."""

    def __init__(self, message: str, *, problem: Literal["missing", "truncated", "foreign", "unsupported"]) -> None:
        super().__init__(message)
        self.problem = problem


class CallFailed(SymposiumError):
    """One call to a model failed; `retry_after` is in seconds where the provider named one.

    `attempts` and `usage` are filled in by the gate: how often it was tried, and what the last attempt used.
    """

    def __init__(self, kind: FailureKind, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.retry_after = retry_after
        self.attempts = 1
        self.usage: Usage | None = None


LimitName = Literal["calls", "tokens", "money", "seconds", "rounds", "unpriced"]


class LimitReached(SymposiumError):
    """The budget does not allow another wire attempt; `limit` names which part of it."""

    def __init__(self, limit: LimitName, message: str) -> None:
        super().__init__(message)
        self.limit: LimitName = limit


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the known names is nearest, and list them all."""
    names = sorted(known)
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    hint = f"did you mean '{lowered[close[0]]}'? " if close else ""
    return f"{hint}known: {', '.join(names) or 'none'}"
