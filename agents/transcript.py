"""The transcript: lays a debate before a reader, so that what was sent once is the beginning of what is sent later.

The instruction and the question, every text of the debate in the order of its rounds, each in its fence, and last the
task and what one reader alone is told. A debater keeps one letter through all rounds and before all readers, so that
what others write about `A` is true wherever it is read; in which order the letters stand is drawn for each model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symposium.agents.briefing import Briefing, instructed, lettered, omission, owned, room, task
from symposium.ledger.records import Critique, Draft, Message, Round, Ruling
from symposium.models.member import Member, estimated_tokens
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.prompts.loader import Language, language_of, phrase
from symposium.tools.fences import fenced, labels

CHECKER = "CHECKER"  # who objects without being one of the debaters
JUDGE = "JUDGE"
LEVELS = 5  # of agreement, as it is told in words


@dataclass(frozen=True)
class Passage:
    """A text of the debate: its place among the rounds, its label, and whose draft it is, "" for any other text."""

    place: int
    label: str
    text: str
    author: str = ""


def letters(run: Run, rounds: Sequence[Round]) -> dict[str, str]:
    """The letter of each debater, by the name of the member; drawn for the run, so that it tells nothing."""
    authors: list[str] = []
    for one in rounds:
        new = {draft["member"] for draft in one["drafts"]} - {*authors}
        authors += sorted(new, key=lambda name: (run.order_for("letters", "debate", name), name))
    return dict(zip(authors, labels(len(authors)), strict=True))


def laid(
    mind: Mind,
    conversation: Sequence[Message],
    rounds: Sequence[Round],
    *,
    told: str,
    own: Draft | None = None,
    persona: str = "",
    agreement: float | None = None,
    recalled: bool = True,
) -> Briefing:
    """Lay the rounds of a debate before a reader, with its task, `told`, behind them and what it alone is told last.

    The drafts of the Briefing are those of the last round, by letter. A judge's redirection is `recalled` beside its
    text in the debate to everybody but who made it. Where not all rounds fit the reader, the oldest
    ones are left out, and of a last one that is still too long the middle of its texts.
    """
    member, language = mind.member, language_of(conversation[-1]["content"])
    seats = letters(mind.run, rounds)
    mine = seats[own["member"]] if own else ""
    lead = task(mind, conversation, "debate")
    heed = _recalled(mind, conversation, rounds) if recalled else []
    tail = (*heed, told, *_apart(member, conversation, mine, persona, agreement))
    bare = instructed(member, conversation, shared="proposer", tail=(lead, *tail))
    data, note = _fitting(mind, rounds, seats, room(member, bare), language)
    messages = instructed(member, conversation, shared="proposer", tail=(lead, *note, data, *tail))
    by_letter = sorted(rounds[-1]["drafts"], key=lambda draft: (len(seats[draft["member"]]), seats[draft["member"]]))
    return Briefing(messages, language, {seats[draft["member"]]: draft for draft in by_letter}, data)


def _recalled(mind: Mind, conversation: Sequence[Message], rounds: Sequence[Round]) -> list[str]:
    """What readers are told of a judge's redirection, the last one: a help, and no order."""
    found = [one["round"] for one in rounds if _redirects(one)]
    return [task(mind, conversation, "redirect", label=f"{JUDGE}, round {found[-1]}")] if found else []


def _redirects(one: Round) -> bool:
    return one["ruling"] is not None and one["ruling"]["decision"] == "redirect"


def _apart(
    member: Member, conversation: Sequence[Message], mine: str, persona: str, agreement: float | None
) -> Iterator[str]:
    """What one reader alone is told, what all debaters share before it."""
    language = language_of(conversation[-1]["content"])
    if agreement is not None:
        yield phrase(f"agreement-{min(int(agreement * LEVELS), LEVELS - 1)}", language)
    if mine:
        yield phrase("your-draft", language, letter=mine)
    yield from owned(member, conversation, persona)


def _fitting(
    mind: Mind, rounds: Sequence[Round], seats: Mapping[str, str], most: int, language: Language
) -> tuple[str, list[str]]:
    """The texts in their fences, of as many rounds as fit whole, else of the last one; a note where some are left out.

    The fences are named before the first text is written, so that nothing which is written later changes them.
    """
    nonce = f"{mind.run.order_for('fences', 'debate'):08x}"
    passages = [*_passages(mind, rounds, seats, language)]
    for first, one in enumerate(rounds):
        shown, note = fenced(_texts(passages, first), nonce=nonce), _left_out(one, first, language)
        if estimated_tokens("\n\n".join((*note, shown))) <= most:
            return shown, note
    last, cut = len(rounds) - 1, omission(mind.member, language)
    note = _left_out(rounds[last], last, language)
    least = max(0, most - sum(map(estimated_tokens, note)))
    return fenced(_texts(passages, last), most=least, measure=estimated_tokens, note=cut, nonce=nonce), note


def _left_out(one: Round, place: int, language: Language) -> list[str]:
    """What is told where earlier rounds are not shown."""
    return [phrase("rounds-left-out", language, number=str(one["round"]))] if place else []


def _texts(passages: Sequence[Passage], first: int) -> dict[str, str]:
    """What was written from a place among the rounds on, by label; before it, drafts that stood there and the judge."""
    standing = {passage.author: passage for passage in passages if passage.author and passage.place <= first}
    texts = dict[str, str]()
    for passage in passages:
        if passage.place >= first or standing.get(passage.author) is passage or passage.label.startswith(JUDGE):
            label = passage.label
            texts[label] = f"{texts[label]}\n\n{passage.text}" if label in texts else passage.text
    return texts


def _passages(mind: Mind, rounds: Sequence[Round], seats: Mapping[str, str], language: Language) -> Iterator[Passage]:
    """Every text in the order in which it was written, drafts that stand unchanged once."""
    rank = {name: mind.run.order_for("order", "debate", mind.member.model, name) for name in seats}
    standing = dict[str, str]()
    for place, one in enumerate(rounds):
        later = f", round {one['round']}" if place else ""
        for draft in sorted(one["drafts"], key=lambda draft: rank[draft["member"]]):
            author, text = draft["member"], draft["text"]
            if standing.get(author) != text:
                standing[author] = text
                yield Passage(place, seats[author] + later, text, author)
        for held in sorted(one["critiques"], key=lambda held: _at(held, rank)):
            label = f"{seats.get(held['critic'], CHECKER)} on {seats[held['member']]}{later}"
            yield Passage(place, label, _quoting(held, seats))
        if (ruling := one["ruling"]) and _redirects(one):
            told = [phrase(name, language, text=lettered(text, seats)) for name, text in _redirection(ruling)]
            yield Passage(place, f"{JUDGE}, round {one['round']}", "\n".join(told))


def _redirection(ruling: Ruling) -> tuple[tuple[str, str], ...]:
    return ("off-topic", ruling["off_topic"]), ("restated", ruling["restated"])


def _at(held: Critique, rank: Mapping[str, int]) -> tuple[int, int, str, int]:
    """Where an objection stands among those of its round, whenever it arrived: by its draft, then by its critic."""
    return rank[held["member"]], rank.get(held["critic"], -1), held["critic"], held["start"]


def _quoting(held: Critique, seats: Mapping[str, str]) -> str:
    """An objection: the lines that it quotes and those that say what is wrong with them, so marked that none passes
    for one of the others."""
    said = lettered(held["reason"], seats)
    return "\n".join(
        (*(f"> {line}" for line in held["step"].splitlines()), *(f"- {line}" for line in said.splitlines()))
    )
