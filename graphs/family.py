"""What every graph of the family shares: state, the first step, what a node does first, and how a member speaks."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar

from langchain_core.messages import AnyMessage, BaseMessage
from langgraph.graph.message import add_messages
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite
from typing_extensions import TypedDict

from symposium.agents.casting import Role, way
from symposium.agents.proposer import propose
from symposium.graphs.context import Context
from symposium.ledger.records import (
    CallFailed,
    ConfigurationError,
    Draft,
    Failure,
    LimitReached,
    Message,
    Outcome,
    UsageError,
)
from symposium.models.endpoints import warm
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.scope import Stopped

Update = dict[str, Any]  # LangGraph takes partial states as plain dicts
Step = Update | Command[Any]  # and with them, from a node that routes itself, where to go on
ANSWERING = ("proposer", "reviser")  # the roles whose words may become the answer
C = TypeVar("C", bound=Context)
T = TypeVar("T")
S_contra = TypeVar("S_contra", contravariant=True)


class Input(TypedDict):
    """The conversation; its last human message is the question."""

    messages: Annotated[list[AnyMessage], add_messages]


class Output(TypedDict):
    """The conversation with the answer, and how the answer came about."""

    messages: Annotated[list[AnyMessage], add_messages]
    outcome: Outcome


class Seating(TypedDict):
    """A place in a fan-out: which member speaks, and which of its samples this is."""

    member: str
    index: int


def gathered(left: list[Any], right: list[Any]) -> list[Any]:
    """Reduce what parallel nodes write: everything; it is sorted by member where it is read."""
    return [*left, *right]


class State(TypedDict):
    """The private channels of every graph; `drafts`, `failures` and `stopped` are written by parallel nodes."""

    messages: Annotated[list[AnyMessage], add_messages]
    outcome: Outcome
    lineage: str
    seats: list[Seating]
    drafts: Annotated[list[Draft], gathered]
    failures: Annotated[list[Failure], gathered]
    stopped: Annotated[list[Seating], gathered]


def fresh(run: Run, seats: Sequence[Seating]) -> Update:
    """Reset the private channels for a new turn: who will speak, and nothing said yet."""
    return {
        "lineage": run.lineage,
        "seats": list(seats),
        "drafts": Overwrite([]),
        "failures": Overwrite([]),
        "stopped": Overwrite([]),
    }


def conversation(messages: Sequence[BaseMessage]) -> tuple[Message, ...]:
    """The turns as plain messages, text only.

    Raises:
        UsageError: there is no question, or it is empty.
    """
    turns = tuple(Message(role=_role(message), content=message.text) for message in messages)
    if not turns or turns[-1]["role"] != "user" or not turns[-1]["content"].strip():
        raise UsageError("the question is empty; the last message must be a user's and hold text")
    return turns


def question(state: State) -> str:
    """The last turn's text."""
    return conversation(state["messages"])[-1]["content"]


def _role(message: BaseMessage) -> Any:
    roles = {"human": "user", "ai": "assistant", "system": "system"}
    if message.type not in roles:
        raise UsageError(f"a message of type '{message.type}' cannot be deliberated; allowed: {', '.join(roles)}")
    return roles[message.type]


class Node(Protocol[S_contra, C]):
    """A node as LangGraph calls it."""

    async def __call__(self, state: S_contra, *, runtime: Runtime[C]) -> Step:
        """Take the state and return a part of the next one."""
        ...


def node(graph: str) -> Callable[[Callable[[S_contra, C], Awaitable[Step]]], Node[S_contra, C]]:
    """Make a node of work over state and context: it begins the run, or rejoins its lineage, before the work."""

    def wrap(work: Callable[[S_contra, C], Awaitable[Step]]) -> Node[S_contra, C]:
        async def attended(state: S_contra, *, runtime: Runtime[C]) -> Step:
            await _attend(graph, runtime.context, state, runtime)
            return await work(state, runtime.context)

        # LangGraph reads a node's schema from these; the work's own first annotation is the state it takes.
        attended.__annotations__["state"] = next(iter(work.__annotations__.values()))
        attended.__name__, attended.__doc__ = work.__name__, work.__doc__
        return attended

    return wrap


async def _attend(graph: str, context: Context, state: Any, runtime: Runtime[Any]) -> None:
    run = context.run
    if "lineage" in state:  # absent in the first node, which begins a new turn
        await run.join(state["lineage"])
    if not run.begun:
        question = conversation(state["messages"])[-1]["content"]
        if run.watched:
            run.bus.subscribe(runtime.stream_writer)
        run.begin(graph, question, **context.introduction())


async def ready(context: Context, members: Sequence[Member] | None = None) -> None:
    """Make everyone, or those members, ready before anyone speaks, unless the run is stopped first.

    The stages of a run find them so.
    """
    wanted = context.everyone if members is None else members
    cold = [member for member in wanted if member.name not in context.warmed]
    context.warmed.update(member.name for member in cold)
    with suppress(Stopped):
        await context.run.scope.run(lambda: warm(cold))


async def spoken(
    context: Context, state: State, seat: Seating, *, node: str, listen: bool = False, within: float | None = None
) -> Update:
    """Let a seated member answer alone; failing, being stopped and running out of budget are data, not errors.

    With `listen` the reply goes out as the run's answer while it comes; `within` bounds it in seconds.
    """
    turns, mind = conversation(state["messages"]), context.mind(seat["member"], path=node)
    hear = context.run.hear if listen else None
    answering = partial(
        propose, mind, turns, index=seat["index"], temperature=context.sampling, within=within, hear=hear
    )
    draft, trouble = await tried(context, seat, answering)
    return {"drafts": [draft]} if draft else trouble


async def tried(
    context: Context,
    seat: Seating,
    work: Callable[[], Coroutine[Any, Any, T]],
    *,
    role: str = "proposer",
    round: int = 0,
) -> tuple[T | None, Update]:
    """Let an agent work for a seat; where it came to nothing, say so as data.

    A seat whose role does not answer is not counted as stopped.
    """
    try:
        return await work(), {}
    except Stopped:
        return None, _stopped(seat, role)
    except LimitReached as limit:
        if limit.limit != "unpriced":  # who has no price was refused; nothing is used up
            context.run.limit(limit)
        return None, _refused(seat, limit, role, round)
    except CallFailed as failure:
        return None, {"failures": [_failed(seat, failure, role, round)]}


async def alone(context: Context, state: State, seat: Seating, *, node: str, listen: bool = False) -> Update:
    """Let one seated member answer, unless the run is stopped first."""
    speaking = stoppable(context, lambda: spoken(context, state, seat, node=node, listen=listen))
    update, trouble = await tried(context, seat, speaking)
    return update or trouble


def stoppable(context: Context, work: Callable[[], Coroutine[Any, Any, T]]) -> Callable[[], Coroutine[Any, Any, T]]:
    """Work that ends with the run's scope."""
    return lambda: context.run.scope.run(work)


async def able(mind: Mind, role: Role) -> bool:
    """Tell whether a member can play a role."""
    try:
        await way(mind, role)
    except (UsageError, ConfigurationError):
        return False
    return True


def _stopped(seat: Seating, role: str) -> Update:
    return {"stopped": [seat]} if role in ANSWERING else {}


def _refused(seat: Seating, limit: LimitReached, role: str, round: int) -> Update:
    if limit.limit != "unpriced":
        return _stopped(seat, role)
    refused = CallFailed("billing", str(limit))
    refused.attempts = 0
    return {"failures": [_failed(seat, refused, role, round)]}


def _failed(seat: Seating, failure: CallFailed, role: str, round: int) -> Failure:
    return Failure(
        member=seat["member"],
        role=role,
        round=round,
        index=seat["index"],
        kind=failure.kind,
        message=str(failure),
        attempts=failure.attempts,
    )
