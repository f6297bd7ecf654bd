"""How much of what a debate sends lies in a prefix that the same model has been sent before."""

import json
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from debating import Debate
from reader import shown

from symposium.models.member import turn_tokens
from symposium.models.provider import Chunk, Feature, Request

DEBATERS = ("ann", "bob", "cyd")
WORDS = re.findall(r"\w+", "as the train waits for another one we add what is left of the hour to the time it takes")


def words(count: int, start: int) -> str:
    return " ".join(WORDS[(start + 7 * place) % len(WORDS)] for place in range(count))


@dataclass
class Speaker:
    """A model that always has another draft of 150 words, objects in 30 to every draft and lets every debate go on."""

    features: frozenset[Feature] = frozenset({"chat", "schema"})
    heard: list[Request] = field(default_factory=list)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.heard.append(request)
        yield Chunk(text=self.reply(request))
        yield Chunk(finish="stop")

    def reply(self, request: Request) -> str:
        asked, spoken = request.messages[-1]["content"], len(self.heard)
        if "`objections`" in asked:
            return json.dumps({"objections": [*objections(request, spoken)]})
        if "`decision`" in asked:
            return json.dumps({"reason": words(20, spoken), "decision": "continue"})
        return f"{words(146, spoken)}\n\nAnswer: {id(self)} {spoken}"

    async def warm(self) -> None:
        return

    async def aclose(self) -> None:
        return


def objections(request: Request, spoken: int) -> Iterator[dict[str, str]]:
    mine = re.findall(r"Yours is draft ([A-Z])", request.messages[-1]["content"])
    latest = {label[0]: text for label, text in shown(request).items() if " on " not in label}
    for letter, text in latest.items():
        if letter not in mine:
            yield {"draft": letter, "quote": " ".join(text.split()[4:12]), "reason": words(22, spoken)}


def cached(requests: Sequence[Request]) -> tuple[int, int]:
    """Prompt tokens of a model's calls, and those that lie in a prefix of an earlier one of them."""
    tokens, found, before = 0, 0, list[str]()
    for request in requests:
        sent = "".join(f"<{turn['role']}>{turn['content']}" for turn in request.messages)
        tokens += turn_tokens(sent)
        found += turn_tokens(sent[: max((common(sent, one) for one in before), default=0)])
        before.append(sent)
    return tokens, found


def common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    differ = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differ, min(len(one), len(other)))


@pytest.mark.parametrize(
    ("models", "judged", "rounds", "least"),
    [
        (1, False, 1, 0.8),
        (1, False, 2, 0.85),
        (1, False, 3, 0.88),
        (1, True, 1, 0.76),  # the judge is sent the revised drafts once
        (1, True, 2, 0.84),
        (1, True, 3, 0.88),
        (3, False, 1, 0.41),
        (3, False, 2, 0.59),
        (3, False, 3, 0.68),
    ],
)
async def test_what_one_model_is_sent_lies_mostly_in_the_prompt_cache(
    stage: Any, house: Any, models: int, judged: bool, rounds: int, least: float
) -> None:
    """Where every debater is a model of its own each text is new to each of them once, so that less can be cached."""
    for place, name in enumerate((*DEBATERS, "jud")):
        stage.cast(name, model=f"scripted:model{place % models}")
    stage.actors = {f"model{place}": Speaker() for place in range(models)}
    minds, judge = [*map(house.mind, DEBATERS)], house.mind("jud") if judged else None
    await Debate(minds, house.asked(f"{words(60, 0)}?"), judge=judge).held(rounds)
    counted = [cached(actor.heard) for actor in stage.actors.values()]
    tokens, found = sum(total for total, _ in counted), sum(part for _, part in counted)
    print(f"{models} model(s), {'judged, ' * judged}{rounds} round(s): {found:,} of {tokens:,} = {found / tokens:.1%}")
    assert found / tokens >= least
