"""What a mixture of agents says at its end: the answer, the dissent, the notes and the metadata."""

from typing import Any, Literal

from symposium.agents.casting import follows_instructions
from symposium.graphs.aggregation import Aggregate
from symposium.graphs.counting import in_order
from symposium.graphs.dissent import weighed
from symposium.graphs.endings import HALTS, WORDS, best_first, exit_of, in_words, slips, who
from symposium.graphs.family import question
from symposium.graphs.forms import MoaContext
from symposium.graphs.mixture import Check, MoaState, best_draft, comparers, drafts_of
from symposium.graphs.panel import MANY
from symposium.ledger.records import ExitReason, Quorum
from symposium.models.run import Ending
from symposium.tools.measures import asked_unit


def ending_with(context: MoaContext, state: MoaState, result: Aggregate) -> Ending:
    exit = _exit(context, state)
    return Ending(
        status="partial" if exit in HALTS else "answered",
        method=result["method"],
        answer=result["text"],
        extracted=result["extracted"],
        exit=exit,
        words=in_words(context, exit),
        answered=who(state["drafts"], context.cast),
        failures=state["failures"],
        quorum=_quorum(state),
        agreed=result["agreed"],
        dissent=result["dissent"],
        tie=result["tie"],
        signals=result["signals"],
        first=best_first(drafts_of(state, 1), context.cast),
        notes=[*result["notes"], *_notes(context, state), *slips(result["text"])],
        metadata=metadata(context, state),
    )


def ending_kept(context: MoaContext, state: MoaState, check: Check) -> Ending:
    """The ending with the best draft, which the judge prefers to what was made of all."""
    made, best = state["results"][-1], check["draft"]
    drafts, overruled = drafts_of(state, made["round"]), [made["draft"]] if made["draft"] else []
    unit = asked_unit(question(state))
    found = weighed(
        best["answer"],
        drafts,
        context.cast,
        unit=unit,
        draft=best,
        analysis=state["analysis"],
        overruled=overruled,
    )
    reason = f"the draft of {best['member']} was kept, since {check['judge']} finds it better: {check['reasons'][0]}"
    kept: Aggregate = {
        **made,
        **found,
        "text": best["text"],
        "draft": best,
        "method": "selection",
        "tie": None,
        "notes": [reason],
    }
    return ending_with(context, state, kept)


def _exit(context: MoaContext, state: MoaState) -> ExitReason:
    stopped = exit_of(context)
    return "quorum" if stopped == "complete" and any(result["cut"] for result in state["results"]) else stopped


def _quorum(state: MoaState) -> Quorum:
    failed = sum(failure["role"] == "proposer" for failure in state["failures"])
    drafts, stopped = len(state["drafts"]), len(state["stopped"])
    return Quorum(asked=drafts + failed + stopped, answered=drafts, failed=failed, cancelled=stopped)


def _notes(context: MoaContext, state: MoaState) -> list[str]:
    """What else a reader should know of how this answer came about."""
    told, proposers = [], len(context.cast)
    if proposers > MANY:
        told.append(f"{proposers} proposers: beyond {MANY} of them each further one adds little")
    if state["plan"]["layers"] > 1 and not any(follows_instructions(member) for member in context.cast):
        told.append("the proposers cannot read drafts: each layer answered anew")
    done, layers = len(state["results"]), state["plan"]["layers"]
    if done < layers:
        told.append(f"{done} of {layers} layers were answered")
    if unused := drafts_of(state, done + 1):
        drafts = f"{len(unused)} of {len(state['seats'])} drafts"
        told.append(f"layer {done + 1} was cut short after {drafts}: what was made of layer {done} stands")
    return told + _checked(context, state)


def _checked(context: MoaContext, state: MoaState) -> list[str]:
    """What came of the check of the best draft, where that was asked for and it was not kept."""
    check, made = state["check"], state["results"][-1]["draft"]
    if not context.settings.choices.keep_best or (check and check["kept"]):
        return []
    if check:
        found = "does not find a draft better" if check["consistent"] else "finds neither better in both orders"
        return [f"{check['judge']} {found}: what was made of the drafts stands"]
    if made and made["text"] == best_draft(context, state)["text"]:
        return []
    return [f"the answer was not compared with the best draft: {_unchecked(context, state)}"]


def _unchecked(context: MoaContext, state: MoaState) -> str:
    exit = exit_of(context)
    if state["results"][-1]["draft"] is None:
        return "it was merged by rule"
    if not comparers(context, state):
        return "nobody of another family can judge"
    if any(failure["role"] == "judge" for failure in state["failures"]):
        return "no judge answered"
    return WORDS[exit]


def metadata(context: MoaContext, state: MoaState) -> dict[str, Any]:
    results = state["results"]
    return {
        "num_proposers": len(context.cast),
        "all_proposals": [{key: draft[key] for key in PROPOSAL} for draft in in_order(state["drafts"])],
        "tokens": _tokens(context),
        "layers": len(results),
        "strategy": context.settings.choices.aggregation_strategy,
        "aggregator": results[-1]["by"] or None if results else None,
        "analysis": state["analysis"],
        "panel": {
            "by": context.table.by,
            "proposers": [member.name for member in context.cast],
            "left_out": [member.name for member in context.table.left_out],
        },
    }


PROPOSAL: tuple[Literal["member", "index", "round", "text", "answer"], ...] = (
    "member",
    "index",
    "round",
    "text",
    "answer",
)


def _tokens(context: MoaContext) -> dict[str, dict[str, int]]:
    """What each member read and wrote, in all its roles."""
    spent: dict[str, dict[str, int]] = {}
    for total in context.run.totals(context.stage)["by_member"]:
        before = spent.get(total["member"], {"input": 0, "output": 0})
        spent[total["member"]] = {key: before[key] + total[key] for key in SIDES}
    return spent


SIDES: tuple[Literal["input", "output"], ...] = ("input", "output")
