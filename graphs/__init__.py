"""Strategies: each module is one graph of the family, ending in a module-level `graph`."""

from symposium.graphs.deliberation import Deliberation, ask, start, stream

__all__ = ["Deliberation", "ask", "start", "stream"]
