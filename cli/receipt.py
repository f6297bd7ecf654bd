"""The receipt: how an answer came about, line by line, each with its heading."""

from collections.abc import Iterable

from symposium.cli import figures
from symposium.cli.view import View
from symposium.ledger.records import Failure, Outcome, Signal, Voice

Line = tuple[str, str]  # heading and text

NAMES = {
    "single": "one member's answer",
    "vote": "a vote",
    "selection": "a selection",
    "synthesis": "a synthesis",
    "fusion": "a fusion",
    "none": "no answer",
}


def receipt(view: View) -> list[Line]:
    """Write the receipt of a run that has ended."""
    outcome = view.outcome
    if outcome is None:
        return []
    lines = [
        ("how", how(view, outcome)),
        ("agreed", agreed(view, outcome)),
        *_headed("dissent", map(voice, outcome["dissent"])),
        *_headed("failed", failures(outcome["failures"])),
        ("tie", outcome["tie"] or ""),
        ("signals", ", ".join(map(signal, outcome["signals"].items()))),
        *_headed("note", outcome["notes"]),
        ("spent", spent(view, outcome)),
        ("time", time(outcome)),
        ("run", f"symposium show {outcome['run']}"),
    ]
    return [(heading, text) for heading, text in lines if text]


def how(view: View, outcome: Outcome) -> str:
    """Method, rule, who came to speak and the exit reason in words."""
    rule = f" by {view.choices['rule']}" if outcome["method"] == "vote" and view.choices.get("rule") else ""
    parts = [f"{NAMES[outcome['method']]}{rule}", _turnout(outcome), outcome["words"] or outcome["exit"]]
    return "; ".join(part for part in parts if part)


def _turnout(outcome: Outcome) -> str:
    quorum = outcome["quorum"]
    if not quorum["asked"]:
        return ""
    said = f"{quorum['answered']} of {quorum['asked']} answered"
    failed = f", {quorum['failed']} failed" if quorum["failed"] else ""
    return said + failed + (f", {quorum['cancelled']} stopped" if quorum["cancelled"] else "")


def agreed(view: View, outcome: Outcome) -> str:
    """Who agreed, with the share of the weight where there was a vote."""
    if not outcome["agreed"] or not view.several:
        return ", ".join(outcome["agreed"])
    winner = next((v for v in view.tally if v["answer"] == outcome["extracted"]), None)
    return voice(winner, answer=False) if winner else ", ".join(outcome["agreed"])


def voice(voice: Voice, *, answer: bool = True) -> str:
    """One answer that was given: by whom, how often, and its share of the weight."""
    said = f"{figures.one_line(voice['answer'], limit=60)} — " if answer else ""
    votes, weight = figures.counted(voice["votes"], "vote"), figures.share(voice["share"])
    return f"{said}{', '.join(voice['members'])} ({votes}, {weight} of the weight)"


def failures(failed: Iterable[Failure]) -> list[str]:
    """One line per member and kind of failure."""
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for failure in failed:
        kinds.setdefault((failure["member"], failure["kind"]), []).append(failure)
    return [_failed(member, kind, group) for (member, kind), group in kinds.items()]


def _failed(member: str, kind: str, group: list[Failure]) -> str:
    times = f" ×{len(group)}" if len(group) > 1 else ""
    return f"{member}{times}: {kind}: {figures.one_line(group[0]['message'], limit=200)}"


def signal(named: tuple[str, Signal]) -> str:
    """A confidence signal with its name, and whether it was calibrated."""
    name, value = named
    shown = round(value["value"], 2) + 0.0  # no -0.00
    return f"{name} {shown:.2f} ({'calibrated' if value['calibrated'] else 'raw'})"


def spent(view: View, outcome: Outcome) -> str:
    """Calls, tokens and money."""
    totals = outcome["totals"]
    again = totals["attempts"] - totals["calls"]
    calls = figures.counted(totals["calls"], "call") + (
        f" (+{figures.counted(again, 'retry', 'retries')})" if again > 0 else ""
    )
    return f"{calls} · {figures.tokens(totals)} · {figures.price(totals, list(view.sources))}"


def time(outcome: Outcome) -> str:
    """Wall clock, and the longest chain of calls that waited for each other."""
    totals = outcome["totals"]
    return f"{figures.seconds(totals['wall'])} (longest chain of calls {figures.seconds(totals['critical_path'])})"


def _headed(heading: str, texts: Iterable[str]) -> list[Line]:
    """Several lines under one heading, which stands beside the first."""
    return [(heading if place == 0 else " ", text) for place, text in enumerate(texts)]
