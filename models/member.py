"""A member of the symposium: a model with a name, a price, a reputation and habits of sampling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symposium.models.budget import Price
from symposium.tools.calibration import Isotonic

HANGUL_OR_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]+")
PER_TURN = 4  # tokens that a chat template puts around a turn


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who may be asked.

    `model` is `<provider>:<name>`; `context` in tokens, None if unknown; `reliability` is the known chance (0..1) of a
    right answer; `prompt` names a prompt variant; `temperature` is used for every sample after the first, which is
    greedy, unless `first_greedy` is off; `max_tokens` bounds a reply; `timeout` is in seconds per attempt, None: from
    how long the member took before. `instructions` are its own, for where members are told different things;
    `key` names the environment variable that holds its API key; `at_once` bounds its calls in flight; `options` are the
    provider's own, handed on as they are.
    `calibration` holds by the signal's name what was fitted for this model; "forced." before it means one fitted on
    replies that were given to the model to score.
    """

    name: str
    model: str
    family: str = ""
    base_url: str | None = None
    context: int | None = None
    reliability: float | None = None
    good_at: tuple[str, ...] = ()
    prompt: str | None = None
    temperature: float = 0.7
    first_greedy: bool = True
    top_p: float = 1.0
    max_tokens: int = 1024
    timeout: float | None = None
    price: Price | None = None
    instructions: str = ""
    key: str | None = None
    at_once: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    calibration: Mapping[str, Isotonic] = field(default_factory=dict, repr=False, hash=False)  # the model's, not chosen

    @property
    def provider(self) -> str:
        """The part of `model` before the first colon."""
        return self.model.partition(":")[0]

    @property
    def target(self) -> str:
        """The part of `model` after the first colon."""
        return self.model.partition(":")[2]


def estimated_tokens(text: str) -> int:
    """Estimate the tokens of a text, rounded up and meant to be high: 3 bytes of UTF-8 a token, or more.

    Hangul and CJK are 1.5 tokens each, and characters beyond the first 65,536, such as emoji, 3.
    """
    if text.isascii():
        return -(-len(text) // 3)
    size, wide = len(text.encode("utf-8", "surrogatepass")), sum(map(len, HANGUL_OR_CJK.findall(text)))
    rare = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    return -(-(2 * size + 3 * wide + 10 * rare) // 6)  # in sixths of a token, above a third for each byte


def turn_tokens(content: str) -> int:
    """Estimate the tokens of a turn of a conversation, with what marks it as one."""
    return PER_TURN + estimated_tokens(content)
