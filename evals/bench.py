"""`bench zoo`: the bundled minds and every way of answering together, with honest controls, on the same questions."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from symposium.evals.controls import controls
from symposium.evals.papers import Paper
from symposium.evals.record import Record, digest
from symposium.evals.replay import model_of
from symposium.evals.roles import (
    CriticFigures,
    Criticising,
    JudgeFigures,
    Judging,
    Role,
    critic_figures,
    judge_figures,
    roles,
)
from symposium.evals.routes import routes
from symposium.evals.rows import CHECKER, Answered, Cast, GraphRow, MindRow, Row, answered_by, sampled, together
from symposium.evals.workers import Task, Workers, question_key, workers
from symposium.ledger.records import ConfigurationError
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.settings import cast as members_of
from symposium.models.settings import load

ALONE, TOGETHER = 100, 20  # questions a task holds, of a mind and of a graph
ROLE_QUESTIONS = 300
SHAPING = (
    "temperature",
    "samples",
    "stages",
    "thresholds",
    "judge",
    "proposer_models",
    "aggregator_model",
    "aggregation_window",
    "fuse_top_k",
    "fusion_prompt",
    "use_specialized_prompts",
    "analyse",
    "keep_best",
    "quorum",
    "patience",
    "fallbacks",
    "personas",
    "agreement",
    "router",
    "threshold",
    "target_share",
    "target_spend",
    "reroute",
    "default_member",
)  # choices without a default that a row could ask for
PROGRAM = ("agents", "evals", "graphs", "ledger", "models", "prompts", "tools", "training")  # what shapes an answer


class Watcher(Protocol):
    """Whoever shows how a benchmark gets on; one step is about one call."""

    def expect(self, steps: int) -> None:
        """About so many steps are still to come."""
        ...

    def advance(self, steps: int) -> None:
        """So many steps are done."""
        ...

    def finished(self, row: str, paper: str) -> None:
        """A row is through a set of questions."""
        ...


def bundled_cast(names: tuple[str, ...] = ()) -> Cast:
    """The named members, else all the bundled minds.

    Raises:
        UsageError: a name is unknown or stands twice.
        ConfigurationError: no mind is bundled, or the settings cannot be used or would shape the answers.
    """
    settings = load()
    for name in SHAPING:
        if settings.origins[name] != "default":
            raise ConfigurationError(
                f"{settings.origins[name]}: '{name}' is configured, but a benchmark measures the defaults; leave it out"
            )
    plain = replace(settings, configured=(), choices=settings.choices.model_copy(update={"members": ()}))
    members = members_of(plain, names or zoo.strongest_first())
    if names:
        return Cast(members=members)
    return Cast(
        members=members,
        team=zoo.cast("team"),
        debaters=zoo.cast("debate"),
        menders=zoo.cast("repair"),
        peers=zoo.cast("peers"),
        cascade=zoo.cascade(),
    )


@dataclass(frozen=True)
class Findings:
    """Everything a benchmark found: rows, the roles of the cast, and CPU seconds per token by member."""

    rows: tuple[Answered, ...]
    judges: tuple[JudgeFigures, ...]
    critics: tuple[CriticFigures, ...]
    rates: Mapping[str, float]


class Bench:
    """One benchmark: a cast, sets of questions, and a record that remembers what was done.

    With `graph` it measures that graph alone, beside the minds and the controls.

    Raises:
        UsageError: the graph is unknown.
    """

    def __init__(
        self,
        cast: Cast,
        papers: Sequence[Paper],
        *,
        seed: int,
        folder: Path,
        processes: int = 1,
        graph: str | None = None,
    ) -> None:
        self.cast, self.papers, self.seed, self.folder, self.processes = cast, tuple(papers), seed, folder, processes
        self.graph, self.together = graph, together(cast, graph)
        self.record = Record(folder)
        self.record.forget_results(but=program())

    def findings(self, watcher: Watcher) -> Findings:
        """Ask every row every question that the record does not answer, and count the controls."""
        with workers(self.processes, self.folder) as hands:
            ask = _Asking(self, hands, watcher)
            wanted = [(row, paper) for row in self._rows() for paper in self.papers]
            found = self._answered(ask, wanted, later=self._foreseen(wanted))
            samples = [(row, paper) for paper in self.papers for row in self._sampled(paper, found)]
            found += self._answered(ask, samples, later=steps(self._roles()))
            judges, critics = self._measured(ask)
        counted = [
            one
            for paper in self.papers
            for count in (controls, routes)
            for one in count(self.cast, paper, found, self.seed)
        ]
        return Findings((*found, *counted), judges, critics, self._rates())

    def _foreseen(self, wanted: "Sequence[Wanted]") -> int:
        """How many steps are to come behind these: twice about as many samples as the costs equal, and the roles."""
        votes = [(row, paper) for row, paper in wanted if row.name == self._paying]
        return 2 * steps(votes) + steps(self._roles())

    def _rows(self) -> list[Row]:
        return [*map(MindRow, self.cast.members), MindRow(_symbolic()), *self.together]

    def _answered(self, ask: "_Asking", wanted: "Sequence[Wanted]", *, later: int) -> list[Answered]:
        return [
            Answered(
                row.name, row.kind, paper.name, tuple(results), row.all_choices if isinstance(row, GraphRow) else {}
            )
            for (row, paper), results in zip(wanted, ask(wanted, later=later), strict=True)
        ]

    @property
    def _paying(self) -> str:
        """The row whose cost the controls are given."""
        return "vote" if self.graph is None else self.together[0].name

    def _roles(self) -> "list[tuple[Role, Paper]]":
        """The roles, on the first questions of the first set; none where one graph is measured."""
        if self.graph is not None:
            return []
        paper = replace(self.papers[0], questions=self.papers[0].questions[:ROLE_QUESTIONS])
        return [(role, paper) for role in roles(self.cast.members, _symbolic())]

    def _measured(self, ask: "_Asking") -> tuple[tuple[JudgeFigures, ...], tuple[CriticFigures, ...]]:
        wanted = self._roles()
        results = [(role, found) for (role, _), found in zip(wanted, ask(wanted, later=0), strict=True)]
        judges = [
            figures
            for role, found in results
            if isinstance(role, Judging)
            for figures in judge_figures(role.name, found)
        ]
        critics = [critic_figures(role.name, found) for role, found in results if isinstance(role, Criticising)]
        return tuple(judges), tuple(critics)

    def _rates(self) -> dict[str, float]:
        measured = self.record.rates()
        models = {member.name: model_of(member) for member in self.cast.members}
        return {name: measured[model] for name, model in models.items() if model in measured}

    def key(self, row: Row) -> str:
        """Name a row in the record by everything that shapes its results but the program."""
        models = {member.name: model_of(member) for member in row.members}
        return digest([type(row).__name__, repr(row), models, self.seed])

    def _sampled(self, paper: Paper, found: Sequence[Answered]) -> list[GraphRow]:
        """The best mind, asked as often as the tokens of the vote, or of the graph that is measured, pay for."""
        paid = sum(answered_by(found, self._paying, paper).tokens.values())
        each = sum(answered_by(found, self.cast.best.name, paper).tokens.values())
        return sampled(self.cast.best, round(paid / each) if each else 1)


def _symbolic() -> Member:
    return members_of(load(), (CHECKER,))[0]


# Asking

Wanted = tuple[Row, Paper]


def steps(wanted: Sequence[Wanted]) -> int:
    """About how many calls it takes to answer these."""
    return sum(row.calls * len(paper.questions) for row, paper in wanted)


class _Sheet:
    """A row on a set of questions while its results come in; `key` names the row in the record."""

    def __init__(self, row: Row, paper: Paper, *, key: str, results: Mapping[str, Any]) -> None:
        self.row, self.paper, self.key, self._results = row, paper, key, dict(results)
        self.waiting = [question for question in paper.questions if question_key(question) not in self._results]
        self.left = len(self.waiting)

    def enter(self, results: Mapping[str, Any]) -> None:
        """Take in what came of some of the questions that wait."""
        self._results |= results
        self.left -= len(results)

    @property
    def ordered(self) -> list[Any]:
        return [self._results[question_key(question)] for question in self.paper.questions]


class _Asking:
    """Has rows answered by the workers, as far as the record does not know what came of them."""

    def __init__(self, bench: Bench, hands: Workers, watcher: Watcher) -> None:
        self._bench, self._hands, self._watcher = bench, hands, watcher

    def __call__(self, wanted: "Sequence[Wanted]", *, later: int) -> list[list[Any]]:
        """Answer every row on its set, and give what came of its questions in their order.

        `later` is about how many steps will be left then.
        """
        sheets = [self._sheet(row, paper) for row, paper in wanted]
        self._watcher.expect(sum(sheet.row.calls * sheet.left for sheet in sheets) + later)
        for sheet in sheets:
            self._note(sheet)
        whose = {sheet.key + sheet.paper.name: sheet for sheet in sheets}
        for task, results in self._hands.done(task for sheet in sheets for task in self._tasks(sheet)):
            self._enter(whose[task.key + task.paper], results)
        return [sheet.ordered for sheet in sheets]

    def _sheet(self, row: Row, paper: Paper) -> _Sheet:
        key = self._bench.key(row)
        return _Sheet(row, paper, key=key, results=self._bench.record.results(key, program=program()))

    def _tasks(self, sheet: _Sheet) -> Iterator[Task]:
        share = -(-sheet.left // self._bench.processes)
        size = max(1, min(share, ALONE if sheet.row.kind == "mind" else TOGETHER))
        for start in range(0, len(sheet.waiting), size):
            part = tuple(sheet.waiting[start : start + size])
            yield Task(sheet.row, sheet.key, sheet.paper.name, part, self._bench.seed, program())

    def _enter(self, sheet: _Sheet, results: Mapping[str, Any]) -> None:
        sheet.enter(results)
        self._watcher.advance(sheet.row.calls * len(results))
        self._note(sheet)

    def _note(self, sheet: _Sheet) -> None:
        if not sheet.left:
            self._watcher.finished(sheet.row.name, sheet.paper.name)


@cache
def program() -> str:
    """Name the program by the content of everything that shapes an answer or its mark."""
    root = zoo.FOLDER.parent.parent
    files = [
        path for room in PROGRAM for path in sorted((root / room).rglob("*")) if path.suffix in (".py", ".md", ".json")
    ]
    return digest([[str(path.relative_to(root)), hashlib.sha256(path.read_bytes()).hexdigest()] for path in files])
