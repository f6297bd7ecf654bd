"""docs/cli.md and docs/graphs.md are true: commands run, JSON and tables have what exists, drawings every node."""

import io
import json
import re
import shlex
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from wire import obeying, said, schema_of

from symposium.cli.exits import Exit
from symposium.cli.options import CHOICES
from symposium.graphs.catalogue import GRAPHS
from symposium.ledger.records import ExitReason, Method, Outcome, Status
from symposium.models.entry import MemberEntry
from symposium.models.presets import PRESETS

DOCS = Path(__file__).parents[2] / "docs"
TEXT, ABOUT_GRAPHS = ((DOCS / name).read_text(encoding="utf-8") for name in ("cli.md", "graphs.md"))
BLOCKS = re.findall(r"^```([^\n]*)\n(.*?)^```$", TEXT + ABOUT_GRAPHS, re.M | re.S)
COMMANDS = [
    line for kind, block in BLOCKS if not kind for line in block.splitlines() if "|" not in line or "echo" in line
]
EXAMPLES = [(kind.removeprefix("json "), block) for kind, block in BLOCKS if kind.startswith("json ")]
MAPS = ("choices", "personas", "presets", "members", "signals", "outcome")  # keyed by name, or told of elsewhere


@pytest.fixture
def documented(
    stage: Any, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """Runs a command line of the document, in an empty folder, after a first run by `large` and `small`."""
    monkeypatch.chdir(tmp_path)
    stage.file.write_text("")
    cast(stage)
    command("ask", "-q", "--samples", "1", "What is 73 times 8?")
    cast(stage)
    stage.file.write_text(stage.file.read_text() + "\n[preset.careful]\nsamples = 8\n")

    def call(line: str) -> Any:
        fed, _, asked = line.rpartition("| ")
        if fed:
            monkeypatch.setattr("sys.stdin", io.StringIO(" ".join(shlex.split(fed)[1:])))
        return command(*shlex.split(asked)[1:])

    return call


def cast(stage: Any) -> None:
    for name in ("large", "small"):
        stage.cast(name, "73*8=584; answer 584", context=512)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_document_runs(documented: Callable[[str], Any], line: str) -> None:
    printed = documented(line)
    assert printed.code == 0, printed.err
    assert printed.out


@pytest.mark.parametrize(("line", "example"), EXAMPLES)
def test_the_documented_json_has_the_keys_that_are_printed(
    documented: Callable[[str], Any], line: str, example: str
) -> None:
    printed = json.loads(documented(f"symposium {line}").out)
    assert keys(json.loads(example)) == keys(printed)


def keys(value: Any) -> Any:
    """The shape of JSON: keys of objects, the first item of lists."""
    if isinstance(value, dict):
        return {name: "..." if name in MAPS and isinstance(held, dict) else keys(held) for name, held in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [keys(value[0])]
    return "..."


def test_the_documented_outcome_has_every_key() -> None:
    table = TEXT[TEXT.index("### The outcome") : TEXT.index("## plan")]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first_cells)) == set(Outcome.__annotations__) - {"stages"}


@pytest.mark.parametrize("allowed", [Status, Method, ExitReason])
def test_the_documented_words_are_all_there_are(allowed: Any) -> None:
    assert all(f"`{word}`" in TEXT for word in get_args(allowed))


@pytest.mark.parametrize("key", MemberEntry.model_fields)
def test_every_key_of_a_member_is_documented(key: str) -> None:
    table = TEXT[TEXT.index("| key of `[member.NAME]`") : TEXT.index("### What is shown")]
    assert any(f"`{key}`" in line.split("|")[1] for line in table.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("name", CHOICES)
def test_every_option_of_ask_is_documented(name: str) -> None:
    table = TEXT[TEXT.index("| option | meaning |") : TEXT.index("### Who is asked")]
    assert re.search(rf"`([^`]*, )?--{name.replace('_', '-')}\b", table)


def test_every_built_in_preset_is_documented() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| (?:a mixture|four|the three|Qwen)", TEXT, re.M)) == set(PRESETS)


def test_every_exit_code_is_documented() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.M)} == {code.value for code in Exit}


UNTOLD = defaultdict(set[str], {"fallback": {"role"}, "quorum": {"reason"}, "call.error": {"lacking"}})  # in brackets
PLACE = {"call", "member", "role", "round", "index", "parent", "attempt"}
ENVELOPE = {"v", "run", "seq", "t", "type"}


def documented_events() -> dict[str, set[str]]:
    """The payload's keys of every event type, as the table tells them; what stands in brackets explains."""
    table = TEXT[TEXT.index("### The event stream") : TEXT.index("### The outcome")]
    rows = re.findall(r"^\| `([a-z.]+)` \| (.*) \|$", table, re.M)
    keys = {type: set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", told))) for type, told in rows}
    return {type: held | (PLACE if "the call's place" in dict(rows)[type] else set()) for type, held in keys.items()}


def divided(stage: Any) -> None:
    """One member with a wrong step, and one that can go on from before it."""
    stage.cast("small", "73*8=574; answer 574")
    stage.cast("large", "answer 584", features=("prefix",))


DRAFTERS = ("p1", "p2")


def mixed(stage: Any, wire: Any) -> None:
    """Two who draft, a chief that breaks in the middle of the answer, somebody who stands in, and a judge."""
    for name in DRAFTERS:
        wire.model(name, "Answer: 42")
    wire.model("chief", obeying("Both drafts say the same. Answer: 42", drafts=["A"])).fail("reset", after=3)
    wire.model("second", obeying("Both say so. Answer: 42", drafts=["A"]))
    wire.model("third", obeying(better="A"))
    for name in (*DRAFTERS, "chief", "second", "third"):
        stage.cast(name, model=f"openai:{name}", base_url=wire.openai, family=name)


MIXTURE = ("ask", "--json", "-g", "moa", "--proposer-models", ",".join(DRAFTERS), "--aggregator-model", "chief")
FURTHER = (("--analyse",), ("--keep-best", "--judge", "third"))


def debating(stage: Any, wire: Any) -> None:
    """Three who object and stay with their answers, but for one that finds another, and a judge that wants to go on."""
    for name, answers in (("d1", ["42"]), ("d2", ["7", "41"]), ("d3", ["42"])):
        wire.model(name, objecting(answers))
        stage.cast(name, model=f"openai:{name}", base_url=wire.openai, family=name)
    wire.model("chair", obeying(decision="continue", winner=None))
    stage.cast("chair", model="openai:chair", base_url=wire.openai, family="chair")


def objecting(answers: list[str]) -> Callable[[dict[str, Any]], str]:
    """A debater that holds the last line against every draft, and gives these answers in turn."""
    left = iter([*answers, *answers[-1:] * 9])

    def reply(body: dict[str, Any]) -> str:
        held = [{"draft": letter, "quote": "Answer:", "reason": "Why?"} for letter in "ABC"]
        return said({"objections": held}) if schema_of(body) else f"So it is.\nAnswer: {next(left)}"

    return reply


DEBATE = ("ask", "--json", "-g", "debate", "-m", "d1,d2,d3", "--judge", "chair", "--max-rounds", "2", "?")


def electing(stage: Any, wire: Any) -> None:
    """Three who answer differently, and vote on each other's answers."""
    for place, name in enumerate(ELECTORS):
        wire.model(name, obeying(f"Answer: {place}", ranking=["A", "B"], approved=["A"]))
        stage.cast(name, model=f"openai:{name}", base_url=wire.openai, family=name)


ELECTORS = ("v1", "v2", "v3")
VOTE = ("ask", "--json", "-g", "vote", "-m", ",".join(ELECTORS), "--samples", "1", "?", "--ballots")


def hedged(stage: Any, lines: Any) -> None:
    """One who takes unusually long for once; of twenty calls before two might have been asked again."""
    said = [f"answer {number}" for number in range(30)]
    stage.cast("slow", *said[:20], lines("answer 20", hangs=True), *said[21:])


def streamed_events(stage: Any, lines: Any, wire: Any, command: Callable[..., Any]) -> dict[str, set[str]]:
    """The payload's keys of every event type in real streams.

    One is settled early, in one a call is tried again, one is a cascade with a broken stage, one a repair, two are
    mixtures with a broken aggregator and a judge, one is a debate, one a route, two are votes of ranks and of approval,
    and one asks a second time.
    """
    stage.cast("large", *[lines("answer 584")] * 2, lines("answer 584", hangs=True))
    arguments = ("ask", "--json", "--max-calls", "9", "--samples", "3", "--rule", "plurality", "--window", "3")
    settled = command(*arguments, "What is 73 times 8?")
    stage.cast("large", lines(fails="refused"), lines("answer 584"))
    failed = command(*arguments, "What is 73 times 8?")
    stage.cast("broken", lines(fails="auth"))
    divided(stage)
    stages = ("--stages", "broken,small,large", "--scorer", "verifier")
    escalated = command("ask", "--json", "-g", "cascade", *stages, "What is 73 times 8?")
    divided(stage)
    repaired = command("ask", "--json", "-g", "repair", "-m", "small,large", "What is 73 times 8?")
    mixed(stage, wire)
    mixtures = [command(*MIXTURE, "--fallbacks", "second", *options, "?") for options in FURTHER]
    debating(stage, wire)
    debated = command(*DEBATE)
    routed = command("ask", "--json", "-g", "route", "-m", "d1,d2", "--router", "rules", "What is 73 times 8?")
    electing(stage, wire)
    voted = [command(*VOTE, ballots) for ballots in ("ranking", "approval")]
    hedged(stage, lines)
    doubled = command("ask", "--json", "-m", "slow", "--samples", "24", "--window", "1", "--hedge", "?")
    found: dict[str, set[str]] = {}
    streams = (settled, failed, escalated, repaired, *mixtures, debated, routed, *voted, doubled)
    for line in "".join(printed.out for printed in streams).splitlines():
        event = json.loads(line)
        found[event["type"]] = found.get(event["type"], set()) | set(event) - ENVELOPE
    return found


def test_the_documented_events_have_the_keys_that_are_streamed(
    stage: Any, lines: Any, wire: Any, command: Callable[..., Any]
) -> None:
    told, real = documented_events(), streamed_events(stage, lines, wire, command)
    assert set(real) == set(told)
    assert told["call.delta"] == {"call", "text", "reasoning"} > real["call.delta"]
    told.pop("call.delta")
    assert {type: sorted(real[type] - UNTOLD[type]) for type in told} == {type: sorted(told[type]) for type in told}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_graph_has_a_section_with_a_drawing_of_all_its_nodes(name: str) -> None:
    section = re.split(r"^## ", ABOUT_GRAPHS, flags=re.M)[1:]
    (about,) = [text for text in section if text.startswith(f"{name}\n")]
    drawing = "".join(re.findall(r"```mermaid\n(.*?)```", about, re.S))
    nodes = set(GRAPHS[name].graph().get_graph().nodes) - {"__start__", "__end__"}
    assert nodes <= set(re.findall(r"\w+", drawing))
    assert all(f"**{word}.**" in about for word in ("When", "Cost", "Evidence"))
