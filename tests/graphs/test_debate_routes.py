"""Where a debate goes on, by its state alone, and what part of the time each step may take."""

from typing import Any

import pytest
from drafts import drafted

from symposium.graphs.debate import answering, following, settled
from symposium.graphs.debate_state import PARTS, ROUND, Step, having_to_revise, share

ANN, BOB = (
    drafted(f"Answer: {text}", member=name, call=name, answer=text) for name, text in (("ann", "1"), ("bob", "2"))
)
AGREEING = {**BOB, "answer": "1"}
HELD = {"critic": "ann", "member": "bob", "call": "bob", "step": "x", "start": 0, "reason": "no", "logprob": None}


def state(*, begun: int = 0, over: int = 0, rounds: int = 1, **told: Any) -> Any:
    """A debate of ann and bob, in which so many rounds have begun, and so many are over."""
    plan = {
        **{"rounds": rounds, "critics": ["ann", "bob"], "revisers": ["ann", "bob"], "bare": []},
        **{"weighers": [], "judges": [], "checker": "", **told.pop("plan", {})},
    }
    drafts = told.pop("drafts", [ANN, BOB])
    held = [{"round": place + 1, "drafts": drafts, "critiques": [], "ruling": None} for place in range(begun)]
    return {
        **{"messages": [_Question()], "lineage": "r1", "plan": plan, "failures": [], "rounds": held, "asked": []},
        **{"seats": [{"member": "ann", "index": 0}, {"member": "bob", "index": 0}], "tables": [drafts] * (1 + over)},
        **{"stop": "", "halted": False, **told},
    }


class _Question:
    """A human message."""

    type, text = "human", "1+1?"


def names(sent: Any) -> Any:
    return sent if isinstance(sent, str) else [(one.node, one.arg["turn"]["seat"]["member"]) for one in sent]


BOTH = [("criticise", "ann"), ("criticise", "bob")]


@pytest.mark.parametrize(
    ("told", "after"),
    [
        (state(), "close"),
        (state(begun=1), BOTH),
        (state(begun=1, plan={"checker": "rules"}), [*BOTH, ("criticise", "rules")]),
        (state(begun=1, plan={"critics": []}), "hear"),
        (state(begun=1, over=1), "keep"),
        (state(begun=2, over=1, rounds=2), BOTH),
        (state(begun=2, over=1, rounds=1), "keep"),
    ],
)
def test_a_round_that_has_begun_is_held_while_there_are_rounds(told: Any, after: Any) -> None:
    assert names(following(told)) == after


@pytest.mark.parametrize(
    ("told", "after"),
    [
        ({}, "keep"),
        ({"plan": {"judges": ["judge"]}}, "moderate"),
        ({"plan": {"judges": ["judge"]}, "halted": True}, "keep"),
        ({"plan": {"judges": ["judge"]}, "drafts": [ANN, AGREEING]}, "keep"),
        ({"plan": {"judges": ["judge"]}, "stop": "unassailable_lead"}, "keep"),
        ({"plan": {"judges": ["judge"]}, "stop": "stable_votes"}, "moderate"),
        ({"plan": {"judges": ["judge"]}, "stop": "cap"}, "moderate"),
    ],
)
def test_a_judge_is_heard_where_a_round_leaves_something_to_judge(told: Any, after: str) -> None:
    assert names(settled(state(begun=1, over=1, **told))) == after


def test_who_is_asked_reconsiders_and_nobody_does_in_a_run_that_was_stopped() -> None:
    assert names(answering(state(begun=1, asked=["bob"]))) == [("reconsider", "bob")]
    assert answering(state(begun=1)) == "settle"
    assert answering(state(begun=1, asked=["bob"], halted=True)) == "keep"


REDIRECT = {"decision": "redirect"}


@pytest.mark.parametrize(
    ("told", "critiques", "asked"),
    [
        ({}, [], ["ann", "bob"]),
        ({"drafts": [ANN, AGREEING]}, [], []),
        ({"drafts": [ANN, AGREEING]}, [HELD], ["bob"]),
        ({"plan": {"bare": ["ann", "bob"]}}, [], []),
        ({"plan": {"bare": ["ann", "bob"]}}, [HELD], ["bob"]),
        ({"plan": {"revisers": ["ann"]}}, [HELD], ["ann"]),
        ({"failures": [{"member": "bob", "role": "reviser"}]}, [HELD], ["ann"]),
        ({"failures": [{"member": "bob", "role": "critic"}]}, [HELD], ["ann", "bob"]),
    ],
)
def test_who_has_something_to_revise(told: Any, critiques: Any, asked: list[str]) -> None:
    made = state(begun=1, **told)
    made["rounds"][-1]["critiques"] = critiques
    assert having_to_revise(made, made["rounds"][-1]) == asked


def test_after_a_redirection_everybody_that_reads_has_something_to_revise() -> None:
    made = state(begun=2, over=1, rounds=2, drafts=[ANN, AGREEING])
    made["rounds"][0] = {**made["rounds"][0], "ruling": REDIRECT}
    assert having_to_revise(made, made["rounds"][-1]) == ["ann", "bob"]


@pytest.mark.parametrize("rounds", [1, 2, 3])
@pytest.mark.parametrize("judges", [[], ["judge"]])
def test_every_step_of_every_round_gets_its_part_of_the_time(rounds: int, judges: list[str]) -> None:
    """Taken one after the other, each as long as it may, the parts use up the time and leave none without."""
    each: list[Step] = ["critique", "revision", *ROUND[2:] * bool(judges)]
    steps: list[tuple[Step, int]] = [("drafts", 0), *((step, place + 1) for place in range(rounds) for step in each)]
    if judges:
        steps.append(("check", rounds))
    left, taken = 1.0, dict[Step, list[float]]()
    for step, begun in steps:
        took = left * share(step, state(begun=begun, rounds=rounds, plan={"judges": judges}))
        taken.setdefault(step, []).append(took / PARTS[step])
        left -= took
    assert left == pytest.approx(0)
    assert len({round(unit, 9) for units in taken.values() for unit in units}) == 1, "in proportion"
