"""The benchmark over scripted scholars: rows, controls, and what the record saves."""

from collections.abc import Callable
from typing import Any

import pytest

from symposium.evals.bench import Findings
from symposium.evals.report import markdown, report, tables, weighed
from symposium.evals.rows import TOGETHER, Cast, answered_by, together
from symposium.ledger.records import ConfigurationError
from symposium.models.member import Member

LIMIT = 8
SETS = ("development", "beyond", "kept-out")


def accuracy(found: Findings, name: str, paper: Any) -> float:
    marks = answered_by(found.rows, name, paper).marks
    return sum(marks) / len(marks)


def test_every_row_is_there_on_every_set_and_the_watcher_sees_all_of_it(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.5)
    found = bench("ann", "bob", limit=LIMIT).findings(watcher)
    minds = {"ann", "bob", "symbolic:arithmetic"}
    ways = {"single", "vote", "moa", "moa, checked", "debate", "cascade", "route", "route, top 2", "repair"}
    controls = {
        "debate, its first vote",
        "best single",
        "best single sampled",
        "best single sampled, weighed",
        "greedy",
        "random member",
        "oracle",
    }
    assert {row.name for row in found.rows} == minds | ways | controls
    assert {(row.name, row.paper) for row in found.rows} == {
        (name, paper) for name in minds | ways | controls for paper in SETS
    }
    assert (watcher.left, watcher.done > 0) == (0, True)
    assert set(watcher.rows) >= {(name, paper) for name in minds | ways for paper in SETS}


def test_the_figures_are_what_the_scholars_know(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, all=1.0, none=0.0)
    made = bench("none", "all", limit=LIMIT)
    found = made.findings(watcher)
    for paper in made.papers:
        shares = {name: accuracy(found, name, paper) for name in ("all", "none", "single", "oracle", "best single")}
        assert shares == {"all": 1.0, "none": 0.0, "single": 1.0, "oracle": 1.0, "best single": 1.0}
        assert 0 <= accuracy(found, "random member", paper) <= 1
        assert accuracy(found, "symbolic:arithmetic", paper) == 0.0


def test_the_best_single_is_chosen_by_what_is_known_of_it_beforehand() -> None:
    known = {"ann": 0.7, "bob": 0.9, "cho": None}
    members = tuple(Member(name=name, model=f"scripted:{name}", reliability=share) for name, share in known.items())
    assert Cast(members=members).best.name == "bob"
    assert Cast(members=members).names == ["bob", "ann", "cho"]


def test_the_sampled_control_gets_as_many_samples_as_the_votes_tokens_pay_for(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.6, cho=0.6)
    made = bench("ann", "bob", "cho", limit=LIMIT)
    found = made.findings(watcher)
    for paper in made.papers:
        paid = sum(answered_by(found.rows, "vote", paper).tokens.values()) / len(paper.questions)
        sampled = answered_by(found.rows, "best single sampled", paper)
        assert sampled.choices["members"] == ["ann"]
        assert sampled.choices["samples"] == round(paid / 40)  # a scholar's answer is 40 tokens
        assert (sampled.choices["temperature"], sampled.choices["rule"]) == (0.7, "plurality")


def test_a_benchmark_of_one_graph_gives_its_controls_what_that_graph_costs(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.85, cho=0.5)
    found = bench("ann", "bob", "cho", limit=LIMIT, graph="moa").findings(watcher)
    graphs = {row.name for row in found.rows if row.kind == "graph"}
    assert (graphs, found.judges, found.critics) == ({"moa", "moa, checked"}, (), ())
    for paper in SETS:
        paid = sum(next(row for row in found.rows if (row.name, row.paper) == ("moa", paper)).tokens.values())
        (one,) = [row for row in found.rows if (row.name, row.paper) == ("best single sampled", paper)]
        assert one.choices["samples"] == round(paid / (40 * len(one.marks)))  # a scholar's answer is 40 tokens


def test_a_debate_stands_beside_its_own_first_vote_which_only_its_drafts_are_paid_for(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.85, cho=0.5)
    made = bench("ann", "bob", "cho", limit=LIMIT, graph="debate")
    found = made.findings(watcher)
    told = report(made, found, seconds=1.0)
    for paper in made.papers:
        debate, first = (answered_by(found.rows, name, paper) for name in ("debate", "debate, its first vote"))
        assert first.kind == "control"
        assert first.marks == debate.marks, "scholars do not revise"
        assert sum(first.tokens.values()) == 3 * 40 * len(first.marks) <= sum(debate.tokens.values())
    (row, *_) = [row for row in told["rows"] if row["name"] == "debate"]
    assert (row["own_best"], row["own_difference"] and row["own_difference"]["value"]) == ("debate, its first vote", 0)
    assert "To their own best member or first vote" in tables(told)


def test_a_second_time_nothing_is_asked_again(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    actors = scholars(limit=LIMIT, ann=0.9, bob=0.5)
    first = bench("ann", "bob", limit=LIMIT).findings(watcher)
    asked = {name: actor.asked for name, actor in actors.items()}
    again = bench("ann", "bob", limit=LIMIT).findings(watcher)
    assert {name: actor.asked for name, actor in actors.items()} == asked
    assert again == first


def test_a_larger_benchmark_asks_only_what_is_new(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    actors = scholars(limit=2 * LIMIT, ann=0.9)
    bench("ann", limit=LIMIT).findings(watcher)
    before = actors["ann"].asked
    bench("ann", limit=LIMIT).findings(watcher)
    assert actors["ann"].asked == before
    bench("ann", limit=2 * LIMIT).findings(watcher)
    assert before < actors["ann"].asked <= 2 * before + LIMIT


def test_another_seed_or_another_member_is_another_row(scholars: Callable[..., Any], bench: Callable[..., Any]) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.5)
    made = bench("ann", "bob", limit=LIMIT)
    (row,) = [row for row in together(made.cast) if row.name == "vote"]
    (alone,) = [row for row in together(bench("ann", limit=LIMIT).cast) if row.name == "vote"]
    keys = [made.key(row), bench("ann", "bob", limit=LIMIT, seed=4).key(row), made.key(alone)]
    assert len(set(keys)) == 3
    assert made.key(row) == bench("ann", "bob", limit=LIMIT).key(row)


def test_refusing_is_not_answering_and_counted(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    scholars(limit=LIMIT, refusing=("ann",), ann=0.9)
    made = bench("ann", limit=LIMIT)
    told = report(made, made.findings(watcher), seconds=1.0)
    rows = {row["name"]: row for row in told["rows"] if row["set"] == "development"}
    for name in ("ann", "single", "vote"):
        assert (rows[name]["answered"], rows[name]["refused"], rows[name]["accuracy"]) == (0.0, LIMIT, 0.0)


def test_the_configured_settings_change_nothing_but_who_is_known(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any, stage: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9, bob=0.5)
    plain = bench("ann", "bob", limit=LIMIT).findings(watcher)
    stage.configure('rule = "plurality"\nwindow = 1\nmax_calls = 1')
    made = bench("ann", "bob", limit=LIMIT, folder=stage.folder / "other")
    found = made.findings(watcher)
    for one, other in zip(plain.rows, found.rows, strict=True):
        assert (one.name, one.marks, one.choices) == (other.name, other.marks, other.choices)


@pytest.mark.parametrize(
    "line", ["temperature = 1.5", "samples = 5", 'stages = ["ann"]', "thresholds = [0.5]", 'judge = "ann"']
)
def test_what_is_configured_and_would_shape_the_answers_is_refused(
    scholars: Callable[..., Any], bench: Callable[..., Any], stage: Any, line: str
) -> None:
    scholars(limit=1, ann=0.9)
    stage.configure(line)
    with pytest.raises(ConfigurationError, match=f"{stage.file}: '{line.split(maxsplit=1)[0]}' is configured"):
        bench("ann", limit=1)


def test_no_run_reaches_the_ledger_of_the_user(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any, stage: Any
) -> None:
    scholars(limit=LIMIT, ann=0.9)
    bench("ann", limit=LIMIT).findings(watcher)
    assert not stage.ledger.exists()


def test_like_minds_vote_with_one_voice_each() -> None:
    members = tuple(Member(name=name, model=f"scripted:{name}") for name in ("a", "b", "c", "d"))
    rows = {row.name: row for row in together(Cast(members=members, peers=("b", "c", "d")))}
    chosen = rows["vote of peers"].all_choices
    assert (chosen["members"], chosen["samples"], chosen["rule"]) == (["b", "c", "d"], 1, "plurality")
    assert "vote of peers" not in {row.name for row in together(Cast(members=members))}


def test_a_fitted_cascade_is_asked_by_its_stages() -> None:
    members = (Member(name="a", model="scripted:a"),)
    fitted = {"stages": ["a", "b"], "thresholds": [0.8], "scorer": "confidence"}
    (row,) = [row for row in together(Cast(members=members, cascade=fitted)) if row.name == "cascade"]
    assert row.all_choices["stages"] == ["a", "b"]
    assert "members" not in row.all_choices


def test_every_way_of_answering_together_has_a_name_of_its_own() -> None:
    assert len({entry.name for entry in TOGETHER}) == len(TOGETHER)


def test_the_tables_hold_every_row_and_the_report_is_json(
    scholars: Callable[..., Any], bench: Callable[..., Any], watcher: Any
) -> None:
    import json

    scholars(limit=LIMIT, ann=0.9, bob=0.5)
    made = bench("ann", "bob", limit=LIMIT)
    told = report(made, made.findings(watcher), seconds=1.0)
    assert json.loads(json.dumps(told)) == told
    text = markdown(told)
    assert all(f"| {row['name']} |" in text for row in told["rows"])
    first = tables(told)["development (8 questions)"]
    assert [row[0] for row in first[1]][:3] == ["ann", "bob", "symbolic:arithmetic"]
    ann = told["rows"][0]
    assert (ann["tokens"], ann["tokens_per_question"], ann["difference"]) == (40 * LIMIT, 40.0, None)
    assert (ann["cpu_s"], ann["cost"]) == (None, None)  # nothing is known of what a scripted member costs


@pytest.mark.parametrize(
    ("tokens", "weights", "sum"),
    [
        ({"a": 10, "b": 2}, {"a": 2.0, "b": 5.0}, 30.0),
        ({"a": 10, "b": 2}, {"a": 2.0}, None),
        ({"a": 10, "b": 0}, {"a": 2.0}, 20.0),
        ({"a": 10, "symbolic:arithmetic": 7}, {"a": 2.0}, 20.0),
    ],
)
def test_unknown_weights_make_the_sum_unknown(
    tokens: dict[str, int], weights: dict[str, float], sum: float | None
) -> None:
    assert weighed(tokens, weights) == sum
