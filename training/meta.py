"""The classifiers of votes: fitted to what a cast has said to questions whose answers are known, and measured.

`python -m symposium.training.meta` fits those of the bundled line-ups on the calibration split, `--report SPLIT`
measures them on another one; `--votes FILE --to symposium.meta.json` fits one to members of your own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symposium.ledger.records import SymposiumError, UsageError
from symposium.models import zoo
from symposium.models.measured import BUNDLED, CLASSIFIERS
from symposium.tools.meta import Classifier, Fit, Standing, fitted, standings
from symposium.tools.votes import RULES, Tally
from symposium.training.calibrate import CALIBRATION, PATTERNS, QUESTIONS
from symposium.training.cases import Case, ballots, bundled, lengths, read, right
from symposium.training.sheets import Paper

if TYPE_CHECKING:
    from symposium.training.world.splits import Split

PLACE = zoo.FOLDER / BUNDLED[CLASSIFIERS]
LINEUPS = ("team", "peers")  # the bundled line-ups that vote
RULE = RULES["confidence"]  # by whose count the candidates are found; which they are, every rule says alike
FEWEST = 100  # questions with answers that differ, below which nothing is learnt


def fits(cases: Iterable[Case]) -> Iterator[Fit]:
    """Fit a classifier to every cast that has voted on enough questions.

    Raises:
        UsageError: a cast has not, or its answers are all right, or all wrong.
    """
    casts: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        casts.setdefault(tuple(sorted(case["cast"].values())), []).append(case)
    for models, found in sorted(casts.items()):
        yield _fit(models, found)


def _fit(models: Sequence[str], cases: Sequence[Case]) -> Fit:
    told = [pair for case in cases for pair in _told(case)]
    contested = sum(len(_tally(case).candidates) > 1 for case in cases)
    if contested < FEWEST:
        raise UsageError(
            f"{', '.join(models)}: on {contested} of {len(cases)} questions the answers differ; "
            f"to learn which is right takes {FEWEST}"
        )
    try:
        made = fitted([standing for standing, _ in told], [mark for _, mark in told])
    except ValueError as error:
        raise UsageError(f"{', '.join(models)}: {error}") from error
    return Fit(members=list(models), questions=len(cases), weights=dict(made.weights), intercept=made.intercept)


def _tally(case: Case) -> Tally:
    return RULE(ballots(case))


def _told(case: Case) -> Iterator[tuple[Standing, bool]]:
    """What speaks for each answer to a question, and whether it is right."""
    tally = _tally(case)
    for candidate, standing in zip(tally.candidates, standings(tally, lengths(case)), strict=True):
        yield standing, right(case, candidate.ballots[0])


def chosen(case: Case, classifier: Classifier) -> bool:
    """Tell whether the answer that a classifier finds likeliest is right; of equal ones the count decides."""
    told = list(_told(case))
    return bool(told) and max(told, key=lambda pair: classifier(pair[0]))[1]


def counted(case: Case, rule: str) -> bool:
    """Tell whether the answer that wins by a rule is right."""
    winner = RULES[rule](ballots(case)).winner
    return winner is not None and right(case, winner.ballots[0])


def written(fits: Sequence[Fit], place: Path) -> None:
    """Write classifiers, a line each; those of other casts that stand there already stay."""
    known: list[Fit] = json.loads(place.read_text(encoding="utf-8"))["casts"] if place.exists() else []
    kept = {tuple(fit["members"]): fit for fit in (*known, *fits)}
    lines = [f" {json.dumps(kept[cast], sort_keys=True)}" for cast in sorted(kept)]
    place.write_text('{"casts": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def report(split: Split) -> list[str]:
    """Measure the classifiers of the bundled line-ups beside the rules, in lines."""
    lines = []
    for lineup in LINEUPS:
        minds = zoo.cast(lineup)
        classifier = _bundled_classifier(minds)
        for patterns in PATTERNS:
            cases = bundled(minds, Paper(split=split, patterns=patterns), n=QUESTIONS)
            rates = {"trained": _share(chosen(case, classifier) for case in cases)}
            rates |= {rule: _share(counted(case, rule) for case in cases) for rule in RULES}
            told = ", ".join(f"{name} {100 * rate:.1f}" for name, rate in rates.items())
            lines.append(f"{lineup} on {len(cases)} of {split}, {patterns} wordings: {told}")
    return lines


def _bundled_classifier(minds: Sequence[str]) -> Classifier:
    models = sorted(f"gguf:{name}" for name in minds)
    fits: list[Fit] = json.loads(PLACE.read_text(encoding="utf-8"))["casts"]
    return next(Classifier.of(fit) for fit in fits if fit["members"] == models)


def _share(marks: Iterable[bool]) -> float:
    found = list(marks)
    return sum(found) / len(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, or measure."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.meta", description=__doc__)
    parser.add_argument("--votes", type=Path, help="votes as `python -m symposium.evals.asked --votes` writes them")
    parser.add_argument(
        "--to", type=Path, help=f"where the classifiers go; beside your symposium.toml as {CLASSIFIERS}"
    )
    parser.add_argument("--report", choices=("calibration", "development", "test"), help="measure on this split")
    asked = parser.parse_args(arguments)
    try:
        if asked.report:
            return print(*report(asked.report), sep="\n")
        cases = read(asked.votes) if asked.votes else _lineups()
        found = list(fits(cases))
        written(found, asked.to or (Path(CLASSIFIERS) if asked.votes else PLACE))
    except SymposiumError as error:
        parser.error(str(error))
    for fit in found:
        print(f"{', '.join(fit['members'])}: {fit['questions']} questions, {fit['weights']}")


def _lineups() -> list[Case]:
    return [case for lineup in LINEUPS for case in bundled(zoo.cast(lineup), CALIBRATION, n=QUESTIONS)]


if __name__ == "__main__":
    main()
