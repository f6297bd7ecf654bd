"""What a debate says at its end: the answer, the minority report, the notes and the metadata."""

from typing import Any

from symposium.agents.casting import follows_instructions
from symposium.graphs.counting import Count, voice
from symposium.graphs.debate_judging import FIRST_VOTE, JUDGED, outcome_of
from symposium.graphs.debate_state import (
    DebateState,
    at_one,
    differ,
    is_answer,
    key,
    on_the_table,
    table,
    unit_of,
    vote,
)
from symposium.graphs.endings import (
    HALTS,
    best_first,
    chosen_by,
    exit_of,
    in_words,
    slips,
    unweighed,
    who,
    without_answer,
)
from symposium.graphs.forms import DebateContext
from symposium.graphs.panel import family
from symposium.ledger.records import Draft, ExitReason, Quorum, Signal, Voice
from symposium.models.run import Ending
from symposium.tools.stopping import STOPS


def ending(context: DebateContext, state: DebateState) -> Ending:
    """End with the draft that the debate comes to, or that of the first vote where it has no reason to leave that."""
    answer = _answer(context, state)
    if answer is None:
        return {**without_answer(context, state), "quorum": _quorum(state), "metadata": metadata(context, state)}
    count, exit = vote(context, state, table(state)), _exit(context, state)
    won = count is not None and count.spokesman["call"] == answer["call"]
    same = [draft for draft in table(state) if at_one(state, draft, answer)]
    return Ending(
        status="partial" if exit in HALTS else "answered",
        method="vote" if won else "selection",
        answer=answer["text"],
        extracted=count.winner.answer if won and count else answer["answer"],
        exit=exit,
        words=in_words(context, exit, reason=_reason(state, exit)),
        answered=who(state["drafts"], context.cast),
        failures=state["failures"],
        quorum=_quorum(state),
        agreed=who(same, context.cast),
        dissent=_dissent(state, answer, count),
        tie=count.tally.tie if won and count else None,
        signals=count.signals if won and count else _signals(state, answer),
        first=best_first(state["tables"][0], context.cast),
        notes=[*(count.notes if won and count else []), *_notes(context, state, count), *slips(answer["text"])],
        metadata=metadata(context, state),
    )


def _answer(context: DebateContext, state: DebateState) -> Draft | None:
    """The draft whose words are the answer; None where no draft can be one."""
    kept = state["kept"]
    if kept:
        return next(draft for lying in reversed(state["tables"]) for draft in lying if draft["call"] == kept["call"])
    found = outcome_of(context, state)
    return found if found and is_answer(context, found) else None


def _exit(context: DebateContext, state: DebateState) -> ExitReason:
    stopped, stop, would = exit_of(context), state["stop"], state["gating"]["would"]
    if stopped != "complete":
        return stopped
    if stop:
        return "judged" if stop == JUDGED else STOPS[stop].exit
    agreed = not would["unanimous"] and len(state["tables"][0]) > 1
    return "unanimous" if agreed and not state["rounds"] else "complete"


def _reason(state: DebateState, exit: ExitReason) -> str:
    """The reason in the words of the rule that ended the debate, or of the gate that spared it."""
    if exit == "unanimous" and len(state["tables"][0]) < len(state["seats"]):
        return f"{state['gating']['words']}, so that nothing was debated"
    if exit in HALTS or exit == "unanimous":
        return ""
    if not state["gating"]["debate"]:
        return f"nothing was debated: {state['gating']['words']}"
    if exit == "converged" and state["kept"] and state["kept"]["by"] == FIRST_VOTE:
        return "all debaters came to another answer, for which nothing speaks but that"
    return STOPS[state["stop"]].words if state["stop"] in STOPS else ""


def _quorum(state: DebateState) -> Quorum:
    """How many drafted first, of all debaters."""
    asked, answered = len(state["seats"]), len(state["tables"][0]) if state["tables"] else 0
    failed = sum(failure["role"] == "proposer" for failure in state["failures"])
    return Quorum(asked=asked, answered=answered, failed=failed, cancelled=asked - answered - failed)


def _dissent(state: DebateState, answer: Draft, count: Count | None) -> list[Voice]:
    """Every other answer that was given: those that still stand with their share, those that were given up without."""
    standing = [voice(one) for one in count.tally.candidates if one.key != key(state, answer)] if count else []
    given = [
        Voice(answer=one["answer"], share=0.0, votes=1, members=[one["member"]])
        for one in state["drafts"]
        if one["answer"] is not None
    ]
    told = [one for one in (answer["answer"], *(one["answer"] for one in standing)) if one is not None]
    return [*standing, *unweighed(given, besides=told, unit=unit_of(state))]


def _signals(state: DebateState, answer: Draft) -> dict[str, Signal]:
    """Those of a draft that was chosen, and how many of the drafts that stand agree with it."""
    own = {f"answer.{name}": signal for name, signal in chosen_by(answer["signals"]).items()}
    if answer["answer"] is None:
        return own
    agreeing = sum(key(state, draft) == key(state, answer) for draft in table(state))
    return {"agreement": Signal(value=agreeing / len(table(state)), calibrated=False), **own}


# Notes


def _notes(context: DebateContext, state: DebateState, count: Count | None) -> list[str]:
    """What a reader should know of how this answer came about."""
    told = [
        f"{' and '.join(names)} are of one family ({name}): such debaters tend to agree with each other"
        for name, names in kin(context).items()
    ]
    if state["gating"]["debate"] and state["rounds"]:
        told += _debated(context, state)
    if count is None and differ(state, table(state)):
        told.append("prose cannot be counted: " + _chosen(state))
    return told


def kin(context: DebateContext) -> dict[str, list[str]]:
    """The debaters that read each other and share a family, by that; others only go on from a text."""
    named = dict[str, list[str]]()
    for member in filter(follows_instructions, context.cast):
        named.setdefault(family(member), []).append(member.name)
    return {name: names for name, names in named.items() if len(names) > 1}


def _chosen(state: DebateState) -> str:
    preferred = state["preferred"]
    return f"{preferred['by']} chose this draft" if preferred else "what the most reliable debater wrote stands"


def _debated(context: DebateContext, state: DebateState) -> list[str]:
    kept, preferred = state["kept"], state["preferred"]
    stand = sum(flip["stands"] for flip in state["flips"])
    told = [f"changes of mind: {len(state['flips'])}, of which {stand} stand"] if state["flips"] else []
    if kept and kept["by"] == FIRST_VOTE:
        told.append(f"the answer of the first vote stands, though the last one differs: {kept['words']}")
    elif kept:
        told.append(f"the answer differs from that of the first vote: {kept['by']}: {kept['words']}")
    elif preferred:
        told.append(f"the tie was broken by {preferred['by']}: {preferred['words']}")
    return [*told, *_unjudged(context, state)]


def _unjudged(context: DebateContext, state: DebateState) -> list[str]:
    """That nobody judged, where a judge was wanted and there was something to judge."""
    plan, kept = state["plan"], state["kept"]
    decided = kept is not None and kept["by"] in plan["judges"]
    if decided or any(one["ruling"] for one in state["rounds"]) or not (kept or differ(state, table(state))):
        return []
    if any(failure["role"] == "judge" and failure["member"] in plan["judges"] for failure in state["failures"]):
        return ["no judge answered: the rules ended the debate, and the vote decides"]
    readers = {member.name for member in context.cast} - {*plan["bare"]}
    if context.settings.choices.moderated and readers and not plan["judges"]:
        return ["no judge of another family was there: the rules ended the debate, and the vote decides"]
    return []


# Metadata


def metadata(context: DebateContext, state: DebateState) -> dict[str, Any]:
    """What a debate tells beyond the Outcome: its rounds, its gate, its first vote, and how minds changed."""
    over = state["tables"][1:]
    return {
        "rounds": len(over),
        "gate": state["gating"],
        "first_vote": _first_vote(context, state),
        "flips": state["flips"],
        "rulings": [one["ruling"] for one in state["rounds"] if one["ruling"]],
        "stopped_by": state["stop"] or None,
        "kept": state["kept"],
        "transcript": on_the_table(state) if state["rounds"] else [],
        "panel": {
            "by": context.table.by,
            "debaters": [member.name for member in context.cast],
            "left_out": [member.name for member in context.table.left_out],
        },
    }


def _first_vote(context: DebateContext, state: DebateState) -> dict[str, Any]:
    count = vote(context, state, state["tables"][0]) if state["tables"] else None
    if count is None:
        return {"answer": None, "members": [], "share": 0.0}
    return {"answer": count.winner.answer, "members": sorted(count.winner.members), "share": count.winner.share}
