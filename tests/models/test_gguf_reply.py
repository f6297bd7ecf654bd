"""Reading what llama.cpp says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger.records import CallFailed
from symposium.models.provider import Chunk
from symposium.models.providers.gguf_reply import Forced, Gauge, Reply

USAGE = {"prompt_tokens": 7, "completion_tokens": 3}


def said(*texts: str, logprob: float = -0.5) -> dict[str, Any]:
    """A piece that says these tokens."""
    entries = [{"token": t, "bytes": list(t.encode()), "logprob": logprob, "top_logprobs": []} for t in texts]
    choice = {"delta": {"content": "".join(texts)}, "logprobs": {"content": entries}, "finish_reason": None}
    return {"choices": [choice], "timings": {"prompt_n": 2, "cache_n": 5, "predicted_n": 3}}


def end(finish: str = "stop") -> list[dict[str, Any]]:
    return [{"choices": [{"delta": {}, "finish_reason": finish}]}, {"choices": [], "usage": USAGE, "timings": None}]


def read(reply: Reply, *pieces: dict[str, Any]) -> list[Chunk]:
    chunks: list[Chunk] = []
    for piece in pieces:
        if not reply.ended:
            chunks += reply.read(piece)
    return chunks


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def token_text(chunks: list[Chunk]) -> str:
    return "".join(token.text for chunk in chunks for token in chunk.tokens)


def test_a_reply_is_read_token_by_token() -> None:
    chunks = read(Reply(), said("17"), said("*", "24"), *end("length"))
    assert [chunk.text for chunk in chunks] == ["17", "*", "24", ""]
    assert [token.logprob for chunk in chunks for token in chunk.tokens] == [-0.5] * 3
    assert chunks[-1] == Chunk(finish="length", usage={"input": 7, "output": 3, "estimated": False})


@pytest.mark.parametrize(
    ("tokens", "stop", "expected"),
    [
        (["a", "b\n", "c"], ["\n"], "ab"),
        (["a", "\n", "\n", "c"], ["\n\n"], "a"),
        (["a", "\n", "b"], ["\n\n"], "a\nb"),
        (["answer", " 3", "<e", "nd>", "x"], ["<end>"], "answer 3"),
        (["답", " 삼", "끝", "!"], ["끝"], "답 삼"),
        (["abc"], ["c", "b"], "a"),
        (["stop"], ["stop"], ""),
        (["st"], ["stop"], "st"),
        (["a"], [""], "a"),
    ],
)
def test_a_reply_ends_before_its_stop_string(tokens: list[str], stop: list[str], expected: str) -> None:
    reply = Reply(stop=tuple(stop))
    chunks = read(reply, *(said(token) for token in tokens), *end())
    assert text(chunks) == token_text(chunks) == expected
    assert chunks[-1].finish == "stop"
    assert chunks[-1].usage == {"input": 7, "output": 3, "estimated": False}
    assert reply.ended


@given(
    tokens=st.lists(st.text("ab \n", min_size=1, max_size=3)), stop=st.lists(st.text("ab \n", min_size=1), max_size=3)
)
def test_no_stop_string_is_said_and_nothing_else_is_lost(tokens: list[str], stop: list[str]) -> None:
    whole = "".join(tokens)
    spoken = text(chunks := read(Reply(stop=tuple(stop)), *(said(token) for token in tokens), *end()))
    assert whole.startswith(spoken)
    assert not any(word in spoken for word in stop)
    assert spoken == whole or any(word in whole for word in stop)
    assert token_text(chunks) == spoken
    assert chunks[-1].finish == "stop"


def test_text_waits_only_while_it_may_begin_a_stop_string() -> None:
    reply = Reply(stop=("<end>",))
    assert text(read(reply, said("a"))) == "a"
    assert text(read(reply, said("<e"))) == ""
    assert text(read(reply, said("x"))) == "<ex"


def test_thinking_is_kept_apart() -> None:
    thought = {"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": None}]}
    chunks = read(Reply(), thought, said("ok"), *end())
    assert [chunk.reasoning for chunk in chunks] == ["hm", "", ""]
    assert text(chunks) == "ok"


def test_as_many_alternatives_as_asked_for_are_kept() -> None:
    piece = said("a")
    entry = piece["choices"][0]["logprobs"]["content"][0]
    entry["top_logprobs"] = [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}]
    assert [read(Reply(tops=n), piece)[0].tokens[0].top for n in (0, 1, 2)] == [
        (),
        (("a", -0.5),),
        (("a", -0.5), ("b", -1.5)),
    ]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("context", {"type": "exceed_context_size_error", "message": "too long", "n_prompt_tokens": 9}),
        ("refused", {"type": "invalid_request_error", "message": "no such role"}),
        ("server", {"type": "server_error", "message": "oh"}),
        ("server", {}),
    ],
)
def test_an_error_becomes_a_failure_of_its_kind(kind: str, error: dict[str, Any]) -> None:
    with pytest.raises(CallFailed) as raised:
        Reply().read({"error": error})
    assert raised.value.kind == kind


def test_a_gauge_reads_the_length_of_prompts_that_fit_and_of_those_that_do_not() -> None:
    fits = {"choices": [], "prompt_progress": {"total": 9}}
    too_long = {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 900}}
    assert [Gauge().read(piece)[0].usage for piece in (fits, too_long)] == [
        {"input": 9, "output": 0, "estimated": False},
        {"input": 900, "output": 0, "estimated": False},
    ]
    with pytest.raises(CallFailed):
        Gauge().read({"error": {"type": "server_error"}})


def test_a_forced_reply_is_complete_when_all_of_it_has_come() -> None:
    chunks = read(Forced("abc"), said("ab"), said("c"), *end("length"))
    assert (text(chunks), chunks[-1].finish) == ("abc", "stop")


@pytest.mark.parametrize("came", [(), ("ab",), ("x", "y", "z")])
def test_a_forced_reply_that_ends_before_its_text_does_not_fit_the_context(came: tuple[str, ...]) -> None:
    with pytest.raises(CallFailed) as raised:
        read(Forced("abc"), *map(said, came), *end("length"))
    assert raised.value.kind == "context"
