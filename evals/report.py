"""What a benchmark tells: figures as JSON, and tables in Markdown."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

from symposium.evals.bench import Bench, Findings
from symposium.evals.controls import DEBATE, FIRST_VOTE
from symposium.evals.papers import Paper
from symposium.evals.roles import SCORES, VERDICT, CriticFigures, JudgeFigures
from symposium.evals.rows import Answered, Kind, answered_by
from symposium.evals.statistics import paired_difference
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.providers.gguf_file import inspect
from symposium.tools.calibration import auroc, ece
from symposium.tools.intervals import wilson

VERSIONS = ("symposium", "xllamacpp", "langgraph")


class DifferenceFigures(TypedDict):
    """The difference to the best single mind on the same questions, with its 95 % interval, in shares."""

    value: float
    low: float
    high: float


class RowFigures(TypedDict):
    """One row on one set.

    `own_best` is the member that did best on these questions, of a team without the best single mind, and the first
    vote of a debate. `tokens` were read and written over all n questions, failed calls included; `cpu_s` are seconds
    over all of them, and `cost` is tokens times parameters relative to the best single mind; both None where a member's
    are unknown.
    """

    set: str
    name: str
    kind: Kind
    n: int
    right: int
    accuracy: float
    low: float
    high: float
    difference: DifferenceFigures | None
    own_best: str | None
    own_difference: DifferenceFigures | None
    answered: float
    refused: int
    tokens: int
    tokens_per_question: float
    cpu_s: float | None
    cost: float | None
    choices: Mapping[str, object]


class SignalFigures(TypedDict):
    """One confidence signal of one row on one set; `ece` (10 bins) is there for calibrated ones."""

    set: str
    name: str
    signal: str
    calibrated: bool
    n: int
    ece: float | None
    auroc: float | None


class MemberFigures(TypedDict):
    """Who was asked."""

    name: str
    model: str
    parameters: int | None
    reliability: float | None
    cpu_s_per_token: float | None


class About(TypedDict):
    """When, where and with what it was measured; `commit` is None outside a checkout."""

    date: str
    commit: str | None
    changed: bool
    machine: str
    cores: int
    python: str
    versions: dict[str, str]
    seed: int
    split: str
    best_single: str
    cast: list[MemberFigures]
    seconds: float


class Report(TypedDict):
    """Everything that a benchmark tells."""

    about: About
    rows: list[RowFigures]
    signals: list[SignalFigures]
    judges: list[JudgeFigures]
    critics: list[CriticFigures]


def report(bench: Bench, found: Findings, *, seconds: float) -> Report:
    """Sum up what was found; `seconds` are those that it took this time."""
    return Report(
        about=_about(bench, found, seconds),
        rows=[_row(bench, found, one, paper) for paper in bench.papers for one in _on(found.rows, paper)],
        signals=[figures for one in found.rows if one.kind != "control" for figures in _signals(one)],
        judges=list(found.judges),
        critics=list(found.critics),
    )


ORDER: tuple[Kind, ...] = ("mind", "graph", "control")


def _on(rows: Sequence[Answered], paper: Paper) -> list[Answered]:
    """The rows of a set: minds, graphs, controls."""
    return sorted((one for one in rows if one.paper == paper.name), key=lambda one: ORDER.index(one.kind))


def _row(bench: Bench, found: Findings, one: Answered, paper: Paper) -> RowFigures:
    best = answered_by(found.rows, bench.cast.best.name, paper)
    own = _own_best(bench, found, one, paper)
    right, n, tokens = sum(one.marks), len(one.marks), one.tokens
    low, high = wilson(right, n)
    return RowFigures(
        set=paper.name,
        name=one.name,
        kind=one.kind,
        n=n,
        right=right,
        accuracy=right / n,
        low=low,
        high=high,
        difference=None if one.name in (best.name, *SAME) else _difference(one, best),
        own_best=own.name if own else None,
        own_difference=_difference(one, own) if own else None,
        answered=sum(result["answered"] for result in one.results) / n,
        refused=sum(result["refused"] for result in one.results),
        tokens=sum(tokens.values()),
        tokens_per_question=sum(tokens.values()) / n,
        cpu_s=weighed(tokens, found.rates),
        cost=_relative(tokens, best.tokens, parameters(bench.cast.members)),
        choices=one.choices,
    )


def _own_best(bench: Bench, found: Findings, one: Answered, paper: Paper) -> Answered | None:
    """The best of those who answered together, where the best single mind was not among them; a debate's first vote."""
    if one.name == DEBATE:
        return answered_by(found.rows, FIRST_VOTE, paper)
    named, alone = one.choices.get("members"), {member.name for member in bench.cast.members}
    if not isinstance(named, list | tuple) or bench.cast.best.name in named or not alone.issuperset(named):
        return None
    return max((answered_by(found.rows, name, paper) for name in named), key=lambda mind: sum(mind.marks))


SAME = ("best single", "greedy")  # rows that are the best single mind under another name


def _difference(one: Answered, best: Answered) -> DifferenceFigures:
    found = paired_difference(one.marks, best.marks)
    return DifferenceFigures(value=found.value, low=found.low, high=found.high)


def weighed(tokens: Mapping[str, int], weights: Mapping[str, float]) -> float | None:
    """Add up tokens times each member's weight; None where a member's is unknown; rules weigh nothing."""
    counted = {name: spent for name, spent in tokens.items() if spent and not name.startswith("symbolic:")}
    if any(name not in weights for name in counted):
        return None
    return sum(spent * weights[name] for name, spent in counted.items())


def _relative(tokens: Mapping[str, int], best: Mapping[str, int], size: Mapping[str, float]) -> float | None:
    cost, unit = weighed(tokens, size), weighed(best, size)
    return None if cost is None or not unit else cost / unit


def parameters(members: Sequence[Member]) -> dict[str, float]:
    """Tell how many parameters the members have, where that is known."""
    return {m.name: inspect(zoo.find(m.target)).parameters for m in members if m.provider == "gguf"}


def _signals(one: Answered) -> Iterator[SignalFigures]:
    """How well each signal of a row's answers tells right from wrong."""
    for name in sorted({name for result in one.results for name in result["signals"]}):
        told = [(result["signals"][name], result["right"]) for result in one.results if name in result["signals"]]
        values, marks = [signal["value"] for signal, _ in told], [right for _, right in told]
        calibrated = all(signal["calibrated"] for signal, _ in told)
        yield SignalFigures(
            set=one.paper,
            name=one.name,
            signal=name,
            calibrated=calibrated,
            n=len(told),
            ece=ece(values, marks) if calibrated else None,
            auroc=auroc(values, marks),
        )


# About


def _about(bench: Bench, found: Findings, seconds: float) -> About:
    import platform

    from symposium.models.machine import cores

    sizes = parameters(bench.cast.members)
    return About(
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        commit=_git("rev-parse", "--short=12", "HEAD"),
        changed=bool(_git("status", "--porcelain", "--untracked-files=no")),
        machine=_processor(),
        cores=cores(),
        python=platform.python_version(),
        versions={name: version(name) for name in VERSIONS},
        seed=bench.seed,
        split=bench.papers[0].name,
        best_single=bench.cast.best.name,
        cast=[
            MemberFigures(
                name=member.name,
                model=member.model,
                parameters=int(sizes[member.name]) if member.name in sizes else None,
                reliability=member.reliability,
                cpu_s_per_token=found.rates.get(member.name),
            )
            for member in bench.cast.members
        ],
        seconds=seconds,
    )


def _git(*arguments: str) -> str | None:
    """What git says of the checkout that this program lies in; None where it is none."""
    root = zoo.FOLDER.parent.parent
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    import platform

    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


# Tables

Table = tuple[tuple[str, ...], list[list[str]]]  # titles and rows
ROWS = ("", "right %", "95 %", "to best single", "answered %", "tokens", "CPU ms", "cost")
OWN = ("row", "set", "its best member or first vote", "difference in points, 95 %")
JUDGES = ("judge", "answers", "AUROC", "within one question", *(f"by {score}" for score in SCORES))
CRITICS = ("critic", "wrong answers", "step quoted", "the wrong one %")


def tables(told: Report) -> dict[str, Table]:
    """Lay the figures out for people, by heading: the rows of each set, signals, judges, critics."""
    sets = dict.fromkeys(row["set"] for row in told["rows"])
    by_set = {name: [row for row in told["rows"] if row["set"] == name] for name in sets}
    laid: dict[str, Table] = {
        f"{name} ({rows[0]['n']:,} questions)": (ROWS, [_cells(row) for row in rows]) for name, rows in by_set.items()
    }
    laid["To their own best member or first vote"] = OWN, [_owned(row) for row in told["rows"] if row["own_best"]]
    for name in sets:
        laid[f"ECE of calibrated signals, {name}"] = _fitted(told, name, "ece")
    laid["AUROC of signals, kept-out"] = _fitted(told, "kept-out", "auroc")
    laid["Refused %"] = _refused(told)
    laid["Judges"] = (
        JUDGES,
        [_judged(name, told["judges"]) for name in dict.fromkeys(found["judge"] for found in told["judges"])],
    )
    laid["Critics"] = (CRITICS, [_criticised(critic) for critic in told["critics"]])
    return {heading: table for heading, table in laid.items() if table[1]}


def _cells(row: RowFigures) -> list[str]:
    """A row for people: shares in per cent, tokens and CPU time for one question."""
    return [
        row["name"],
        _percent(row["accuracy"]),
        f"{_percent(row['low'])}-{_percent(row['high'])}",
        _compared(row["difference"]),
        _percent(row["answered"]),
        f"{row['tokens_per_question']:,.0f}",
        "" if row["cpu_s"] is None else f"{1000 * row['cpu_s'] / row['n']:,.0f}",
        "" if row["cost"] is None else f"{row['cost']:.2f}",
    ]


def _owned(row: RowFigures) -> list[str]:
    """A team without the best single mind against the best of its own members, a debate against its first vote."""
    return [row["name"], row["set"], row["own_best"] or "", _compared(row["own_difference"])]


def _fitted(told: Report, paper: str, figure: Literal["ece", "auroc"]) -> Table:
    """One figure of each signal that has it, a row for each member and each way of answering together."""
    held = [one for one in told["signals"] if one["set"] == paper and (one["calibrated"] or one["signal"] in COUNTED)]
    held = [one for one in held if one[figure] is not None]
    signals = list(dict.fromkeys(_shown(one) for one in held))
    by_row: dict[str, dict[str, float | None]] = {}
    for one in held:
        by_row.setdefault(one["name"], {})[_shown(one)] = one[figure]
    return ("", *signals), [[name, *(_share(row.get(signal)) for signal in signals)] for name, row in by_row.items()]


COUNTED = ("share", "agreement")  # signals of a vote, which order answers without being chances


def _shown(one: SignalFigures) -> str:
    """A signal's bare name; of a vote's answer it is that of the draft which is shown."""
    return one["signal"].removesuffix(".calibrated").removeprefix("answer.")


def _refused(told: Report) -> Table:
    """What share of each set's questions was refused as lying outside the members' world."""
    sets = list(dict.fromkeys(row["set"] for row in told["rows"]))
    by_row: dict[str, list[str]] = {}
    for row in told["rows"]:
        if row["kind"] != "control":
            by_row.setdefault(row["name"], []).append(_percent(row["refused"] / row["n"]))
    return ("", *sets), [[name, *shares] for name, shares in by_row.items()]


def _judged(name: str, told: Sequence[JudgeFigures]) -> list[str]:
    """A judge, and how well it would tell the answers to one question apart by other scores than its verdict."""
    ways = {found["by"]: found for found in told if found["judge"] == name}
    verdict = ways[VERDICT]
    others = [_share(ways[score]["auroc_within"] if score in ways else None) for score in SCORES]
    return [name, f"{verdict['answers']:,}", _share(verdict["auroc"]), _share(verdict["auroc_within"]), *others]


def _criticised(found: CriticFigures) -> list[str]:
    share = _percent(found["hit"] / found["wrong"]) if found["wrong"] else ""
    return [found["critic"], f"{found['wrong']:,}", f"{found['quoted']:,}", share]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _compared(difference: DifferenceFigures | None) -> str:
    if difference is None:
        return ""
    return f"{100 * difference['value']:+.1f} ({100 * difference['low']:+.1f} to {100 * difference['high']:+.1f})"


def provenance(about: About) -> str:
    """Say when, where and with what the figures were measured."""
    commit = f"commit `{about['commit']}`{' with changes' if about['changed'] else ''}, " if about["commit"] else ""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return (
        f"Measured on {about['date'][:10]}, {commit}{about['machine']} with {about['cores']} cores, Python "
        f"{about['python']}, {versions}; split {about['split']}, seed {about['seed']}."
    )


NOTES = (
    "Intervals are 95 %: Wilson's for shares, Newcombe's for paired differences.",
    "Tokens are read and written for one question; CPU ms are the model's threads for one question, measured for each "
    "mind alone and shared over its tokens; cost is tokens times parameters, 1.00 is the best single mind.",
    "Replies that the record held already are counted with the tokens and CPU time of their first making.",
)


def markdown(told: Report) -> str:
    """Write the tables in Markdown, with what is needed to read them."""
    parts = [provenance(told["about"]), "\n".join(NOTES)]
    parts += [f"### {heading}\n\n{_table(*table)}" for heading, table in tables(told).items()]
    return "\n\n".join(parts) + "\n"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] + ["---:"] * (len(titles) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
