"""`source` in the file of a publisher: where its data are, one model for each kind of source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from packages.spec.strict import Slug, StrictModel


class FolderSource(StrictModel):
    """A file that somebody drops into a folder: the newest that matches `pattern`.

    A relative `path` is taken from the dataset's folder.
    """

    kind: Literal["folder"]
    path: str
    pattern: str = "*"


class HttpSource(StrictModel):
    """A file at a fixed https address. Only hosts in `allow_hosts` are asked, redirects included."""

    kind: Literal["http"]
    url: str = Field(pattern=r"^https?://")
    allow_hosts: list[str] = []


class LinkSpec(StrictModel):
    """Which links of a page are meant: those whose text or address fits `match`, and not `without`.

    Both are patterns with * and ?, compared without case: "*spend*.csv" fits an address, "*over £500*" a text. `pick`
    says which one of them: the `newest` by the month, quarter or year in its text or address (the first on the page
    where none names one), or the `first` or `last` on the page.
    """

    match: str = "*"
    without: str = ""
    pick: Literal["newest", "first", "last"] = "newest"


class WebpageSource(StrictModel):
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


class SocrataSource(StrictModel):
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


class ArcgisSource(StrictModel):
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


class CkanSource(StrictModel):
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


class WfsSource(StrictModel):
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


class DatapressSource(StrictModel):
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


class OpendatasoftSource(StrictModel):
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


class GoogleSheetsSource(StrictModel):
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


class SqlSource(StrictModel):
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


class BucketSource(StrictModel):
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


class BundleSource(StrictModel):
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
