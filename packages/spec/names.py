"""Whether all that is named somewhere in the YAML of a dataset is there: fields, tables, columns of suites."""

from __future__ import annotations

import graphlib
from pathlib import Path

from packages.errors import SetupProblem
from packages.spec.dataset import DatasetSpec
from packages.spec.quality import SuiteSpec
from packages.spec.source import BundleSource
from packages.spec.wording import short_path, suggestion


def check_names(spec: DatasetSpec, path: Path) -> None:
    """Field names in rules and layouts must be fields of the schema, and the file names what it says it does."""
    if spec.package.name != spec.identity.dataset:
        raise SetupProblem(
            f"{spec.identity.dataset}/datapackage.yaml: `name` is “{spec.package.name}”.",
            fix=f"Write name: {spec.identity.dataset}, the name of its folder.",
        )
    if spec.publisher.publisher != spec.identity.publisher:
        raise SetupProblem(
            f"{short_path(path)}: `publisher` is “{spec.publisher.publisher}”.",
            fix=f"Write publisher: {spec.identity.publisher}, the name of the file.",
        )
    fields = [f.name for r in spec.package.resources for f in r.table_schema.fields]
    for key, name in _field_references(spec):
        if name not in fields:
            raise SetupProblem(
                f"{short_path(path)} or a shared file: {key} names “{name}”, which is not a field of the dataset.",
                fix=suggestion(name, fields),
            )
    _check_suites(spec)
    _check_tables(spec, path)


def _check_tables(spec: DatasetSpec, path: Path) -> None:
    """What is said of one table by its name, and what one table points to in another, must be there."""
    fields = {r.name: r.table_schema.names for r in spec.package.resources}
    for key, name in _table_references(spec):
        if name not in fields:
            raise SetupProblem(
                f"{short_path(path)} or a shared file: {key} names “{name}”, which is not a resource.",
                fix=suggestion(name, list(fields)),
            )
    for resource in spec.package.resources:
        for ours, other, theirs in resource.table_schema.points_to:
            lost = [*{*ours} - {*fields[resource.name]}, *{*theirs} - {*fields[other or resource.name]}]
            if lost or len(ours) != len(theirs):
                raise SetupProblem(
                    f"{spec.identity.dataset}/datapackage.yaml: a foreign key of {resource.name} does not fit.",
                    fix="Name as many fields on both sides, each a field of its resource.",
                )
    try:
        _ = spec.package.reading_order
    except graphlib.CycleError as error:
        raise SetupProblem(
            f"{spec.identity.dataset}/datapackage.yaml: the foreign keys point in a circle.",
            fix="Leave out one of them: a table can only be checked against one that was read before it.",
        ) from error


def _table_references(spec: DatasetSpec) -> list[tuple[str, str]]:
    named = [("`resource` of a layout", layout.resource) for layout in spec.layouts if layout.resource]
    named += [("`readings`", name) for name in (*spec.publisher.readings, *spec.mapping.readings)]
    source = spec.publisher.source
    named += [("`parts` of the source", name) for name in (source.parts if isinstance(source, BundleSource) else ())]
    pointed = [other for r in spec.package.resources for _, other, _ in r.table_schema.points_to if other]
    return named + [("a foreign key", name) for name in pointed]


def _check_suites(spec: DatasetSpec) -> None:
    """A suite may only name a resource of the dataset, and its expectations only fields of that resource."""
    fields = {r.name: r.table_schema.names for r in spec.package.resources}
    for suite in spec.quality.suites:
        if suite.resource not in fields:
            raise SetupProblem(
                f"{spec.identity.dataset}/quality.yaml: a suite names “{suite.resource}”, which is not a resource.",
                fix=suggestion(suite.resource, list(fields)),
            )
        for name in _suite_fields(suite):
            if name not in fields[suite.resource]:
                raise SetupProblem(
                    f"{spec.identity.dataset}/quality.yaml: an expectation names “{name}”, which is not a field.",
                    fix=suggestion(name, fields[suite.resource]),
                )
    for place in spec.quality.places:
        for name in place.fields:
            if name not in fields.get(place.resource, ()):
                raise SetupProblem(
                    f"{spec.identity.dataset}/quality.yaml: `places` names “{name}”, no field of {place.resource}.",
                    fix=suggestion(name, fields.get(place.resource, ())),
                )


def _suite_fields(suite: SuiteSpec) -> list[str]:
    single, several = ("column", "column_A", "column_B"), ("column_list", "column_set")
    arguments = [e.kwargs for e in suite.expectations]
    named = [kwargs[key] for kwargs in arguments for key in single if key in kwargs]
    return named + [name for kwargs in arguments for key in several for name in kwargs.get(key, ())]


def _field_references(spec: DatasetSpec) -> list[tuple[str, str]]:
    shared = [("`rules`", name) for rules in (spec.publisher.rules, spec.mapping.rules) for name in rules]
    for layout in spec.layouts:
        named = (("columns", layout.columns), ("rules", layout.rules), ("constants", layout.constants))
        for key, names in (*named, ("grid", layout.grid or ())):
            shared += [(f"`{key}` of a layout", name) for name in names]
    shared += [("`totals`", name) for name in spec.quality.drift.totals]
    shared += [("`period_field`", name) for name in [spec.package.period_field] if name]
    readings = (spec.reading, *spec.publisher.readings.values(), *spec.mapping.readings.values())
    shared += [("`total_field`", reading.total_field) for reading in readings if reading.total_field]
    return shared + [("`expected`", name) for name in spec.quality.disclosure.expected]
