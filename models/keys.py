"""Where secrets, and the addresses they are for, come from: the environment, else `.env` here; misplaced ones."""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from symposium.ledger.records import ConfigurationError

FILE = ".env"
CREDENTIALS = re.compile(r"(?<=//)[^/]*@|\?.*")  # of a URL: what stands before its host, and its query
_NAMES = re.compile(
    r"(api[_-]?key|auth[_-]?token|access[_-]?token|secret|passw(or)?d|authorization|credentials?)$", re.I
)
_PARAMETERS = re.compile(r"key|token|secret|sig(nature)?$|code$|auth|passw|credential", re.I)
_VALUES = re.compile(r"^(bearer\s+\S|(sk|rk|pk|gsk|xai|hf|ghp|csk|pplx|tgp)[-_]\w|AIza\w|AKIA[0-9A-Z]{12})", re.I)


def secret(name: str) -> str | None:
    """Give the value of an environment variable, else of that line of `.env`; None where neither holds anything.

    Raises:
        ConfigurationError: `.env` cannot be read.
    """
    value = (os.environ.get(name) or "").strip() or in_file().get(name, "").strip()
    return value or None


def in_file() -> Mapping[str, str]:
    """What stands in `.env` of the current folder, by name.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        found = os.stat(FILE)  # as it is: to ask where we are counts as blocking in the development server
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{FILE} cannot be read: {error.strerror}") from error
    return _read(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _read(device: int, node: int, written: int, size: int) -> Mapping[str, str]:
    """What the file holds that these tell apart from others and from what it was."""
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class File(BaseSettings):
        """Whatever stands in the file; the environment is asked first, by name, and not read here."""

        model_config = SettingsConfigDict(env_file=FILE, env_file_encoding="utf-8", case_sensitive=True, extra="allow")

    try:
        values = File().model_extra or {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{FILE} cannot be read: {error}") from error
    return {name: value for name, value in values.items() if value}


def names_secret(name: str) -> bool:
    """Say whether a key of that name is meant to hold a secret."""
    return bool(_NAMES.search(name))


def looks_secret(text: str) -> bool:
    """Say whether a text looks like a provider's key, or is a URL with a password in it."""
    return bool(_VALUES.match(text.strip())) or "@" in urlsplit(text).netloc


def carries_secret(url: str) -> bool:
    """Say whether a URL has a password in it, or a parameter that is meant to hold a secret."""
    return looks_secret(url) or any(_PARAMETERS.search(name) for name, _ in parse_qsl(urlsplit(url).query, True))
