"""A layer of an ArcGIS server, asked for in pages by its object identifier."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from packages.errors import SetupProblem, TemporaryProblem
from packages.sources.transport.download import Download, FetchContext, discard_on_failure
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import DownloadLabel, HttpSession, incomplete_answer, open_session
from packages.sources.transport.paging import (
    ResultPage,
    features_of,
    join_features,
    read_pages,
    require_rows,
    require_unchanged,
    retry_if_changed,
)
from packages.spec import ArcgisSource

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LONDON = ZoneInfo("Europe/London")
TOKEN = (401, 403, 498, 499)
BUSY = (408, 429)
KEY = "esriFieldTypeOID"


@dataclass(frozen=True, slots=True)
class _Layer:
    """What the service says of the layer. `fields` are (name, Esri type), `most` the rows that it gives at once."""

    fields: tuple[tuple[str, str], ...]
    key: str
    most: int
    pages: bool
    stamp: str


@dataclass(frozen=True, slots=True)
class _Reading:
    visit: HttpSession
    source: ArcgisSource
    layer: _Layer

    @property
    def taken(self) -> tuple[tuple[str, str], ...]:
        """The fields that are asked for, in the order of the layer, without the geometry."""
        wanted = {name.casefold() for name in self.source.fields}
        plain = [field for field in self.layer.fields if field[1] != "esriFieldTypeGeometry"]
        return tuple(field for field in plain if not wanted or field[0].casefold() in wanted)

    @property
    def page_rows(self) -> int:
        return min(self.source.page_rows, self.layer.most)

    def asked(self) -> dict[str, str]:
        shape = {"f": "geojson", "returnGeometry": "true", "outSR": "4326"}
        plain = {"f": "json", "returnGeometry": "false"}
        return {
            "where": self.source.where,
            "outFields": ",".join(name for name, _ in self.taken),
            "orderByFields": self.layer.key,
        } | (shape if self.source.format == "geojson" else plain)

    def page(self, offset: int) -> ResultPage[Sequence[Any]]:
        window = {"resultOffset": str(offset), "resultRecordCount": str(self.page_rows)}
        return self._portion(self.asked() | window)

    def between(self, first: int, last: int) -> ResultPage[Sequence[Any]]:
        """The rows whose object identifiers lie between two, for a service that knows no pages."""
        key = self.layer.key
        return self._portion(
            self.asked() | {"where": f"({self.source.where}) AND {key} >= {first} AND {key} <= {last}"}
        )

    def _portion(self, params: Mapping[str, str]) -> ResultPage[Sequence[Any]]:
        answer = _ask(self.visit, "/query", params, exact=self.source.format == "csv")
        rows = features_of(answer, self.visit.start.host)
        # GeoJSON has no place of its own for it, so some servers put it among the properties of the collection
        told = answer if "exceededTransferLimit" in answer else answer.get("properties") or {}
        return ResultPage(rows, len(rows), more=told.get("exceededTransferLimit") is True)


def download_source(source: ArcgisSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Read all rows into one file; None when the service says that nothing changed since the previous extract."""
    visit = open_session(source.url, source.allow_hosts, errand, limits)
    return retry_if_changed(lambda: _read(_Reading(visit, source, _layer(visit))))


def _read(reading: _Reading) -> Download | None:
    visit, host = reading.visit, reading.visit.start.host
    _refuse_unknown_fields(reading)
    url = _url(visit, "/query", reading.asked())
    label = DownloadLabel(
        url, f"layer-{visit.start.path.rpartition('/')[2]}.{reading.source.format}", reading.layer.stamp
    )
    if visit.holds(label):
        return None
    total = _whole(_ask(visit, "/query", {"where": reading.source.where, "returnCountOnly": "true", "f": "json"}), host)
    require_rows(total, host)
    pages = _pages(reading, total)
    pieces = join_features(pages) if reading.source.format == "geojson" else _as_csv(pages, reading.taken)
    parcel = visit.gathered(pieces, label)
    with discard_on_failure(parcel):
        require_unchanged(label.stamp, _layer(visit).stamp, host)
    return parcel


def _pages(reading: _Reading, total: int) -> Iterator[ResultPage[Sequence[Any]]]:
    host = reading.visit.start.host
    if reading.layer.pages:
        return read_pages(reading.page, total, host)
    params = {"where": reading.source.where, "returnIdsOnly": "true", "f": "json"}
    told = _ask(reading.visit, "/query", params).get("objectIds") or []
    keys = sorted(key for key in told if isinstance(key, int))

    def page(seen: int) -> ResultPage[Sequence[Any]]:
        some = keys[seen : seen + reading.page_rows]
        portion = reading.between(some[0], some[-1]) if some else ResultPage([], 0)
        return ResultPage(portion.content, portion.rows)

    return read_pages(page, total, host)


def _layer(visit: HttpSession) -> _Layer:
    told = _ask(visit, "", {"f": "json"})
    fields = tuple((str(f.get("name")), str(f.get("type"))) for f in told.get("fields") or () if isinstance(f, dict))
    if not fields:
        raise SetupProblem(
            f"{visit.start.host} has no table at this address: it may be a group of layers or a picture.",
            fix="Open the address in a browser and choose the number of the layer that holds the data.",
        )
    key = told.get("objectIdField") or next((name for name, kind in fields if kind == KEY), "OBJECTID")
    can = told.get("advancedQueryCapabilities") or {}
    most = told.get("maxRecordCount")
    return _Layer(fields, key, most if isinstance(most, int) and most > 0 else 1_000, can_page(can, told), _stamp(told))


def can_page(capabilities: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    """Whether the service knows `resultOffset`: older ones, and some tables behind newer ones, do not."""
    said = capabilities.get("supportsPagination", layer.get("supportsPagination"))
    return said is True


def _stamp(layer: Mapping[str, Any]) -> str:
    """What changes with the rows and fields; empty when the service does not tell, as most on own servers."""
    edited = layer.get("editingInfo") or {}
    times = [edited.get("dataLastEditDate") or edited.get("lastEditDate"), edited.get("schemaLastEditDate")]
    return "-".join(str(time) for time in times if time) if times[0] else ""


def _url(visit: HttpSession, path: str, params: Mapping[str, str]) -> httpx.URL:
    return visit.start.copy_with(path=visit.start.path + path).copy_merge_params(params)


def _ask(visit: HttpSession, path: str, params: Mapping[str, str], *, exact: bool = False) -> dict[str, Any]:
    """A JSON answer of the service, which reports its errors with status 200."""
    answer, host = visit.json(_url(visit, path, params), exact=exact), visit.start.host
    if not isinstance(answer, dict):
        raise incomplete_answer(host)
    if "error" in answer:
        raise _problem((answer["error"] or {}).get("code"), host)
    return answer


def _problem(code: object, host: str) -> SetupProblem | TemporaryProblem:
    if code in TOKEN:
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


def _whole(answer: Mapping[str, Any], host: str) -> int:
    count = answer.get("count")
    if not isinstance(count, int):
        raise incomplete_answer(host)
    return count


def _refuse_unknown_fields(reading: _Reading) -> None:
    known = {name.casefold() for name, _ in reading.layer.fields}
    missing = [name for name in reading.source.fields if name.casefold() not in known]
    if missing:
        raise SetupProblem(
            f"The layer at {reading.visit.start.host} has no field “{missing[0]}”.",
            fix=f"Change `fields`. Known are: {', '.join(name for name, _ in reading.layer.fields)}.",
        )


def _as_csv(pages: Iterator[ResultPage[Sequence[Any]]], fields: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    yield _line([name for name, _ in fields])
    for page in pages:
        for feature in page.content:
            told = feature.get("attributes") or {} if isinstance(feature, dict) else {}
            yield _line([_cell(told.get(name), kind) for name, kind in fields])


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: object, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "esriFieldTypeDate" and isinstance(value, int):
        return _moment(value)
    return str(value)


def _moment(milliseconds: int) -> str:
    """The time on London's clocks, so that midnight in summer does not fall on the day before."""
    try:
        moment = EPOCH + dt.timedelta(milliseconds=milliseconds)
        return moment.astimezone(LONDON).replace(tzinfo=None).isoformat(timespec="seconds")
    except OverflowError:
        return str(milliseconds)
