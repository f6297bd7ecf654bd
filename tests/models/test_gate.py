"""The call gate: attempts, failures, accounts and what it tells."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from symposium.graphs import ask, start
from symposium.ledger.records import CallFailed, LimitReached, Message, Usage, UsageError
from symposium.models import endpoints
from symposium.models.budget import Limits
from symposium.models.mind import Mind
from symposium.models.provider import Chunk, Feature, Token
from symposium.models.run import Run
from symposium.models.settings import load


async def events_of(**choices: Any) -> list[dict[str, Any]]:
    deliberation = start("?", graph="single", **choices)
    return [dict(event) async for event in deliberation.events()]


def of(events: list[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] in types]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


@pytest.mark.parametrize("kind", ["rate", "server", "network", "timeout"])
async def test_what_may_pass_is_tried_three_times(stage: Any, lines: Any, kind: str) -> None:
    stage.cast("a", lines(fails=kind))
    events = await events_of(members=["a"])
    assert [event["attempt"] for event in of(events, "call.start")] == [1, 2, 3]
    errors = of(events, "call.error")
    assert [error["kind"] for error in errors] == [kind] * 3
    assert [error["retry_in"] is None for error in errors] == [False, False, True]
    assert events[-1]["outcome"]["failures"][0]["attempts"] == 3


@pytest.mark.parametrize("kind", ["auth", "billing", "context", "content", "refused", "missing-model"])
async def test_what_will_not_pass_is_tried_once(stage: Any, lines: Any, kind: str) -> None:
    actor = stage.cast("a", lines(fails=kind))
    outcome = await ask("?", graph="single", members=["a"])
    assert (len(actor.heard), outcome["failures"][0]["kind"]) == (1, kind)


@pytest.mark.parametrize(
    ("text", "finish", "kind"),
    [
        ("", "stop", "empty"),
        ("  \n", "stop", "empty"),
        ("answer 4", "length", "truncated"),
        ("answer 4", "content_filter", "content"),
    ],
)
async def test_a_reply_is_checked(stage: Any, lines: Any, text: str, finish: str, kind: str) -> None:
    stage.cast("a", lines(text=text, finish=finish))
    outcome = await ask("?", members=["a"], samples=1)
    assert [failure["kind"] for failure in outcome["failures"]] == [kind]
    assert outcome["answer"] == ""


async def test_a_member_that_is_too_slow_times_out(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="hm", hangs=True), timeout=0.05)
    outcome = await ask("?", members=["a"], samples=1, timeout=20)
    assert [failure["kind"] for failure in outcome["failures"]] == ["timeout"]


async def test_an_unknown_provider_of_a_configured_member_is_a_failure_that_says_so(stage: Any) -> None:
    stage.file.write_text("[member.x]\nmodel = 'nowhere:x'\n")
    outcome = await ask("?", members=["x"], samples=1)
    assert outcome["failures"][0]["kind"] == "missing-model"
    assert "nowhere" in outcome["failures"][0]["message"]


async def test_a_failure_stays_the_reason_when_its_retry_does_not_fit_the_budget(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(fails="server"))
    outcome = await ask("?", members=["a"], samples=1, max_calls=1)
    assert [failure["kind"] for failure in outcome["failures"]] == ["server"]
    assert (outcome["exit"], outcome["totals"]["attempts"]) == ("budget", 1)


async def test_a_member_that_breaks_is_a_failure_and_not_the_end(
    stage: Any, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        features: frozenset[Feature] = frozenset()

        def stream(self, request: object) -> object:
            raise OSError("disk")

        async def warm(self) -> None:
            """Nothing to do."""

        async def aclose(self) -> None:
            """Nothing to close."""

    stage.cast("a", "answer 4")
    stage.cast("b", model="broken:b")
    monkeypatch.setitem(endpoints.PROVIDERS, "broken", lambda member: Broken())
    outcome = await ask("?", members=["a", "b"], samples=1, rule="plurality")
    assert outcome["extracted"] == "4"
    assert [(failure["kind"], failure["message"]) for failure in outcome["failures"]] == [("server", "OSError: disk")]


async def test_what_a_member_says_when_it_breaks_holds_no_key(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Talkative:
        features: frozenset[Feature] = frozenset()

        def stream(self, request: object) -> object:
            raise OSError("cannot reach it with zz-Abc.hidden!value nor with sk-0123456789abcdef")

        async def warm(self) -> None:
            """Nothing to do."""

        async def aclose(self) -> None:
            """Nothing to close."""

    monkeypatch.setenv("KEY_OF_B", "zz-Abc.hidden!value")
    monkeypatch.setitem(endpoints.PROVIDERS, "broken", lambda member: Talkative())
    stage.cast("b", model="broken:b", key="KEY_OF_B")
    events = await events_of(members=["b"])
    assert of(events, "call.error")[0]["message"] == "OSError: cannot reach it with *** nor with ***"
    assert "hidden" not in str(events)


@pytest.mark.parametrize("kind", ["auth", "rate", "server", "network", "context"])
async def test_what_was_refused_at_the_door_is_not_billed(stage: Any, lines: Any, kind: str) -> None:
    stage.cast("a", lines(fails=kind))
    outcome = await ask("?", members=["a"], samples=1)
    assert (outcome["totals"]["input"], outcome["totals"]["cost"]) == (0, 0.0)


async def test_failed_attempts_are_billed_too(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="one two three", finish="length"))
    outcome = await ask("?", members=["a"], samples=1)
    assert outcome["totals"]["output"] == 3
    assert outcome["totals"]["cost"] == pytest.approx((10 * 1.0 + 3 * 2.0) / 1e6)


async def test_tokens_the_provider_did_not_count_are_marked_as_estimated(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="hm hm", hangs=True))
    deliberation = start("?", graph="single", members=["a"])
    async for event in deliberation.events():
        if event["type"] == "answer.delta":
            break
    outcome = await deliberation.cancel()
    assert outcome["totals"]["by_member"][0]["estimated"] is True


async def test_a_stopped_call_tells_what_had_come_under_the_same_keys(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="hm hm", hangs=True))
    stage.cast("b", "answer 4")
    deliberation, events = start("?", members=["a", "b"], samples=1), list[dict[str, Any]]()
    async for event in deliberation.events():
        events.append(dict(event))
        if event["type"] == "vote":  # "b" has been counted, "a" goes on
            deliberation.conclude()
    ends = {event["member"]: event for event in of(events, "call.end")}
    assert set(ends["a"]) == set(ends["b"])
    assert (ends["a"]["text"], ends["a"]["answer"], ends["a"]["finish"]) == ("hm hm", None, "cancelled")


async def test_what_was_used_counts_and_not_what_was_reserved(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="answer 4", usage=Usage(input=7, output=5, estimated=False)))
    deliberation = start("?", members=["a"], samples=1, max_tokens=5000)
    outcome = await deliberation.outcome()
    assert (outcome["totals"]["input"], outcome["totals"]["output"]) == (7, 5)
    assert deliberation.run.budget.snapshot()["left"]["tokens"] == 4988


async def test_confidence_is_named_and_raw(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="answer 4", probability=0.5))
    outcome = await ask("?", graph="single", members=["a"])
    assert outcome["signals"]["sum_logprob"] == {"value": pytest.approx(-0.6931, abs=1e-4), "calibrated": False}


async def test_a_member_without_logprobs_has_no_such_signal(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="answer 4", probability=None))
    outcome = await ask("?", graph="single", members=["a"])
    assert outcome["signals"] == {}


async def test_the_first_sample_is_greedy_and_the_others_have_the_member_s_temperature(stage: Any) -> None:
    actor = stage.cast("a", "answer 4", temperature=0.6)
    await ask("?", members=["a"], samples=2, rule="plurality")
    await ask("?", members=["a"], samples=1, temperature=1.5)
    assert sorted(request.temperature for request in actor.heard) == [0.0, 0.6, 1.5]


ASKED = (Message(role="user", content="?"),)


async def mind_in(stage: Any, name: str, *, lineage: str = "", tokens: int | None = None) -> Mind:
    run = Run(ledger=stage.ledger, seed=1, limits=Limits(tokens=tokens))
    run.begin("test", "?")
    await run.join(lineage or run.id)
    return Mind(run, load().members[name], "here")


async def test_a_reply_with_a_prefix_is_heard_and_kept_whole(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(" 2+2=4; answer 4", probability=0.5), features=("prefix",))
    mind, heard = await mind_in(stage, "a"), list[str]()
    draft = await mind.say(ASKED, role="proposer", prefix="1+1=2;", hear=heard.append)
    assert draft["text"] == "".join(heard) == "1+1=2; 2+2=4; answer 4"
    assert draft["signals"]["sum_logprob"]["value"] == pytest.approx(-0.6931, abs=1e-4)
    assert [step["text"] for step in draft["weakest"]] == ["2+2=4", "answer 4"]


async def test_a_prefix_to_which_nothing_is_added_is_no_reply(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(""), features=("prefix",))
    with pytest.raises(CallFailed, match="empty"):
        await (await mind_in(stage, "a")).say(ASKED, role="proposer", prefix="1+1=2;")


@pytest.mark.parametrize("asked", [{"prefix": "1+1"}, {"forced": "1+1=2"}])
async def test_a_member_that_lacks_the_feature_is_not_called(stage: Any, asked: dict[str, str]) -> None:
    actor = stage.cast("a", "answer 2")
    with pytest.raises(UsageError, match=f"member 'a' .*'{next(iter(asked))}'"):
        await (await mind_in(stage, "a")).say(ASKED, role="judge", **asked)
    assert actor.heard == []


@pytest.mark.parametrize(
    ("asked", "needed"), [({"forced": "1+1=2; 2+2=4"}, 18), ({"prefix": "1+1=2;" * 5}, 24), ({}, 14)]
)
async def test_forced_and_prefixed_tokens_are_reserved_before_the_call(
    stage: Any, asked: dict[str, str], needed: int
) -> None:
    actor = stage.cast("a", "answer 4", features=("forced", "prefix"), max_tokens=9)
    with pytest.raises(LimitReached):
        await (await mind_in(stage, "a", tokens=needed - 1)).say(ASKED, role="judge", **asked)
    assert actor.heard == []
    assert await (await mind_in(stage, "a", tokens=needed)).say(ASKED, role="judge", **asked)


async def test_a_resumed_run_pays_again_for_another_prefix_or_another_forced_reply(stage: Any) -> None:
    actor = stage.cast("a", "answer 4", features=("forced", "prefix"))
    asked = [{"prefix": "1;"}, {"prefix": "2;"}, {"forced": "1"}, {"forced": "2"}, {}]
    first = await mind_in(stage, "a")
    await first.say(ASKED, role="judge", **asked[0])
    await first.run.settled()
    again = await mind_in(stage, "a", lineage=first.run.id)
    drafts = [await again.say(ASKED, role="judge", **one) for one in asked]
    assert [draft["cached"] for draft in drafts] == [True, False, False, False, False]
    assert len(actor.heard) == len(asked)


async def test_the_steps_that_a_reply_is_least_sure_of_go_with_it(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(text="3+4=7; answer 7", probability=0.5))
    (end,) = of(await events_of(members=["a"]), "call.end")
    assert [step["text"] for step in end["weakest"]] == ["3+4=7", "answer 7"]


async def test_a_recorded_prompt_tells_from_where_the_reply_went_on(stage: Any) -> None:
    stage.cast("a", " 4", features=("prefix",))
    run, told = Run(ledger=stage.ledger, record_prompts=True), list[Any]()
    run.bus.subscribe(told.append)
    run.begin("test", "?")
    await Mind(run, load().members["a"]).say(ASKED, role="proposer", prefix="answer")
    assert [(one["messages"], one["prefix"]) for one in told if one["type"] == "call.start"] == [([*ASKED], "answer")]


async def test_log_probabilities_that_are_none_cost_the_signals_and_not_the_answer(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd:
        features: frozenset[Feature] = frozenset()

        async def stream(self, request: object) -> AsyncGenerator[Chunk, None]:
            yield Chunk(text="answer 4", tokens=(Token("answer 4", 3.5),), finish="stop")

        async def warm(self) -> None:
            """Nothing to do."""

        async def aclose(self) -> None:
            """Nothing to close."""

    stage.cast("a", model="odd:a")
    monkeypatch.setitem(endpoints.PROVIDERS, "odd", lambda member: Odd())
    outcome = await ask("?", graph="single", members=["a"])
    assert (outcome["extracted"], outcome["signals"]) == ("4", {})
