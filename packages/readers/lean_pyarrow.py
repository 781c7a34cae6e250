"""Pyarrow without pandas: import this module before the first Arrow array is made.

Pyarrow imports pandas once, at the first `pyarrow.array`, to recognise its objects: 0.2 s and most of 100 MiB that a
check of a small file does not need. Where pandas cannot be found at that moment, pyarrow goes on without it;
`to_pandas` looks again and works as before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import pyarrow as pa


class _PandasHider(MetaPathFinder):
    """Ends the search for pandas before any other finder is asked."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError("hidden for the first pyarrow.array", name=fullname)


_hider = _PandasHider()
sys.meta_path.insert(0, _hider)
try:
    pa.array([])
finally:
    sys.meta_path.remove(_hider)
