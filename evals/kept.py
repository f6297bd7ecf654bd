"""Votes out of the ledger, with the mark of every reply: what `training.cases` reads."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from symposium.ledger.records import Event, Outcome
from symposium.ledger.store import Ledger
from symposium.models.run import ledger_at
from symposium.models.settings import load
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, DECISIVE, answer_probability
from symposium.tools.equivalence import equivalent
from symposium.tools.measures import asked_unit
from symposium.training.cases import Case, Said

MOST_RUNS = 100_000  # of the ledger that are looked through, the newest ones


def keep(place: Path, answered: Iterable[tuple[str, str, str]]) -> None:
    """Write what every member said first in those runs, a case a line; question, right answer and run of each."""
    ledger, known = _ledger(), {name: member.reliability for name, member in load().members.items()}
    cases = [case(question, answer, list(ledger.events(run)), known) for question, answer, run in answered]
    place.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in cases), encoding="utf-8")


def latest(*, graph: str) -> dict[str, Outcome]:
    """Give the outcome of the newest run of a graph for every question that it has answered."""
    ledger, found = _ledger(), dict[str, Outcome]()
    for row in reversed(ledger.runs(limit=MOST_RUNS, graph=graph)):
        outcome = ledger.outcome(row["run"])
        if outcome is not None:
            found[row["question"]] = outcome
    return found


def case(question: str, answer: str, events: Sequence[Event], known: Mapping[str, float | None]) -> Case:
    """Make a case of a run's events; `known` is the reliability of members."""
    told: list[dict[str, Any]] = [dict(event) for event in events]  # their keys depend on the type of event
    cast = {one["member"]: one["target"] for event in told if event["type"] == "run.start" for one in event["cast"]}
    replies = [event for event in told if event["type"] == "call.end" and not event["cancelled"]]
    drafts = [one for one in replies if (one["role"], one["round"]) == ("proposer", 0) and one["member"] in cast]
    said = [_said(question, answer, draft, known.get(draft["member"])) for draft in drafts]
    return Case(question=question, cast=cast, said=sorted(said, key=lambda one: (one["member"], one["index"])))


def _said(question: str, answer: str, draft: Mapping[str, Any], reliability: float | None) -> Said:
    fitted, given = draft["signals"].get(DECISIVE + CALIBRATED), draft["answer"]
    return Said(
        member=draft["member"],
        index=draft["index"],
        answer=given,
        characters=len(draft["text"]),
        probability=answer_probability(draft["signals"]),
        chance=fitted["value"] if fitted else 0.0 if broken(draft["text"]) else None,
        reliability=reliability,
        right=None if given is None else equivalent(given, answer, unit=asked_unit(question)),
    )


def _ledger() -> Ledger:
    return ledger_at(load().ledger)
