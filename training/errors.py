"""How the errors of members go together: correlations on questions whose answers are known.

`python -m symposium.training.errors` measures the bundled minds on the calibration split;
`--votes FILE --to symposium.errors.json` measures members of your own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from symposium.ledger.records import SymposiumError
from symposium.models import zoo
from symposium.models.measured import BUNDLED, ERRORS
from symposium.tools.diversity import diversity, pairwise
from symposium.training.calibrate import CALIBRATION, QUESTIONS
from symposium.training.cases import bundled, marks, read

PLACE = zoo.FOLDER / BUNDLED[ERRORS]
DIGITS = 4


def written(found: Mapping[tuple[str, str], tuple[float, int]], place: Path) -> None:
    """Write correlations, a pair of models a line; those of other pairs that stand there already stay."""
    known = json.loads(place.read_text(encoding="utf-8"))["pairs"] if place.exists() else []
    pairs = {(one, other): (r, n) for one, other, r, n in known} | dict(found)
    lines = [f" {json.dumps([*pair, round(r, DIGITS), n])}" for pair, (r, n) in sorted(pairs.items())]
    place.write_text('{"pairs": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write and tell."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.errors", description=__doc__)
    parser.add_argument("--votes", type=Path, help="votes as `python -m symposium.evals.asked --votes` writes them")
    parser.add_argument("--to", type=Path, help=f"where they go; beside your symposium.toml as {ERRORS}")
    asked = parser.parse_args(arguments)
    try:
        cases = read(asked.votes) if asked.votes else bundled(sorted(zoo.bundled()), CALIBRATION, n=QUESTIONS)
    except SymposiumError as error:
        parser.error(str(error))
    given = marks(cases)
    found = pairwise(given)
    written(found, asked.to or (Path(ERRORS) if asked.votes else PLACE))
    panel = diversity(list(given), found)
    if panel is None:
        return print("no two members have both been right and wrong on the same questions: nothing is known of them")
    print(
        f"{panel.members} members, mean correlation {panel.correlation:.2f}: about {panel.votes:.1f} independent votes "
        f"({panel.questions} questions)"
    )


if __name__ == "__main__":
    main()
