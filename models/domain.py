"""How likely a question lies inside what the bundled minds know, by what it weighs at the border of their world.

`zoo/domain.json`, made by `training/outside.py`, tells by language the chance as a function of that weight.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache

from symposium.models import zoo
from symposium.models.zoo.outside import LONGEST, border, language_of, outside
from symposium.tools.calibration import Isotonic

FILE = zoo.FOLDER / "domain.json"


@lru_cache(maxsize=64)  # every stage that bundled minds play asks about the same question
def chance_inside(question: str) -> float | None:
    """Give the chance (0..1) that a question belongs to the world, were as many asked of it as of others.

    None where nothing was fitted, and for a question that is too long to be weighed. One that the minds would take
    lies on the border at least, however its sums are spaced.
    """
    fitted = _fitted().get(language_of(question))
    if fitted is None or len(question) > LONGEST:
        return None
    weight = border().weigh(question)
    return fitted(weight if outside(question) else max(weight, 0.0))


@cache
def _fitted() -> Mapping[str, Isotonic]:
    told = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    return {language: Isotonic.of(knots) for language, knots in told.items()}
