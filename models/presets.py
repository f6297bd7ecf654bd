"""The built-in presets; a `[preset.NAME]` of symposium.toml with the same name wins."""

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "balanced": {"graph": "moa", "panel_size": 3, "num_proposals_per_model": 1},
    "quality": {"graph": "moa", "panel_size": 4, "num_proposals_per_model": 2},
    "budget": {"graph": "moa", "panel": "cheapest", "panel_size": 3, "num_proposals_per_model": 1},
    "local": {
        "graph": "moa",
        "members": ("ollama:qwen3", "ollama:llama3.1", "ollama:mistral"),
        "panel": "all",
        "panel_size": 3,
    },
    "sizes": {
        "graph": "cascade",
        "stages": ("ollama:qwen2.5:7b", "ollama:qwen2.5:14b", "ollama:qwen2.5:72b"),
        "scorer": "agreement",
        "samples": 3,
        "thresholds": (0.7,),
    },
}
"""Choices by the preset's name. Where no aggregator is named the strongest member of the cast aggregates."""
