"""What providers' errors mean, as OpenAI, vLLM, FastAPI, Ollama, gateways and others write them."""

import json
import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.providers.failures import LONGEST, failed, inline, lacking, plain, told


def error(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("Invalid value for 'messages'."), "refused"),
        (400, error("maximum context length is 8192 tokens", code="context_length_exceeded"), "context"),
        (400, error("This model's maximum context length is 8192 tokens. Please reduce the length"), "context"),
        (400, error("the request exceeds the available context size, try increasing it"), "context"),
        (400, error("prompt is too long: 210000 tokens > 200000 maximum"), "context"),
        (400, error("The response was filtered", code="content_filter"), "content"),
        (400, error("triggering Azure OpenAI's content management policy"), "content"),
        (400, error("The model `gpt-x` does not exist", code="model_not_found"), "missing-model"),
        (400, error("Invalid API key", code="invalid_api_key"), "auth"),
        (400, f"[{error('API key not valid. Please pass a valid API key.', status='INVALID_ARGUMENT')}]", "auth"),
        (400, error("API key expired. Please renew the API key."), "auth"),
        (400, error("foo/bar is not a valid model ID"), "missing-model"),
        (400, '{"object": "error", "message": "Invalid model: foo", "type": "invalid_model"}', "missing-model"),
        (400, error("Model Not Exist", type="invalid_request_error"), "missing-model"),
        (400, error("Invalid model name passed in model=foo"), "missing-model"),
        (400, error("Invalid model parameters"), "refused"),
        (400, '{"error": "\\"nomic\\" does not support chat"}', "refused"),
        (400, error("Could not finish the message because max_tokens or model output limit was reached"), "truncated"),
        (401, error("Incorrect API key provided"), "auth"),
        (402, error("Insufficient credits"), "billing"),
        (403, error("Project does not have access"), "auth"),
        (403, error("Your input was flagged", metadata={"reasons": ["violence"]}), "content"),
        (404, error("The model `gpt-x` does not exist"), "missing-model"),
        (404, '{"error": "model \'qwen3\' not found"}', "missing-model"),
        (404, "", "missing-model"),
        (405, '{"detail": "Method Not Allowed"}', "refused"),
        (408, "", "timeout"),
        (409, "", "server"),
        (413, "<html>Request Entity Too Large</html>", "context"),
        (422, '{"detail": [{"loc": ["body", "top_p"], "msg": "must be less than 1"}]}', "refused"),
        (429, error("Rate limit reached", code="rate_limit_exceeded"), "rate"),
        (429, error("You exceeded your current quota", code="insufficient_quota"), "billing"),
        (429, error("Too many requests; see the docs for tokens per minute"), "rate"),
        (500, error("The server had an error"), "server"),
        (500, error("the context window is full: context length exceeded"), "context"),
        (502, "<html><h1>502 Bad Gateway</h1></html>", "server"),
        (503, error("Overloaded; the model does not exist on this node yet"), "server"),
        (504, "", "server"),
        (529, error("Overloaded", type="overloaded_error"), "server"),
    ],
)
def test_status_and_words_tell_the_kind(status: int, body: str, kind: str) -> None:
    assert failed(status, {}, body).kind == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (error("Overloaded", code=503), "Overloaded"),
        ('{"object": "error", "message": "Overloaded", "code": 503}', "Overloaded"),
        ('{"detail": "Overloaded"}', "Overloaded"),
        ('{"error": "Overloaded"}', "Overloaded"),
        ('[{"error": {"message": "Overloaded", "status": "UNAVAILABLE"}}]', "Overloaded"),
        ('{"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}, {"msg": "second"}]}', "Extra inputs"),
        ("Overloaded\n  for now", "Overloaded for now"),
        ("<html><b>Overloaded</b></html>", "Overloaded"),
        (error("Provider returned error", metadata={"raw": "upstream is gone"}), "upstream is gone"),
        ('"Overloaded"', "Overloaded"),
        ('{"error": {"message": "과부하입니다"}}', "과부하입니다"),
    ],
)
def test_the_words_for_people_are_found_in_every_form(body: str, message: str) -> None:
    assert told(body).message.endswith(message)
    assert message in str(failed(503, {}, body.encode()))


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_is_an_error_of_some_kind(value: object) -> None:
    wrapped = [value, {"error": value}, {"detail": value}, {"error": {"message": value, "loc": value, "code": value}}]
    for body in wrapped:
        assert failed(400, {}, json.dumps(body)).kind
        assert inline(body).kind


@given(st.binary())
def test_any_bytes_are_an_error_of_some_kind(body: bytes) -> None:
    assert failed(500, {}, body).kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "2"}, 2.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"Retry-After": "2", "retry-after-ms": "150"}, 0.15),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": formatdate(0, usegmt=True)}, 0.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_that_is_asked_for_is_found(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert failed(status, headers, "").retry_after == seconds


def test_a_pause_may_be_given_as_a_date() -> None:
    later = failed(429, {"Retry-After": formatdate(time.time() + 3600, usegmt=True)}, "").retry_after
    assert later is not None
    assert 3500 < later <= 3600


def test_only_what_may_pass_names_a_pause() -> None:
    assert failed(401, {"Retry-After": "2"}, "").retry_after is None


@pytest.mark.parametrize(
    "words",
    [
        "Incorrect API key provided: TOP-SECRET.",
        "Bearer TOP-SECRET was rejected",
        "Incorrect API key provided: sk-proj-********************1234.",
        "Incorrect API key provided: sk-abcdefgh12345678, or gsk_abcdefgh12345678",
    ],
)
def test_no_key_is_passed_on(words: str) -> None:
    said = str(failed(401, {}, error(words), secret="TOP-SECRET"))
    assert not any(part in said for part in ("TOP-SECRET", "1234", "abcdefgh"))
    assert "***" in said


def test_words_are_capped() -> None:
    assert len(plain("가" * 10_000)) == LONGEST


SENT = ("max_tokens", "temperature", "seed", "stop", "stream", "stream_options", "logprobs", "top_logprobs")
OPTIONAL = ("logprobs", "top_logprobs", "stream_options", "seed")


@pytest.mark.parametrize(
    ("status", "body", "parameter"),
    [
        (400, error("Unsupported parameter: 'max_tokens' is not supported with this model.", param="max_tokens"),
         "max_tokens"),
        (400, error("'max_tokens' is not supported. Use 'max_completion_tokens' instead."), "max_tokens"),
        (400, error("Unsupported value: 'temperature' does not support 0.0", param="temperature"), "temperature"),
        (400, error("temperature must be at most 1", param="temperature"), None),
        (400, error("max_tokens is too large: 9000. This model has at most 4096", param="max_tokens"), None),
        (400, error("maximum context length is 8192 tokens; reduce max_tokens, n is not supported"), None),
        (400, error("logprobs are not available for this model"), "logprobs"),
        (400, error("top_logprobs must be 0", param="top_logprobs"), "top_logprobs"),
        (400, error("`stream_options` is not supported"), "stream_options"),
        (400, error("bad request", param="stream_options.include_usage"), "stream_options"),
        (400, error("This model does not support streaming: stream is not supported"), "stream"),
        (422, '{"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]}', "seed"),
        (422, '{"detail": [{"type": "missing", "loc": ["body", "messages"], "msg": "required"}]}', None),
        (501, error("logprobs not implemented"), "logprobs"),
        (400, error("Unknown field response_format"), None),  # nobody sent it
        (400, error("please stop sending nonsense"), None),
        (400, error("The model `seed` does not exist"), None),
        (500, error("logprobs broke the server"), None),
        (429, error("logprobs are limited"), None),
    ],
)  # fmt: skip
def test_a_parameter_is_lacking_where_the_refusal_names_it(status: int, body: str, parameter: str | None) -> None:
    assert lacking(status, told(body), SENT, optional=OPTIONAL) == parameter


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"message": "Rate limit reached for m", "type": "tokens", "code": "rate_limit_exceeded"}, "rate"),
        ({"message": "Too Many Requests"}, "rate"),
        ({"message": "You exceeded your current quota", "code": "insufficient_quota"}, "billing"),
        ({"message": "Overloaded"}, "server"),
        ({"message": "the rate limiter of the house broke", "code": 500}, "server"),
    ],
)
def test_an_error_within_a_reply_has_the_kind_that_its_words_tell(value: dict[str, Any], kind: str) -> None:
    assert inline(value).kind == kind
