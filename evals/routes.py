"""What a router is compared with at the same cost: chance, length, and one that knows who will be right.

Counted from what each mind said alone, with two of them: the cheapest, and the best single mind. So much of the
questions goes to the best one as the route's own cost pays for, or as are there.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from symposium.evals.papers import Paper
from symposium.evals.rows import Answered, Cast, Result, answered_by
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.providers.gguf_file import inspect

ROUTE = "route"
RANDOM, LENGTH, ORACLE = ROUTES = ("random route", "length route", "oracle route")
Costs = Mapping[str, Sequence[float]]
"""By member what each question costs: tokens times parameters."""


def routes(cast: Cast, paper: Paper, found: Sequence[Answered], seed: int) -> Iterator[Answered]:
    """Count the controls of the row `route` on a set; none where it was not measured, or a mind's size is unknown."""
    row = next((one for one in found if (one.name, one.paper) == (ROUTE, paper.name)), None)
    sizes = {member.name: size for member in cast.members if (size := _size(member))}
    if row is None or len(sizes) < len(cast.members) or len(sizes) < 2:
        return
    said = {name: answered_by(found, name, paper).results for name in cast.names}
    costs = {name: [_cost(result, sizes) for result in results] for name, results in said.items()}
    cheap = min(said, key=lambda name: (fsum(costs[name]), name))
    chance = random.Random(f"{seed} {paper.name} {ROUTE}")
    orders = {
        RANDOM: _drawn(len(paper.questions), chance),
        LENGTH: _by_length(paper),
    }
    spent = fsum(_cost(result, sizes) for result in row.results)
    for name, order in orders.items():
        dear = _paid(order, costs[cheap], costs[cast.best.name], spent)
        asked = [cast.best.name if place in dear else cheap for place in range(len(order))]
        yield _row(name, paper, [said[asked[place]][place] for place in range(len(asked))])
    yield _row(ORACLE, paper, [_cheapest_right(place, said, costs) for place in range(len(paper.questions))])


def _size(member: Member) -> int | None:
    return inspect(zoo.find(member.target)).parameters if member.provider == "gguf" else None


def _cost(result: Result, sizes: Mapping[str, int]) -> float:
    return fsum(tokens * sizes.get(name, 0) for name, tokens in result["tokens"].items())


def _drawn(questions: int, chance: random.Random) -> list[int]:
    return chance.sample(range(questions), questions)


def _by_length(paper: Paper) -> list[int]:
    """The places of the questions, the longest first."""
    return sorted(range(len(paper.questions)), key=lambda place: (-len(paper.questions[place].text), place))


def _paid(order: Sequence[int], cheap: Sequence[float], dear: Sequence[float], spent: float) -> set[int]:
    """The first questions in that order whose going to the dear mind is paid for, all others going to the cheap one."""
    left, chosen = spent - fsum(cheap), set[int]()
    for place in order:
        left -= dear[place] - cheap[place]
        if left < 0:
            break
        chosen.add(place)
    return chosen


def _cheapest_right(place: int, said: Mapping[str, Sequence[Result]], costs: Costs) -> Result:
    """The cheapest mind that is right; where none is, the cheapest of all."""
    order = sorted(said, key=lambda name: (not said[name][place]["right"], costs[name][place], name))
    return said[order[0]][place]


def _row(name: str, paper: Paper, results: Sequence[Result]) -> Answered:
    return Answered(name, "control", paper.name, tuple(results))
