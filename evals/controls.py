"""The controls that need no further question: they are counted from what each mind said at once."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

from symposium.evals.papers import Paper
from symposium.evals.rows import Answered, Cast, Result, answered_by


def controls(cast: Cast, paper: Paper, found: Sequence[Answered], seed: int) -> Iterator[Answered]:
    """Count every control on a set of questions."""
    by_mind = {name: answered_by(found, name, paper).results for name in cast.names}
    said = [dict(zip(by_mind, results, strict=True)) for results in zip(*by_mind.values(), strict=True)]
    for name, control in CONTROLS.items():
        chance = random.Random(f"{seed} {paper.name} {name}")
        yield Answered(name, "control", paper.name, tuple(control(cast, one, chance) for one in said))


Control = Callable[[Cast, Mapping[str, Result], random.Random], Result]


def _best(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    return said[cast.best.name]


def _random(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    return said[chance.choice(cast.names)]


def _oracle(cast: Cast, said: Mapping[str, Result], chance: random.Random) -> Result:
    """A right answer wherever any mind has one; everyone has to be paid for it."""
    shown = next((result for result in said.values() if result["right"]), said[cast.best.name])
    spent = {member: tokens for result in said.values() for member, tokens in result["tokens"].items()}
    return Result(**{**shown, "tokens": spent})


CONTROLS: Mapping[str, Control] = {"best single": _best, "greedy": _best, "random member": _random, "oracle": _oracle}
