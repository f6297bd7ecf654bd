"""What models can do: known at once, learnt from calls, tried out, and kept for later processes."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hearing import heard
from wire import Reply, Wire

from symposium.ledger.memory import MEMORY
from symposium.ledger.records import CallFailed
from symposium.models import capabilities, run, zoo
from symposium.models.capabilities import FEATURES, KEPT, known, probe
from symposium.models.endpoints import connect
from symposium.models.member import Member
from symposium.models.provider import Feature

pytestmark = pytest.mark.usefixtures("opened")
UNKNOWN = {"sampling": None, "logprobs": None, "schema": None, "tools": None, "streaming": None, "thinking": None}
OVER_HTTP = {"forced": False, "prefix": False, "checks": False, "chat": True, **UNKNOWN}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of what is known, still to be made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "symposium" / capabilities.FILE


@pytest.fixture(autouse=True)
def forgotten(cache: Path) -> None:
    """What this process knew before."""
    capabilities._known.clear()


def kept(cache: Path) -> dict[str, Any]:
    """What the file holds."""
    held: dict[str, Any] = json.loads(cache.read_text())
    return held


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def openai(wire: Wire, model: str = "m", **more: Any) -> Member:
    return Member(name="m", model=f"openai:{model}", base_url=wire.openai, **more)


def ollama(wire: Wire, model: str = "m") -> Member:
    return Member(name="m", model=f"ollama:{model}", base_url=wire.url)


@pytest.mark.parametrize(
    ("model", "features"),
    [
        ("openai:m", {**OVER_HTTP, "n": None}),
        ("vllm:m", {**OVER_HTTP, "n": None}),
        ("ollama:m", {**OVER_HTTP, "n": False}),
        ("anthropic:m", {**OVER_HTTP, "n": False, "tools": False, "logprobs": False, "schema": False}),
        ("symbolic:arithmetic", {feature: feature == "checks" for feature in FEATURES}),
    ],
)
def test_something_is_known_of_every_provider_without_asking(
    model: str, features: Mapping[Feature, bool | None]
) -> None:
    assert known(Member(name="m", model=model)) == features


@pytest.mark.parametrize(("target", "chats"), [(next(iter(zoo.bundled())), False), ("~/models/a.gguf", True)])
def test_a_file_follows_instructions_unless_it_is_a_bundled_mind(target: str, chats: bool) -> None:
    found = known(Member(name="m", model=f"gguf:{target}"))
    assert found["chat"] is chats
    assert found["forced"] is found["prefix"] is found["logprobs"] is True


async def test_what_is_tried_out_of_a_file_or_of_rules_is_what_is_known() -> None:
    for model in ("gguf:nowhere.gguf", "symbolic:arithmetic"):
        member = Member(name="m", model=model)
        assert await probe(member) == known(member)


def script(body: dict[str, Any]) -> Reply:
    """A model that can do everything."""
    if body.get("tools"):
        return Reply(tool_calls=(("answer", {"answer": "2"}),))
    return Reply('{"answer": "2"}', reasoning="1+1 is 2")


@pytest.mark.parametrize("format", [openai, ollama])
async def test_a_model_that_can_do_everything_is_found_to(wire: Wire, format: Any) -> None:
    wire.model("m", script, capabilities=("completion", "tools", "thinking"))
    found = await probe(format(wire))
    able = {feature for feature, can in found.items() if can}
    assert able == {"chat", "sampling", "logprobs", "schema", "tools", "streaming", "thinking"} | (
        {"n"} if format is openai else set()
    )
    assert None not in found.values()
    assert len(wire.calls) <= 4


async def test_a_model_that_can_do_little_is_found_to(wire: Wire) -> None:
    wire.model("m", "two", lacks={"logprobs", "response_format", "tools", "n", "stream", "temperature"})
    found = await probe(openai(wire))
    assert [feature for feature, can in found.items() if can] == ["chat"]
    assert None not in found.values()


async def test_what_is_ignored_in_silence_is_found_to_be_missing(wire: Wire) -> None:
    wire.model("m", "two", ignores={"logprobs", "n"})
    found = await probe(openai(wire))
    assert (found["logprobs"], found["schema"]) == (False, False)


async def test_who_takes_tools_without_using_them_is_left_unknown(wire: Wire) -> None:
    wire.model("m", "two")
    assert (await probe(openai(wire)))["tools"] is None


@pytest.mark.parametrize(("fault", "kind"), [("401", "auth"), ("404", "missing-model"), ("500", "server")])
async def test_a_model_that_does_not_answer_is_a_failure(
    wire: Wire, fault: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    wire.model("m").fail(fault)
    with pytest.raises(CallFailed) as caught:
        await probe(openai(wire))
    assert caught.value.kind == kind


async def test_trying_out_again_finds_what_has_changed(wire: Wire) -> None:
    wire.model("m", script, lacks={"logprobs", "tools"})
    assert (await probe(openai(wire)))["logprobs"] is False
    wire.model("m", script)
    found = await probe(openai(wire))
    assert (found["logprobs"], found["tools"]) == (True, True)


async def test_a_call_teaches_what_a_model_lacks_and_the_file_keeps_it(wire: Wire, cache: Path) -> None:
    wire.model("m", "42", lacks={"logprobs", "seed"})
    await heard(openai(wire), patient=True, top_logprobs=2, seed=1)
    assert known(openai(wire))["logprobs"] is False
    assert "logprobs" not in (await connect(openai(wire))).features
    entry = kept(cache)[f"openai:m {wire.openai}"]
    assert (entry["able"]["logprobs"], entry["without"]) == (False, ["logprobs", "seed"])
    assert entry["date"] == date.today().isoformat()


async def test_what_a_model_lacks_is_not_held_against_another_one(wire: Wire) -> None:
    wire.model("m", "42", lacks={"logprobs"})
    await heard(openai(wire), patient=True, top_logprobs=2)
    assert known(openai(wire, "other"))["logprobs"] is None
    elsewhere = Member(name="m", model="openai:m", base_url="http://127.0.0.1:1/v1")
    assert known(elsewhere)["logprobs"] is None


async def test_a_later_process_does_not_ask_in_vain_again(wire: Wire) -> None:
    wire.model("m", "42", lacks={"logprobs", "max_tokens"})
    await heard(openai(wire), patient=True, top_logprobs=2)
    before = len(wire.calls)
    program = (
        "import asyncio, sys; sys.path[:0] = sys.argv[2:]\n"
        "from hearing import heard; from symposium.models.member import Member\n"
        "m = Member(name='m', model='openai:m', base_url=sys.argv[1])\n"
        "print(asyncio.run(heard(m, top_logprobs=2)).text)"
    )
    here = Path(__file__).parent
    asked = [sys.executable, "-c", program, wire.openai, str(here), str(here.parent)]
    done = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "42"
    assert len(wire.calls) == before + 1


def entry(*, able: object = None, without: object = (), age: timedelta = timedelta()) -> str:
    made = {"able": {"logprobs": False} if able is None else able, "without": list(without)}  # type: ignore[call-overload]  # any JSON
    return json.dumps({"openai:m http://127.0.0.1:1/v1": {**made, "date": (date.today() - age).isoformat()}})


@pytest.mark.parametrize(
    ("text", "logprobs"),
    [
        (entry(), False),
        (entry(age=KEPT), False),
        (entry(age=KEPT + timedelta(days=1)), None),
        (entry(able={"telepathy": True}), None),
        (entry(able=[1]), None),
        ('{"openai:m http://127.0.0.1:1/v1": 3}', None),
        ("[]", None),
        ("{", None),
        ("", None),
        ("\x00", None),
    ],
)
def test_a_file_that_is_old_or_broken_counts_for_nothing(cache: Path, text: str, logprobs: bool | None) -> None:
    write(cache, text)
    member = Member(name="m", model="openai:m", base_url="http://127.0.0.1:1/v1")
    assert known(member)["logprobs"] is logprobs


async def test_a_file_that_cannot_be_written_is_done_without(wire: Wire, cache: Path) -> None:
    write(cache.parent, "a file where the folder should be")
    wire.model("m", "42", lacks={"logprobs"})
    assert (await heard(openai(wire), patient=True, top_logprobs=2)).text == "42"
    assert known(openai(wire))["logprobs"] is False


async def test_a_broken_file_is_mended_by_what_is_learnt(wire: Wire, cache: Path) -> None:
    write(cache, "{")
    wire.model("m", "42", lacks={"logprobs"})
    await heard(openai(wire), patient=True, top_logprobs=2)
    assert list(kept(cache)) == [f"openai:m {wire.openai}"]


async def test_what_several_models_teach_at_once_is_all_kept(wire: Wire, cache: Path) -> None:
    names = [f"m{number}" for number in range(12)]
    for name in names:
        wire.model(name, "42", lacks={"logprobs"})
    await asyncio.gather(*(heard(openai(wire, name), patient=True, top_logprobs=2) for name in names))
    assert len(kept(cache)) == len(names)
    assert sorted(path.name for path in cache.parent.iterdir()) == [cache.name]


async def test_credentials_in_an_address_are_not_written(wire: Wire, cache: Path) -> None:
    wire.model("m", "42", lacks={"logprobs"})
    url = wire.openai.replace("//", "//user:hidden@")
    await heard(Member(name="m", model="openai:m", base_url=url), patient=True, top_logprobs=2)
    assert "hidden" not in str(kept(cache))


async def test_trying_out_leaves_no_run_in_the_ledger(wire: Wire, stage: Any) -> None:
    wire.model("m", script)
    await probe(openai(wire))
    assert (len(wire.calls), stage.ledger.exists()) == (4, False)
    assert set(run._ledgers) == {MEMORY}


async def test_a_secret_in_an_address_is_not_written(wire: Wire, cache: Path) -> None:
    wire.model("m", "42", lacks={"logprobs"})
    address = wire.openai.replace("//", "//me:hidden@") + "?sig=hidden"
    await heard(Member(name="m", model="openai:m", base_url=address), patient=True, top_logprobs=1)
    assert list(kept(cache)) == [f"openai:m {wire.openai}"]
