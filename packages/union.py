"""All of London in one: the description of the release that holds the rows of every publisher, and those rows.

It is made of releases, never of received files: what a publisher's last good release says stays in it until there is a
better one, however many files of that publisher fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from packages.errors import SetupProblem
from packages.formats.arrow import READING, WRITTEN_AS_ISO, as_text
from packages.model import Batch, ChangeLog, Identity, Rows
from packages.spec import (
    DATASETS,
    LONDON,
    Contact,
    DataPackage,
    DatasetSpec,
    FieldSpec,
    FolderSource,
    PublisherFile,
    QualitySpec,
    ResourceSpec,
    SharedMapping,
    TableSchema,
    load_package,
)
from packages.vocabulary import publisher

MEMBERS = "publishers"
"""The table that says of each publisher how fresh its rows are."""

BATCH_ROWS = 16_384

OWN = (
    FieldSpec(
        name="publisher",
        title="Publisher",
        description="Who published the row: the short name of the authority, for example camden.",
        constraints={"required": True},
        safe=True,
    ),
    FieldSpec(
        name="gss_code",
        title="Publisher's GSS code",
        description="The publisher's area in the codes of the Office for National Statistics; empty where it has none.",
        safe=True,
    ),
)
"""What every row of a union begins with."""

FRESHNESS = (
    OWN[0],
    FieldSpec(name="publisher_name", title="Name", description="The publisher's full name.", safe=True),
    OWN[1],
    FieldSpec(name="rows", type="integer", title="Rows", description="How many rows are the publisher's.", safe=True),
    FieldSpec(
        name="received",
        type="date",
        title="Received",
        description="The day on which the file behind these rows was received.",
        safe=True,
    ),
    FieldSpec(
        name="released",
        type="date",
        title="Released",
        description="The day on which these rows passed every check and became a release.",
        safe=True,
    ),
    FieldSpec(
        name="covers_from",
        type="date",
        title="Covers from",
        description="The first day that these rows are about, where the dataset has such a day.",
        safe=True,
    ),
    FieldSpec(
        name="covers_until",
        type="date",
        title="Covers until",
        description="The last day that these rows are about, where the dataset has such a day.",
        safe=True,
    ),
    FieldSpec(
        name="latest_file",
        title="Latest file",
        description="What became of the latest file: published, or held or blocked, so that these rows are older.",
        constraints={"required": True, "enum": ["published", "held", "blocked"]},
        safe=True,
    ),
    FieldSpec(
        name="release",
        title="Release",
        description="The digest that names the publisher's release.",
        constraints={"required": True},
        safe=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One publisher's part of a union: the release that is public, and how fresh it is.

    `rows` counts the rows of each table. Dates are ISO, empty when not known. `latest_file` is what became of the
    latest file. `within` is the digest of the union in which the rows are found when the release itself is lost.
    """

    publisher: str
    release: str
    rows: Mapping[str, int]
    received: str
    released: str
    covers_from: str
    covers_until: str
    latest_file: str
    within: str = ""


def members_to_json(members: Sequence[Member]) -> bytes:
    """The members as the received file of a union."""
    return (json.dumps([asdict(member) for member in members], indent=1) + "\n").encode()


def members_from_json(content: bytes) -> tuple[Member, ...]:
    """Read what `to_json` wrote."""
    return tuple(Member(**told) for told in json.loads(content))


# --- its description --------------------------------------------------------------------------------------------------


def union_spec(dataset: str, root: Path = DATASETS) -> DatasetSpec:
    """The description of a dataset's union, made from that of the dataset; SetupProblem when it has none."""
    package = load_package(dataset, root)
    if not package.union:
        raise SetupProblem(
            f"The dataset {dataset} is not put together for all of London.",
            fix="Write `union: true` into its datapackage.yaml, if it should be.",
        )
    contact = Contact(team="London open data team", page=publisher(LONDON).website)
    return DatasetSpec(
        identity=Identity(dataset, LONDON),
        folder=root / dataset,
        package=_package(package),
        quality=QualitySpec(),
        mapping=SharedMapping(),
        publisher=PublisherFile(
            publisher=LONDON, contact=contact, source=FolderSource(kind="folder", path=".", pattern=MEMBERS)
        ),
    )


def _package(package: DataPackage) -> DataPackage:
    members = ResourceSpec(
        name=MEMBERS,
        title="Publishers",
        description="One row for each publisher: whose rows these are, and how fresh they are.",
        schema=TableSchema.model_validate({"fields": list(FRESHNESS), "primaryKey": ["publisher"]}),
    )
    described = f"{package.description.strip()} This is all of London: the last good release of every publisher, with "
    described += "the publisher and its code in every row; a table of publishers tells how fresh each of them is."
    resources = [*(_resource(resource) for resource in package.resources), members]
    return package.model_copy(update={"description": described, "resources": resources})


def _resource(resource: ResourceSpec) -> ResourceSpec:
    schema = resource.table_schema
    fields = [*OWN, *(_field(one) for one in schema.fields)]
    extra = {key: value for key, value in (schema.model_extra or {}).items() if key not in READING}
    alone = [[one.name] for one in schema.fields if one.constraints.get("unique")]
    keys = {key: _with_publisher(extra[key]) for key in ("primaryKey",) if key in extra}
    unique = [_with_publisher(names) for names in (*extra.get("uniqueKeys", ()), *alone)]
    foreign = [_pointing(key) for key in extra.get("foreignKeys", ())]
    more = keys | ({"uniqueKeys": unique} if unique else {}) | ({"foreignKeys": foreign} if foreign else {})
    return resource.model_copy(update={"table_schema": TableSchema(**extra | more | {"fields": fields})})


def _field(one: FieldSpec) -> FieldSpec:
    """A field as its released cells have it: in canonical form, and unique for each publisher only."""
    dropped = READING | {"format"} if one.type in WRITTEN_AS_ISO else READING
    told = {key: value for key, value in one.model_dump(exclude_unset=True).items() if key not in dropped}
    told["constraints"] = {key: value for key, value in one.constraints.items() if key != "unique"}
    return FieldSpec(**told)


def _with_publisher(names: str | list[str]) -> list[str]:
    return ["publisher", *([names] if isinstance(names, str) else names)]


def _pointing(key: Mapping[str, Any]) -> dict[str, Any]:
    there = key["reference"]
    return {
        **key,
        "fields": _with_publisher(key["fields"]),
        "reference": {**there, "fields": _with_publisher(there["fields"])},
    }


def relaxed_resource(resource: ResourceSpec, schemas: Sequence[Mapping[str, Any]]) -> ResourceSpec:
    """The resource without the constraints that not all releases were made under: old rows are not judged by new rules.

    `schemas` are the Table Schemas of the releases.
    """
    released = [{one["name"]: one for one in schema["fields"]} for schema in schemas]
    own = {one.name for one in OWN}

    def kept(one: FieldSpec) -> FieldSpec:
        same = all(_bare(told.get(one.name, {})) == one.constraints for told in released)
        return one if same or one.name in own else one.model_copy(update={"constraints": {}})

    fields = [kept(one) for one in resource.table_schema.fields]
    schema = resource.table_schema.model_copy(update={"fields": fields})
    return resource.model_copy(update={"table_schema": schema})


def _bare(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.get("constraints", {}).items() if key != "unique"}


# --- its rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberRows:
    """Where the rows of one member lie: a Parquet file of its own release, or of an earlier union (`shared`)."""

    member: Member
    parquet: Path
    shared: bool = False


def union_rows(parts: Sequence[MemberRows], resource: ResourceSpec) -> Rows:
    """The rows of all members, one after the other, a batch at a time."""
    names = resource.table_schema.names

    def start(_log: ChangeLog) -> Iterator[Batch]:
        first = 1
        for part in parts:
            for cells in _cells(part, names):
                yield Batch(cells, pa.array(range(first, first + cells.num_rows), pa.int64()))
                first += cells.num_rows

    return Rows(names, {}, start, how_read=f"the releases of {len(parts):,} publishers")


def _cells(part: MemberRows, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    whose = publisher(part.member.publisher)
    own = {"publisher": whose.slug, "gss_code": whose.gss}
    for batch in _batches(part, names):
        texts = {name: as_text(batch.column(name)) for name in batch.schema.names}
        columns = [
            pa.repeat(pa.scalar(own[name]), batch.num_rows)
            if name in own
            else texts.get(name, pa.repeat(pa.scalar(""), batch.num_rows))
            for name in names
        ]
        yield pa.RecordBatch.from_arrays(columns, names=list(names))


def _batches(part: MemberRows, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow.compute as pc

    with pq.ParquetFile(part.parquet, pre_buffer=False) as file:
        held = [name for name in names if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=held):
            mine = batch.filter(pc.equal(batch.column("publisher"), part.member.publisher)) if part.shared else batch
            if mine.num_rows:
                yield mine


def member_table(members: Sequence[Member], resource: ResourceSpec) -> Rows:
    """The table of publishers as rows."""
    names = resource.table_schema.names

    def start(_log: ChangeLog) -> Iterator[Batch]:
        told = [_told(member) for member in members]
        arrays = [pa.array([one[name] for one in told], pa.string()) for name in names]
        numbers = pa.array(range(1, len(told) + 1), pa.int64())
        yield Batch(pa.RecordBatch.from_arrays(arrays, names=list(names)), numbers)

    return Rows(names, {}, start)


def _told(member: Member) -> dict[str, str]:
    whose = publisher(member.publisher)
    return {
        "publisher": whose.slug,
        "publisher_name": whose.title,
        "gss_code": whose.gss,
        "rows": str(sum(member.rows.values())),
        "received": member.received,
        "released": member.released,
        "covers_from": member.covers_from,
        "covers_until": member.covers_until,
        "latest_file": member.latest_file,
        "release": member.release,
    }
