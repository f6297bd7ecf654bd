"""A process made ready for many requests at once."""

import gc

from symposium.graphs.catalogue import GRAPHS, strategy

YOUNG = 50_000  # new objects between two looks of the garbage collector; Python's own 700 suit short programs


def prepare(*graphs: str) -> None:
    """Import graphs (all of them if none is named) and spare their many objects the garbage collector's walks.

    For servers, once, before the first request. Without it every full collection walks the imported libraries and
    all requests in flight: of 256 at once that takes half of the CPU time.

    Raises:
        UsageError: a graph is unknown.
    """
    for name in graphs or GRAPHS:
        strategy(name).graph()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
