"""What a member is given to read: the caller's words, the conversation, drafts as anonymous data, and last its task.

What all members share comes first and what is one member's own comes last, so that prompt caches find the same
beginning again.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import TypedDict

from symposium.ledger.records import CallFailed, Draft, Message
from symposium.models.member import Member, estimated_tokens
from symposium.models.mind import Mind
from symposium.prompts.loader import Language, language_of, prompt
from symposium.tools.fences import fenced, labels, unmarked

CONTEXT = 32_768  # tokens, where a member's own context is not known
SPARE = 512  # tokens for chat templates and a form's outline
MARKS = 24  # tokens around a text that is shown

_AROUND = r"[\s\"'“”‘’「」`*_.,:;()\[\]{}<>]*"
_LABEL = re.compile(
    rf"(?i){_AROUND}(?:(?:drafts?(?![a-z])|초안){_AROUND})?([A-Z]{{1,2}})(?:[\s,(]+round\s*\d+|입니다)?{_AROUND}"
)
"""A label that is all that is written: `draft b`, `"B"`, `초안 B`, `B, round 2`."""

_LETTER = re.compile(r"[A-Z]{1,2}(?![A-Za-z])")


def _telling(one: str) -> re.Pattern[str]:
    """What tells of drafts, each by `one` of what they are called: `Draft A`, `drafts A, B and C`, `초안 B`."""
    more = rf"[\"'”)]?(?:,?\s+(?:and|or)\s+|,\s*)[\"'“(]?{one}"
    return re.compile(rf"(?:\b[Dd]rafts?|초안)\s*[\"'“(]?{one}(?:{more})*")


_LETTERED = _telling(_LETTER.pattern)


class Turn(TypedDict):
    """Whose turn a call is, and the seconds that it may take; for `Mind.say(..., **turn)`."""

    role: str
    round: int
    index: int
    within: float | None


@dataclass(frozen=True)
class Briefing:
    """The messages for a reader of drafts, the language they are in, and whose draft stands under which label.

    `data` are the texts in their fences, as the messages show them.
    """

    messages: tuple[Message, ...]
    language: Language
    drafts: Mapping[str, Draft]
    data: str

    def label(self, written: str) -> str | None:
        """The label that a reader wrote, of `draft b`, `"B"` or `초안 B`; None where anything else is written."""
        found = _LABEL.fullmatch(written)
        return found[1].upper() if found and found[1].upper() in self.drafts else None

    def reply(self, mind: Mind, made: Draft) -> Draft:
        """What a mind replied, without the marks of the fences that it took over.

        Raises:
            CallFailed: `malformed` where it is nothing else.
        """
        text = unmarked(made["text"], self.data)
        if text == made["text"]:
            return made
        if not text.strip():
            raise malformed("the reply is nothing but the marks around the drafts", made["attempts"])
        return {**made, "text": text, "answer": mind.run.answer_in(text), "weakest": []}  # they stood elsewhere

    def named(self, written: str) -> str:
        """What a reader wrote about drafts, with their authors' names in place of the letters."""
        return _LETTERED.sub(lambda found: _LETTER.sub(self._author, found[0]), unmarked(written, self.data))

    def _author(self, letter: re.Match[str]) -> str:
        draft = self.drafts.get(letter[0])
        return draft["member"] if draft else letter[0]


def lettered(text: str, letters: Mapping[str, str]) -> str:
    """What `Briefing.named` made of a text, with the letters in place of the authors' names again."""
    names = "|".join(re.escape(name) for name in sorted(letters, key=len, reverse=True))
    called = re.compile(rf"(?:{names})(?![A-Za-z])")
    told = _telling(rf"(?:{called.pattern}|{_LETTER.pattern})")
    return told.sub(lambda found: called.sub(lambda name: letters[name[0]], found[0]), text)


def malformed(why: str, attempts: int) -> CallFailed:
    """What a reply that came and is of no use fails with."""
    failure = CallFailed("malformed", why)
    failure.attempts = attempts
    return failure


def instructed(
    member: Member, conversation: Sequence[Message], *, shared: str, tail: Sequence[str] = ()
) -> tuple[Message, ...]:
    """Put a shared instruction behind the caller's own system prompt, and `tail` behind the last turn.

    There is one system message, the first, since many chat templates take no other.
    """
    language = language_of(conversation[-1]["content"])
    told = [turn["content"] for turn in conversation if turn["role"] == "system"]
    told.append(prompt(shared, language=language, variant=member.prompt).substitute())
    *before, last = (turn for turn in conversation if turn["role"] != "system")
    asked = Message(role=last["role"], content="\n\n".join((last["content"], *tail)))
    return (Message(role="system", content="\n\n".join(told)), *before, asked)


def briefed(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    task: str,
    turn: Turn,
    ordered: bool = False,
    own: Sequence[str] = (),
    shared: str = "reader",
    beside: Mapping[str, str] | None = None,
) -> Briefing:
    """Lay drafts before a reader, with the text of its task behind them and its `own` instructions last.

    By its `turn` the drafts are shuffled, unless they are `ordered`; `beside` are further texts
    that are data, by their label.
    """
    member, language = mind.member, language_of(conversation[-1]["content"])
    shown = dict(zip(labels(len(drafts)), drafts if ordered else _shuffled(mind, drafts, turn), strict=True))
    texts = {label: draft["text"] for label, draft in shown.items()} | dict(beside or {})
    bare = instructed(member, conversation, shared=shared, tail=(task, *own))
    lead = prompt("drafts", language=language, variant=member.prompt)
    data = _data(member, texts, bare, language)
    messages = instructed(member, conversation, shared=shared, tail=(lead.substitute(drafts=data), task, *own))
    return Briefing(messages, language, shown, data)


def task(mind: Mind, conversation: Sequence[Message], name: str, **slots: str) -> str:
    """The text of a task, in the language of the question and the member's variant."""
    language = language_of(conversation[-1]["content"])
    return prompt(name, language=language, variant=mind.member.prompt).substitute(**slots)


def owned(member: Member, conversation: Sequence[Message], own: str) -> list[str]:
    """A member's own instructions as they are told, none where it has none."""
    language = language_of(conversation[-1]["content"])
    return [prompt("own", language=language, variant=member.prompt).substitute(instructions=own)] if own else []


def room(member: Member, others: Sequence[Message]) -> int:
    """Tokens of a member's context that are left beside its reply and what else it is told."""
    reserved = member.max_tokens + SPARE + sum(estimated_tokens(turn["content"]) for turn in others)
    return max(0, (member.context or CONTEXT) - reserved)


def omission(member: Member, language: Language) -> str:
    """The note of a cut, with its `{count}` of characters, on lines of its own."""
    return "\n" + prompt("omission", language=language, variant=member.prompt).substitute(count="{count}") + "\n"


def _shuffled(mind: Mind, drafts: Sequence[Draft], turn: Turn) -> list[Draft]:
    """The drafts in an order that tells nothing: the same for one reader in one lineage, another for the next."""
    order = sorted(drafts, key=lambda draft: (draft["member"], draft["round"], draft["index"]))
    random.Random(mind.run.order_for("order", turn["role"], turn["round"], mind.member.name)).shuffle(order)
    return order


def _data(member: Member, texts: Mapping[str, str], others: Sequence[Message], language: Language) -> str:
    """The texts in their fences, cut where they would not fit the reader beside everything else.

    Where not even the least of each fits, the call fails before it is sent, since nothing cuts fences open.
    """
    most, note = room(member, others), omission(member, language)
    fits = sum(3 * len(text) + MARKS for text in texts.values()) <= most  # no character is more than 3 tokens
    return fenced(texts, most=None if fits else most, measure=estimated_tokens, note=note)
