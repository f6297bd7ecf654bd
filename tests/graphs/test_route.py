"""A route: who is asked, what the receipt says, who follows whom, and how several answers become one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.routers import OWN
from symposium.tools.routing import FORMAT, packed, write

RIGHT, WRONG = "17+25=42; answer 42", "17+25=43; answer 43"
QUESTION = "17+25?"


async def routed(question: str = QUESTION, **choices: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """The outcome and the events of a route."""
    deliberation = start(question, graph="route", **choices)
    events: Any = [event async for event in deliberation.events()]
    return await deliberation.outcome(), events


def of(events: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in events if event["type"] == kind]


def trained(stage: Any, *, reroute: float | None = None, **biases: float) -> None:
    """A trained router beside symposium.toml; each member has one chance for every question."""
    scale, weights = packed([0.0] * 16)
    members: Any = {
        f"scripted:{name}": {
            "sha256": None,
            "bias": chance,
            "scale": scale,
            "weights": weights,
            "calibrator": {"xs": [0.0, 1.0], "ys": [0.0, 1.0]},
            "tokens": (10.0, 10.0),
        }
        for name, chance in biases.items()
    }
    sample = [[chance for _, chance in sorted(biases.items())]]
    write(
        stage.folder / OWN,
        {"format": FORMAT, "buckets": 16, "trained_on": 1, "members": members, "sample": sample, "reroute": reroute},
    )


# The choice


async def test_the_expert_that_is_worth_most_answers_and_the_receipt_says_why(stage: Any) -> None:
    cheap = stage.cast("cheap", WRONG, reliability=0.55, price_input=0.1, price_output=0.1)
    stage.cast("dear", RIGHT, reliability=0.95)
    outcome, events = await routed()
    assert (outcome["status"], outcome["method"], outcome["extracted"]) == ("answered", "selection", "42")
    (decision,) = of(events, "route.decision")
    receipt = outcome["metadata"]["receipt"]
    assert {key: decision[key] for key in receipt} == receipt
    assert decision["graph"] == "route"
    assert (receipt["intent"], receipt["router"], receipt["chosen"]) == ("maths", "rules", ["dear"])
    assert receipt["predicted"] == {"cheap": 0.55, "dear": 0.95}
    assert receipt["duel"] == {"first": "dear", "second": "cheap", "chance": pytest.approx(0.9396, abs=1e-4)}
    assert receipt["why"] == (
        "dear (.95 right, 1.00 of the dearest's cost) is worth more than cheap (.55 right, .07 of the dearest's cost)"
    )
    assert cheap.heard == []


async def test_a_cheap_expert_is_worth_more_where_it_is_hardly_weaker(stage: Any) -> None:
    stage.cast("cheap", RIGHT, reliability=0.9, price_input=0.1, price_output=0.1)
    stage.cast("dear", RIGHT, reliability=0.95)
    assert (await routed())[0]["answered"] == ["cheap"]


@pytest.mark.parametrize(
    ("question", "expert"),
    [
        ("What is 73 times 8?", "counter"),
        ("3 더하기 4는?", "counter"),
        ("Write a Python function that sorts a list", "coder"),
        ("Translate 'good morning' into Korean", "linguist"),
        ("I feel so lonely since she left", "friend"),
    ],
)
async def test_rules_send_a_question_to_whoever_is_good_at_it(stage: Any, question: str, expert: str) -> None:
    words = {"counter": "mathematics", "coder": "programming", "linguist": "translation", "friend": "empathy"}
    for name, word in words.items():
        stage.cast(name, "answer 1", reliability=0.7, good_at=(word,))
    stage.cast("general", "answer 1", reliability=0.75)
    outcome, _ = await routed(question)
    assert outcome["metadata"]["receipt"]["chosen"] == [expert]


@pytest.mark.parametrize(("threshold", "expert"), [(0.0, "dear"), (0.6, "dear"), (0.8, "middle"), (0.95, "cheap")])
async def test_a_dearer_expert_is_asked_where_it_beats_the_cheaper_one_by_the_threshold(
    stage: Any, threshold: float, expert: str
) -> None:
    for name, price, reliability in (("cheap", 0.1, 0.5), ("middle", 1.0, 0.85), ("dear", 5.0, 0.95)):
        stage.cast(name, RIGHT, reliability=reliability, price_input=price, price_output=price)
    outcome, _ = await routed(threshold=threshold)
    receipt = outcome["metadata"]["receipt"]
    assert receipt["chosen"] == [expert]
    assert f"{threshold:.2f}".removeprefix("0") in receipt["why"]


async def test_a_trained_router_that_knows_all_members_decides(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.5)
    trained(stage, ann=0.3, bob=0.8)
    receipt = (await routed())[0]["metadata"]["receipt"]
    assert (receipt["router"], receipt["chosen"]) == ("trained", ["bob"])
    assert receipt["predicted"] == {"ann": 0.3, "bob": 0.8}


async def test_rules_predict_for_whom_the_trained_router_does_not_know(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.5)
    stage.cast("new", RIGHT, reliability=0.6)
    trained(stage, ann=0.8)
    usual = (await routed())[0]["metadata"]["receipt"]
    assert (usual["router"], usual["predicted"]) == ("rules", {"ann": 0.5, "new": 0.6})
    asked_for = (await routed(router="trained"))[0]["metadata"]["receipt"]
    assert (asked_for["router"], asked_for["predicted"]) == ("trained", {"ann": 0.8, "new": 0.6})


async def test_a_target_share_of_nothing_spares_the_dearest_and_one_of_all_asks_it(stage: Any) -> None:
    stage.cast("cheap", RIGHT, reliability=0.5, price_input=0.1, price_output=0.1)
    stage.cast("dear", RIGHT, reliability=0.9)
    assert (await routed(target_share=0.0))[0]["answered"] == ["cheap"]
    assert (await routed(target_share=1.0))[0]["answered"] == ["dear"]


async def test_a_target_spend_is_kept(stage: Any) -> None:
    stage.cast("cheap", RIGHT, reliability=0.5, price_input=0.1, price_output=0.1)
    stage.cast("dear", RIGHT, reliability=0.9, price_input=1.0, price_output=1.0)
    trained(stage, cheap=0.5, dear=0.9)
    assert (await routed(target_spend=0.5))[0]["answered"] == ["cheap"]
    assert (await routed(target_spend=1.0))[0]["answered"] == ["dear"]


@given(order=st.permutations(["ann", "bob", "cat"]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_order_of_the_members_never_changes_the_choice(staging: Any, order: list[str]) -> None:
    stage = staging()
    for name in order:
        stage.cast(name, RIGHT, reliability={"ann": 0.7, "bob": 0.7, "cat": 0.6}[name])
    receipt = (await routed(members=order))[0]["metadata"]["receipt"]
    assert receipt["chosen"] == ["ann"]
    assert list(receipt["predicted"]) == ["ann", "bob", "cat"]


@pytest.mark.parametrize("target", ["target_share", "target_spend"])
async def test_rules_that_tell_no_questions_apart_promise_nothing(stage: Any, target: str) -> None:
    stage.cast("cheap", RIGHT, reliability=0.7, good_at=("maths",), price_input=0.1, price_output=0.1)
    stage.cast("dear", RIGHT, reliability=0.7, good_at=("maths",))
    choices: Any = {target: 0.5}
    with pytest.raises(UsageError, match=rf"{target} 0.5 cannot be met by rules.*it would be .*; choose a threshold"):
        await ask(QUESTION, graph="route", **choices)


async def test_rules_keep_a_share_of_the_kinds_of_questions_that_members_are_for(stage: Any) -> None:
    for name, fields, price in (("days", ("calendar", "time"), 1.0), ("all", ("arithmetic", "lists", "units"), 0.1)):
        stage.cast(name, RIGHT, reliability=0.7, good_at=fields, price_input=price, price_output=price)
    questions = ["What is 7 * 8?", "Sort 4, 7, 1", "What day is it 12 days after Monday?", "14:35 plus 2 h 50 min"]
    chosen = [(await routed(question, target_share=0.5))[0]["answered"][0] for question in questions]
    assert chosen == ["all", "all", "days", "days"]


# Bad choices


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"top_k": 3}, r"top_k is 3, but there are 2 members: ann, bob"),
        ({"threshold": 0.5, "target_share": 0.1}, r"threshold and target_share exclude each other"),
        ({"threshold": 1.5}, r"threshold"),
        ({"default_member": "an"}, r"default_member 'an' is not among the members; did you mean 'ann'"),
        ({"router": "nobody"}, r"unknown member 'nobody'"),
        ({"router": "trained"}, r"router 'trained': it knows none of scripted:ann, scripted:bob; known: gguf:ada"),
        ({"target_spend": 0.5, "top_k": 2}, r"target_spend holds for one expert a question"),
        ({"target_spend": 0.5, "reroute": 0.5}, r"target_spend holds for one expert a question"),
        (
            {"target_share": 0.5, "top_k": 2},
            r"target_share holds for one expert a question; leave out top_k and reroute",
        ),
        ({"target_share": 0.5, "reroute": 0.5}, r"target_share holds for one expert a question"),
        ({"target_share": 0.5, "router": "bob"}, r"target_share cannot be promised where 'bob' routes; choose rules"),
        ({"target_spend": 0.5, "router": "bob"}, r"target_spend cannot be promised where 'bob' routes; choose rules"),
        ({"members": ["symbolic:arithmetic"]}, r"symbolic:arithmetic only checks; name a member that answers"),
        ({"members": ["ann", "symbolic:arithmetic"], "top_k": 2}, r"top_k is 2, but there are 1 members: ann"),
    ],
)
async def test_choices_that_do_not_fit_are_refused_at_the_start(stage: Any, choices: Any, told: str) -> None:
    ann = stage.cast("ann", RIGHT)
    stage.cast("bob", RIGHT)
    with pytest.raises(UsageError, match=told):
        await ask(QUESTION, graph="route", **choices)
    assert ann.heard == []


async def test_a_target_spend_needs_known_prices(stage: Any) -> None:
    stage.cast("ann", RIGHT, price_input=None, price_output=None)
    with pytest.raises(UsageError, match="target_spend needs known prices, and that of ann is not"):
        await ask(QUESTION, graph="route", target_spend=0.5)


async def test_a_broken_router_file_is_named(stage: Any) -> None:
    stage.cast("ann", RIGHT)
    (stage.folder / OWN).write_text("{}")
    with pytest.raises(ConfigurationError, match=rf"{OWN}' is no router file"):
        await ask(QUESTION, graph="route")


async def test_a_member_that_cannot_route_is_refused_before_anyone_speaks(stage: Any) -> None:
    ann = stage.cast("ann", RIGHT)
    stage.cast("mute", "")
    with pytest.raises(UsageError, match=r"member 'mute'.*cannot be router"):
        await ask(QUESTION, graph="route", members=["ann"], router="mute")
    assert ann.heard == []


# A member that routes


def rating(**chances: int) -> str:
    rated = [{"expert": letter, "chance": chance} for letter, chance in chances.items()]
    return json.dumps({"intent": "logic", "reason": "It is a riddle.", "chances": rated})


async def test_a_member_routes_by_what_it_reads(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.5)
    stage.cast("router", rating(A=20, B=70), features=("chat",))
    outcome, events = await routed(members=["ann", "bob"], router="router")
    receipt = outcome["metadata"]["receipt"]
    assert (receipt["intent"], receipt["router"], receipt["chosen"]) == ("logic", "router", ["bob"])
    assert receipt["predicted"] == {"ann": 0.2, "bob": 0.7}
    assert receipt["why"].endswith("; It is a riddle.")
    assert [event["role"] for event in of(events, "call.end")] == ["router", "proposer"]
    assert outcome["answered"] == ["bob"]


@pytest.mark.parametrize(("default", "asked"), [(None, "ann"), ("bob", "bob")])
@pytest.mark.parametrize("kind", ["auth", "refused", "server", None])
async def test_a_router_that_fails_leaves_it_to_the_default_and_says_so(
    stage: Any, lines: Any, default: str | None, asked: str, kind: Any
) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.5)
    stage.cast("router", lines(fails=kind) if kind else "no idea", features=("chat",))
    outcome, events = await routed(members=["ann", "bob"], router="router", default_member=default)
    (fallback,) = of(events, "fallback")
    assert (fallback["from"], fallback["to"], fallback["role"]) == ("router", asked, "router")
    receipt = outcome["metadata"]["receipt"]
    assert (receipt["router"], receipt["chosen"], outcome["answered"]) == ("default", [asked], [asked])
    assert any(note.startswith("the router router failed") for note in outcome["notes"])
    assert [(one["member"], one["role"]) for one in outcome["failures"]] == [("router", "router")]
    assert outcome["quorum"] == {"asked": 1, "answered": 1, "failed": 0, "cancelled": 0}


# Experts that fail


async def test_the_next_expert_stands_in_for_one_that_failed(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(fails="auth"), reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.8)
    stage.cast("cat", RIGHT, reliability=0.5)
    outcome, events = await routed()
    assert (outcome["status"], outcome["extracted"], outcome["answered"]) == ("answered", "42", ["bob"])
    (fallback,) = of(events, "fallback")
    assert (fallback["from"], fallback["to"], fallback["role"]) == ("ann", "bob", "expert")
    assert fallback["reason"] == "scripted auth"
    receipt = outcome["metadata"]["receipt"]
    assert receipt["chosen"] == ["ann", "bob"]
    assert receipt["why"].endswith("; bob, since ann failed")
    assert outcome["quorum"] == {"asked": 2, "answered": 1, "failed": 1, "cancelled": 0}


async def test_when_every_expert_fails_the_outcome_says_so_and_keeps_the_receipt(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(fails="auth"))
    stage.cast("bob", lines(fails="refused"))
    outcome, _ = await routed()
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert outcome["metadata"]["receipt"]["chosen"] == ["ann", "bob"]


# Several experts


async def test_the_best_k_answer_at_once_and_their_answers_are_counted(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(WRONG, ticks=9), reliability=0.9)
    stage.cast("bob", lines(RIGHT, ticks=9), reliability=0.8)
    stage.cast("cat", lines(RIGHT, ticks=9), reliability=0.7)
    stage.cast("dan", RIGHT, reliability=0.1)
    outcome, events = await routed(top_k=3, rule="plurality")
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("vote", "42", ["bob", "cat"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("43", ["ann"])]
    assert outcome["metadata"]["receipt"]["chosen"] == ["ann", "bob", "cat"]
    starts = [event["type"] for event in events if event["type"] in ("call.start", "call.end")]
    assert starts[:3] == ["call.start"] * 3


async def test_prose_of_several_experts_is_written_into_one_answer_by_the_strongest(stage: Any) -> None:
    texts = ("The moon pulls the water of the sea up.", "The sun plays a part in the tides as well.")
    for name, text, reliability in (("ann", texts[0], 0.9), ("bob", texts[1], 0.8)):
        stage.cast(name, text, "Moon and sun pull the sea.", features=("chat",), reliability=reliability)
    outcome, _ = await routed("Explain why there are tides", top_k=2)
    assert (outcome["method"], outcome["answer"]) == ("synthesis", "Moon and sun pull the sea.")
    assert outcome["answered"] == ["ann", "bob"]


async def test_an_expert_that_fails_among_several_is_replaced(stage: Any, lines: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("bob", lines(fails="auth"), reliability=0.8)
    stage.cast("cat", RIGHT, reliability=0.7)
    outcome, events = await routed(top_k=2)
    assert outcome["answered"] == ["ann", "cat"]
    assert [(event["from"], event["to"]) for event in of(events, "fallback")] == [("bob", "cat")]


# Rerouting


async def test_an_unsure_answer_leads_to_the_next_expert_and_the_answers_are_weighed(stage: Any) -> None:
    stage.cast("ann", "answer 43", reliability=0.7)
    stage.cast("bob", RIGHT, reliability=0.69)
    stage.cast("cat", RIGHT, reliability=0.68)
    outcome, events = await routed(reroute=0.8)
    assert (outcome["extracted"], outcome["agreed"]) == ("42", ["bob", "cat"])
    assert [event["chosen"] for event in of(events, "route.decision")] == [
        ["ann"],
        ["ann", "bob"],
        ["ann", "bob", "cat"],
    ]
    assert "bob as well, since the answer stands at .70 <= .80" in outcome["metadata"]["receipt"]["why"]
    assert [voice["members"] for voice in outcome["dissent"]] == [["ann"]]


async def test_a_sure_answer_ends_it(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    bob = stage.cast("bob", RIGHT, reliability=0.8)
    outcome, _ = await routed(reroute=0.8)
    assert (outcome["exit"], outcome["words"]) == ("confident", "the answer stands at .90 > .80")
    assert outcome["signals"]["chance"] == {"value": pytest.approx(0.9), "calibrated": False}
    assert bob.heard == []


async def test_the_chance_that_is_told_is_that_of_the_answer_that_is_given(stage: Any) -> None:
    for name, text, reliability in (("ann", "43", 0.55), ("bob", "43", 0.55), ("cat", "42", 0.97)):
        stage.cast(name, f"answer {text}", reliability=reliability)
    outcome, _ = await routed(top_k=3, rule="plurality", reroute=0.8)
    assert outcome["extracted"] == "43"
    two, one = 1 / 0.45**2 - 1, 0.97 / 0.03
    assert outcome["signals"]["chance"]["value"] == pytest.approx(two / (1 + two + one))
    assert outcome["exit"] == "complete"


async def test_a_chance_that_several_minds_make_together_is_not_told_as_fitted(stage: Any) -> None:
    stage.configure("")  # the bundled minds alone
    question = "What is 73 times 8?"
    one, _ = await routed(question, members=["large", "stories"], reroute=0.0)
    assert one["signals"]["chance"]["calibrated"] is True
    two, _ = await routed(question, members=["large", "stories"], top_k=2)
    assert len(two["answered"]) == 2
    assert two["signals"]["chance"]["calibrated"] is False


async def test_constants_that_stand_in_for_a_failed_router_make_nothing_sure(stage: Any, lines: Any) -> None:
    stage.cast("ann", RIGHT)
    stage.cast("bob", RIGHT)
    stage.cast("router", lines(fails="auth"), features=("chat",))
    outcome, _ = await routed(members=["ann", "bob"], router="router", reroute=0.59)
    assert outcome["answered"] == ["ann", "bob"]
    assert outcome["exit"] == "complete"
    assert "chance" not in outcome["signals"]


async def test_an_answer_with_a_wrong_step_weighs_nothing(stage: Any) -> None:
    stage.cast("ann", WRONG, reliability=0.95)
    stage.cast("bob", RIGHT, reliability=0.6)
    outcome, _ = await routed(reroute=0.5)
    assert (outcome["extracted"], outcome["answered"]) == ("42", ["ann", "bob"])


async def test_a_chance_that_is_unknown_is_not_sure(stage: Any) -> None:
    stage.cast("ann", "answer 42")
    stage.cast("bob", "answer 42")
    outcome, _ = await routed(reroute=0.1)
    assert outcome["answered"] == ["ann", "bob"]
    assert outcome["exit"] == "complete"
    assert outcome["words"].endswith("how sure the answer is is unknown")


async def test_further_experts_never_bring_a_question_beyond_three_times_the_dearest(stage: Any) -> None:
    for name in ("ann", "bob", "cat", "dan", "eve"):
        stage.cast(name, f"answer {ord(name[0])}", reliability=0.5)
    outcome, _ = await routed(reroute=1.0)
    assert outcome["answered"] == ["ann", "bob", "cat"]
    assert outcome["exit"] == "complete"


async def test_an_expert_that_the_budget_does_not_cover_is_passed_over(stage: Any) -> None:
    stage.cast("ann", "answer 43", reliability=0.7, max_tokens=10)
    dear = stage.cast("bob", RIGHT, reliability=0.69, max_tokens=5000)
    stage.cast("cat", RIGHT, reliability=0.68, max_tokens=10)
    outcome, _ = await routed(reroute=0.9, max_tokens=1000)
    assert outcome["answered"] == ["ann", "cat"]
    assert dear.heard == []
    assert outcome["status"] == "answered"


async def test_a_budget_of_one_call_ends_it_with_the_first_answer(stage: Any) -> None:
    stage.cast("ann", "answer 43", reliability=0.7)
    stage.cast("bob", RIGHT, reliability=0.69)
    outcome, _ = await routed(reroute=0.9, max_calls=1)
    assert (outcome["answered"], outcome["extracted"]) == (["ann"], "43")


async def test_the_bundled_threshold_counts_unless_a_target_was_asked_for(stage: Any) -> None:
    stage.cast("ann", "answer 43", reliability=0.7)
    stage.cast("bob", "answer 43", reliability=0.7)
    trained(stage, reroute=0.9, ann=0.8, bob=0.7)
    assert (await routed())[0]["answered"] == ["ann", "bob"]
    assert (await routed(threshold=0.5))[0]["answered"] == ["ann"]


# The rest


async def test_a_run_that_is_concluded_ends_with_the_answer_that_there_is(stage: Any, lines: Any) -> None:
    stage.cast("ann", "answer 43", reliability=0.7)
    stage.cast("bob", lines(RIGHT, hangs=True), reliability=0.69)
    deliberation = start(QUESTION, graph="route", reroute=0.9)
    async for event in deliberation.events():
        if (event["type"], event.get("member")) == ("call.start", "bob"):
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "concluded", "43")
    assert outcome["quorum"] == {"asked": 2, "answered": 1, "failed": 0, "cancelled": 1}


async def test_a_router_that_takes_too_long_leaves_time_for_the_default(stage: Any, lines: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("router", lines("...", hangs=True), features=("chat",))
    outcome, _ = await routed(members=["ann"], router="router", timeout=1.0)
    assert (outcome["answered"], outcome["metadata"]["receipt"]["router"]) == (["ann"], "default")
    assert [failure["kind"] for failure in outcome["failures"]] == ["timeout"]


async def test_one_expert_alone_is_streamed_and_taken_back_where_it_breaks_off(stage: Any, lines: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    outcome, events = await routed()
    assert "".join(event["text"] for event in of(events, "answer.delta")) == outcome["answer"]
    stage.cast("bob", lines("17+25=43; ...", finish="length"), reliability=0.99)
    outcome, events = await routed()
    kinds = [event["type"] for event in events if event["type"].startswith("answer.")]
    assert "answer.restart" in kinds
    last = len(kinds) - 1 - kinds[::-1].index("answer.restart")
    told = [event for event in events if event["type"].startswith("answer.")][last + 1 :]
    assert "".join(event["text"] for event in told) == outcome["answer"] == RIGHT


@pytest.mark.parametrize(
    ("question", "status", "exit"), [(QUESTION, "partial", "no-answer"), ("Is it?", "answered", "complete")]
)
async def test_a_reply_without_an_answer_is_shown_as_it_is(stage: Any, question: str, status: str, exit: str) -> None:
    stage.cast("ann", "What do you mean?")
    outcome, _ = await routed(question)
    assert (outcome["answer"], outcome["extracted"]) == ("What do you mean?", None)
    assert (outcome["status"], outcome["exit"]) == (status, exit)


async def test_an_expert_whose_reply_holds_no_value_is_replaced_and_its_words_are_taken_back(stage: Any) -> None:
    stage.cast("ann", "I do not know.", reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.8)
    outcome, events = await routed()
    assert (outcome["status"], outcome["extracted"], outcome["agreed"]) == ("answered", "42", ["bob"])
    (fallback,) = of(events, "fallback")
    assert (fallback["from"], fallback["to"], fallback["reason"]) == ("ann", "bob", "its reply gave no answer")
    told = [event for event in events if event["type"] in ("answer.restart", "answer.delta")]
    last = max(place for place, event in enumerate(told) if event["type"] == "answer.restart")
    assert "".join(event["text"] for event in told[last + 1 :]) == outcome["answer"] == RIGHT


async def test_where_nobody_gives_a_value_what_was_streamed_last_is_what_is_shown(stage: Any, lines: Any) -> None:
    stage.cast("ann", "I do not know.", reliability=0.9)
    stage.cast("bob", "I have no idea.", reliability=0.8)
    stage.cast("cat", lines("17+25=43; ...", finish="length"), reliability=0.7)
    outcome, events = await routed()
    assert (outcome["status"], outcome["exit"]) == ("partial", "no-answer")
    told = [event for event in events if event["type"] in ("answer.restart", "answer.delta")]
    last = max(place for place, event in enumerate(told) if event["type"] == "answer.restart")
    assert "".join(event["text"] for event in told[last + 1 :]) == outcome["answer"] == "I have no idea."


async def test_a_reply_without_an_answer_neither_outweighs_one_nor_has_it_written_anew(stage: Any) -> None:
    ann = stage.cast("ann", "I do not know.", "answer 99", features=("chat",), reliability=0.9)
    stage.cast("bob", RIGHT, features=("chat",), reliability=0.5)
    outcome, _ = await routed(top_k=2)
    assert (outcome["method"], outcome["extracted"], outcome["answer"]) == ("selection", "42", RIGHT)
    assert len(ann.heard) == 1


async def test_a_checker_is_left_out_and_that_is_noted(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.5)
    outcome, _ = await routed(members=["ann", "symbolic:arithmetic"])
    receipt = outcome["metadata"]["receipt"]
    assert (receipt["chosen"], list(receipt["predicted"])) == (["ann"], ["ann"])
    assert receipt["why"] == "ann is the only member"
    assert "symbolic:arithmetic only checks, and was asked nothing" in outcome["notes"]


async def test_bundled_minds_are_the_last_choice_for_what_lies_outside_their_world(stage: Any) -> None:
    stage.cast("ann", "Shakespeare")
    outcome, _ = await routed("Who wrote Hamlet?", members=["large", "ann", "ada"])
    receipt = outcome["metadata"]["receipt"]
    assert outcome["answered"] == ["ann"]
    assert max(receipt["predicted"]["large"], receipt["predicted"]["ada"]) < 0.05 < receipt["predicted"]["ann"]


async def test_one_bundled_mind_refuses_for_all_of_them(stage: Any) -> None:
    stage.configure("")
    outcome, events = await routed("Who wrote Hamlet?", members=["large", "ada", "ben"])
    assert (outcome["status"], outcome["exit"]) == ("abstained", "outside")
    assert len(of(events, "call.start")) == 1
    stage.cast("ann", "Shakespeare", reliability=0.01)
    outcome, events = await routed("Who wrote Hamlet?", members=["large", "ada", "ben", "ann"], threshold=1.0)
    assert outcome["answered"] == ["ann"]


async def test_a_route_is_a_stage_of_a_cascade(stage: Any) -> None:
    stage.cast("ann", RIGHT, reliability=0.9)
    stage.cast("bob", RIGHT, reliability=0.5)
    outcome = await ask(QUESTION, graph="cascade", stages=["route(ann,bob)"])
    assert (outcome["extracted"], outcome["answered"]) == ("42", ["ann"])


async def test_the_plan_names_who_may_be_asked(stage: Any) -> None:
    for name, price in (("ann", 1.0), ("bob", 2.0), ("cat", 3.0)):
        stage.cast(name, RIGHT, price_input=price, price_output=price, reliability=0.5)
    stage.cast("router", "", features=("chat",))

    def planned(**choices: Any) -> list[tuple[str, str, int, bool, bool]]:
        found = strategy("route")
        context = found.form(members=["ann", "bob", "cat"], **choices)
        return [(c.member.name, c.role, c.step, c.surely, c.spare) for c in found.agenda(context)]

    spares = [("bob", "proposer", 0, False, True), ("ann", "proposer", 0, False, True)]
    assert planned() == [("cat", "proposer", 0, True, False), *spares]
    further = [("bob", "proposer", 1, False, False), ("ann", "proposer", 2, False, False)]
    assert planned(reroute=0.5) == [("cat", "proposer", 0, True, False), *further]
    assert planned(router="router", top_k=3)[:2] == [
        ("router", "router", 0, True, False),
        ("cat", "proposer", 1, True, False),
    ]
