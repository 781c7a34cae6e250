"""One digest over the quality suites of a dataset and the versions that run them: did either change since a release?"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from packages.model import Report
from packages.spec import DatasetSpec

LIBRARIES = ("great_expectations", "pandas", "pyarrow")
"""Whose versions decide what an expectation means."""


def suites_digest(spec: DatasetSpec, program: str) -> str:
    """Return the digest (sha256, hex) of the suites, the types of their columns and all versions; empty without suites.

    `program` is our own version.
    """
    if not spec.quality.suites:
        return ""
    suites = [suite.model_dump_json() for suite in spec.quality.suites]
    fields = [f"{r.name} {f.name} {f.type} {f.decimals}" for r in spec.package.resources for f in r.table_schema.fields]
    return hashlib.sha256("\n".join((program, *_versions(), *suites, *fields)).encode()).hexdigest()


def suites_changed(previous: Report | None, digest: str) -> bool:
    """Return whether the last release was judged by other suites or versions, or by one that did not note them."""
    return previous is not None and previous.suites != digest


@cache
def _versions() -> tuple[str, ...]:
    return tuple(f"{name} {version(name)}" for name in LIBRARIES)
