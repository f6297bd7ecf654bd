"""Models run in this process: what they say, how they stop, what they leave behind."""

import asyncio
import http.client
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tiny_gguf import write_tiny

from symposium.ledger.records import CallFailed, Message, ModelFileError
from symposium.models.provider import Chunk, Request, Token
from symposium.models.providers.gguf import GgufEndpoint
from symposium.models.providers.gguf_engine import SLOTS, Body, Engine, context_per_slot
from symposium.models.providers.gguf_file import inspect

PATIENCE = 60  # seconds until a test that waits for the idle engine gives up
HELLO: tuple[Message, ...] = ({"role": "user", "content": "Hello 안녕"},)

linux = pytest.mark.skipif(sys.platform != "linux", reason="counts the process's threads and sockets in /proc")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("gguf") / "tiny.gguf", width=64)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose prefill of a long prompt takes seconds."""
    return write_tiny(tmp_path_factory.mktemp("gguf") / "slow.gguf", width=384, layers=6, heads=6, context=4096)


@pytest.fixture
async def mind(tiny: Path) -> AsyncIterator[GgufEndpoint]:
    endpoint = GgufEndpoint(str(tiny))
    yield endpoint
    await endpoint.aclose()


def request(text: str = "Hello", *, max_tokens: int = 40, **sampling: object) -> Request:
    message: Message = {"role": "user", "content": text}
    return Request(messages=(message,), max_tokens=max_tokens, **sampling)  # type: ignore[arg-type]  # a few keywords


async def heard(endpoint: GgufEndpoint, asked: Request) -> list[Chunk]:
    return [chunk async for chunk in endpoint.stream(asked)]


async def spoken(endpoint: GgufEndpoint, asked: Request) -> str:
    return "".join(chunk.text for chunk in await heard(endpoint, asked))


def tokens(chunks: list[Chunk]) -> list[Token]:
    return [token for chunk in chunks for token in chunk.tokens]


class Witness:
    """Reads what llama.cpp says and remembers how far the prompt and the reply came."""

    def __init__(self) -> None:
        self.ended = False
        self.processed = self.total = 0
        self.under_way = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def read(self, piece: Body) -> list[Chunk]:
        progress = piece.get("prompt_progress", {})
        self.total = progress.get("total", self.total)
        self.processed = progress.get("processed", self.processed)
        if self.processed:
            self._loop.call_soon_threadsafe(self.under_way.set)
        return []


async def idle(engine: Engine) -> None:
    async with asyncio.timeout(PATIENCE):
        while engine.busy:
            await asyncio.sleep(0.005)


async def test_a_reply_comes_token_by_token_with_natural_log_probabilities(mind: GgufEndpoint) -> None:
    chunks = await heard(mind, request(max_tokens=12, top_logprobs=3))
    said = tokens(chunks)
    assert len(said) == len(chunks) - 1 == 12
    assert "".join(token.text for token in said) == "".join(chunk.text for chunk in chunks)
    assert chunks[-1].finish == "length"
    assert chunks[-1].usage == {"input": await mind.count(request().messages), "output": 12, "estimated": False}
    for token in said:
        assert [logprob for _, logprob in token.top] == sorted((logprob for _, logprob in token.top), reverse=True)
        assert token.top[0] == (token.text, token.logprob)  # greedy
        assert len(token.top) == 3
        assert token.logprob < 0


async def test_alternatives_come_only_where_asked_for(mind: GgufEndpoint) -> None:
    assert {token.top for token in tokens(await heard(mind, request()))} == {()}


async def test_a_seed_decides_a_sampled_reply(mind: GgufEndpoint) -> None:
    replies = [await spoken(mind, request(temperature=1.0, seed=seed)) for seed in (1, 2, 1)]
    assert replies[0] == replies[2] != replies[1]


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**63, 2**80, -1])
async def test_every_integer_is_a_seed(mind: GgufEndpoint, seed: int) -> None:
    asked = request(temperature=1.0, seed=seed)
    assert await spoken(mind, asked) == await spoken(mind, asked)


async def test_log_probabilities_are_the_models_own_whatever_the_temperature(mind: GgufEndpoint) -> None:
    cold, warm = [await heard(mind, request(max_tokens=1, temperature=t, seed=3, top_logprobs=5)) for t in (0.0, 2.0)]
    assert tokens(cold)[0].top == tokens(warm)[0].top


async def test_requests_at_once_say_what_each_says_alone(mind: GgufEndpoint) -> None:
    asked = [request(f"What is {n}+{n * n}?", temperature=t, seed=n) for n in range(8) for t in (0.0, 1.0)]
    alone = [await heard(mind, one) for one in asked]
    together = await asyncio.gather(*(heard(mind, one) for one in asked))
    assert together == alone
    assert len({"".join(chunk.text for chunk in chunks) for chunks in alone}) == len(asked)


async def test_a_stop_string_ends_the_reply_before_itself(mind: GgufEndpoint) -> None:
    whole = await spoken(mind, request())
    stop = whole[10:13]
    chunks = await heard(mind, request(stop=(stop,)))
    assert "".join(chunk.text for chunk in chunks) == whole[: whole.index(stop)]
    assert chunks[-1].finish == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage["output"] < 40


async def test_the_prompt_is_laid_out_by_the_models_own_template(tmp_path: Path, mind: GgufEndpoint) -> None:
    terse = GgufEndpoint(str(write_tiny(tmp_path / "terse.gguf", template="{{ messages[0].content }}")))
    assert await terse.count(HELLO) == await mind.count_tokens("Hello 안녕") == len("Hello 안녕".encode())
    assert await mind.count(HELLO) == await mind.count_tokens(
        "<|im_start|>user\nHello 안녕<|im_end|>\n<|im_start|>assistant\n"
    )
    await terse.aclose()


async def test_tokens_are_counted_also_of_texts_that_do_not_fit(mind: GgufEndpoint) -> None:
    assert await mind.context() == 512
    merged = ["t", "he", *[" the"] * 1999, " "]
    assert await mind.count_tokens("the " * 2000) == len(merged)


async def test_a_forced_reply_has_the_log_probabilities_with_which_it_was_spoken(mind: GgufEndpoint) -> None:
    said = tokens(await heard(mind, request()))
    forced = await heard(mind, request(forced="".join(token.text for token in said)))
    assert tokens(forced) == said


@pytest.mark.parametrize("text", ["17*24=408; answer 350", 'say "it"\\n\n\tso', "답은 350", "]|)}{ root ::= .*", "x"])
async def test_any_reply_can_be_forced_and_is_complete(mind: GgufEndpoint, text: str) -> None:
    chunks = await heard(mind, request(forced=text, max_tokens=1, stop=("x",)))
    assert "".join(token.text for token in tokens(chunks)) == text
    assert all(token.logprob < 0 for token in tokens(chunks))
    assert chunks[-1].finish == "stop"


async def test_a_forced_reply_is_weighed_by_the_model_and_not_by_what_the_grammar_leaves(mind: GgufEndpoint) -> None:
    free = tokens(await heard(mind, request(max_tokens=1, top_logprobs=20)))[0]
    readable = [(text, logprob) for text, logprob in free.top if text.isascii() and text.isprintable()]
    assert len(readable) > 3
    for text, logprob in readable:
        forced = tokens(await heard(mind, request(forced=text)))
        assert (forced[0].text, forced[0].logprob) == (text, pytest.approx(logprob, abs=1e-4))


@pytest.mark.parametrize("cut", [1, 7, 20])
async def test_a_reply_goes_on_from_its_prefix_as_if_it_had_never_stopped(mind: GgufEndpoint, cut: int) -> None:
    said = tokens(await heard(mind, request()))
    begun, rest = said[:cut], said[cut:]
    chunks = await heard(mind, request(prefix="".join(token.text for token in begun), max_tokens=40 - cut))
    assert [token.text for token in tokens(chunks)] == [token.text for token in rest]
    assert [token.logprob for token in tokens(chunks)] == pytest.approx([token.logprob for token in rest], abs=0.02)


async def test_what_follows_a_prefix_can_be_forced(mind: GgufEndpoint) -> None:
    free = tokens(await heard(mind, request(prefix="17*24=", max_tokens=5)))
    forced = tokens(await heard(mind, request(prefix="17*24=", forced="".join(token.text for token in free))))
    assert [token.text for token in forced] == [token.text for token in free]
    assert [token.logprob for token in forced] == pytest.approx([token.logprob for token in free], abs=0.02)


@pytest.mark.parametrize("length", [500, 5000])
async def test_what_does_not_fit_the_context_is_a_context_failure(mind: GgufEndpoint, length: int) -> None:
    with pytest.raises(CallFailed) as forcing:
        await heard(mind, Request(messages=HELLO, max_tokens=1, forced="x" * length))
    with pytest.raises(CallFailed) as speaking:
        await heard(mind, request("x" * (length + 100)))
    assert forcing.value.kind == speaking.value.kind == "context"


async def test_a_request_that_llama_cpp_does_not_understand_is_refused(mind: GgufEndpoint) -> None:
    with pytest.raises(CallFailed) as raised:
        await heard(mind, Request(messages=({"role": "user"},), max_tokens=1))  # type: ignore[typeddict-item]  # on purpose
    assert raised.value.kind == "refused"


async def test_what_nobody_understands_is_malformed(mind: GgufEndpoint) -> None:
    class Deaf:
        ended = False

        def read(self, piece: Body) -> list[Chunk]:
            raise KeyError(*piece)

    with pytest.raises(CallFailed, match="nobody here understands") as raised:
        await anext(mind._converse("text", {"prompt": "a"}, Deaf()))
    assert raised.value.kind == "malformed"
    assert isinstance(raised.value.__cause__, KeyError)


async def test_more_requests_than_slots_are_all_answered(mind: GgufEndpoint) -> None:
    replies = await asyncio.gather(*(spoken(mind, request(f"{n}?")) for n in range(5 * SLOTS)))
    assert all(replies)


async def test_several_models_speak_at_once_and_each_for_itself(tmp_path: Path, mind: GgufEndpoint) -> None:
    other = GgufEndpoint(str(write_tiny(tmp_path / "other.gguf", seed=9, width=64)))
    alone = [await spoken(one, request()) for one in (mind, other)]
    assert await asyncio.gather(*(spoken(one, request()) for one in (mind, other))) == alone
    assert alone[0] != alone[1]
    await other.aclose()


async def test_one_file_is_loaded_once_and_closed_with_its_last_endpoint(tiny: Path) -> None:
    first, second = GgufEndpoint(str(tiny)), GgufEndpoint(str(tiny))
    engines = await asyncio.gather(first._engine(), second._engine(), first._engine())
    assert len(set(map(id, engines))) == 1
    await first.aclose()
    assert await spoken(second, request())
    await second.aclose()
    with pytest.raises(CallFailed) as raised:
        engines[0].submit(lambda: None)
    assert raised.value.kind == "cancelled"


async def test_a_closed_endpoint_opens_again_when_called(mind: GgufEndpoint) -> None:
    before = await spoken(mind, request())
    await mind.aclose()
    assert await spoken(mind, request()) == before


async def test_a_file_that_was_written_anew_is_another_model(tmp_path: Path) -> None:
    path = tmp_path / "changing.gguf"
    first = GgufEndpoint(str(write_tiny(path, seed=1)))
    before = await spoken(first, request())
    write_tiny(tmp_path / "new.gguf", seed=2, layers=3).replace(path)
    second = GgufEndpoint(str(path))
    assert await spoken(second, request()) != before
    await asyncio.gather(first.aclose(), second.aclose())


def test_an_endpoint_serves_one_loop_after_another(tiny: Path) -> None:
    endpoint = GgufEndpoint(str(tiny))
    first, second = (asyncio.run(spoken(endpoint, request())) for _ in range(2))
    asyncio.run(endpoint.aclose())
    assert first == second


async def test_cancelling_stops_a_prefill_midway(slow: Path) -> None:
    endpoint = GgufEndpoint(str(slow))
    engine = await endpoint._engine()
    witness = Witness()
    body = {"messages": [{"role": "user", "content": "abcd" * 900}], "max_tokens": 9, "return_progress": True}

    async def ask() -> None:
        async for _ in endpoint._converse("chat", body, witness):
            pass

    call = asyncio.create_task(ask())
    await witness.under_way.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await idle(engine)
    assert 0 < witness.processed < witness.total
    assert await endpoint.count(HELLO)  # the slot is free again
    await endpoint.aclose()


async def test_closing_the_iterator_stops_the_reply(slow: Path) -> None:
    endpoint = GgufEndpoint(str(slow))
    engine = await endpoint._engine()
    async with aclosing(endpoint.stream(request(max_tokens=4000))) as chunks:
        assert (await anext(chunks)).text
    await idle(engine)
    assert await spoken(endpoint, request(max_tokens=2))
    await endpoint.aclose()


async def test_a_cancelled_request_that_waits_for_a_slot_never_begins(slow: Path) -> None:
    endpoint = GgufEndpoint(str(slow))
    engine = await endpoint._engine()
    calls = [asyncio.create_task(heard(endpoint, request(max_tokens=4000))) for _ in range(SLOTS)]
    async with asyncio.timeout(PATIENCE):
        while engine.busy < SLOTS:
            await asyncio.sleep(0.005)
    late = Witness()
    waiting = asyncio.create_task(anext(endpoint._converse("text", {"prompt": "a", "return_progress": True}, late)))
    await asyncio.sleep(0)
    for call in (waiting, *calls):
        call.cancel()
    await asyncio.gather(waiting, *calls, return_exceptions=True)
    await idle(engine)
    assert late.total == 0
    await endpoint.aclose()


async def test_closing_the_endpoint_fails_the_calls_in_flight(slow: Path) -> None:
    endpoint = GgufEndpoint(str(slow))
    await endpoint.context()
    calls = [asyncio.create_task(heard(endpoint, request(max_tokens=4000))) for _ in range(SLOTS + 2)]
    await asyncio.sleep(0)
    await endpoint.aclose()
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert [failure.kind for failure in failures if isinstance(failure, CallFailed)] == ["cancelled"] * len(calls)


async def test_cancelling_while_the_model_loads_leaves_it_to_the_endpoint(slow: Path) -> None:
    endpoint = GgufEndpoint(str(slow))
    call = asyncio.create_task(spoken(endpoint, request()))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await spoken(endpoint, request(max_tokens=3))
    await endpoint.aclose()


def native_threads() -> int:
    """The process's threads that Python did not start."""
    return len(os.listdir("/proc/self/task")) - threading.active_count()


@linux
async def test_no_thread_is_left_behind(tiny: Path) -> None:
    async def visit() -> int:
        endpoint = GgufEndpoint(str(tiny))
        calls = [asyncio.create_task(heard(endpoint, request(max_tokens=400))) for _ in range(SLOTS + 2)]
        await calls[0]
        inside = native_threads()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await endpoint.aclose()
        return inside

    await visit()  # what llama.cpp keeps for the whole process stays from here on
    outside = native_threads()
    assert await visit() > outside
    async with asyncio.timeout(PATIENCE):
        while native_threads() > outside:  # a joined thread may stay listed for a moment
            await asyncio.sleep(0.005)
    assert not any(thread.name.startswith("gguf-") for thread in threading.enumerate())


@linux
async def test_nothing_listens(mind: GgufEndpoint) -> None:
    before = _listening()
    await mind.context()
    assert _listening() == before


@linux
async def test_a_listener_on_the_loopback_is_closed_by_its_key(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = Path(tempfile.mkdtemp(dir=tiny.parent, suffix="far" * 40))
    monkeypatch.setattr(tempfile, "tempdir", str(far))  # too long for a socket file
    before = _listening()
    endpoint = GgufEndpoint(str(tiny))
    engine = await endpoint._engine()
    address = urlsplit(engine._server.listening_address)
    assert len(_listening()) == len(before) + 1
    for path in ("/v1/chat/completions", "/completion", "/tokenize", "/slots/0"):
        assert await asyncio.to_thread(_status, str(address.hostname), address.port or 0, path) == 401
    await endpoint.aclose()


def _status(host: str, port: int, path: str) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    connection.request("POST", path, body="{}", headers={"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def _listening() -> set[str]:
    """The inodes of this process's sockets that anybody can connect to."""
    links = (Path("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd"))
    own = {os.readlink(link) for link in links if link.is_symlink()}
    tcp = [
        line.split() for name in ("tcp", "tcp6") for line in Path("/proc/self/net", name).read_text().splitlines()[1:]
    ]
    unix = [line.split() for line in Path("/proc/self/net/unix").read_text().splitlines()[1:]]
    open_tcp = {fields[9] for fields in tcp if fields[3] == "0A"}
    reachable = {fields[6] for fields in unix if len(fields) > 7 and Path(fields[7]).exists()}
    return {inode for inode in open_tcp | reachable if f"socket:[{inode}]" in own}


async def test_llama_cpp_keeps_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    endpoint = GgufEndpoint(str(write_tiny(tmp_path / "quiet.gguf")))
    await heard(endpoint, request())
    with pytest.raises(CallFailed):
        await heard(endpoint, request("x" * 5000))
    await endpoint.aclose()
    with pytest.raises(ModelFileError):
        await GgufEndpoint(str(write_tiny(tmp_path / "odd.gguf", architecture="nonesuch"))).context()
    assert capfd.readouterr() == ("", "")


async def test_a_file_that_llama_cpp_refuses_is_unsupported(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "odd.gguf", architecture="nonesuch")
    endpoint = GgufEndpoint(str(path))
    for _ in range(2):
        with pytest.raises(ModelFileError, match=r"odd\.gguf.*architecture 'nonesuch'") as raised:
            await heard(endpoint, request())
        assert raised.value.problem == "unsupported"
    await endpoint.aclose()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [("half.gguf", None, "truncated"), ("text.gguf", b"hello", "foreign"), ("none.gguf", b"", "missing")],
)
def test_a_bad_file_is_told_apart_at_the_first_call(
    tiny: Path, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    if content != b"":
        (tmp_path / name).write_bytes(content or tiny.read_bytes()[:5000])
    with pytest.raises(ModelFileError, match=name) as raised:
        asyncio.run(heard(GgufEndpoint(str(tmp_path / name)), request()))
    assert raised.value.problem == problem


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(0)", "await anext(chunks)"])
def test_a_program_ends_though_nobody_closed_the_endpoint(slow: Path, ending: str) -> None:
    program = f"""
import asyncio
from symposium.models.providers.gguf import GgufEndpoint
from symposium.models.provider import Request

async def main():
    mind = GgufEndpoint({str(slow)!r})
    chunks = mind.stream(Request(messages=({{"role": "user", "content": "a"}},), max_tokens=4000))
    await anext(chunks)
    {ending}

asyncio.run(main())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=False)
    assert (run.returncode, run.stderr, run.stdout) == (0, b"", b"")


@linux
def test_threads_that_wait_for_each_other_sleep(tiny: Path) -> None:
    program = f"""
import asyncio, os
from symposium.models.providers.gguf import GgufEndpoint

asyncio.run(GgufEndpoint({str(tiny)!r}).context())
assert "OMP_WAIT_POLICY" not in os.environ
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"OMP_DISPLAY_ENV": "true"},
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert b"OMP_WAIT_POLICY = 'PASSIVE'" in run.stderr


@pytest.mark.parametrize(("memory", "context"), [(1 << 40, 4096), (0, 512), (4 * SLOTS * 1000 * 2 * 2 * 6 * 384, 1000)])
def test_a_slot_is_as_long_as_the_model_and_the_memory_allow(slow: Path, memory: int, context: int) -> None:
    assert context_per_slot(inspect(slow), memory) == context
