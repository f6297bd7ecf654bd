"""The options: one for every choice of every graph, in `ask` and in `plan` alike."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from symposium.cli.options import CHOICES, LISTS
from symposium.graphs.catalogue import GRAPHS
from symposium.models.settings import Choices


@pytest.mark.parametrize("name", GRAPHS)
def test_every_choice_of_a_graph_has_an_option(name: str) -> None:
    assert set(GRAPHS[name].choices) <= set(CHOICES)


def test_every_option_is_a_choice() -> None:
    assert set(CHOICES) - {"preset"} <= set(Choices.model_fields)


def test_lists_are_taken_apart() -> None:
    lists = {name for name, field in Choices.model_fields.items() if "tuple" in str(field.annotation)}
    assert set(LISTS) == lists


@pytest.mark.parametrize("name", ["ask", "plan"])
def test_the_help_lists_every_option_under_a_heading(command: Callable[..., Any], name: str) -> None:
    shown = command(name, "--help").out
    assert all(f"--{choice.replace('_', '-')}" in shown for choice in CHOICES)
    headings = re.findall(r"^(\S.*):$", shown, re.M)
    assert headings[:4] == ["Arguments", "Who answers, and how", "What it may take", "Sampling"]
    assert "\x1b" not in shown


def test_the_choices_reach_the_run(stage: Any, command: Callable[..., Any]) -> None:
    for name in ("ann", "bob", "cid"):
        stage.cast(name, "answer 1")
    options = ("--proposer-models", "ann,bob", "--num-proposals-per-model", "2", "--aggregation-strategy", "voting")
    printed = command("ask", "--json", "-g", "moa", *options, "--hedge", "--no-keep-best", "?")
    start = printed.out.splitlines()[0]
    assert '"num_proposals_per_model":2' in start
    assert '"hedge":true' in start
    assert '"proposer_models":["ann","bob"]' in start


def test_an_answered_request_costs_nothing_again(stage: Any, command: Callable[..., Any]) -> None:
    actor = stage.cast("ann", "answer 1")
    first = command("ask", "--plain", "--samples", "1", "--request-id", "r1", "?")
    again = command("ask", "--plain", "--samples", "1", "--request-id", "r1", "?")
    assert (first.code, again.code, again.out, len(actor.heard)) == (0, 0, first.out, 1)
    assert "has answered this request id before; nothing was asked" in again.err
    assert first.err.splitlines()[-1] == again.err.splitlines()[-1]


def test_a_request_id_stands_for_one_question(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "answer 1")
    command("ask", "-q", "--request-id", "r1", "?")
    printed = command("ask", "-q", "--request-id", "r1", "What else?")
    assert (printed.code, printed.out) == (2, "")
    assert "'r1' stands for another question" in printed.err
