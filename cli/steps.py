"""What happens between the calls, in words: objections, changes of mind, rulings, votes and the ways taken."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from symposium.cli import figures

Fields = Mapping[str, Any]  # an event's payload; its keys depend on its type
Named = Callable[[str], str]  # who made a call, as a reader knows them

SHORT, LONG = 80, 240  # characters of a quotation, and of what is said about it


def step(event: Fields, named: Named) -> str:
    """Say what an event tells; nothing where it is none of those that are told in words."""
    words = _WORDS.get(event["type"])
    return words(event, named) if words else ""


def short(text: str) -> str:
    """A quotation in one line: words between marks, a sum without them."""
    shown = figures.one_line(text, limit=SHORT)
    return f'"{shown}"' if " " in shown else shown


def long(text: str) -> str:
    """An argument in one line."""
    return figures.one_line(text, limit=LONG)


def listed(names: Iterable[str]) -> str:
    """Names as they are spoken."""
    *others, last = list(names) or ["nobody"]
    return f"{', '.join(others)} and {last}" if others else last


def flipped(flip: Fields) -> str:
    """From which answer to which somebody went, why, and whether that stands."""
    before, after = (figures.one_line(flip[key] or "no answer", limit=SHORT) for key in ("before", "after"))
    argument = f"{listed(flip['critics'])}: {long(flip['argument'])}" if flip["critics"] else long(flip["argument"])
    cause = f", moved by {argument}" if argument else ""
    fate = "" if flip["stands"] else f"; it does not stand: {long(flip['words'])}"
    return f"from {before} to {after}{cause}{fate}"


def ruled(ruling: Fields, named: Named) -> str:
    """What the judge decided after which round, and why."""
    what = RULINGS[ruling["decision"]]
    if ruling["decision"] == "redirect":
        what += f" from {short(ruling['off_topic'])} to {short(ruling['restated'])}"
    favoured = f" in favour of {named(ruling['winner'])}" if ruling["winner"] else ""
    why = f": {long(ruling['reason'])}" if ruling["reason"] else ""
    return f"after round {ruling['round']}: {what}{favoured}{why}"


RULINGS = {"continue": "go on", "conclude": "conclude", "tie": "break the tie", "redirect": "lead the debate back"}


def chances(predicted: Mapping[str, float]) -> str:
    """The chance of each member to answer well, the best first."""
    best_first = sorted(predicted.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{member} {chance:.2f}" for member, chance in best_first)


def _cascade(event: Fields, named: Named) -> str:
    onward = f"{event['next']} is asked next" if event.get("next") else "the next stage is asked"
    return f"{event['words']}; {onward}" if event["escalated"] else str(event["words"])


def _critique(event: Fields, named: Named) -> str:
    return f"{event['critic']} objects to {event['member']}'s {short(event['step'])}: {long(event['reason'])}"


def _verdict(event: Fields, named: Named) -> str:
    what = f"{event['member']}'s draft" if event["member"] else "what was merged of the drafts"
    return f"{event['judge']} judges {what}: {_judged(event)}"


def _judged(event: Fields) -> str:
    if event["score"] is None:
        return "it cannot tell"
    return event["reason"] if event["right"] is not None else f"{event['reason']}: {event['score']:.2f}"


def _analysis(event: Fields, named: Named) -> str:
    found = [figures.counted(len(event[key]), *words) for key, words in FINDINGS.items() if event.get(key)]
    return f"{event['analyst']} finds {', '.join(found) or 'no difference'} in the drafts"


FINDINGS = {
    "contradictions": ("contradiction",),
    "unique": ("point of one draft alone", "points of one draft alone"),
    "blind_spots": ("blind spot",),
}


def _comparison(event: Fields, named: Named) -> str:
    preferred = f"prefers that of {named(event['winner'])}" if event["winner"] else "prefers neither"
    doubt = "" if event["consistent"] else ", since the order in which it reads them decides"
    return f"{event['judge']} compares two answers and {preferred}{doubt}"


def _fallback(event: Fields, named: Named) -> str:
    role = f" as {event['role']}" if event.get("role") else ""
    return f"instead of {event['from']}{role}: {event['to']} ({event['reason']})"


def _quorum(event: Fields, named: Named) -> str:
    if not event.get("reason"):  # of a vote, whose tally tells it
        return ""
    return f"{event['counted']} of {event['asked']} drafts are in; the rest is not waited for"


def _revision(event: Fields, named: Named) -> str:
    fate = "stands" if event["stands"] else "does not stand"
    return f"{event['member']}'s revision {fate}: {long(event['words'])}"


def _flip(event: Fields, named: Named) -> str:
    return f"{event['member']} changes its mind {flipped(event)}"


def _gate(event: Fields, named: Named) -> str:
    return f"the gate {'opens' if event['debate'] else 'stays shut'}: {long(event['words'])}"


def _ruling(event: Fields, named: Named) -> str:
    return f"{event['judge']} rules {ruled(event, named)}"


def _stop(event: Fields, named: Named) -> str:
    return f"the debate ends: {long(event['words'])}"


def _route(event: Fields, named: Named) -> str:
    return f"{event['router']} sends this ({event['intent']}) to {listed(event['chosen'])}: {long(event['why'])}"


def _ranking(event: Fields, named: Named) -> str:
    return f"{event['voter']} ranks {', '.join(map(named, event['order']))}"


def _approval(event: Fields, named: Named) -> str:
    return f"{event['voter']} approves of {listed(map(named, event['approved']))}"


_WORDS: Mapping[str, Callable[[Fields, Named], str]] = {
    "cascade": _cascade,
    "critique": _critique,
    "judge.verdict": _verdict,
    "judge.decision": _ruling,
    "revision": _revision,
    "flip": _flip,
    "gate": _gate,
    "stop": _stop,
    "analysis": _analysis,
    "comparison": _comparison,
    "ranking": _ranking,
    "approval": _approval,
    "route.decision": _route,
    "fallback": _fallback,
    "quorum": _quorum,
}
