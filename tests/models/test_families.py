"""Families: whose models are alike, told from a model's name."""

import pytest

from symposium.models.families import FAMILIES, family_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("ollama:qwen3:4b", "qwen"),
        ("gguf:~/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf", "qwen"),
        ("openrouter:qwen/qwq-32b", "qwen"),
        ("ollama:llama3.1", "llama"),
        ("together:meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama"),
        ("mistralai:mistral-large-4", "mistral"),
        ("ollama:mixtral:8x7b", "mistral"),
        ("mistralai:ministral-8b-latest", "mistral"),
        ("openai:gpt-4o-mini", "gpt"),
        ("groq:openai/gpt-oss-120b", "gpt"),
        ("openai:o3-mini", "gpt"),
        ("openai:chatgpt-4o-latest", "gpt"),
        ("anthropic:claude-sonnet-5-5", "claude"),
        ("google_genai:gemini-3.8-flash", "gemini"),
        ("ollama:gemma3:1b", "gemini"),
        ("deepseek:deepseek-v4-pro", "deepseek"),
        ("xai:grok-4.7", "grok"),
        ("ollama:phi4", "phi"),
        ("cohere:command-r-plus", "command"),
        ("together:moonshotai/Kimi-K3.1-Pro", "kimi"),
        ("together:zai-org/GLM-5.3", "glm"),
        ("ollama:yi:34b", "yi"),
        # a distilled model bears its teacher's name first
        ("ollama:deepseek-r1-distill-llama-70b", "deepseek"),
        # where the last part tells nothing the path before it may
        ("openrouter:mistralai/pixel-9b", "mistral"),
        # names that only look like one
        ("openai:my-own-model", ""),
        ("vllm:saiyiro-7b", ""),
        ("gguf:/data/graphite.gguf", ""),
        ("openai:foo3-mini", ""),
        ("gguf:/models/sophia.gguf", ""),
    ],
)
def test_the_family_is_told_from_the_name(model: str, family: str) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in ("phi", "command", "nova", "yi")])
def test_every_family_knows_its_own_name(family: str) -> None:
    assert family_of(f"openai:{family}-7b") == family
