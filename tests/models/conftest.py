"""Lets the tests of this room import the writer of tiny models that lies beside them, and leave no model open."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from symposium.models.endpoints import disconnect

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def opened() -> AsyncIterator[None]:
    """Begin and end without an open model."""
    await disconnect()
    yield
    await disconnect()
