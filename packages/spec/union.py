"""The description of a union: one release with the rows of all publishers of a dataset, made from the dataset's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec.dataset import LONDON, Contact, DatasetSpec, PublisherFile
from packages.spec.governance import GovernanceSpec
from packages.spec.layout import SharedMapping
from packages.spec.quality import DisclosureSpec, QualitySpec
from packages.spec.source import FolderSource
from packages.spec.table import DataPackage, FieldSpec, ResourceSpec, TableSchema, released_properties
from packages.vocabulary import publisher

MEMBERS = "publishers"
"""The table that tells for each publisher how fresh its rows are."""

OWN_FIELDS = (
    FieldSpec(
        name="publisher",
        title="Publisher",
        description="Who published the row: the short name of the authority, for example camden.",
        constraints={"required": True},
        safe=True,
        nature="organisation",
    ),
    FieldSpec(
        name="gss_code",
        title="Publisher's GSS code",
        description="The publisher's area in the codes of the Office for National Statistics; empty where it has none.",
        safe=True,
        nature="code",
    ),
)
"""The first fields of every row of a union."""

FRESHNESS_FIELDS = (
    OWN_FIELDS[0],
    FieldSpec(
        name="publisher_name",
        title="Name",
        description="The publisher's full name.",
        safe=True,
        nature="organisation",
    ),
    OWN_FIELDS[1],
    FieldSpec(
        name="rows",
        type="integer",
        title="Rows",
        description="How many rows are the publisher's.",
        safe=True,
        nature="fact",
    ),
    FieldSpec(
        name="received",
        type="date",
        title="Received",
        description="The day on which the file behind these rows was received.",
        safe=True,
        nature="fact",
    ),
    FieldSpec(
        name="released",
        type="date",
        title="Released",
        description="The day on which these rows passed every check and became a release.",
        safe=True,
        nature="fact",
    ),
    FieldSpec(
        name="covers_from",
        type="date",
        title="Covers from",
        description="The first day that these rows are about, where the dataset has such a day.",
        safe=True,
        nature="fact",
    ),
    FieldSpec(
        name="covers_until",
        type="date",
        title="Covers until",
        description="The last day that these rows are about, where the dataset has such a day.",
        safe=True,
        nature="fact",
    ),
    FieldSpec(
        name="latest_file",
        title="Latest file",
        description="What became of the latest file: published, or held or blocked, so that these rows are older.",
        constraints={"required": True, "enum": ["published", "held", "blocked"]},
        safe=True,
        nature="code",
    ),
    FieldSpec(
        name="release",
        title="Release",
        description="The digest that names the publisher's release.",
        constraints={"required": True},
        safe=True,
        nature="code",
    ),
)
"""The fields of the table of publishers."""


def union_spec(dataset: str, folder: Path, package: DataPackage, quality: QualitySpec) -> DatasetSpec:
    """Return the description of a dataset's union; SetupProblem when it has no union.

    Of its `quality`, only what is said of small numbers holds for the union: what all members are public with was
    judged before, and yet a member may have been released under other rules.
    """
    if not package.union:
        raise SetupProblem(
            f"The dataset {dataset} is not put together for all of London.",
            fix="Write `union: true` into its datapackage.yaml, if it should be.",
        )
    members = ResourceSpec(
        name=MEMBERS,
        title="Publishers",
        description="One row for each publisher: whose rows these are, and how fresh they are.",
        schema=TableSchema.model_validate({"fields": list(FRESHNESS_FIELDS), "primaryKey": ["publisher"]}),
    )
    description = (
        f"{package.description.strip()} This is all of London: the last good release of every publisher, with "
    )
    description += "the publisher and its code in every row; a table of publishers tells how fresh each of them is."
    resources = [*(_union_resource(resource) for resource in package.resources), members]
    counts = [spec.model_copy(update={"by": ["publisher", *spec.by]}) for spec in quality.disclosure.counts]
    contact = Contact(team="London open data team", page=publisher(LONDON).website)
    return DatasetSpec(
        identity=Identity(dataset, LONDON),
        folder=folder,
        package=package.model_copy(update={"description": description, "resources": resources}),
        quality=QualitySpec(disclosure=DisclosureSpec(counts=counts), places=quality.places),
        mapping=SharedMapping(),
        publisher=PublisherFile(
            publisher=LONDON,
            contact=contact,
            source=FolderSource(kind="folder", path=".", pattern=MEMBERS),
            governance=GovernanceSpec(
                controller="The publishers, each for its own rows",
                supplier="None; it is made of the releases of the publishers",
                system="The releases of the publishers",
            ),
        ),
    )


def _union_resource(resource: ResourceSpec) -> ResourceSpec:
    """Return a table with the publisher in every row and in every key: keys are unique for each publisher only."""
    schema = resource.table_schema
    fields = list(OWN_FIELDS)
    for field in schema.fields:
        # its cells come from releases, so they are in canonical form already
        properties = released_properties(field.model_dump(exclude_unset=True))
        constraints = {key: value for key, value in field.constraints.items() if key != "unique"}
        fields.append(FieldSpec(**properties | {"constraints": constraints}))
    # standard keys of the schema that our models do not name, such as its keys
    extra = released_properties(schema.model_extra or {})
    single_keys = [[field.name] for field in schema.fields if field.constraints.get("unique")]
    unique_keys = [_with_publisher(names) for names in (*extra.get("uniqueKeys", ()), *single_keys)]
    foreign_keys = [
        {
            **key,
            "fields": _with_publisher(key["fields"]),
            "reference": {**key["reference"], "fields": _with_publisher(key["reference"]["fields"])},
        }
        for key in extra.get("foreignKeys", ())
    ]
    if "primaryKey" in extra:
        extra["primaryKey"] = _with_publisher(extra["primaryKey"])
    if unique_keys:
        extra["uniqueKeys"] = unique_keys
    if foreign_keys:
        extra["foreignKeys"] = foreign_keys
    return resource.model_copy(update={"table_schema": TableSchema(**extra | {"fields": fields})})


def _with_publisher(names: str | list[str]) -> list[str]:
    return ["publisher", *([names] if isinstance(names, str) else names)]


def relaxed_resource(resource: ResourceSpec, schemas: Sequence[Mapping[str, Any]]) -> ResourceSpec:
    """Return the resource without the constraints that not all releases were made under.

    `schemas` are the Table Schemas of the releases. Old rows are not judged by new rules.
    """
    released = [{field["name"]: field for field in schema["fields"]} for schema in schemas]
    own_names = {field.name for field in OWN_FIELDS}

    def relax(field: FieldSpec) -> FieldSpec:
        if field.name in own_names:
            return field
        for fields in released:
            constraints = dict(fields.get(field.name, {}).get("constraints", {}))
            constraints.pop("unique", None)
            # a release that was made under other constraints, or before the field existed
            if constraints != field.constraints:
                return field.model_copy(update={"constraints": {}})
        return field

    fields = [relax(field) for field in resource.table_schema.fields]
    schema = resource.table_schema.model_copy(update={"fields": fields})
    return resource.model_copy(update={"table_schema": schema})
