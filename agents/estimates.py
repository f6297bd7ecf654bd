"""How long prompts are before anybody is asked: the question, a role's instructions, and every draft that is read."""

from collections.abc import Iterable

from symposium.models.member import PER_TURN, Member, estimated_tokens, turn_tokens
from symposium.prompts.loader import BARE, language_of, prompt

MARKS = 24  # tokens around a draft that is shown: its fences and its label
FORM = 160  # tokens of the outline of a form, for the roles that fill one in


def prompt_tokens(
    member: Member, question: str, *, prompts: Iterable[str], own: str = "", reads: Iterable[Member] = ()
) -> int:
    """Estimate a member's prompt: the question, the prompts of those names, and the drafts of others at their longest.

    `own` are further instructions; the name `form` among the prompts adds the outline of one.
    """
    asked = turn_tokens(question)
    if member.prompt == BARE:
        return asked
    language, names = language_of(question), tuple(prompts)
    told = [prompt(name, language=language, variant=member.prompt).template for name in names]
    shown = sum(author.max_tokens + MARKS for author in reads)
    return asked + PER_TURN + sum(map(estimated_tokens, [*told, own])) + shown + FORM * ("form" in names)
