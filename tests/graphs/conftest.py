"""Members that read, beside those that say their lines."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from reader import Reader


@pytest.fixture
def reads(stage: Any) -> Callable[..., Reader]:
    """Adds a member that reads; further keys of its table may be given."""

    def cast(name: str, reply: Callable[[Mapping[str, str]], str], **entry: object) -> Reader:
        stage.cast(name, "", **entry)
        reader = stage.actors[name] = Reader(reply)
        return reader

    return cast
