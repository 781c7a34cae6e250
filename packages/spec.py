"""A dataset is a folder of YAML. This reads it, checks it, and says what to mend when it cannot.

The models here are the language of the YAML files; `json_schemas()` gives them to editors.
"""

from __future__ import annotations

import datetime as dt
import difflib
import graphlib
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from packages.errors import SetupProblem
from packages.governance import GovernanceSpec
from packages.model import Identity, Severity
from packages.yaml_file import read_yaml

DATASETS = Path(__file__).parent / "datasets"
"""Where the shipped dataset folders are."""

NOBODY = "unknown-publisher"
"""Stands for a publisher that nobody has named."""

LONDON = "london"
"""Stands for all publishers of a dataset together."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Unknown keys are mistakes: they are refused, with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


# --- datapackage.yaml -------------------------------------------------------------------------------------------------


class FieldSpec(BaseModel):
    """A field of the Table Schema, with two properties of our own: `safe` and `decimals`.

    `safe` fields hold no personal data by nature (dates, amounts, code lists): reports may show their values.
    `decimals` makes a number an exact decimal with so many places; without it a number is a 64-bit float.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    type: Literal[
        "string", "integer", "number", "boolean", "date", "datetime", "time", "year", "yearmonth", "duration",
        "object", "array", "list", "geopoint", "geojson", "any",
    ] = "string"  # fmt: skip
    title: str = ""
    description: str = ""
    constraints: dict[str, Any] = {}
    safe: bool = False
    decimals: int | None = Field(default=None, ge=0, le=18)

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    @property
    def enum(self) -> tuple[str, ...]:
        return tuple(str(v) for v in self.constraints.get("enum", ()))


class TableSchema(BaseModel):
    """A Frictionless Table Schema; standard keys that are not named here pass through."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fields: list[FieldSpec] = Field(min_length=1)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    def field(self, name: str) -> FieldSpec:
        """The field of that name; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def points_to(self) -> tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]:
        """The foreign keys: fields, the resource that they point to ("" for the same one), and its fields."""
        keys = (self.model_extra or {}).get("foreignKeys", [])
        return tuple(
            (_names(key["fields"]), key["reference"].get("resource", ""), _names(key["reference"]["fields"]))
            for key in keys
        )

    def descriptor(self) -> dict[str, Any]:
        """The plain Table Schema, without our own properties: what frictionless is given."""
        full = self.model_dump(mode="json", exclude_unset=True)
        own = {"safe", "decimals"}
        full["fields"] = [{k: v for k, v in f.items() if k not in own} for f in full["fields"]]
        return full


def _names(fields: str | list[str]) -> tuple[str, ...]:
    return (fields,) if isinstance(fields, str) else tuple(fields)


class ResourceSpec(BaseModel):
    """One table of the dataset: what will be `<name>.csv` and `<name>.parquet`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    name: Slug
    title: str = ""
    description: str = ""
    table_schema: TableSchema = Field(alias="schema")


class DataPackage(BaseModel):
    """datapackage.yaml: a Data Package with our properties `theme`, `cadence`, `geography` and `period_field`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    name: Slug
    title: str
    description: str
    licence: str = Field(alias="license", default="OGL-UK-3.0")
    keywords: list[str] = []
    theme: str
    cadence: str
    geography: str = "Borough"
    period_field: str = ""
    union: bool = Field(default=False, description="one more release with the rows of all publishers: all of London")
    sources: list[dict[str, Any]] = []
    governance: GovernanceSpec = GovernanceSpec()
    resources: list[ResourceSpec] = Field(min_length=1)

    @property
    def reading_order(self) -> tuple[ResourceSpec, ...]:
        """The resources, each after those that it points to; graphlib.CycleError when they point in a circle."""
        known = {resource.name: resource for resource in self.resources}
        pointed = {name: [other for _, other, _ in r.table_schema.points_to if other] for name, r in known.items()}
        return tuple(known[name] for name in graphlib.TopologicalSorter(pointed).static_order())


# --- quality.yaml -----------------------------------------------------------------------------------------------------


class ExpectationSpec(Strict):
    """One Great Expectations expectation, and the words a person reads when it is not met.

    `type` and `kwargs` are those of Great Expectations. `what`, `fix` and `why` are whole sentences. The
    `dimension` of data quality follows from the type where it is not said.
    """

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any] = {}
    severity: Severity = Severity.WARN
    dimension: Literal[
        "", "completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"
    ] = ""  # fmt: skip
    title: str
    what: str
    fix: str
    why: str = ""


class SuiteSpec(Strict):
    """The expectations on one resource."""

    resource: Slug
    expectations: list[ExpectationSpec] = Field(min_length=1)


class DriftSpec(Strict):
    """How much a release may differ from the last one before a person must look.

    Ratios are new to old: `rows_below: 0.5` holds a file with less than half the rows of the last release. `totals`
    names number fields whose sum is watched with the same limits.
    """

    rows_below: float = Field(default=0.5, ge=0, le=1)
    rows_above: float = Field(default=3.0, ge=1)
    totals: list[str] = []
    filled_drop: float = Field(default=0.3, ge=0, le=1, description="fall of a column's filled share that is reported")


class DisclosureSpec(Strict):
    """What the privacy check does. `expected` lists fields where contact details of an organisation are normal."""

    expected: list[str] = []


class PlaceSpec(Strict):
    """Fields that say where something is: `x` and `y`, or a shape as `wkt`, in longitude and latitude (WGS84).

    `system` is a field that names the system of each row (WGS84, ETRS89 or OSGB36), where the dataset allows several.
    """

    resource: Slug
    x: str = ""
    y: str = ""
    wkt: str = ""
    system: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> PlaceSpec:
        if bool(self.wkt) == bool(self.x and self.y):
            raise ValueError("name either `x` and `y`, or `wkt`")
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for name in (self.x, self.y, self.wkt, self.system) if name)


class Quality(Strict):
    """quality.yaml: what is checked beyond the Table Schema."""

    suites: list[SuiteSpec] = []
    drift: DriftSpec = DriftSpec()
    disclosure: DisclosureSpec = DisclosureSpec()
    places: list[PlaceSpec] = []
    approval: Literal["never", "first", "always"] = "never"


# --- mapping.yaml of a dataset, and the layouts in each publisher's file ----------------------------------------------


class JoinSpec(Strict):
    """Several columns of the file become one field; empty parts are left out."""

    join: list[str] = Field(min_length=2)
    separator: str = Field(default=", ", alias="with")


class SplitSpec(Strict):
    """One of the parts of a column of the file; parts are counted from 1, and `strip` is taken away around them.

    A cell that has not exactly `of` parts is left whole, and that is said.

        GeoX: {split: Location, at: ",", part: 2, of: 2, strip: "()"}
    """

    split: str
    at: str = Field(default=",", min_length=1)
    part: int = Field(ge=1)
    of: int = Field(ge=2)
    strip: str = ""

    @model_validator(mode="after")
    def _is_there(self) -> SplitSpec:
        if self.part > self.of:
            raise ValueError("`part` must not be more than `of`")
        return self


ColumnSpec = str | list[str] | JoinSpec | SplitSpec


class RuleSpec(Strict):
    """How the cells of one field are brought into our form. Every cell that a rule changes is counted.

    date: `auto` finds one order for the whole column over all its values; `day-first` and `month-first` settle it.
    number: `auto` takes pound signs, thousands commas, spaces and brackets as negative; `plain` takes none.
    values: text as published -> our text, compared without case and outer spaces.
    code_list: match the field's enum without case and outer spaces.
    blank: texts that mean "nothing here".
    redacted: texts that stand where something was taken out to protect a person; they become “Redacted”, and in a
    field that is no text, empty.
    multiply: a number to multiply by, for another unit: 0.0001 makes hectares of square metres. Nothing is rounded.
    """

    date: Literal["auto", "day-first", "month-first"] | None = None
    number: Literal["auto", "plain"] | None = None
    values: dict[str, str] = {}
    code_list: bool | None = None
    blank: list[str] = []
    redacted: list[str] = []
    multiply: Decimal | None = Field(default=None, gt=0)
    trim: bool = True


class Layout(Strict):
    """One way a publisher has laid out its file, with the dates (of the file) between which it did so.

    `columns` maps our field to the heading or headings that hold it; headings are compared without case, spaces
    and punctuation. A field that is not named is looked for under its own name and title. `ignore` lists headings that
    are left out on purpose; every other heading that nobody mapped is a finding. `constants` gives fields a text.
    `grid` names two fields: where they hold an easting and a northing of the British National Grid, they become
    longitude and latitude.
    In a dataset of several tables, `resource` says of which one this is the layout.
    """

    name: str = ""
    resource: str = ""
    valid_from: dt.date | None = Field(default=None, alias="from")
    valid_to: dt.date | None = Field(default=None, alias="to")
    columns: dict[str, ColumnSpec] = {}
    ignore: list[str] = []
    constants: dict[str, str] = {}
    rules: dict[str, RuleSpec] = {}
    grid: tuple[str, str] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Layout:
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("`from` must not be later than `to`")
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Whether the layout is meant for a file of that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Reading(Strict):
    """What cannot be told from the file alone. Everything here is optional: most files need none of it.

    `file` is for an archive with several tables: a pattern with * and ? for the name of the one that is meant.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    file: str = ""
    header_row: int | None = Field(default=None, ge=1, description="row of the headings as a spreadsheet counts")
    totals: list[str] = ["Grand Total", "Total"]
    total_field: str = Field(default="", description="number field whose sum a totals row states")


class SharedMapping(Strict):
    """mapping.yaml: layouts and rules that every publisher of the dataset shares.

    In a dataset of several tables, `readings` says for each table (by the name of its resource) how it is read.
    """

    layouts: list[Layout] = []
    rules: dict[str, RuleSpec] = {}
    reading: Reading = Reading()
    readings: dict[str, Reading] = {}


# --- publishers/<publisher>.yaml --------------------------------------------------------------------------------------


class FolderSource(Strict):
    """A file that somebody drops into a folder: the newest that matches `pattern`.

    A relative `path` is taken from the dataset's folder.
    """

    kind: Literal["folder"]
    path: str
    pattern: str = "*"


class HttpSource(Strict):
    """A file at a fixed https address. Only hosts in `allow_hosts` are asked, redirects included."""

    kind: Literal["http"]
    url: str = Field(pattern=r"^https?://")
    allow_hosts: list[str] = []


class LinkSpec(Strict):
    """Which links of a page are meant: those whose text or address fits `match`, and not `without`.

    Both are patterns with * and ?, compared without case: "*spend*.csv" fits an address, "*over £500*" a text. `pick`
    says which one of them: the `newest` by the month, quarter or year in its text or address (the first on the page
    where none names one), or the `first` or `last` on the page.
    """

    match: str = "*"
    without: str = ""
    pick: Literal["newest", "first", "last"] = "newest"


class WebpageSource(Strict):
    """A file that is linked from a web page, under an address that nobody can foretell.

    `links` are the steps from the page at `url` to the file: one step for a page that links the file itself, up to
    three where a page leads to a page. The host of `url` may be asked, others only when they are in `allow_hosts`.

        kind: webpage
        url: https://www.merton.example/council-spending
        links:
          - match: "*payments over £500*"
          - match: "*.csv"
    """

    kind: Literal["webpage"]
    url: str = Field(pattern=r"^https?://")
    links: list[LinkSpec] = Field(default=[LinkSpec()], min_length=1, max_length=3)
    allow_hosts: list[str] = []


class SocrataSource(Strict):
    """A dataset of a Socrata portal, read page by page in the order of `order`, so that all of it arrives.

    `url` is the portal, `dataset` the identifier in two fours. `select` and `where` are SoQL and say which columns and
    rows; empty means all. The headings are the field names of the API.

        kind: socrata
        url: https://opendata.camden.gov.uk
        dataset: 3ixw-qvb8
        where: payment_date >= '2026-04-01'
    """

    kind: Literal["socrata"]
    url: str = Field(pattern=r"^https?://")
    dataset: str = Field(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$")
    select: str = ""
    where: str = ""
    order: str = Field(
        default=":id", min_length=1, description="what makes the order of rows the same at every reading"
    )
    page_rows: int = Field(default=50_000, ge=1, le=50_000)
    allow_hosts: list[str] = []


class ArcgisSource(Strict):
    """A layer of an ArcGIS feature or map service, read page by page in the order of its object identifier.

    `url` ends with the number of the layer. `csv` holds the attributes, with dates as London's clocks show them;
    `geojson` holds the geometry too, in WGS84. `fields` names the attributes to take, all when empty; `where` is an SQL
    condition. A page holds as many rows as the service allows, or `page_rows` when that is less.

        kind: arcgis
        url: https://services1.arcgis.com/KZuCGRSe2K5BiG1Z/arcgis/rest/services/Conservation_Areas/FeatureServer/0
        format: geojson
    """

    kind: Literal["arcgis"]
    url: str = Field(pattern=r"^https?://[^?#]+/(FeatureServer|MapServer)/[0-9]+$")
    where: str = "1=1"
    fields: list[str] = []
    format: Literal["csv", "geojson"] = "csv"
    page_rows: int = Field(default=2_000, ge=1, le=50_000)
    allow_hosts: list[str] = []


class CkanSource(Strict):
    """A resource of another CKAN.

    `resource` is its identifier; or `dataset` is the name of a dataset and `match` a pattern with * and ? for the name
    or address of its resource, of which the newest is taken: by the month, quarter or year in its name, else by the
    date when it was added. `datastore: true` reads the rows that CKAN holds in its DataStore instead of the file.
    Files often lie on another host than the portal: name it in `allow_hosts`.

        kind: ckan
        url: https://data.gov.example
        dataset: spend-over-500
        match: "*.csv"
        allow_hosts: [www.bexley.example]
    """

    kind: Literal["ckan"]
    url: str = Field(pattern=r"^https?://")
    resource: str = ""
    dataset: str = ""
    match: str = "*"
    datastore: bool = False
    allow_hosts: list[str] = []

    @model_validator(mode="after")
    def _one_of_two(self) -> CkanSource:
        if bool(self.resource) == bool(self.dataset):
            raise ValueError("name either `resource` or `dataset`")
        return self


class WfsSource(Strict):
    """A layer of a Web Feature Service: GeoServer, MapServer, StatMap, ArcGIS and others.

    `url` is the address of the service, with the parameters that it needs itself and no others. `geojson` and `csv` are
    read page by page; that needs `sort_by`, a field whose values differ, when there are more rows than `page_rows`.
    `gml` and version 1.1.0 come in one answer. `output_format` is for a server with its own name for a format, `srs`
    asks for a coordinate system other than the layer's own.

        kind: wfs
        url: https://bmaps.brent.gov.uk/geoserver/planning/wfs
        layer: planning:brownfield_sites_points_latest
        srs: EPSG:4326
    """

    kind: Literal["wfs"]
    url: str = Field(pattern=r"^https?://")
    layer: str = Field(min_length=1)
    format: Literal["geojson", "csv", "gml"] = "geojson"
    version: Literal["2.0.0", "1.1.0"] = "2.0.0"
    output_format: str = ""
    sort_by: str = ""
    srs: str = ""
    page_rows: int = Field(default=5_000, ge=1, le=100_000)
    allow_hosts: list[str] = []


class DatapressSource(Strict):
    """A file of a DataPress portal: the London Datastore, Barnet's and Brent's.

    `dataset` is the identifier or slug in its address. `resource` is the identifier of the file; or `match` is a
    pattern with * and ? for its title, of which the newest is taken: by its time frame, or the time in its title. The
    portal knows a digest of each file: what did not change is not downloaded, and what arrives is checked against it.

        kind: datapress
        url: https://data.london.gov.uk
        dataset: 24rle
        match: "*brownfield*csv*"
    """

    kind: Literal["datapress"]
    url: str = Field(pattern=r"^https?://")
    dataset: str = Field(min_length=1)
    resource: str = ""
    match: str = "*"
    allow_hosts: list[str] = []


class OpendatasoftSource(Strict):
    """A dataset of an Opendatasoft portal, exported whole as CSV and checked against the number of its records.

    `select`, `where` and `order` are ODSQL and may be empty. Headings are the technical names of the fields, and times
    are London's.

        kind: opendatasoft
        url: https://data.newham.example
        dataset: spend-over-250
    """

    kind: Literal["opendatasoft"]
    url: str = Field(pattern=r"^https?://")
    dataset: str = Field(pattern=r"^[A-Za-z0-9_@-]+$")
    select: str = ""
    where: str = ""
    order: str = ""
    allow_hosts: list[str] = []


class GoogleSheetsSource(Strict):
    """One sheet of a Google spreadsheet that is published to the web, or shared with everyone who has the link.

    `url` is its address as the browser shows it. `sheet` is the number after `gid=` there; without one, the address
    decides, and else the first sheet is taken.

        kind: google-sheets
        url: https://docs.google.com/spreadsheets/d/1Xyz/edit#gid=0
    """

    kind: Literal["google-sheets"]
    url: str = Field(pattern=r"^https?://[^?#]+/spreadsheets/d/(e/)?[A-Za-z0-9_-]+")
    sheet: int | None = Field(default=None, ge=0)
    allow_hosts: list[str] = []


class SqlSource(Strict):
    """The rows of one query to a database, read in one transaction that only reads.

    `address_from` is the name of the environment variable that holds the SQLAlchemy address with user and password:
    these never stand in a file. `query` is one SELECT with an ORDER BY that leaves no rows in doubt, so that the same
    rows always make the same file.

        kind: sql
        address_from: LONDATA_SQL_FINANCE
        query: SELECT payment_date, supplier, amount FROM spend ORDER BY payment_date, id
    """

    kind: Literal["sql"]
    address_from: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    query: str

    @model_validator(mode="after")
    def _reads_in_order(self) -> SqlSource:
        words = self.query.casefold().split()
        if not words or words[0] not in ("select", "with"):
            raise ValueError("`query` must begin with SELECT or WITH")
        if "order by" not in " ".join(words):
            raise ValueError("`query` needs an ORDER BY")
        return self


class BucketSource(Strict):
    """A file that somebody drops into a bucket of an object store that speaks S3: AWS, MinIO, Ceph and others.

    `url` is the address of the bucket. The newest object is taken whose key begins with `prefix` and goes on as `match`
    says, a pattern with * and ?. `keys_from` is the name of the environment variable that holds the access key and its
    secret with a colon between them; without one, the bucket must be open to everybody.

        kind: bucket
        url: https://drops.s3.eu-west-2.amazonaws.com
        prefix: spend/merton/
        match: "*.csv"
        keys_from: LONDATA_BUCKET_MERTON
        region: eu-west-2
    """

    kind: Literal["bucket"]
    url: str = Field(pattern=r"^https?://[^?#]+$")
    prefix: str = ""
    match: str = "*"
    keys_from: str = Field(default="", pattern=r"^([A-Z][A-Z0-9_]*)?$")
    region: str = "us-east-1"


OneFile = (
    FolderSource
    | BucketSource
    | HttpSource
    | WebpageSource
    | SocrataSource
    | ArcgisSource
    | WfsSource
    | CkanSource
    | DatapressSource
    | OpendatasoftSource
    | GoogleSheetsSource
    | SqlSource
)


class BundleSource(Strict):
    """Several files that belong together: one for each table of a dataset that has several.

    `parts` names the source of each file by the resource that it holds. All are fetched together or not at all, and
    kept as one archive.

        kind: bundle
        parts:
          agreements: {kind: http, url: "https://www.islington.gov.uk/developer-agreement"}
          contributions: {kind: http, url: "https://www.islington.gov.uk/developer-agreement-contribution"}
    """

    kind: Literal["bundle"]
    parts: dict[Slug, Annotated[OneFile, Field(discriminator="kind")]] = Field(min_length=2)


Source = Annotated[OneFile | BundleSource, Field(discriminator="kind")]


class Contact(Strict):
    """Who answers questions about the data: a role or a team, never a person's name."""

    team: str
    email: str = ""
    page: str = ""


class PublisherFile(Strict):
    """publishers/<publisher>.yaml: where one publisher's data is and how its columns map to ours.

    `source` is what the nightly run reads. `live` documents the real address where `source` is a shipped sample.
    """

    publisher: Slug
    contact: Contact
    cadence: str = ""
    source: Source
    live: Source | None = None
    layouts: list[Layout] = []
    rules: dict[str, RuleSpec] = {}
    reading: Reading | None = None
    governance: GovernanceSpec = GovernanceSpec()
    readings: dict[str, Reading] = {}
    notes: str = ""


# --- the whole --------------------------------------------------------------------------------------------------------


class DatasetSpec(Strict):
    """Everything known about one dataset of one publisher. Identity `spend-over-500/camden`."""

    identity: Identity
    folder: Path
    package: DataPackage
    quality: Quality
    mapping: SharedMapping
    publisher: PublisherFile

    @property
    def cadence(self) -> str:
        return self.publisher.cadence or self.package.cadence

    @property
    def governance(self) -> GovernanceSpec:
        return self.publisher.governance.over(self.package.governance)

    @property
    def reading(self) -> Reading:
        return self.publisher.reading or self.mapping.reading

    def reading_of(self, resource: ResourceSpec) -> Reading:
        """How a table is read. In an archive of several, it is the file that is called as its resource."""
        shared = self.mapping.readings.get(resource.name) or self.mapping.reading
        reading = self.publisher.readings.get(resource.name) or self.publisher.reading or shared
        several = len(self.package.resources) > 1
        return reading.model_copy(update={"file": resource.name}) if several and not reading.file else reading

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The publisher's own layouts first, then those the dataset shares, then plain names as a last one."""
        return (*self.publisher.layouts, *self.mapping.layouts, Layout(name="our own names"))

    def layouts_of(self, resource: ResourceSpec) -> tuple[Layout, ...]:
        """The layouts that a table may have."""
        return tuple(layout for layout in self.layouts if layout.resource in ("", resource.name))

    def rule(self, field: str, layout: Layout) -> RuleSpec:
        """The nearest rule for a field: layout, then publisher, then dataset."""
        for rules in (layout.rules, self.publisher.rules, self.mapping.rules):
            if field in rules:
                return rules[field]
        return RuleSpec()

    @property
    def is_union(self) -> bool:
        """Whether this is all of London, made of the releases of the others."""
        return self.identity.publisher == LONDON

    @property
    def resource(self) -> ResourceSpec:
        """The first (for most datasets the only) resource."""
        return self.package.resources[0]


FILES: dict[str, type[BaseModel]] = {
    "datapackage.yaml": DataPackage,
    "quality.yaml": Quality,
    "mapping.yaml": SharedMapping,
    "publishers/*.yaml": PublisherFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each kind of YAML file, so that editors complete and check it."""
    return {name: model.model_json_schema(by_alias=True) for name, model in FILES.items()}


def list_datasets(root: Path = DATASETS) -> tuple[str, ...]:
    """The names of all dataset folders."""
    return tuple(sorted(p.parent.name for p in root.glob("*/datapackage.yaml")))


def list_identities(root: Path = DATASETS) -> tuple[Identity, ...]:
    """Every dataset of every publisher that has a description."""
    found = (Identity(p.parent.parent.name, p.stem) for p in root.glob("*/publishers/*.yaml"))
    return tuple(sorted(found))


def list_unions(root: Path = DATASETS) -> tuple[Identity, ...]:
    """Every dataset that is put together for all of London."""
    return tuple(Identity(name, LONDON) for name in list_datasets(root) if load_package(name, root).union)


def load_spec(identity: Identity, root: Path = DATASETS) -> DatasetSpec:
    """Read and check the YAML of one dataset for one publisher; SetupProblem says which file, key and fix."""
    if identity.publisher == LONDON:
        from packages.union import union_spec  # it builds on what is here

        return union_spec(identity.dataset, root)
    folder = _folder(identity.dataset, root)
    path = folder / "publishers" / f"{identity.publisher}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in (folder / "publishers").glob("*.yaml"))
        raise SetupProblem(
            f"“{identity.publisher}” has no description in the dataset {identity.dataset}.",
            fix=suggestion(identity.publisher, known) + f" To add it, write {path.name} beside the others.",
        )
    publisher = _read(path, PublisherFile)
    spec = DatasetSpec(
        identity=identity,
        folder=folder,
        package=_read(folder / "datapackage.yaml", DataPackage),
        quality=_read_optional(folder / "quality.yaml", Quality),
        mapping=_read_optional(folder / "mapping.yaml", SharedMapping),
        publisher=publisher,
    )
    _check_names(spec, path)
    return spec


def load_package(dataset: str, root: Path = DATASETS) -> DataPackage:
    """Read the datapackage.yaml of a dataset."""
    return _read(_folder(dataset, root) / "datapackage.yaml", DataPackage)


def generic_spec(dataset: str, root: Path = DATASETS) -> DatasetSpec:
    """A spec for a file whose publisher is not known: the dataset's own names and shared layouts only."""
    folder = _folder(dataset, root)
    return DatasetSpec(
        identity=Identity(dataset, NOBODY),
        folder=folder,
        package=_read(folder / "datapackage.yaml", DataPackage),
        quality=_read_optional(folder / "quality.yaml", Quality),
        mapping=_read_optional(folder / "mapping.yaml", SharedMapping),
        publisher=PublisherFile(
            publisher=NOBODY,
            contact=Contact(team="unknown"),
            source=FolderSource(kind="folder", path="."),
        ),
    )


def _folder(dataset: str, root: Path) -> Path:
    folder = root / dataset
    if not (folder / "datapackage.yaml").is_file():
        raise SetupProblem(
            f"There is no dataset called “{dataset}”.",
            fix=suggestion(dataset, list_datasets(root)) + " `londata datasets` lists them all.",
        )
    return folder


def _read_optional(path: Path, model: type[M]) -> M:
    return _read(path, model) if path.is_file() else model()


def _read(path: Path, model: type[M]) -> M:
    """Read and check a file; what 33 publishers of a dataset share is read once, until it changes."""
    seen = path.stat()
    content: M = _read_version(path, model, (seen.st_mtime_ns, seen.st_size))
    return content


@lru_cache(maxsize=1024)
def _read_version(path: Path, model: type[M], _version: tuple[int, int]) -> M:
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark else ""
        raise SetupProblem(
            f"{_short(path)} is not YAML{line}.", fix="Check the indentation and the quotes there."
        ) from error
    try:
        return model.model_validate(content or {})
    except ValidationError as error:
        what, fix = _explain(path, model, error)
        raise SetupProblem(what, fix=fix) from error


def _explain(path: Path, model: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        fix = suggestion(str(first["loc"][-1]), sorted(_known_keys(model)))
        return f"{_short(path)}: the key `{key}` is not known{more}.", fix
    if first["type"] == "missing":
        return f"{_short(path)}: the key `{key}` is missing{more}.", f"Add `{key}`."
    what = f"{_short(path)}: `{key}` does not fit: {first['msg']}{more}."
    return what, f"Change `{key}`; the other datasets have examples."


def _known_keys(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def _check_names(spec: DatasetSpec, path: Path) -> None:
    """Field names in rules and layouts must be fields of the schema, and the file names what it says it does."""
    if spec.package.name != spec.identity.dataset:
        raise SetupProblem(
            f"{spec.identity.dataset}/datapackage.yaml: `name` is “{spec.package.name}”.",
            fix=f"Write name: {spec.identity.dataset}, the name of its folder.",
        )
    if spec.publisher.publisher != spec.identity.publisher:
        raise SetupProblem(
            f"{_short(path)}: `publisher` is “{spec.publisher.publisher}”.",
            fix=f"Write publisher: {spec.identity.publisher}, the name of the file.",
        )
    fields = [f.name for r in spec.package.resources for f in r.table_schema.fields]
    for key, name in _field_references(spec):
        if name not in fields:
            raise SetupProblem(
                f"{_short(path)} or a shared file: {key} names “{name}”, which is not a field of the dataset.",
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
                f"{_short(path)} or a shared file: {key} names “{name}”, which is not a resource.",
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


def suggestion(word: str, known: Sequence[str]) -> str:
    """“Did you mean …?”, or the list of what is known when nothing is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean “{near[0]}”?" if near else f"Known are: {', '.join(known) or 'none yet'}."


def _short(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("datasets") + 1 :]) if "datasets" in parts else path.name


def headings_of(column: ColumnSpec) -> tuple[str, ...]:
    """The headings that a layout's `columns` entry names."""
    if isinstance(column, SplitSpec):
        return (column.split,)
    if isinstance(column, JoinSpec):
        return tuple(column.join)
    return (column,) if isinstance(column, str) else tuple(column)
