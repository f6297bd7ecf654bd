"""Lets the tests of this room import the writer of tiny models that lies beside them, and leave no model open."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from symposium.models import pace
from symposium.models.endpoints import disconnect

if TYPE_CHECKING:
    from timed import Theatre

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def opened() -> AsyncIterator[None]:
    """Begin and end without an open model."""
    await disconnect()
    yield
    await disconnect()


@pytest.fixture
def theatre(monkeypatch: pytest.MonkeyPatch) -> Iterator["Theatre"]:
    """Minds that take their time by the loop's clock, and nothing known of how long anybody takes."""
    from timed import Theatre

    pace.forget()
    yield Theatre(monkeypatch)
    pace.forget()
