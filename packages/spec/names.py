"""The check of names within the YAML of a dataset: the fields, tables and columns that one part names in another."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator
from pathlib import Path

from packages.errors import SetupProblem
from packages.spec.dataset import DatasetSpec
from packages.spec.source import BundleSource
from packages.spec.wording import short_path, suggestion

SINGLE_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
SEVERAL_COLUMNS_ARGUMENTS = ("column_list", "column_set")
"""The arguments of Great Expectations that name columns."""


def check_names(spec: DatasetSpec, path: Path) -> None:
    """Raise SetupProblem for the first name in the YAML that does not exist where it should.

    `path` is the publisher's file.
    """
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
    _check_quality(spec)
    tables = [resource.name for resource in spec.package.resources]
    for key, name in _table_references(spec):
        if name not in tables:
            raise SetupProblem(
                f"{short_path(path)} or a shared file: {key} names “{name}”, which is not a resource.",
                fix=suggestion(name, tables),
            )
    _check_foreign_keys(spec)


def _field_references(spec: DatasetSpec) -> Iterator[tuple[str, str]]:
    """Yield each key that names a field of any table, with the name."""
    for rules in (spec.publisher.rules, spec.mapping.rules):
        yield from (("`rules`", name) for name in rules)
    for layout in spec.layouts:
        named = (("columns", layout.columns), ("rules", layout.rules), ("constants", layout.constants))
        for key, names in (*named, ("grid", layout.grid or ())):
            yield from ((f"`{key}` of a layout", name) for name in names)
    yield from (("`totals`", name) for name in spec.quality.drift.totals)
    yield from (("`past`", name) for name in spec.quality.past or ())
    if spec.package.period_field:
        yield "`period_field`", spec.package.period_field
    readings = (spec.reading, *spec.publisher.readings.values(), *spec.mapping.readings.values())
    yield from (("`total_field`", reading.total_field) for reading in readings if reading.total_field)
    if chart := spec.package.chart:
        yield from (("`chart`", name) for name in (chart.date, chart.value))
    yield from (("`expected`", name) for name in spec.quality.disclosure.expected)
    for resource in spec.package.resources:
        taken_out = (field.redaction_of for field in resource.table_schema.fields)
        yield from (("`redaction_of`", name) for name in taken_out if name)


def _table_references(spec: DatasetSpec) -> Iterator[tuple[str, str]]:
    """Yield each key that names a table, with the name."""
    yield from (("`resource` of a layout", layout.resource) for layout in spec.layouts if layout.resource)
    yield from (("`readings`", name) for name in (*spec.publisher.readings, *spec.mapping.readings))
    if isinstance(spec.publisher.source, BundleSource):
        yield from (("`parts` of the source", name) for name in spec.publisher.source.parts)
    if spec.package.chart and spec.package.chart.resource:
        yield "`chart`", spec.package.chart.resource
    for resource in spec.package.resources:
        yield from (("a foreign key", table) for _, table, _ in resource.table_schema.points_to if table)


def _check_quality(spec: DatasetSpec) -> None:
    """Check that suites name resources of the dataset, and expectations and places fields of their resource."""
    fields = {r.name: r.table_schema.names for r in spec.package.resources}
    for suite in spec.quality.suites:
        if suite.resource not in fields:
            raise SetupProblem(
                f"{spec.identity.dataset}/quality.yaml: a suite names “{suite.resource}”, which is not a resource.",
                fix=suggestion(suite.resource, list(fields)),
            )
        arguments = [expectation.kwargs for expectation in suite.expectations]
        columns = [kwargs[key] for kwargs in arguments for key in SINGLE_COLUMN_ARGUMENTS if key in kwargs]
        columns += [name for kwargs in arguments for key in SEVERAL_COLUMNS_ARGUMENTS for name in kwargs.get(key, ())]
        for name in columns:
            if name not in fields[suite.resource]:
                raise SetupProblem(
                    f"{spec.identity.dataset}/quality.yaml: an expectation names “{name}”, which is not a field.",
                    fix=suggestion(name, fields[suite.resource]),
                )
    named = [("places", place.resource, (*place.fields, *filter(None, [place.label]))) for place in spec.quality.places]
    named += [("counts", counts.resource, counts.names) for counts in spec.quality.disclosure.counts]
    named += [("people", p.resource, (*p.quasi, *p.sensitive)) for p in spec.quality.disclosure.people]
    for key, resource, names in named:
        # where no table is named, it is the first
        table = resource or spec.resource.name
        for name in names:
            if name not in fields.get(table, ()):
                raise SetupProblem(
                    f"{spec.identity.dataset}/quality.yaml: `{key}` names “{name}”, no field of {table}.",
                    fix=suggestion(name, fields.get(table, ())),
                )


def _check_foreign_keys(spec: DatasetSpec) -> None:
    """Check that foreign keys name fields of both tables, and that the tables can be read in some order."""
    fields = {r.name: r.table_schema.names for r in spec.package.resources}
    for resource in spec.package.resources:
        for own, table, foreign in resource.table_schema.points_to:
            lost = [*{*own} - {*fields[resource.name]}, *{*foreign} - {*fields[table or resource.name]}]
            if lost or len(own) != len(foreign):
                raise SetupProblem(
                    f"{spec.identity.dataset}/datapackage.yaml: a foreign key of {resource.name} does not fit.",
                    fix="Name as many fields on both sides, each a field of its resource.",
                )
    # the property raises for a circle
    try:
        _ = spec.package.reading_order
    except graphlib.CycleError as error:
        raise SetupProblem(
            f"{spec.identity.dataset}/datapackage.yaml: the foreign keys point in a circle.",
            fix="Leave out one of them: a table can only be checked against one that was read before it.",
        ) from error
