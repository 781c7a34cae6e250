"""A file as a frictionless resource, in a package with the tables that its foreign keys refer to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from frictionless import Detector, Package, Resource
from frictionless.resources import TableResource

from quality.conform.shared_swap import SharedSwap

R = TypeVar("R", bound=Resource)


class LeanDetector(Detector):  # type: ignore[misc]
    """Frictionless' detector: it finds the same encoding, without finding the language."""

    def detect_encoding(self, buffer: bytes, *, encoding: str | None = None) -> str:
        """Return the name of the encoding of a buffer; `encoding` where it is known."""
        if encoding:
            return str(super().detect_encoding(buffer, encoding=encoding))
        with _without_languages():
            return str(super().detect_encoding(buffer))


_LANGUAGES = SharedSwap()


def _without_languages() -> AbstractContextManager[None]:
    """Keep chardet from finding the language of each encoding: its models cost 50 ms and 36 MiB."""
    try:
        import chardet.detector  # noqa: F401
        from chardet.pipeline.orchestrator import _run_pipeline_core
    except ImportError:
        # a chardet with another interior works, only slower
        return nullcontext()
    return _LANGUAGES.swapped(sys.modules["chardet.detector"], "run_pipeline", _run_pipeline_core)


def plain_table(path: str, options: Mapping[str, Any], references: Mapping[str, Any]) -> Resource:
    """Return the file as frictionless itself opens it."""
    return in_package(Resource(path, detector=LeanDetector(), **options), references)


def in_package(resource: R, references: Mapping[str, Any]) -> R:
    """Put the resource into a package with the tables it refers to: each a path, or a resource descriptor."""
    if not references:
        return resource
    referenced = [referenced_resource(name, source) for name, source in references.items()]
    # the package makes itself known to its resources
    Package(resources=[resource, *referenced])
    return resource


def referenced_resource(name: str, source: Any) -> TableResource:
    """Return a table that foreign keys refer to: a path, or a resource descriptor."""
    descriptor = dict(source) if isinstance(source, Mapping) else {"path": str(source)}
    table = TableResource.from_descriptor({"type": "table", **descriptor, "name": name})
    table.detector = LeanDetector()
    return table
