"""Korean wordings of the world's problems: patterns, and how a pattern becomes a question.

In a pattern `[a|b]` is a free choice, `@left` a closing question, `{who:은}` a slot and its particle, `{을}` a particle
alone, `{a#}` a number with the thing's counter (`{a#명}` with that counter), `{a!}` bare digits, `{lose:past}` a verb
form, `<샀>` and `<남?>` verb stems that get an ending of the question's register, `<이?>` the copula, `<은?>` asks what
the words before it come to, `<!>` is a request.
"""

import random
import re
from typing import Final

from symposium.training.world.korean_endings import question, request, statement, value_question
from symposium.training.world.korean_grammar import attach
from symposium.training.world.korean_measures import CALENDAR, TIME, UNITS
from symposium.training.world.korean_money import DEALINGS
from symposium.training.world.korean_questions import QUESTIONS
from symposium.training.world.korean_scene import Scene
from symposium.training.world.korean_stories import STORIES
from symposium.training.world.korean_sums import ARITHMETIC, LISTS
from symposium.training.world.problem import Problem

PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    **ARITHMETIC,
    **STORIES,
    **DEALINGS,
    **TIME,
    **CALENDAR,
    **UNITS,
    **LISTS,
}

_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{([a-z_0-9]*)(!?)(#[^:{}]*)?(?:[:.]([^{}]+))?\}")
_LATE: Final = re.compile(r"<([^<>]*?)([?!]?)>|\{([가-힣]+)\}")


def fill(pattern: str, problem: Problem, rng: random.Random) -> str:
    """Word a problem in a pattern of its kind; equal seeds give equal wordings."""
    scene = Scene(problem.slots, rng)
    text = re.sub(r"@(\w+)", lambda match: QUESTIONS[match[1]], pattern)
    text = _choose(text, rng)
    text = _SLOT.sub(lambda match: scene.slot(match[1], bare=bool(match[2]), counter=match[3], form=match[4]), text)
    return _typed(_ended(text, scene, rng), rng)


def _choose(text: str, rng: random.Random) -> str:
    """Settle every choice, innermost first."""
    while match := _CHOICE.search(text):
        text = text[: match.start()] + rng.choice(match[1].split("|")) + text[match.end() :]
    return text


def _ended(text: str, scene: Scene, rng: random.Random) -> str:
    """Put in what depends on the words before it: endings and lone particles."""
    written, position = "", 0
    for match in _LATE.finditer(text):
        written += text[position : match.start()]
        position = match.end()
        written = attach(written, match[3]) if match[3] else written + _ending(match[1], match[2], written, scene, rng)
    return re.sub(r" +", " ", written + text[position:]).strip()


def _ending(stem: str, mark: str, before: str, scene: Scene, rng: random.Random) -> str:
    if mark == "!":
        return request(scene.register, rng)
    if mark == "?" and stem == "은":
        return value_question(before=before, register=scene.register, rng=rng)
    close = question if mark else statement
    return close(stem, before=before, register=scene.register, rng=rng)


# What hurried hands do: (share of questions, what is written, what is typed).
_HASTE: Final[tuple[tuple[float, str, str], ...]] = (
    (0.15, "몇 ", "몇"),
    (0.5, "해 줘", "해줘"),
    (0.5, "려 줘", "려줘"),
    (0.06, ", ", " "),
    (0.05, " 수 ", " 수"),
)


def _typed(text: str, rng: random.Random) -> str:
    """Write as people type, with spaces and commas left out now and then."""
    for share, written, typed in _HASTE:
        if rng.random() < share and (written != ", " or not re.search(r"\d, \d", text)):
            text = text.replace(written, typed)
    return text
