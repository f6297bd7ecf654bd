"""Prices: each figure with its source, and nothing where nothing is known."""

from importlib.metadata import version
from typing import Any

import pytest

from symposium.models.budget import Price
from symposium.models.member import Member
from symposium.models.prices import LOCAL, priced
from symposium.models.settings import cast, load

GENAI = f"genai-prices {version('genai-prices')}"


def price(model: str, base_url: str | None = None) -> Price | None:
    return priced(Member(name="m", model=model, base_url=base_url)).price


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("openai:gpt-4o-mini", None),
        ("openai:gpt-4o-mini", "https://api.openai.com/v1"),
        ("anthropic:claude-haiku-4-5", None),
        ("openai:claude-haiku-4-5", "https://api.anthropic.com/v1"),
        ("mistralai:mistral-large-2512", None),
        ("google_genai:gemini-2.5-flash", None),
        ("openrouter:openai/gpt-4o-mini", None),
        ("groq:openai/gpt-oss-120b", None),
    ],
)
def test_a_hosted_model_s_price_is_looked_up_by_provider_or_address(model: str, base_url: str | None) -> None:
    known = price(model, base_url)
    assert known is not None
    assert 0 < known.input <= known.output
    assert known.source == GENAI


def test_a_price_that_rises_with_the_prompt_says_up_to_where_it_holds() -> None:
    known = price("openai:gpt-6.1-terra")
    assert known is not None
    assert known.source == f"{GENAI}, for prompts of up to 272,000 tokens"


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gguf:/x/m.gguf", None),
        ("symbolic:arithmetic", None),
        ("vllm:m", None),
        ("vllm:gpt-oss-20b", None),
        ("openai:Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1"),
        ("openai:my-own", "http://localhost:8000/v1"),
        ("openai:llama3.1", "http://[::1]:8000/v1"),
        ("ollama:qwen3", "http://0.0.0.0:11434"),
    ],
)
def test_what_runs_on_this_machine_costs_nothing(model: str, base_url: str | None) -> None:
    assert price(model, base_url) == LOCAL


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("openai:nobody-knows-it", None),
        ("openai:gpt-4o", "https://models.example.com/v1"),
        ("ollama:qwen3", "http://192.168.1.20:11434"),
        ("ollama:gpt-oss:120b-cloud", None),
        ("ollama:glm-4.6:cloud", None),
        ("openai:gpt-4o", "http://localhost:4000/v1"),  # a proxy: what it asks is not to be known
        ("openai:openai/gpt-4o", "http://localhost:4000/v1"),
        ("openai:claude-haiku-4-5", "http://127.0.0.1:4000/v1"),
        ("telepathy:m", None),
    ],
)
def test_what_is_not_known_stays_unknown(model: str, base_url: str | None) -> None:
    assert price(model, base_url) is None


def test_an_ollama_on_another_machine_is_not_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert price("ollama:qwen3") == LOCAL
    monkeypatch.setenv("OLLAMA_HOST", "192.168.1.20")
    assert price("ollama:qwen3") is None


def test_the_file_s_figures_win_and_say_so(stage: Any) -> None:
    figures = {"price_input": 3.0, "price_output": 4.0, "price_cached": 0.5}
    stage.cast("ann", model="openai:gpt-4o-mini", **figures)
    (ann,) = cast(load())
    assert ann.price == Price(input=3.0, output=4.0, cached=0.5, source="symposium.toml")
    assert ann.context == 128_000


def test_tokens_from_the_cache_cost_what_they_cost() -> None:
    known = Price(input=2.0, output=10.0, cached=0.2, source="")
    assert known.cost(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=500_000) == pytest.approx(2.1)
    plain = Price(input=2.0, output=10.0, source="")
    assert plain.cost(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=500_000) == pytest.approx(3.0)
