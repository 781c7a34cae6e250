"""A file as a frictionless resource, in a package with the tables that its foreign keys point to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from frictionless import Package, Resource
from frictionless.resources import TableResource

R = TypeVar("R", bound=Resource)


def plain_table(path: str, options: Mapping[str, Any], references: Mapping[str, Any]) -> Resource:
    """The file as frictionless takes it."""
    return in_package(Resource(path, **options), references)


def in_package(resource: R, references: Mapping[str, Any]) -> R:
    """The resource, beside the tables it refers to: each a path, or a resource descriptor."""
    if not references:
        return resource
    others = [reference(name, source) for name, source in references.items()]
    Package(resources=[resource, *others])
    return resource


def reference(name: str, source: Any) -> TableResource:
    """A table that is pointed to: a path, or a resource descriptor."""
    descriptor = dict(source) if isinstance(source, Mapping) else {"path": str(source)}
    return TableResource.from_descriptor({"type": "table", **descriptor, "name": name})
