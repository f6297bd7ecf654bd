"""`symposium models`: the table fits the terminal, and tells what each can do and what it costs."""

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from rich.cells import cell_len
from wire import obeying

from symposium.cli.models import COLUMNS, LETTERS, _row
from symposium.cli.roster import known, standings
from symposium.cli.table import fitted, laid_out
from symposium.models import discovery
from symposium.models.provider import Feature
from symposium.models.settings import load


@pytest.mark.parametrize("room", [80, 100])
def test_the_table_fits(stage: Any, room: int) -> None:
    stage.cast(
        "a-member-with-quite-a-long-name", model="openai:claude-opus-5-5", base_url="https://api.anthropic.com/v1"
    )
    stage.cast("gpt", model="openrouter:openai/gpt-6.1-terra", reliability=0.93)
    rows = [_row(standing) for standing in standings(known(load()))]
    widths = fitted(COLUMNS, rows, room=room)
    lines = [line for row in rows for line in laid_out(COLUMNS, widths, row)]
    assert max(map(cell_len, lines)) <= room
    assert len(lines) == len(rows)


def test_every_feature_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(get_args(Feature))
    assert len({letter for letter, _ in LETTERS.values()}) == len(LETTERS)


def test_prices_are_told_with_their_sources(stage: Any, command: Callable[..., Any]) -> None:
    stage.cast("ann", model="openai:gpt-4o-mini", price_input=None, price_output=None)
    stage.cast("bob", model="openai:nobody-knows-it", price_input=None, price_output=None)
    stage.cast("cid")
    out = command("models").out
    assert "  symposium.toml: cid\n" in out
    assert "  unknown: bob\n" in out
    assert any(line.startswith("  genai-prices ") and line.endswith(": ann") for line in out.splitlines())
    assert "ann is not ready: member 'ann': no key: set OPENAI_API_KEY in the environment or in .env" in out


def test_who_is_configured_comes_first_and_who_is_found_only_where_nobody_is(
    stage: Any, command: Callable[..., Any], wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    discovery._seen.clear()
    wire.model("qwen3", "answer 1")
    monkeypatch.setenv("OLLAMA_HOST", wire.url)
    assert [entry["name"] for entry in json.loads(command("models", "--json").out)][:2] == ["qwen3", "ada"]
    stage.cast("ann", "answer 1")
    assert [entry["name"] for entry in json.loads(command("models", "--json").out)][:2] == ["ann", "ada"]


def test_a_probe_tells_what_a_member_can_do_and_who_does_not_answer(
    stage: Any, command: Callable[..., Any], wire: Any
) -> None:
    wire.model("able", obeying())
    wire.model("plain", "Answer: 2", lacks={"logprobs", "response_format", "tools", "n"})
    wire.model("broken", "").fail("401")
    for name in ("able", "plain", "broken"):
        stage.cast(name, model=f"openai:{name}", base_url=wire.openai)
    before = {entry["name"]: entry for entry in json.loads(command("models", "--json").out)}
    assert (before["able"]["can"]["schema"], wire.calls) == (None, [])
    found = {entry["name"]: entry for entry in json.loads(command("models", "--probe", "--json").out)}
    assert (found["able"]["can"]["schema"], found["plain"]["can"]["schema"]) == (True, False)
    assert (found["able"]["can"]["logprobs"], found["plain"]["can"]["logprobs"]) == (True, False)
    assert (found["broken"]["ready"], found["able"]["ready"]) == (False, True)
    assert "401" in found["broken"]["problem"]


def test_what_the_bundled_team_is_worth_is_told_in_votes(stage: Any, command: Callable[..., Any]) -> None:
    stage.configure("")
    told = command("models").out.splitlines()[-1]
    assert told == (
        "large, numbers, measures, ada, asked where nobody is named: 4 members are worth about 2.3 independent votes "
        "(2,000 questions)"
    )
    found = {entry["name"]: entry["together"] for entry in json.loads(command("models", "--json").out)}
    assert found["ben"] is None
    assert (found["large"]["votes"], found["large"]["pairs"], found["large"]["questions"]) == (2.31, 6, 2000)


def test_of_a_panel_that_is_known_in_part_it_is_told_which(stage: Any, command: Callable[..., Any]) -> None:
    for name in ("ann", "bob", "eve"):
        stage.cast(name)
    assert "independent votes" not in command("models").out
    pairs = [["scripted:ann", "scripted:bob", 0.5, 80]]
    (stage.folder / "symposium.errors.json").write_text(json.dumps({"pairs": pairs}))
    assert "ann, bob, eve, asked where nobody is named: 3 members are worth about 1.5" in command("models").out
    assert "(80 questions, 1 of 3 pairs)" in command("models").out
