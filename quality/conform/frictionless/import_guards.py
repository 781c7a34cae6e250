"""Libraries without their heavy companions, which nobody here needs: a second of time and 100 MiB for small files.

Pyarrow looks for pandas once, to recognise its objects, at the first `pyarrow.array`; `to_pandas` looks again, so it
works as before. Tabulate looks for wcwidth, to print tables of Chinese; frictionless brings it and we print none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.abc import MetaPathFinder
from types import ModuleType

import pyarrow as pa


class _Without(MetaPathFinder):
    """Finds nothing, and stops the search for one module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname == self._name:
            raise ModuleNotFoundError("not now", name=self._name)


@contextmanager
def hide_module(name: str) -> Iterator[None]:
    """A module that has not been imported yet cannot be found here."""
    hiding = _Without(name)
    sys.meta_path.insert(0, hiding)
    try:
        yield
    finally:
        sys.meta_path.remove(hiding)


with hide_module("pandas"):
    pa.array([])

with hide_module("wcwidth"), suppress(ImportError):
    # before frictionless imports it
    import_module("tabulate")
