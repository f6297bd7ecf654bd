"""The plan of a debate: how many rounds, and who can play which part; made anew where the choices are others."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from symposium.agents.casting import follows_instructions
from symposium.graphs.debate_judging import judges
from symposium.graphs.debate_state import DebateState, Plan, TurnState
from symposium.graphs.family import Step, able
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import UsageError

CRITICISE, RECONSIDER = "criticise", "reconsider"  # the nodes in which debaters speak after they have drafted
MADE_BY = ("max_rounds", "moderated", "judge", "fallbacks", "critic")  # the choices on which a plan rests
S = TypeVar("S", DebateState, TurnState)


async def planned(context: DebateContext) -> Plan:
    """Find out who can play which part."""
    bare = [member.name for member in context.cast if not follows_instructions(member)]
    names = [member.name for member in context.cast]
    return Plan(
        debaters=names,
        choices=_choices(context),
        rounds=context.settings.choices.max_rounds,
        critics=[name for name in names if await able(context.mind(name, path=CRITICISE), "critic")],
        revisers=[name for name in names if await able(context.mind(name, path=RECONSIDER), "debater")],
        bare=bare,
        weighers=[name for name in bare if await able(context.mind(name, path=RECONSIDER), "weigher")],
        judges=await judges(context),
        checker=await _checker(context),
    )


def _choices(context: DebateContext) -> dict[str, Any]:
    return context.settings.choices.model_dump(mode="json", include={*MADE_BY})


async def _checker(context: DebateContext) -> str:
    """Who checks all drafts; a debater criticises anyway, and is not asked twice."""
    name = context.checker.name
    if any(member.name == name for member in context.cast):
        context.run.note(f"nobody checks all drafts: '{name}', who was named for that, debates")
        return ""
    return name if await able(context.mind(name, path=CRITICISE), "critic") else ""


def by_plan(work: Callable[[S, DebateContext], Awaitable[Step]]) -> Callable[[S, DebateContext], Awaitable[Step]]:
    """Make a step of work that goes by the plan: by a new one where a checkpoint goes on under other choices."""

    @wraps(work)
    async def attended(state: S, context: DebateContext) -> Step:
        _check_seats(context, state)
        known = state["plan"]
        plan = known if known["choices"] == _choices(context) else await planned(context)
        made = await work(cast(S, {**state, "plan": plan}), context)
        return made if plan is known or not isinstance(made, dict) else {**made, "plan": plan}

    return attended


def _check_seats(context: DebateContext, state: DebateState | TurnState) -> None:
    """Let nobody but those who began the debate go on with it.

    Raises:
        UsageError: a checkpoint goes on with other members.
    """
    began, there = state["plan"]["debaters"], [member.name for member in context.cast]
    if {*began} != {*there}:
        raise UsageError(f"this debate was begun by {', '.join(began)}; it cannot go on with {', '.join(there)}")
