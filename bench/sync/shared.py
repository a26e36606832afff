"""Finds the shared bench, which is no part of the repository, and lets it find our adapter."""

import sys
from importlib import import_module
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "bench"


def use_shared_bench() -> None:
    """Make `data`, `workloads` and the others importable. Exits where the shared bench is not there."""
    if not (SHARED / "run.py").exists():
        sys.exit(f"the shared bench is not at {SHARED}")
    if str(SHARED) not in sys.path:
        sys.path.insert(0, str(SHARED))
    sys.modules["adapters.pandus"] = import_module("bench.adapters.pandus")
