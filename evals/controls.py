"""The controls that need no further question: they are counted from what each mind said at once, or a debate first."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from symposium.evals.papers import Paper
from symposium.evals.rows import Answered, Cast, Result


def controls(cast: Cast, paper: Paper, found: Sequence[Answered], seed: int) -> Iterator[Answered]:
    """Count every control on a set of questions."""
    by_row = {one.name: one.results for one in found if one.paper == paper.name}
    said = [dict(zip(by_row, results, strict=True)) for results in zip(*by_row.values(), strict=True)]
    for name, control in CONTROLS.items():
        chance = random.Random(f"{seed} {paper.name} {name}")
        if name != FIRST_VOTE or DEBATE in by_row:
            yield Answered(name, "control", paper.name, tuple(control(cast, one, chance) for one in said))


Control = Callable[[Cast, Mapping[str, Result], random.Random], Result]


def _best(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    return said[cast.best.name]


def _random(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    return said[chance.choice(cast.names)]


def _oracle(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    """A right answer wherever any mind has one; everyone has to be paid for it."""
    alone = [said[name] for name in cast.names]
    shown = next((result for result in alone if result["right"]), said[cast.best.name])
    return Result(**{**shown, "tokens": _spent(alone)})


def _first_vote(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    """What the first drafts of a debate came to, which are what its minds say alone; only those are paid for."""
    debate = said[DEBATE]
    return Result(
        right=debate.get("first_right", False),
        answered=debate.get("first_vote") is not None,
        refused=debate["refused"],
        answer=debate.get("first_vote"),
        tokens=_spent([said[name] for name in cast.names if name in debate["tokens"]]),
        signals={},
    )


def _spent(results: Iterable[Result]) -> dict[str, int]:
    return {member: tokens for result in results for member, tokens in result["tokens"].items()}


DEBATE = "debate"
FIRST_VOTE = f"{DEBATE}, its first vote"
CONTROLS: Mapping[str, Control] = {
    FIRST_VOTE: _first_vote,
    "best single": _best,
    "greedy": _best,
    "random member": _random,
    "oracle": _oracle,
}
