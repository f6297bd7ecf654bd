"""Strategies: each module is one graph of the family, ending in a module-level `graph`."""

from symposium.graphs.deliberation import Deliberation, ask, start, stream
from symposium.graphs.readiness import prepare

__all__ = ["Deliberation", "ask", "prepare", "start", "stream"]
