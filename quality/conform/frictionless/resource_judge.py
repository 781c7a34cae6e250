"""The judge of a table that frictionless has opened: its columns, keys and references."""

from __future__ import annotations

from typing import Any

from frictionless.resources import TableResource

from packages.readers.delimited.pieces import OutsideFastPath
from quality.conform.column_judge import ColumnJudge
from quality.conform.fields import ConformField, conform_field
from quality.conform.keys.references import ReferenceGroup, is_known_in
from quality.conform.stored_values import KEYS
from quality.conform.table_judge import TableJudge, TableKey


def resource_judge(resource: TableResource) -> TableJudge:
    """Return the judge of an open resource; OutsideFastPath where its keys cannot be compared by their codes."""
    sources = resource.header.get_expected_fields()
    names = [source.name for source in sources]
    keys = [TableKey((place,)) for place, source in enumerate(sources) if source.constraints.get("unique")]
    primary = resource.schema.primary_key
    # frictionless ignores a primary key that names a field which the file does not have
    if primary and set(primary) <= set(names):
        if not resource.dialect.header_case:
            raise OutsideFastPath("headings are matched without case, and there is a key")
        keys.append(TableKey(tuple(names.index(name) for name in primary), is_primary=True))
    in_key = {place for key in keys for place in key.places}
    fields = []
    for place, source in enumerate(sources):
        if place not in in_key:
            fields.append(conform_field(source))
        elif source.type in KEYS:
            fields.append(conform_field(source, *KEYS[source.type]))
        else:
            raise OutsideFastPath(f"a key is of type {source.type}")
    known, groups = _references(resource, fields)
    judges = [ColumnJudge(field, is_known_in(known[field.name]) if field.name in known else None) for field in fields]
    return TableJudge(judges, keys, groups)


def _references(
    resource: TableResource, fields: list[ConformField]
) -> tuple[dict[str, list[Any]], list[ReferenceGroup]]:
    """Return the known keys for each field that refers to tables alone, and the groups of fields that do together."""
    names = [field.name for field in fields]
    single: dict[str, list[Any]] = {}
    groups = []
    for key in resource.schema.foreign_keys:
        own_fields, reference = key["fields"], key["reference"]
        if not set(own_fields) <= set(names):
            continue
        known = resource.lookup[reference["resource"]].get(tuple(reference["fields"]), set())
        if len(own_fields) == 1:
            single.setdefault(own_fields[0], []).append(known)
        else:
            places = [names.index(name) for name in own_fields]
            groups.append(ReferenceGroup(places, [fields[place] for place in places], known))
    return single, groups
