"""The calibrators of the bundled minds: fitted per signal on the calibration split, measured on another one.

Interrupted, it resumes; a mind's answers are kept under `runs/`, so that only a new or changed file is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from symposium.models import zoo
from symposium.tools.calibration import Isotonic, Knots, auroc, brier, ece, isotonic
from symposium.tools.confidence import FALLING, FORCED, Evidence, agreement, as_chance, probability
from symposium.tools.votes import ballot, plurality
from symposium.training.exam import Patterns
from symposium.training.sheets import Paper, Said, Sheets

if TYPE_CHECKING:
    from symposium.training.world.splits import Split

ANSWERS = Path(__file__).parent.parent / "runs" / "calibration"
FITTED = zoo.FOLDER / "calibration.json"
DIAGRAMS = Path(__file__).parent.parent / "docs" / "reliability"
CALIBRATION = Paper(split="calibration")
QUESTIONS = 2_000
SAMPLES = 5  # of a vote, the first one greedy
SAMPLED = 1_000  # questions that are voted on: each costs all its samples
SCORED = 150  # questions of which a mind scores each peer's answer
SCORES = ("sum_logprob", "mean_logprob", "min_logprob")
PATTERNS: tuple[Patterns, ...] = ("known", "held_out")

Observed = dict[str, list[tuple[float, bool]]]
"""What was seen of each signal: its value for an answer, and whether the answer is right."""


class Fitted(TypedDict):
    """A mind's calibrators by signal, and what they were fitted on: which file, and how many questions of which seed.

    `agreement` rests on `sampled` questions with `samples` answers each, the forced signals on `scored` of each peer.
    """

    sha256: str
    seed: int
    n: int
    sampled: int
    samples: int
    scored: int
    signals: dict[str, Knots]


class Row(TypedDict):
    """How far one signal of one mind can be trusted on one paper; AUROC is None where all answers are alike."""

    mind: str
    paper: str
    signal: str
    n: int
    accuracy: float
    auroc_raw: float | None
    auroc: float | None
    ece_raw: float
    ece: float
    brier: float


class Extent(TypedDict):
    """How many questions are asked for the signals of a reply, of a vote and of a peer's reply."""

    questions: int
    samples: int
    sampled: int
    scored: int


# Observing


def observed(mind: Sheets, paper: Paper, peers: Sequence[Sheets], extent: Extent) -> Observed:
    """Ask a mind a paper, or read what it said, and note every signal with the mark of its answer."""
    voted = min(extent["sampled"], extent["questions"])
    rounds = [mind.said(paper, n=voted, sample=sample) for sample in range(extent["samples"])]
    scores = [mind.scored(paper, n=min(extent["scored"], extent["questions"]), peer=peer) for peer in peers]
    votes = [_voted(said) for said in zip(*rounds, strict=True)]
    return {
        **_signals(mind.said(paper, n=extent["questions"])),
        **({"agreement": votes} if votes else {}),
        **_forced(said for sheet in scores for said in sheet),
    }


def _signals(answers: Iterable[Said]) -> Observed:
    seen: Observed = {}
    for said in answers:
        for name, value in {} if said["cut"] else said["signals"].items():
            seen.setdefault(name, []).append((value, said["right"]))
    return seen


def _forced(answers: Iterable[Said]) -> Observed:
    seen = _signals(answers)
    return {FORCED + name: seen[name] for name in SCORES if name in seen}


def _voted(answers: Sequence[Said]) -> tuple[float, bool]:
    """The share of a vote's samples that gave its winner, and whether that is right; nobody wins with nothing."""
    ballots = [
        ballot(
            said["answer"],
            member="",
            index=index,
            probability=probability(said["signals"]["sum_logprob"]),
        )
        for index, said in enumerate(answers)
        if not said["cut"]
    ]
    winner = plurality(ballots).winner
    if winner is None:
        return 0.0, False
    share = agreement(Evidence(agreeing=winner.count, votes=len(ballots)))
    return share or 0.0, answers[winner.ballots[0].index]["right"]


# Fitting


def fitted(mind: Sheets, peers: Sequence[Sheets], extent: Extent) -> Fitted:
    """Fit a calibrator for every signal of a mind."""
    seen = observed(mind, CALIBRATION, peers, extent)
    return Fitted(
        sha256=mind.digest,
        seed=CALIBRATION.seed,
        n=extent["questions"],
        sampled=min(extent["sampled"], extent["questions"]),
        samples=extent["samples"],
        scored=min(extent["scored"], extent["questions"]),
        signals={name: _isotonic(name, pairs).knots() for name, pairs in sorted(seen.items())},
    )


def _isotonic(name: str, pairs: Sequence[tuple[float, bool]]) -> Isotonic:
    scores, right = zip(*pairs, strict=True)
    return isotonic(scores, right, falling=name in FALLING)


def recorded(minds: Mapping[str, Fitted], place: Path = FITTED) -> None:
    """Put minds' calibrators beside those of the others, a line each; those of minds that are gone fall out."""
    known: dict[str, Fitted] = json.loads(place.read_text(encoding="utf-8"))["minds"] if place.exists() else {}
    kept = {name: entry for name, entry in {**known, **minds}.items() if name in zoo.bundled() or name in minds}
    lines = [f" {json.dumps(name)}: {json.dumps(kept[name], sort_keys=True)}" for name in sorted(kept)]
    place.write_text('{"minds": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


# Measuring


def rows(name: str, paper: Paper, seen: Observed, calibration: Mapping[str, Isotonic]) -> list[Row]:
    """Measure every calibrated signal that was observed."""
    return [
        _row(name, paper, signal, seen[signal], calibrator)
        for signal, calibrator in calibration.items()
        if signal in seen
    ]


def _row(name: str, paper: Paper, signal: str, pairs: Sequence[tuple[float, bool]], calibrator: Isotonic) -> Row:
    scores, right = [value for value, _ in pairs], [mark for _, mark in pairs]
    chances, raw = [calibrator(score) for score in scores], [as_chance(signal, score) for score in scores]
    return Row(
        mind=name,
        paper=paper.name,
        signal=signal,
        n=len(pairs),
        accuracy=sum(right) / len(right),
        auroc_raw=auroc(raw, right),
        auroc=auroc(chances, right),
        ece_raw=ece(raw, right),
        ece=ece(chances, right),
        brier=brier(chances, right),
    )


def shown(found: Sequence[Row]) -> str:
    """Lay rows out as a table."""
    heads = ("right", "AUROC", "fitted", "ECE", "fitted", "Brier")
    head = f"{'mind':10} {'paper':24} {'signal':20} {'n':>5} {' '.join(f'{name:>6}' for name in heads)}"
    return "\n".join([head, *map(_line, found)])


def _line(row: Row) -> str:
    names = f"{row['mind']:10} {row['paper']:24} {row['signal']:20} {row['n']:5}"
    figures = (row["accuracy"], row["auroc_raw"], row["auroc"], row["ece_raw"], row["ece"], row["brier"])
    return " ".join([names, *("     -" if figure is None else f"{figure:6.3f}" for figure in figures)])


# The command


def fit_all(names: Sequence[str], extent: Extent) -> None:
    """Fit and record the calibrators of these minds, one after the other."""
    sheets = _all_sheets()
    for name in names:
        entry = fitted(sheets[name], _peers(name, sheets), extent)
        recorded({name: entry})
        knots = [f"{signal} {len(calibrator['xs'])}" for signal, calibrator in entry["signals"].items()]
        print(f"{name}: knots of {', '.join(knots)}", flush=True)


def report(names: Sequence[str], split: Split, extent: Extent, *, draw: bool) -> list[Row]:
    """Measure the calibrators on a split, with known and held-out wordings; draw those of the known ones if asked."""
    sheets, found = _all_sheets(), list[Row]()
    for name in names:
        for patterns in PATTERNS:
            paper = Paper(split=split, patterns=patterns)
            seen = observed(sheets[name], paper, _peers(name, sheets), extent)
            found += rows(name, paper, seen, zoo.calibration(name))
            if draw and patterns == "known":
                _drawn(name, seen)
    return found


def _drawn(name: str, seen: Observed) -> None:
    from symposium.training.diagram import drawn

    drawn(DIAGRAMS / f"{name}.png", name, seen, zoo.calibration(name))


def _all_sheets() -> dict[str, Sheets]:
    return {name: Sheets(file, folder=ANSWERS) for name, file in zoo.bundled().items()}


def _peers(name: str, sheets: Mapping[str, Sheets]) -> list[Sheets]:
    return [peer for other, peer in sheets.items() if other != name]


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, or with `--report SPLIT` measure: `python -m symposium.training.calibrate [--only NAME ...]`."""
    from argparse import ArgumentParser

    known = sorted(zoo.bundled())
    parser = ArgumentParser(prog="python -m symposium.training.calibrate", description="Calibrate the bundled minds.")
    parser.add_argument("--only", action="append", choices=known, help="this mind; may be repeated")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="questions asked")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="answers to a question that is voted on")
    parser.add_argument("--sampled", type=int, default=SAMPLED, help="questions that are voted on")
    parser.add_argument("--scored", type=int, default=SCORED, help="questions of which each peer's answer is scored")
    parser.add_argument("--report", choices=("calibration", "development", "test"), help="measure on this split")
    parser.add_argument("--draw", action="store_true", help="with --report: draw reliability diagrams (matplotlib)")
    parser.add_argument("--json", type=Path, help="with --report: write the figures to this file")
    chosen = parser.parse_args(arguments)
    extent = Extent(questions=chosen.questions, samples=chosen.samples, sampled=chosen.sampled, scored=chosen.scored)
    if chosen.report is None:
        return fit_all(chosen.only or known, extent)
    found = report(chosen.only or known, chosen.report, extent, draw=chosen.draw)
    print(shown(found))
    if chosen.json:
        chosen.json.write_text(json.dumps({"rows": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
