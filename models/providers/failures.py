"""What a provider's refusal means: its kind of failure, the pause it asks for, and the parameter it does not know."""

import json
import math
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from symposium.ledger.records import CallFailed, FailureKind

LONGEST = 300  # characters of a provider's words that are passed on
Text = Callable[[bytes | str], Any]

BY_STATUS: Mapping[int, FailureKind] = {
    401: "auth",
    402: "billing",
    403: "auth",
    404: "missing-model",
    408: "timeout",
    409: "server",
    413: "context",
    425: "server",
    429: "rate",
}
"""5xx are "server"; everything else that is no success is "refused"."""

WORDS: Mapping[FailureKind, tuple[str, ...]] = {
    "billing": (
        r"insufficient_quota",
        r"insufficient (credits?|balance|funds)",
        r"billing_(error|hard_limit)",
        r"out of credits",
    ),
    "context": (
        r"context_length|string_above_max",
        r"context (length|window|size)",
        r"maximum (context|prompt|input) ",
        r"(prompt|input|request) is too (long|large)",
        r"too many (input |prompt )?tokens",
        r"reduce the length of (the|your) (messages|prompt|input)",
    ),
    "content": (
        r"content[_ ](filter|policy|management)",
        r"responsibleai|moderation|flagged",
        r"safety (system|settings)",
    ),
    "missing-model": (
        r"model_not_(found|exist)",
        r"(no such|unknown) model",
        r"model\b.{0,80}(not found|does(n't| not) exist)",
        r"invalid_model\b|invalid model( name| id)?\s*([:'\"`]|passed|$)",
        r"not a valid model|model not exist",
    ),
    "auth": (
        r"(invalid|incorrect|missing)[_ ]api[_ -]?key",
        r"api[_ -]?key[_ ]((is )?(not valid|invalid|expired)|not found)",
        r"authentication_error",
    ),
    "truncated": (r"max_tokens or model output limit was reached",),  # while it was thinking
}
"""What an error's code, type and words tell beyond its status; the first kind that is found counts."""
_WORDS: Mapping[FailureKind, re.Pattern[str]] = {kind: re.compile("|".join(words)) for kind, words in WORDS.items()}
RATE = re.compile(r"rate[_ ]limit|too many requests")  # an error within a reply has no status to say so
TELLING = frozenset({400, 403, 404, 413, 422, 429, 500, 501})  # statuses whose words tell more than the number

REFUSING = frozenset({400, 422, 501})  # statuses with which a server turns a parameter down
UNKNOWN = re.compile(
    r"unsupported|n[o']t support|unrecognized|unknown|unexpected|not (permitted|allowed|available|implemented|enabled)"
    r"|extra_forbidden|unavailable|disabled|deprecated|incompatible|no longer|only the default|cannot be used"
)
MASKED = re.compile(r"\S*\*{3,}\S*|\b(?:sk|pk|rk|gsk|xai|csk|pplx|key|tgp)[-_][\w-]{8,}")  # what looks like a key
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an error's body says: words for people, and what it names for programs."""

    message: str
    code: str = ""
    parameter: str = ""

    @property
    def all(self) -> str:
        """Everything it says, in lower case."""
        return f"{self.code} {self.parameter} {self.message}".lower()


def told(body: bytes | str, *, secret: str | None = None) -> Told:
    """Read an error's body: OpenAI's, vLLM's, FastAPI's, Ollama's, or just text; never longer than a few lines."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        return Told(message=plain(TAG.sub(" ", text), secret=secret))
    found = _read(value)
    return Told(message=plain(found.message, secret=secret), code=found.code, parameter=found.parameter)


def _read(value: object) -> Told:
    if isinstance(value, list) and value:  # Google wraps it in a list, FastAPI lists what is wrong with the request
        return _read(value[0])
    if not isinstance(value, Mapping):
        return Told(message=str(value))
    for key in ("error", "detail", "errors"):
        if isinstance(value.get(key), Mapping | list) and value[key]:
            return _read(value[key])
    words = next((value[key] for key in ("message", "msg", "error", "detail") if value.get(key)), value)
    loc = value.get("loc")
    where = ".".join(str(part) for part in loc if part != "body") if isinstance(loc, list) else ""
    codes = (str(value[key]) for key in ("code", "type", "status") if value.get(key))
    return Told(message=_worded(words, value), code=" ".join(codes), parameter=str(value.get("param") or where))


def _worded(words: object, value: Mapping[str, Any]) -> str:
    """The words of an error, and what the provider behind a router said, which OpenRouter hides in `metadata`."""
    metadata = value.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    return f"{words} {raw}" if raw else str(words)


def beginning(body: bytes, *, secret: str | None = None) -> str:
    """The first words of what was expected to be something else."""
    return plain((body.replace(secret.encode(), b"***") if secret else body)[:200].decode("utf-8", "replace"))


def plain(text: str, *, secret: str | None = None) -> str:
    """One line of at most 300 characters without anything that looks like a key."""
    if secret:
        text = text.replace(secret, "***")
    text = " ".join(MASKED.sub("***", text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def failed(status: int, headers: Mapping[str, str], body: bytes | str, *, secret: str | None = None) -> CallFailed:
    """Make a failure of an HTTP error; `headers` are found whatever their case, `secret` never appears in it."""
    said = told(body, secret=secret)
    kind = _kind(status, said)
    words = f"{status}: {said.message}" if said.message else f"status {status}"
    return CallFailed(kind, words, retry_after=_pause(headers) if kind in ("rate", "server") else None)


def inline(error: object, *, secret: str | None = None) -> CallFailed:
    """Make a failure of an error object that came with status 200, or in the middle of a stream."""
    found = error if isinstance(error, Mapping) else {"message": error}
    said = told(json.dumps(found, default=str), secret=secret)
    code = str(found.get("code") or found.get("status_code"))
    status = int(code) if re.fullmatch("[45][0-9][0-9]", code) else 429 if RATE.search(said.all) else 500
    return CallFailed(_kind(status, said), said.message or "the provider broke the reply off without a word")


def _kind(status: int, said: Told) -> FailureKind:
    if status in TELLING:
        for kind, words in _WORDS.items():
            if words.search(said.all):
                return kind
    return BY_STATUS.get(status) or ("server" if status >= 500 else "refused")


def _pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that the provider asks to wait, by `retry-after-ms` or `Retry-After` (seconds or a date)."""
    found = {name.lower(): value for name, value in headers.items()}
    return (
        _seconds(found.get("retry-after-ms"), unit=0.001)
        or _seconds(found.get("retry-after"))
        or _until(found.get("retry-after"))
    )


def _seconds(text: str | None, *, unit: float = 1.0) -> float | None:
    try:
        value = float(text or "") * unit
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _until(text: str | None) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(text or "").timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def lacking(status: int, said: Told, sent: Collection[str], *, optional: Collection[str] = ()) -> str | None:
    """Tell which of the sent parameters a refusal turns down, the first it names; None where it means something else.

    To be named suffices for the `optional` ones; of the others the refusal must say that they are not known at all,
    since a value out of range is the caller's to mend.
    """
    if status not in REFUSING or _kind(status, said) not in ("refused", "server"):
        return None
    places = {place: name for name in sent if (place := _place(said, name)) is not None}
    unknown = bool(UNKNOWN.search(said.all))
    return next((places[place] for place in sorted(places) if unknown or places[place] in optional), None)


def _place(said: Told, name: str) -> int | None:
    """Where a refusal names a parameter, None where it does not; what it blames in so many words counts alone."""
    if said.parameter:
        return 0 if said.parameter.split(".")[0] == name else None
    found = re.search(rf"(?<![\w.]){name}(?!\w)", said.all)
    return found.start() if found else None
