"""The exit codes of the command, and which one an outcome deserves."""

from enum import IntEnum

from symposium.ledger.records import FailureKind, Outcome

MISCONFIGURED: frozenset[FailureKind] = frozenset({"auth", "billing", "missing-model"})


class Exit(IntEnum):
    """What the command tells the shell; from 128 on it is a signal's number that is added."""

    ANSWER = 0
    NO_ANSWER = 1
    USAGE = 2
    CONFIGURATION = 3
    BUDGET = 4
    TIMEOUT = 5
    DISSENT = 6
    BROKEN = 70  # EX_SOFTWARE of sysexits.h: our own mistake
    UNWRITTEN = 74  # EX_IOERR
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


def exit_of(outcome: Outcome, *, require_consensus: bool = False) -> Exit:
    """Say how a run ended: a limit that was reached comes before dissent, dissent before success."""
    if outcome["exit"] == "budget":
        return Exit.BUDGET
    if outcome["exit"] == "timeout":
        return Exit.TIMEOUT
    if not outcome["answer"]:
        return blame(outcome) or Exit.NO_ANSWER
    if outcome["status"] not in ("answered", "partial"):
        return Exit.NO_ANSWER
    return Exit.DISSENT if require_consensus and outcome["dissent"] else Exit.ANSWER


def blame(outcome: Outcome) -> Exit | None:
    """Say whether everyone failed for what is configured, or for a question that is too long; None otherwise."""
    kinds = {failure["kind"] for failure in outcome["failures"]}
    if not kinds or outcome["answered"]:
        return None
    if kinds <= MISCONFIGURED:
        return Exit.CONFIGURATION
    return Exit.USAGE if kinds == {"context"} else None
