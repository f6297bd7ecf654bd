"""Finds a role's prompt: `<role>.md`, or a variant of it for a language or a family of models."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

Language = Literal["en", "ko"]

BARE = "bare"  # the variant of members that were trained on single questions: no instruction, no history


def language_of(text: str) -> Language:
    """Say which language to prompt in: Korean where at least a fifth of the letters are Hangul."""
    if text.isascii():
        return "en"
    letters = [c for c in text if c.isalpha()]
    hangul = re.findall(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]", text)
    return "ko" if letters and len(hangul) >= 0.2 * len(letters) else "en"


@cache
def prompt(role: str, *, language: Language = "en", variant: str | None = None) -> Template:
    """Load a role's prompt, the most particular one there is: variant and language, variant, language, plain.

    Raises:
        FileNotFoundError: the role has no prompt.
    """
    suffixes = [f".{variant}.{language}", f".{variant}"] if variant else []
    for suffix in (*suffixes, f".{language}", ""):
        place = files("symposium.prompts") / f"{role}{suffix}.md"
        if place.is_file():
            return Template(place.read_text(encoding="utf-8").strip())
    raise FileNotFoundError(f"no prompt for role '{role}'")


def phrase(name: str, language: Language, **slots: str) -> str:
    """Fill in one of the short phrases from which code puts together what a model reads."""
    return _phrases(language)[name].substitute(slots)


@cache
def _phrases(language: Language) -> Mapping[str, Template]:
    """The lines `<name>: <phrase>` of the file `phrases`."""
    lines = prompt("phrases", language=language).template.splitlines()
    return {name: Template(text) for name, _, text in (line.partition(": ") for line in lines)}
