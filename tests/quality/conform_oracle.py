"""Frictionless itself as the judge of our verdicts: the same file, the same schema, the whole descriptor compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frictionless

from packages.errors import LondataError
from quality.conform.frictionless.validate import ValidationTask, validate_in_bulk
from quality.conform.table_schema import trust_paths

BREAKS_OFF = "frictionless breaks off"


@dataclass(frozen=True)
class Case:
    """A file and how it is to be read. `references` are paths of other tables."""

    path: Path
    schema: Mapping[str, Any]
    dialect: Mapping[str, Any] | None = None
    references: Mapping[str, Any] = field(default_factory=dict)
    limit_errors: int = 1000
    piece: int = 4 * 1024 * 1024


def expected(case: Case) -> Any:
    """The descriptor that frictionless gives, or that it breaks off; FrictionlessException for a schema it refuses."""
    schema = frictionless.Schema.from_descriptor(dict(case.schema))
    options = {"dialect": frictionless.Dialect.from_descriptor(dict(case.dialect))} if case.dialect else {}
    with trust_paths():
        try:
            if not case.references:
                report = frictionless.validate(str(case.path), schema=schema, limit_errors=case.limit_errors, **options)
                return without_seconds(report)
            return without_seconds(_in_package(case, schema, options))
        except Exception:  # noqa: BLE001 whatever it lets escape, ours must say so in its own way
            return BREAKS_OFF


def _in_package(case: Case, schema: Any, options: Mapping[str, Any]) -> Any:
    resource = frictionless.Resource(str(case.path), schema=schema, **options)
    others = [frictionless.Resource(str(path), name=name) for name, path in case.references.items()]
    package = frictionless.Package(resources=[resource, *others])
    return package.get_resource(resource.name).validate(limit_errors=case.limit_errors)


def found(case: Case) -> tuple[Any, str]:
    """The descriptor that we give, or that frictionless breaks off; and how it was made."""
    task = ValidationTask(str(case.path), case.schema, case.dialect, case.references, case.limit_errors, case.piece)
    try:
        report = validate_in_bulk(task)
    except LondataError:
        return BREAKS_OFF, "not at all"
    return without_seconds(report), report.how


def without_seconds(report: Any) -> Any:
    """A descriptor without the only thing that may differ."""
    descriptor = report.to_descriptor()
    for part in (descriptor, *descriptor["tasks"]):
        part["stats"].pop("seconds")
    return descriptor


def differences(case: Case) -> tuple[list[str], str]:
    """What differs between frictionless and us, in words; and how our report was made."""
    theirs, (ours, how) = expected(case), found(case)
    if theirs == ours:
        return [], how
    if not (isinstance(theirs, dict) and isinstance(ours, dict)):
        return [f"frictionless: {theirs!r:.300}", f"ours: {ours!r:.300}"], how
    return list(_between(theirs, ours, "")), how


def _between(theirs: Any, ours: Any, place: str) -> Any:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() | ours.keys():
            yield from _between(theirs.get(key), ours.get(key), f"{place}/{key}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for i, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _between(one, other, f"{place}/{i}")
    elif theirs != ours:
        yield f"{place}: frictionless {theirs!r:.200}, ours {ours!r:.200}"
