"""Pyarrow without pandas: the first `pyarrow.array` would import it, which takes a second and 60 MiB.

Pyarrow looks for pandas once, to recognise its objects. Here it looks while pandas cannot be found. `to_pandas` looks
again, so it works as before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    """Finds nothing, and stops the search for pandas."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError("not now", name="pandas")


def start_without_pandas() -> None:
    """Let pyarrow do its looking now; nothing happens where pandas has been imported already."""
    if "pandas" in sys.modules:
        return
    hiding = _NoPandas()
    sys.meta_path.insert(0, hiding)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(hiding)


start_without_pandas()
