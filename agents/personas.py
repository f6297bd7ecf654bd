"""Personas: parts that debaters play, so that members of one family look at a question in different ways."""

from collections.abc import Mapping

from symposium.ledger.records import UsageError, nearest
from symposium.prompts.loader import Language, language_of, prompt

BUILT_IN = ("expert", "novice", "critic")


def played(name: str, question: str, own: Mapping[str, str]) -> str:
    """Give the instructions of a part in the language of the question. Raises what `persona` does."""
    return persona(name, language_of(question), own)


def persona(name: str, language: Language, own: Mapping[str, str]) -> str:
    """Give the instructions of a part; the caller's `own` ones, by name, win over the built-in ones.

    Raises:
        UsageError: there is no part of that name; names those there are.
    """
    if name in own:
        return own[name]
    if name not in BUILT_IN:
        raise UsageError(f"unknown persona '{name}'; {nearest(name, {*BUILT_IN, *own})}")
    return prompt(f"persona-{name}", language=language).substitute()
