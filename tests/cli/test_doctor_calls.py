"""The doctor calls everyone who may be asked, and says what to do about each kind of failure."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from wire import Reply

from symposium.models import discovery


@pytest.fixture
def doctor(stage: Any, command: Callable[..., Any]) -> Callable[[], Any]:
    """Runs the doctor; gives its findings by what they are about, the advice and the exit code."""

    def call() -> Any:
        discovery._seen.clear()
        printed = command("doctor", "--json")
        told = json.loads(printed.out)
        return {check["what"]: check for check in told["checks"]}, told["next"], printed.code

    return call


def cast(stage: Any, wire: Any, name: str, **entry: Any) -> Any:
    stage.cast(name, model=f"openai:{name}", base_url=wire.openai, **entry)
    return wire.model(name, "Answer: 2")


def test_a_member_that_answers_is_well_and_one_token_is_asked_for(stage: Any, wire: Any, doctor: Any) -> None:
    cast(stage, wire, "ann")
    checks, _, code = doctor()
    assert (checks["member ann"]["state"], code) == ("ok", 0)
    assert checks["member ann"]["told"].startswith("openai:ann answers, after ")
    (call,) = wire.calls_of("ann")
    assert 1 in (call.body.get("max_tokens"), call.body.get("max_completion_tokens"))


@pytest.mark.parametrize(
    ("fault", "kind", "advice"),
    [
        ("401", "auth", "ann: put a valid key into MY_API_KEY"),
        ("402", "billing", "ann: add credit at its provider"),
        ("404", "missing-model", "ann: correct the name of its model"),
        ("429", "rate", "ann: wait a little"),
        ("500", "server", "ann: its server is in trouble"),
        ("hang", "timeout", "ann: see whether its server is well"),
        ("reset", "network", "ann: see that its server runs"),
    ],
)
def test_a_failure_is_told_with_its_kind_and_what_to_do(
    stage: Any, wire: Any, doctor: Any, monkeypatch: pytest.MonkeyPatch, fault: str, kind: str, advice: str
) -> None:
    monkeypatch.setenv("MY_API_KEY", "hush")
    cast(stage, wire, "ann", timeout=0.2, key="MY_API_KEY").fail(fault, after=0, retry_after=0.01)
    cast(stage, wire, "bob")
    checks, todo, code = doctor()
    assert (checks["member ann"]["state"], checks["member bob"]["state"], code) == ("broken", "ok", 3)
    assert checks["member ann"]["told"].startswith(f"{kind}: ")
    assert todo[0].startswith(advice)
    assert "hush" not in str(checks)


def test_a_server_that_is_not_there_is_told(stage: Any, wire: Any, doctor: Any) -> None:
    stage.cast("ann", model="openai:m", base_url="http://127.0.0.1:9/v1")
    checks, todo, code = doctor()
    assert (checks["member ann"]["told"].partition(":")[0], code) == ("network", 3)
    assert todo[0] == "ann: see that its server runs and can be reached from here, or correct base_url"


def test_everyone_with_a_role_is_called_and_named_with_it(stage: Any, wire: Any, doctor: Any) -> None:
    for name in ("ann", "bob", "cid", "dan"):
        cast(stage, wire, name)
    stage.configure('members = ["ann"]\njudge = "bob"\naggregator_model = "cid"\nfallbacks = ["ann", "dan"]')
    checks, _, code = doctor()
    called = ("member ann (fallback)", "member bob (judge)", "member cid (aggregator)", "member dan (fallback)")
    assert all(checks[what]["state"] == "ok" for what in called)
    assert checks["member symbolic:arithmetic (critic)"]["state"] == "ok"
    assert (code, len(wire.calls)) == (0, 4)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("API key not valid. Please pass a valid API key.", "auth"),
        ("ann is not a valid model ID", "missing-model"),
        ("Model Not Exist", "missing-model"),
        ("this deployment does not support chat", "refused"),
    ],
)
def test_a_request_that_is_turned_down_is_no_answer(
    stage: Any, wire: Any, doctor: Any, message: str, kind: str
) -> None:
    cast(stage, wire, "ann").fail("400", message=message)
    checks, _, code = doctor()
    assert (checks["member ann"]["state"], code) == ("broken", 3)
    assert checks["member ann"]["told"].startswith(f"{kind}: ")


def test_a_model_that_declines_in_its_own_words_answers(stage: Any, wire: Any, doctor: Any) -> None:
    cast(stage, wire, "ann")
    wire.model("ann", Reply(refusal="I can't help with that."))
    checks, _, code = doctor()
    assert (checks["member ann"]["state"], code) == ("ok", 0)


def test_members_of_stages_and_presets_are_called(stage: Any, wire: Any, doctor: Any) -> None:
    for name in ("ann", "bob", "cid", "dan", "eve"):
        cast(stage, wire, name)
    stage.configure('members = ["ann"]\nstages = ["bob", "vote(ann,cid)"]')
    stage.file.write_text(stage.file.read_text() + '[preset.mine]\nmembers = ["ann", "dan"]\njudge = "eve"\n')
    checks, _, code = doctor()
    called = ("member ann (stage)", "member bob (stage)", "member cid (stage)")
    chosen = ("member dan (preset mine)", "member eve (preset mine)")
    assert all(checks[what]["state"] == "ok" for what in (*called, *chosen))
    assert (code, len(wire.calls)) == (0, 5)


def test_a_role_of_nobody_is_a_finding(stage: Any, wire: Any, doctor: Any) -> None:
    cast(stage, wire, "ann")
    stage.configure('fallbacks = ["nobody"]')
    checks, _, code = doctor()
    assert (checks["configuration"]["state"], code) == ("broken", 3)
    assert "unknown member 'nobody'" in checks["configuration"]["told"]


def test_an_address_of_ollama_that_is_none_is_a_finding(
    stage: Any, wire: Any, doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(stage, wire, "ann")
    monkeypatch.setenv("OLLAMA_HOST", "tcp://box:11434")
    checks, _, code = doctor()
    assert (checks["ollama"]["state"], checks["member ann"]["state"], code) == ("broken", "ok", 3)
    assert checks["ollama"]["told"].startswith("OLLAMA_HOST: 'tcp://box:11434' is no address")


def test_a_ledger_in_memory_is_told(stage: Any, wire: Any, doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cast(stage, wire, "ann")
    monkeypatch.setenv("SYMPOSIUM_LEDGER", ":memory:")
    checks, _, code = doctor()
    assert (checks["ledger"]["state"], checks["ledger"]["told"], code) == (
        "ok",
        "in memory: nothing is kept of a run",
        0,
    )


def test_a_missing_key_is_told_before_any_call(stage: Any, wire: Any, doctor: Any) -> None:
    cast(stage, wire, "ann", key="MY_API_KEY")
    checks, todo, code = doctor()
    assert "no key: set MY_API_KEY" in checks["member ann"]["told"]
    assert (todo[0], wire.calls, code) == (
        "ann: put its key into MY_API_KEY, in the environment or in .env",
        [],
        3,
    )


def test_a_model_that_ollama_lacks_and_an_ollama_that_is_not_there(
    stage: Any, wire: Any, doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", model="ollama:qwen3", price_input=None, price_output=None)
    stage.cast("bob", model="ollama:mistral", price_input=None, price_output=None)
    wire.model("mistral:latest", "Answer: 2")
    wire.model("mistral", "Answer: 2")
    monkeypatch.setenv("OLLAMA_HOST", wire.url)
    checks, todo, _ = doctor()
    assert (checks["member ann"]["state"], checks["member bob"]["state"]) == ("broken", "ok")
    assert todo[0] == "ann: get it with `ollama pull qwen3`"
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    checks, todo, _ = doctor()
    assert checks["member bob"]["told"].startswith("no Ollama at 127.0.0.1:9: ")
    assert todo[0] == "ann: get it from https://ollama.com and start it with `ollama serve`"


def test_presets_are_checked(stage: Any, wire: Any, doctor: Any) -> None:
    cast(stage, wire, "ann")
    stage.file.write_text(stage.file.read_text() + '[preset.mine]\ngraph = "repair"\ncritic = "nobody"\n')
    checks, todo, code = doctor()
    assert checks["presets"]["told"] == "balanced, quality, budget, local, sizes valid"
    assert (checks["preset mine"]["state"], code) == ("broken", 3)
    assert "unknown member 'nobody'" in checks["preset mine"]["told"]
    assert "correct [preset.mine]" in todo


def test_local_without_ollama_says_what_to_do(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", "answer 1")
    discovery._seen.clear()
    printed = command("ask", "--preset", "local", "?")
    assert (printed.code, printed.out, printed.err.count("\n")) == (3, "", 1)
    assert "no Ollama at 127.0.0.1:9: get it from https://ollama.com" in printed.err
