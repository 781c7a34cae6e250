"""A layer of a Web Feature Service, counted first and then read in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from packages.errors import SetupProblem
from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.download_limits import LIMITS, DownloadLimits
from packages.sources.transport.http_session import (
    DownloadLabel,
    HttpSession,
    incomplete_answer,
    open_session,
    parse_json,
    refuse_markup,
)
from packages.sources.transport.paging import (
    ResultPage,
    csv_page,
    features_of,
    join_csv,
    join_features,
    read_pages,
    require_rows,
    retry_if_changed,
    rows_missing,
)
from packages.spec import WfsSource

HEAD = 4_096
"""Bytes in which the first element of an XML answer ends."""

FORMATS = {"geojson": "application/json", "csv": "csv", "gml": ""}
COUNTED = re.compile(rb'\b(?:numberMatched|numberOfFeatures)\s*=\s*["\']([0-9]+)["\']')
RETURNED = re.compile(rb'\b(?:numberReturned|numberOfFeatures)\s*=\s*["\']([0-9]+)["\']')
TIME = re.compile(rb'\stimeStamp\s*=\s*("[^"]*"|\'[^\']*\')')


@dataclass(frozen=True, slots=True)
class _Layer:
    visit: HttpSession
    source: WfsSource

    @property
    def host(self) -> str:
        return self.visit.start.host

    @property
    def new(self) -> bool:
        return self.source.version == "2.0.0"

    def url(self, params: Mapping[str, str]) -> httpx.URL:
        asked: dict[str, str] = {
            "service": "WFS",
            "version": self.source.version,
            "request": "GetFeature",
            "typeNames" if self.new else "typeName": self.source.layer,
            "srsName": self.source.srs,
            "sortBy": self.source.sort_by,
            "outputFormat": self.source.output_format or FORMATS[self.source.format],
        } | dict(params)
        return self.visit.start.copy_merge_params({name: value for name, value in asked.items() if value})

    def body(self, params: Mapping[str, str]) -> bytes:
        """An answer of the service, which reports its errors as XML, often with status 200."""
        body = self.visit.page(self.url(params)).body
        if body.lstrip().startswith(b"<") and re.search(rb"<(\w+:)?(Service)?Exception(Report)?\b", body[:HEAD]):
            raise SetupProblem(
                f"{self.host} does not understand what is asked of this layer.",
                fix="Check `layer`, `format`, `version` and `sort_by` under `source` in the publisher's description.",
            )
        return body

    def total(self) -> int:
        """How many rows the layer has; SetupProblem where the service does not count, so that none could be missed."""
        # hits are always XML; a server that is asked for them in another format may refuse
        body = self.body({"resultType": "hits", "outputFormat": "", "sortBy": ""})
        if b"FeatureCollection" not in body[:HEAD]:
            refuse_markup(body)
            raise incomplete_answer(self.host)
        found = COUNTED.search(body[:HEAD])
        if found is None:
            raise SetupProblem(
                f"{self.host} does not say how many rows this layer has.",
                fix="Give the address of a file with all rows, with kind: http.",
                why="Without a count nobody can tell whether all rows arrived.",
            )
        return int(found[1])

    def window(self, offset: int, rows: int) -> dict[str, str]:
        """Which rows; without an offset where there is none, which servers without paging would refuse."""
        start = {"startIndex": str(offset)} if offset else {}
        return {"count" if self.new else "maxFeatures": str(rows)} | start


def download_source(source: WfsSource, errand: FetchContext, limits: DownloadLimits = LIMITS) -> Download | None:
    """Read all rows of the layer into one file."""
    layer = _Layer(open_session(source.url, source.allow_hosts, errand, limits), source)
    return retry_if_changed(lambda: _read(layer))


def _read(layer: _Layer) -> Download:
    source, total = layer.source, layer.total()
    require_rows(total, layer.host)
    rows = source.page_rows if layer.new and source.format != "gml" else total
    if total > rows and not source.sort_by:
        raise SetupProblem(
            f"The layer at {layer.host} has {total:,} rows, which do not come in one page.",
            fix="Name a field whose values differ as `sort_by`, or set `page_rows` higher, under `source`.",
            why="Without an order, rows may come twice on two pages while others never come.",
        )
    label = DownloadLabel(layer.url({}), f"{source.layer.rpartition(':')[2]}.{source.format}")
    return layer.visit.gathered(READERS[source.format](layer, total, rows), label)


def _csv(layer: _Layer, total: int, rows: int) -> Iterator[bytes]:
    pages = read_pages(lambda offset: csv_page(layer.body(layer.window(offset, rows))), total, layer.host)
    return join_csv(pages, layer.host)


def _geojson(layer: _Layer, total: int, rows: int) -> Iterator[bytes]:
    first = _answer(layer, 0, rows)

    def page(offset: int) -> ResultPage[Any]:
        features = features_of(_answer(layer, offset, rows) if offset else first, layer.host)
        return ResultPage(features, len(features))

    reference = first.get("crs") if isinstance(first, dict) else None
    return join_features(read_pages(page, total, layer.host), reference)


def _answer(layer: _Layer, offset: int, rows: int) -> Any:
    return parse_json(layer.body(layer.window(offset, rows)), layer.host)


def _gml(layer: _Layer, total: int, rows: int) -> Iterator[bytes]:
    body = layer.body(layer.window(0, rows))
    told = RETURNED.search(body[:HEAD])
    seen = int(told[1]) if told else len(re.findall(rb"<(?:\w+:)?(?:member|featureMember)[\s>]", body))
    if not body.rstrip().endswith(b"FeatureCollection>"):
        raise incomplete_answer(layer.host)
    if seen != total:
        raise rows_missing(seen, total, layer.host)
    # the time of the answer would make every one another
    yield TIME.sub(b"", body[:HEAD], count=1) + body[HEAD:]


READERS = {"csv": _csv, "geojson": _geojson, "gml": _gml}
