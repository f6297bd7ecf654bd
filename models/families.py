"""Families: whose models are alike, told from a model's name."""

import re

FAMILIES: dict[str, str] = {
    "qwen": r"qwen|qwq|qvq",
    "llama": r"llama|vicuna",
    "mistral": r"mistral|mixtral|ministral|magistral|codestral|devstral|pixtral",
    "gpt": r"gpt|chatgpt|o[134](?![a-z0-9])",
    "claude": r"claude",
    "gemini": r"gemini|gemma",
    "deepseek": r"deepseek",
    "grok": r"grok",
    "phi": r"phi(?=[-:\d.]|$)",
    "command": r"command(?=[-:]|$)|c4ai|aya",
    "kimi": r"kimi|moonshot",
    "glm": r"(?:chat)?glm",
    "minimax": r"minimax",
    "granite": r"granite",
    "olmo": r"olmo",
    "nemotron": r"nemotron",
    "nova": r"nova(?=-)",
    "exaone": r"exaone",
    "yi": r"yi(?=[-:\d]|$)",
    "falcon": r"falcon",
    "smollm": r"smollm",
}
"""Patterns of names, in lower case, by family; one counts where no letter stands before it."""

_NAMED = re.compile("|".join(f"(?P<{family}>(?<![a-z])(?:{names}))" for family, names in FAMILIES.items()))


def family_of(model: str) -> str:
    """Guess the family of a model such as `openai:gpt-4o` or `gguf:~/qwen3-4b.gguf`; empty where its name tells none.

    The first name that is found counts, in the last part of a path before the whole: a model distilled into another
    one bears the teacher's name first.
    """
    name = model.lower()
    found = _NAMED.search(name.rpartition("/")[2]) or _NAMED.search(name)
    return found.lastgroup or "" if found else ""
