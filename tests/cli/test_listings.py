"""The commands that list things: models, graphs, plan, runs, show, config, doctor."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from symposium.graphs.catalogue import GRAPHS
from symposium.models.member import PER_TURN
from symposium.models.zoo import bundled

ANSWER = "17*24=408; 408-58=350; answer 350"


def printed_json(command: Callable[..., Any], *arguments: str) -> Any:
    printed = command(*arguments, "--json")
    assert printed.err == ""
    return json.loads(printed.out)


def test_models_tell_who_is_ready_and_why_another_is_not(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER, reliability=0.8, context=4096, family="trained")
    stage.cast("bob", ANSWER, model="gguf:/nowhere.gguf", price_input=None, price_output=None)
    stage.cast("cid", ANSWER, model="telepathy:x", price_input=None, price_output=None)
    known = {entry["name"]: entry for entry in printed_json(command, "models")}
    assert (known["ann"]["ready"], known["ann"]["problem"], known["ann"]["reliability"]) == (True, None, 0.8)
    assert known["ann"]["price"] == {"input": 1.0, "output": 2.0, "cached": None, "source": "symposium.toml"}
    assert (known["bob"]["ready"], known["bob"]["parameters"]) == (False, None)
    assert "'/nowhere.gguf'" in known["bob"]["problem"]
    assert known["bob"]["price"]["source"] == "runs on this machine"
    assert "unknown provider 'telepathy'" in known["cid"]["problem"]
    assert known["cid"]["price"] is None
    (row,) = [line for line in command("models").out.splitlines() if line.startswith("✓  ann ")]
    assert "1 / 2" in row


def test_every_bundled_mind_is_listed_with_what_its_file_tells(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    known = {entry["name"]: entry for entry in printed_json(command, "models")}
    assert set(bundled()) < set(known)
    assert all(known[name]["ready"] and known[name]["parameters"] > 0 for name in bundled())


def test_graphs_lists_the_catalogue(command: Callable[..., Any]) -> None:
    assert [entry["name"] for entry in printed_json(command, "graphs")] == list(GRAPHS)
    assert all(strategy.summary in command("graphs").out for strategy in GRAPHS.values())


@pytest.mark.parametrize("name", list(GRAPHS))
def test_a_graph_tells_every_choice_of_its_form(command: Callable[..., Any], name: str) -> None:
    told = printed_json(command, "graphs", "show", name)
    assert set(told["choices"]) == set(GRAPHS[name].choices)
    assert all(choice["description"] and "default" in choice for choice in told["choices"].values())
    assert all(choice in command("graphs", "show", name).out for choice in GRAPHS[name].choices)


def test_a_choice_tells_type_range_and_default(command: Callable[..., Any]) -> None:
    choices = printed_json(command, "graphs", "show", "vote")["choices"]
    samples, rule = choices["samples"], choices["rule"]
    assert (samples["type"], samples["minimum"], samples["maximum"], samples["default"]) == ("integer", 1, 64, None)
    assert (rule["enum"], rule["default"]) == (["plurality", "probability", "reliability", "confidence"], "confidence")


@pytest.mark.parametrize("name", list(GRAPHS))
def test_a_graph_is_drawn(command: Callable[..., Any], name: str) -> None:
    drawing = command("graphs", "show", name, "--mermaid").out
    assert "graph TD" in drawing
    assert all(node in drawing for node in ("open", "close"))


def test_a_plan_counts_calls_attempts_tokens_and_money_without_a_call(stage: Any, command: Callable[..., Any]) -> None:
    actor = stage.cast("ann", ANSWER, prompt="bare", max_tokens=100)
    stage.cast("bob", ANSWER, prompt="bare", max_tokens=100)
    told = printed_json(command, "plan", "--samples", "2", "abcdef")
    assert (told["calls"], told["attempts_at_most"]) == (4, 12)
    assert told["tokens_at_most"] == 12 * (PER_TURN + 2 + 100)
    assert told["cost_at_most"] == pytest.approx(12 * ((PER_TURN + 2) * 1.0 + 100 * 2.0) / 1_000_000)
    assert told["seconds"] is None
    assert actor.heard == []


def test_a_plan_of_one_member_is_one_call(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.cast("bob", ANSWER)
    told = printed_json(command, "plan", "-g", "single", "?")
    assert (told["calls"], [share["member"] for share in told["members"]]) == (1, ["ann"])


def test_a_plan_of_a_cascade_tells_a_range_of_calls(stage: Any, command: Callable[..., Any]) -> None:
    for name in ("ann", "bob"):
        stage.cast(name, ANSWER)
    arguments = ("plan", "-g", "cascade", "--stages", "vote(ann;samples=3),bob", "--scorer", "verifier")
    told = printed_json(command, *arguments, "?")
    assert (told["calls_at_least"], told["calls"]) == (4, 5)
    calls = {share["member"]: share["calls"] for share in told["members"]}
    assert calls == {"ann": 3, "symbolic:arithmetic": 1, "bob": 1}
    assert "calls    4 to 5 planned" in command(*arguments, "?").out


def test_a_plan_of_a_repair_tells_a_range_of_calls(stage: Any, command: Callable[..., Any]) -> None:
    for name in ("ann", "bob"):
        stage.cast(name, ANSWER)
    told = printed_json(command, "plan", "-g", "repair", "--rounds", "2", "?")
    assert (told["calls_at_least"], told["calls"]) == (2, 6)
    assert {share["member"]: share["calls"] for share in told["members"]} == {
        "ann": 1,
        "symbolic:arithmetic": 3,
        "bob": 2,
    }


def test_a_plan_stays_within_the_limits(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    limits = ("--max-calls", "2", "--max-tokens", "500", "--budget", "0.0001", "--timeout", "9")
    told = printed_json(command, "plan", *limits, "?")
    assert (told["attempts_at_most"], told["tokens_at_most"], told["cost_at_most"]) == (2, 500, 0.0001)
    assert "9.0 s at most" in command("plan", *limits, "?").out


def test_a_plan_does_not_know_a_price_it_does_not_know(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.cast("bob", ANSWER, price_input=None, price_output=None)
    told = printed_json(command, "plan", "?")
    assert (told["cost_at_most"], told["unpriced"], told["refused"]) == (None, ["bob"], [])
    assert "cost     unknown (no price for bob)" in command("plan", "?").out
    assert printed_json(command, "plan", "--budget", "1", "?")["refused"] == ["bob"]
    assert printed_json(command, "plan", "--budget", "1", "--allow-unpriced", "?")["refused"] == []


def test_a_plan_learns_from_the_ledger_how_long_a_call_takes(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    command("ask", "-q", "-g", "single", "?")
    told = printed_json(command, "plan", "-g", "single", "?")
    assert told["members"][0]["recorded"] == 1
    assert told["seconds"] == told["members"][0]["latency"] >= 0


def test_runs_are_listed_the_newest_first(stage: Any, lines: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    command("ask", "-q", "first?")
    stage.cast("ann", lines(fails="refused"))
    command("ask", "-q", "second?")
    newest, oldest = printed_json(command, "runs")
    assert (newest["question"], newest["status"], newest["answer"]) == ("second?", "failed", None)
    assert (oldest["question"], oldest["status"], oldest["answer"]) == ("first?", "answered", "350")
    assert oldest["calls"] > 0 < oldest["tokens"]
    assert len(printed_json(command, "runs", "--limit", "1")) == 1
    header, first, _ = command("runs").out.splitlines()
    assert header.split() == ["run", "when", "graph", "status", "answer", "question", "calls", "tokens", "cost", "time"]
    assert first.startswith(newest["run"])


def test_no_runs_yet(command: Callable[..., Any]) -> None:
    assert printed_json(command, "runs") == []
    assert "no runs yet" in command("runs").out


def test_of_a_ledger_in_memory_nothing_is_kept(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMPOSIUM_LEDGER", ":memory:")
    told = "the ledger is in memory: nothing is kept of a run once its command has ended\n"
    assert (command("runs").out, command("runs", "--json").out) == (told, "[]\n")
    for arguments in ((), ("2026",)):
        shown = command("show", *arguments)
        assert (shown.code, shown.err) == (2, f"symposium: {told}")


def test_show_tells_who_said_what_and_how_the_answer_came_about(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.cast("bob", "answer 340")
    command("ask", "-q", "--samples", "1", "How many?")
    told = printed_json(command, "show", "last")
    assert told["outcome"]["extracted"] in ("350", "340")
    assert {seat["member"]: seat["text"] for seat in told["said"]} == {"ann": ANSWER, "bob": "answer 340"}
    shown = command("show", told["run"]["run"]).out
    assert shown.startswith("How many?\n")
    assert ANSWER in shown
    assert " dissent  " in shown


def test_a_run_is_found_by_the_beginning_of_its_id(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    command("ask", "-q", "How many?")
    whole = printed_json(command, "runs")[0]["run"]
    assert printed_json(command, "show", whole[:-4])["run"]["run"] == whole


def test_the_receipt_is_the_same_live_and_from_the_ledger(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    live = command("ask", "?").err
    receipt = live[live.index("     how  ") :]
    assert command("show").out.endswith(receipt)


def test_config_tells_every_choice_and_where_it_comes_from(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", ANSWER)
    stage.file.write_text(f"samples = 5\nseed = 7\n{stage.file.read_text()}\n[preset.careful]\nsamples = 8\n")
    monkeypatch.setenv("SYMPOSIUM_WINDOW", "2")
    monkeypatch.setenv("SYMPOSIUM_THRESHOLDS", "0.5,0.75")
    told = printed_json(command, "config", "show", "--preset", "careful")
    assert told["choices"]["thresholds"] == {"value": [0.5, 0.75], "origin": "environment"}
    assert told["choices"]["samples"] == {"value": 8, "origin": "preset 'careful'"}
    assert told["choices"]["window"] == {"value": 2, "origin": "environment"}
    assert told["choices"]["seed"] == {"value": 7, "origin": str(stage.file)}
    assert told["choices"]["rule"] == {"value": "confidence", "origin": "default"}
    assert told["ledger"] == str(stage.ledger)
    assert told["files"] == [str(stage.file)]
    lines = command("config", "show", "--origin").out.splitlines()
    assert [line.split() for line in lines if line.startswith("thresholds")] == [
        ["thresholds", "0.5,", "0.75", "environment"]
    ]
    assert [line.split() for line in lines if line.startswith("seed")] == [["seed", "7", str(stage.file)]]


def finding(told: Any, what: str) -> Any:
    return next(check for check in told["checks"] if check["what"] == what)


def test_the_doctor_hears_every_bundled_mind(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    printed = command("doctor", "--json")
    told = json.loads(printed.out)
    assert all(finding(told, f"mind {name}")["state"] == "ok" for name in bundled())
    assert (printed.code, finding(told, "member ann")["state"]) == (0, "ok")
    assert any("symposium ask" in line for line in told["next"])


def test_the_doctor_finds_what_is_configured_and_broken(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER, model="gguf:/nowhere.gguf")
    told = printed_json(command, "doctor")
    assert (finding(told, "member ann")["state"], command("doctor").code) == ("broken", 3)
    assert told["next"][0] == "correct or remove [member.ann] in symposium.toml"


def test_the_doctor_tells_a_broken_configuration_and_goes_on(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", ANSWER)
    stage.file.write_text("sampels = 3")
    printed = command("doctor", "--json")
    told = json.loads(printed.out)
    assert (printed.code, finding(told, "configuration")["state"]) == (3, "broken")
    assert "did you mean 'samples'?" in finding(told, "configuration")["told"]
    assert finding(told, "python")["state"] == "ok"


def test_the_doctor_names_keys_and_never_tells_them(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", ANSWER)
    monkeypatch.chdir(stage.folder)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    (stage.folder / ".env").write_text("GROQ_API_KEY=gsk-of-the-file\n")
    printed = command("doctor")
    assert "found, but nobody who is asked needs them: OPENAI_API_KEY, GROQ_API_KEY" in printed.out
    assert "of-the" not in printed.out + printed.err


def test_the_doctor_tells_a_key_that_is_used_from_one_that_is_not(
    stage: Any, command: Callable[..., Any], wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", ANSWER)
    monkeypatch.setenv("GROQ_API_KEY", "gsk-of-the-environment")
    unused = finding(printed_json(command, "doctor"), "keys")
    assert (unused["state"], unused["told"]) == (
        "absent",
        "found, but nobody who is asked needs it: GROQ_API_KEY",
    )
    wire.model("m", ANSWER)
    stage.cast("bob", ANSWER, model="openai:m", base_url=wire.openai, key="GROQ_API_KEY")
    used = finding(printed_json(command, "doctor"), "keys")
    assert (used["state"], used["told"]) == ("ok", "GROQ_API_KEY in the environment, and there is no .env")


def test_the_doctor_asks_ollama_where_it_is_said_to_be(
    stage: Any, command: Callable[..., Any], wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", ANSWER)
    wire.model("qwen3:4b", ANSWER)
    address = wire.url.removeprefix("http://")
    monkeypatch.setenv("OLLAMA_HOST", address)
    told = finding(printed_json(command, "doctor"), "ollama")
    assert (told["state"], told["told"]) == ("ok", f"{address}, 1 model: qwen3:4b")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    assert finding(printed_json(command, "doctor"), "ollama")["state"] == "absent"


def test_runs_and_show_do_not_need_settings_that_can_be_read(
    stage: Any, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cast("ann", ANSWER)
    command("ask", "-q", "How many?")
    monkeypatch.setenv("SYMPOSIUM_LEDGER", str(stage.ledger))
    stage.file.write_text("sampels = 3")
    for name in ("runs", "show"):
        printed = command(name)
        assert (printed.code, printed.err.count("\n")) == (0, 1)
        assert "How many?" in printed.out
        assert printed.err.startswith("symposium: warning: ")
        assert "did you mean 'samples'?" in printed.err
        assert str(stage.ledger) in printed.err


def test_a_plan_takes_the_choices_of_ask(stage: Any, command: Callable[..., Any]) -> None:
    actor = stage.cast("ann", ANSWER)
    printed = command("plan", "--rule", "plurality", "--seed", "7", "--temperature", "0.5", "?")
    assert (printed.code, printed.err, actor.heard) == (0, "", [])
    assert command("plan", "-g", "single", "--rule", "plurality", "?").code == 2
