"""A process can be made ready for many requests at once."""

import subprocess
import sys

import pytest

from symposium.graphs import prepare
from symposium.graphs.catalogue import GRAPHS
from symposium.ledger.records import UsageError


def test_a_prepared_process_has_its_graphs_and_keeps_them_out_of_the_collectors_sight() -> None:
    script = """
import gc, sys
from symposium.graphs import prepare
before = gc.get_threshold()
prepare("vote")
print("symposium.graphs.vote" in sys.modules, "symposium.graphs.repair" in sys.modules)
print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0] > before[0], gc.get_threshold()[1:] == before[1:])
prepare()
print(all(f"symposium.graphs.{name}" in sys.modules for name in sys.argv[1:]))
"""
    done = subprocess.run([sys.executable, "-c", script, *GRAPHS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "True", "True", "True", "True"]


def test_an_unknown_graph_is_named() -> None:
    with pytest.raises(UsageError, match="unknown graph 'parley'"):
        prepare("parley")
