"""The receipt: how an answer came about, line by line, each with its heading."""

from collections.abc import Iterable, Mapping

from symposium.cli import figures
from symposium.cli.minutes import Line, headed, minutes
from symposium.cli.view import View
from symposium.ledger.records import Failure, Outcome, Signal, Voice
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE, probability
from symposium.tools.equivalence import equivalent
from symposium.tools.measures import asked_unit

UNREAD = [f"{name}{CALIBRATED}" for name in ("sum_logprob", "mean_logprob", "min_logprob", "token_entropy", "margin")]
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
        *headed("dissent", map(voice, outcome["dissent"])),
        *headed("failed", failures(outcome["failures"])),
        *minutes(outcome, view.named),
        ("tie", outcome["tie"] or ""),
        ("first", first(view, outcome)),
        ("signals", signals(outcome["signals"])),
        *headed("note", [] if outcome["exit"] == "outside" else outcome["notes"]),  # told in place of the answer
        ("spent", spent(view, outcome)),
        ("time", time(outcome)),
        ("run", f"symposium show {outcome['run']}"),
    ]
    return [(heading, text) for heading, text in lines if text]


def how(view: View, outcome: Outcome) -> str:
    """Method, rule, who came to speak and the exit reason in words."""
    by = view.rule or view.choices.get("rule")
    rule = f" by {by}" if outcome["method"] == "vote" and by else ""
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
    tally = view.tally if outcome["method"] == "vote" else ()
    winner = next((v for v in tally if v["answer"] == outcome["extracted"]), None)
    return voice(winner, answer=False) if winner else ", ".join(outcome["agreed"])


def voice(voice: Voice, *, answer: bool = True) -> str:
    """One answer that was given: by whom, how often, and its share of the weight; one that is nobody's, alone."""
    if not voice["members"]:
        return figures.one_line(voice["answer"], limit=60)
    said = f"{figures.one_line(voice['answer'], limit=60)} — " if answer else ""
    weighed = f", {figures.share(voice['share'])} of the weight" if voice["share"] else ""  # none where nobody counted
    return f"{said}{', '.join(voice['members'])} ({figures.counted(voice['votes'], 'vote')}{weighed})"


def failures(failed: Iterable[Failure]) -> list[str]:
    """One line per member and kind of failure; members that failed with the same words share one."""
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for failure in failed:
        kinds.setdefault((failure["member"], failure["kind"]), []).append(failure)
    who: dict[str, list[str]] = {}
    for (member, kind), group in kinds.items():
        times = f" ×{len(group)}" if len(group) > 1 else ""
        who.setdefault(f"{kind}: {figures.one_line(group[0]['message'], limit=200)}", []).append(f"{member}{times}")
    return [f"{', '.join(members)}: {words}" for words, members in who.items()]


def first(view: View, outcome: Outcome) -> str:
    """What the most reliable member said first, where the outcome is another answer."""
    said, end = outcome["first"], outcome["extracted"]
    if said is None or said["answer"] is None or end is None:
        return ""
    if equivalent(said["answer"], end, unit=asked_unit(view.question)):
        return ""
    return f"{said['member']} said {figures.one_line(said['answer'], limit=60)}"


def signals(held: Mapping[str, Signal]) -> str:
    """The confidence signals that a person can read, as chances and shares from 0 to 1, and which are calibrated."""
    shown = readable(held)
    if any(signal["calibrated"] for signal in shown.values()):
        return ", ".join(f"{_figure(name, signal)} ({_kind(signal)})" for name, signal in shown.items())
    return f"{', '.join(_figure(name, signal) for name, signal in shown.items())} (raw)" if shown else ""


def readable(held: Mapping[str, Signal]) -> dict[str, Signal]:
    """The signals without log-probabilities and what was fitted to single tokens.

    The whole reply's log-probability becomes the probability that its member gives it, and what was fitted to that the
    chance that the reply is right: of a reply that speaks for others `answer.chance`, told where they have none
    together.
    """
    shown: dict[str, Signal] = {}
    for name, signal in held.items():
        kind = name.removeprefix("answer.")
        if kind == DECISIVE + CALIBRATED:
            if CHANCE not in held:
                shown[name.removesuffix(kind) + CHANCE] = signal
        elif kind == "sum_logprob":
            shown["probability"] = Signal(value=probability(signal["value"]), calibrated=signal["calibrated"])
        elif not kind.endswith("_logprob") and kind not in UNREAD:
            shown[name] = signal
    return shown


def _figure(name: str, signal: Signal) -> str:
    value = round(signal["value"], 2) + 0.0  # no -0.00
    return f"{name} {value:.2f}"


def _kind(signal: Signal) -> str:
    return "calibrated" if signal["calibrated"] else "raw"


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
