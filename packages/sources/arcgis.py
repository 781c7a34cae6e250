"""A layer of an ArcGIS server, read in pages ordered by its object identifier."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from packages.errors import SetupProblem, TemporaryProblem
from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.page_formats import features_of, join_features
from packages.sources.transport.paging import (
    ResultPage,
    read_pages,
    require_rows,
    require_unchanged,
    retry_if_changed,
)
from packages.spec import ArcgisSource

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONDON = ZoneInfo("Europe/London")
ACCESS_DENIED = (401, 403, 498, 499)
BUSY = (408, 429)
OBJECT_ID_TYPE = "esriFieldTypeOID"
DEFAULT_MAX_ROWS = 1_000
"""Rows that ArcGIS gives in one answer where the layer does not tell its own limit."""

FeaturePage = ResultPage[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class LayerDescription:
    """What the service tells about a layer.

    `fields` are pairs of name and Esri type, `max_rows` is the most rows that it gives in one answer.
    """

    fields: tuple[tuple[str, str], ...]
    key_field: str
    max_rows: int
    supports_paging: bool
    revision: str


def download_source(source: ArcgisSource, context: FetchContext) -> Download | None:
    """Read all rows into one file; None when the layer's revision is that of the previous extract."""
    return retry_if_changed(_Layer(open_session(source.url, source.allow_hosts, context), source).download)


@dataclass(frozen=True, slots=True)
class _Layer:
    session: HttpSession
    source: ArcgisSource

    def download(self) -> Download | None:
        description, host = self.describe(), self.session.host
        query = _LayerQuery(self, description)
        name = f"layer-{self.session.start.path.rpartition('/')[2]}.{self.source.format}"
        label = DownloadLabel(self.url("/query", query.params()), name, description.revision)
        if self.session.is_current(label):
            return None
        count = {"where": self.source.where, "returnCountOnly": "true", "f": "json"}
        total = self.request("/query", count).get("count")
        if not isinstance(total, int):
            raise incomplete_answer(host)
        require_rows(total, host)
        read_page = query.read_page if description.supports_paging else query.page_reader_by_key()
        pages = read_pages(read_page, total, host)
        content = join_features(pages) if self.source.format == "geojson" else _as_csv(pages, query.selected_fields)
        download = self.session.write_pages(content, label)
        with discard_on_failure(download):
            require_unchanged(label.revision, self.describe().revision, host)
        return download

    def describe(self) -> LayerDescription:
        """Request the description of the layer; SetupProblem when the address is no table of rows."""
        layer = self.request("", {"f": "json"})
        fields = tuple(
            (str(f.get("name")), str(f.get("type"))) for f in layer.get("fields") or () if isinstance(f, dict)
        )
        if not fields:
            raise SetupProblem(
                f"{self.session.host} has no table at this address: it may be a group of layers or a picture.",
                fix="Open the address in a browser and choose the number of the layer that holds the data.",
            )
        key_field = layer.get("objectIdField") or next((name for name, t in fields if t == OBJECT_ID_TYPE), "OBJECTID")
        max_rows = layer.get("maxRecordCount")
        if not isinstance(max_rows, int) or max_rows <= 0:
            max_rows = DEFAULT_MAX_ROWS
        supports_paging = can_page(layer.get("advancedQueryCapabilities") or {}, layer)
        # most own servers do not tell the times of edits: the revision is empty then, and the layer is always read
        edited = layer.get("editingInfo") or {}
        times = [edited.get("dataLastEditDate") or edited.get("lastEditDate"), edited.get("schemaLastEditDate")]
        revision = "-".join(str(time) for time in times if time) if times[0] else ""
        return LayerDescription(fields, key_field, max_rows, supports_paging, revision)

    def request(self, path: str, params: Mapping[str, str], *, exact: bool = False) -> dict[str, Any]:
        """Return a JSON answer of the service, which also reports errors inside an answer of status 200."""
        answer = self.session.read_json(self.url(path, params), exact=exact)
        if not isinstance(answer, dict):
            raise incomplete_answer(self.session.host)
        if "error" in answer:
            raise _service_problem((answer["error"] or {}).get("code"), self.session.host)
        return answer

    def url(self, path: str, params: Mapping[str, str]) -> httpx.URL:
        start = self.session.start
        return start.copy_with(path=start.path + path).copy_merge_params(params)


@dataclass(frozen=True, slots=True)
class _LayerQuery:
    """The query for the rows of a layer; SetupProblem when the source names a field that the layer lacks."""

    layer: _Layer
    description: LayerDescription

    def __post_init__(self) -> None:
        known = {name.casefold() for name, _ in self.description.fields}
        missing = [name for name in self.layer.source.fields if name.casefold() not in known]
        if missing:
            raise SetupProblem(
                f"The layer at {self.layer.session.host} has no field “{missing[0]}”.",
                fix=f"Change `fields`. Known are: {', '.join(name for name, _ in self.description.fields)}.",
            )

    @property
    def selected_fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of the query in the order of the layer, without the geometry."""
        wanted = {name.casefold() for name in self.layer.source.fields}
        fields = [field for field in self.description.fields if field[1] != "esriFieldTypeGeometry"]
        return tuple(field for field in fields if not wanted or field[0].casefold() in wanted)

    @property
    def page_rows(self) -> int:
        return min(self.layer.source.page_rows, self.description.max_rows)

    def params(self) -> dict[str, str]:
        # 4326 is WGS 84, the only reference system of GeoJSON
        shapes = {"f": "geojson", "returnGeometry": "true", "outSR": "4326"}
        attributes = {"f": "json", "returnGeometry": "false"}
        return {
            "where": self.layer.source.where,
            "outFields": ",".join(name for name, _ in self.selected_fields),
            # without an order, pages may overlap and leave rows out
            "orderByFields": self.description.key_field,
        } | (shapes if self.layer.source.format == "geojson" else attributes)

    def read_page(self, offset: int) -> FeaturePage:
        return self.request_page({"resultOffset": str(offset), "resultRecordCount": str(self.page_rows)})

    def page_reader_by_key(self) -> Callable[[int], FeaturePage]:
        """Return a reader of pages for a service without offsets: pages are ranges of object identifiers."""
        source, key_field = self.layer.source, self.description.key_field
        params = {"where": source.where, "returnIdsOnly": "true", "f": "json"}
        object_ids = self.layer.request("/query", params).get("objectIds") or []
        keys = sorted(key for key in object_ids if isinstance(key, int))

        def read_page(rows_read: int) -> FeaturePage:
            page_keys = keys[rows_read : rows_read + self.page_rows]
            if not page_keys:
                return ResultPage([], 0)
            # a range, because a list of identifiers would make the address too long
            key_range = f"{key_field} >= {page_keys[0]} AND {key_field} <= {page_keys[-1]}"
            page = self.request_page({"where": f"({source.where}) AND {key_range}"})
            # whether more rows follow is known from the list of identifiers, not from the answer
            return ResultPage(page.content, page.rows)

        return read_page

    def request_page(self, window: dict[str, str]) -> FeaturePage:
        # exact: amounts in a CSV must not pass through binary floats
        answer = self.layer.request("/query", self.params() | window, exact=self.layer.source.format == "csv")
        rows = features_of(answer, self.layer.session.host)
        # GeoJSON has no place for this flag, so some servers put it among the properties of the collection
        flags = answer if "exceededTransferLimit" in answer else answer.get("properties") or {}
        return ResultPage(rows, len(rows), has_more=flags.get("exceededTransferLimit") is True)


def can_page(capabilities: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    """Whether the service knows `resultOffset`: older ones, and some tables behind newer ones, do not."""
    return capabilities.get("supportsPagination", layer.get("supportsPagination")) is True


def _service_problem(code: object, host: str) -> SetupProblem | TemporaryProblem:
    """Return the problem for an error code of the service."""
    if code in ACCESS_DENIED:
        return SetupProblem(
            f"{host} does not give this layer to everybody.",
            fix="Ask the publisher to share the layer with everyone.",
        )
    if code in BUSY or (isinstance(code, int) and code >= 500):
        return TemporaryProblem(
            f"{host} is too busy or out of order just now.",
            fix="It will be tried again with the next run. If this lasts for days, tell the publisher.",
            why="What is public now stays as it is.",
        )
    return SetupProblem(
        f"{host} does not understand what is asked of this layer.",
        fix="Check `url`, `where` and `fields` under `source` in the publisher's description.",
    )


def _as_csv(pages: Iterator[FeaturePage], fields: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    yield _csv_line([name for name, _ in fields])
    for page in pages:
        for feature in page.content:
            attributes = feature.get("attributes") or {} if isinstance(feature, dict) else {}
            yield _csv_line([_cell_text(attributes.get(name), esri_type) for name, esri_type in fields])


def _csv_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell_text(value: object, esri_type: str) -> str:
    """Return an attribute as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if esri_type != "esriFieldTypeDate" or not isinstance(value, int):
        return str(value)
    try:
        # milliseconds since 1970 in UTC; on London's clocks, or midnight in summer would fall on the day before
        moment = (EPOCH + dt.timedelta(milliseconds=value)).astimezone(LONDON)
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")
    except OverflowError:
        return str(value)
