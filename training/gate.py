"""The trained gates of debates: which first votes are worth a debate, fitted to votes whose right answer is known.

`python -m symposium.training.gate` fits that of the bundled minds on the calibration split, `--report SPLIT` measures
it on another one; `--votes FILE` fits one to members of your own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symposium.ledger.records import SymposiumError, UsageError
from symposium.models import zoo
from symposium.models.gates import BUNDLED, OWN
from symposium.tools.gating import Fit, Gate, fitted, traits
from symposium.tools.votes import weighted_by_confidence
from symposium.training.calibrate import CALIBRATION, PATTERNS, QUESTIONS
from symposium.training.cases import Case, ballots, bundled, read, right
from symposium.training.sheets import Paper

if TYPE_CHECKING:
    from symposium.training.world.splits import Split

LINEUP = "debate"  # the bundled minds that debate
KEPT = 0.95  # of the wrong first votes, what is still debated
FEWEST = 20  # wrong first votes, below which nothing is learnt


def fits(cases: Sequence[Case]) -> Iterator[Fit]:
    """Fit a gate to every cast that has answered enough questions.

    Raises:
        UsageError: a cast has not, or its votes are all right, or all wrong.
    """
    casts: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        casts.setdefault(tuple(sorted(case["cast"].values())), []).append(case)
    for models, found in sorted(casts.items()):
        yield _fit(models, found)


def _fit(models: Sequence[str], cases: Sequence[Case]) -> Fit:
    seen, wrong = [traits(ballots(case)) for case in cases], [_wrong(case) for case in cases]
    if sum(wrong) < FEWEST:
        raise UsageError(
            f"{', '.join(models)}: of {len(cases)} first votes {sum(wrong)} are wrong; to learn which takes {FEWEST}"
        )
    try:
        gate = fitted(seen, wrong, kept=KEPT)
    except ValueError as error:
        raise UsageError(f"{', '.join(models)}: {error}") from error
    return Fit(
        members=list(models),
        weights=dict(gate.weights),
        intercept=gate.intercept,
        threshold=gate.threshold,
        questions=len(cases),
        wrong=sum(wrong),
        debated=round(sum(map(gate.debates, seen)) / len(seen), 4),
    )


def _wrong(case: Case) -> bool:
    """The vote on the first drafts is wrong, or there is none."""
    winner = weighted_by_confidence(ballots(case)).winner
    return winner is None or not right(case, winner.ballots[0])


def written(found: Sequence[Fit], place: Path) -> None:
    """Write gates, a line each; those of other casts that stand there already stay."""
    known: list[Fit] = json.loads(place.read_text(encoding="utf-8"))["casts"] if place.exists() else []
    kept = {tuple(fit["members"]): fit for fit in (*known, *found)}
    lines = [f" {json.dumps(kept[cast], sort_keys=True)}" for cast in sorted(kept)]
    place.write_text('{"casts": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def report(split: Split) -> Iterator[str]:
    """Measure the gate of the bundled minds beside that of unanimity, in lines."""
    (fit,) = [one for one in json.loads(BUNDLED.read_text(encoding="utf-8"))["casts"] if _is_lineup(one)]
    gates: dict[str, Callable[[Mapping[str, float]], bool]] = {"trained": Gate.of(fit).debates, "unanimous": _divided}
    for patterns in PATTERNS:
        cases = bundled(zoo.cast(LINEUP), Paper(split=split, patterns=patterns), n=QUESTIONS)
        seen, wrong = [traits(ballots(case)) for case in cases], [_wrong(case) for case in cases]
        for name, debates in gates.items():
            held = [debates(one) for one in seen]
            caught = sum(one and two for one, two in zip(held, wrong, strict=True))
            debated = f"{100 * sum(held) / len(held):.1f} % debated, {caught} of {sum(wrong)} wrong votes among them"
            yield f"{name} on {len(cases)} of {split}, {patterns} wordings: {debated}"


def _divided(seen: Mapping[str, float]) -> bool:
    return seen["agreement"] < 1


def _is_lineup(fit: Fit) -> bool:
    return sorted(fit["members"]) == sorted(f"gguf:{name}" for name in zoo.cast(LINEUP))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, or measure."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.gate", description=__doc__)
    parser.add_argument("--votes", type=Path, help="votes as `python -m symposium.evals.asked --votes` writes them")
    parser.add_argument("--to", type=Path, help=f"where the gates go; beside your symposium.toml as {OWN}")
    parser.add_argument("--report", choices=("calibration", "development", "test"), help="measure on this split")
    asked = parser.parse_args(arguments)
    try:
        if asked.report:
            return print(*report(asked.report), sep="\n")
        cases = read(asked.votes) if asked.votes else bundled(zoo.cast(LINEUP), CALIBRATION, n=QUESTIONS)
        found = list(fits(cases))
        written(found, asked.to or (Path(OWN) if asked.votes else BUNDLED))
    except SymposiumError as error:
        parser.error(str(error))
    for fit in found:
        told = f"of {fit['questions']} first votes {fit['wrong']} are wrong, {100 * fit['debated']:.1f} % are debated"
        print(f"{', '.join(fit['members'])}: {told}")


if __name__ == "__main__":
    main()
