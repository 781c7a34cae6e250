"""A layer of a Web Feature Service, counted first and then read in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from packages.errors import SetupProblem
from packages.sources.transport.answers import incomplete_answer, parse_json, refuse_markup
from packages.sources.transport.download import Download, FetchContext
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.page_formats import csv_page, features_of, join_csv, join_features
from packages.sources.transport.paging import ResultPage, read_pages, require_rows, retry_if_changed, rows_missing
from packages.spec import WfsSource

HEAD = 4_096
"""Bytes within which the first element of an XML answer ends."""

FORMATS = {"geojson": "application/json", "csv": "csv", "gml": ""}
ANNOUNCED = re.compile(rb'\b(?:numberMatched|numberOfFeatures)\s*=\s*["\']([0-9]+)["\']')
RETURNED = re.compile(rb'\b(?:numberReturned|numberOfFeatures)\s*=\s*["\']([0-9]+)["\']')
TIMESTAMP = re.compile(rb'\stimeStamp\s*=\s*("[^"]*"|\'[^\']*\')')
EXCEPTION = re.compile(rb"<(\w+:)?(Service)?Exception(Report)?\b")


def download_source(source: WfsSource, context: FetchContext) -> Download | None:
    """Read all rows of the layer into one file. A WFS tells no revision, so it is always read."""
    return retry_if_changed(_Layer(open_session(source.url, source.allow_hosts, context), source).download)


@dataclass(frozen=True, slots=True)
class _Layer:
    session: HttpSession
    source: WfsSource

    @property
    def is_wfs_2(self) -> bool:
        return self.source.version == "2.0.0"

    def download(self) -> Download:
        source, total, host = self.source, self.count_rows(), self.session.host
        require_rows(total, host)
        # WFS 1 knows no offset, and pages of GML cannot be joined: there one answer holds all rows
        page_rows = source.page_rows if self.is_wfs_2 and source.format != "gml" else total
        if total > page_rows and not source.sort_by:
            raise SetupProblem(
                f"The layer at {host} has {total:,} rows, which do not come in one page.",
                fix="Name a field whose values differ as `sort_by`, or set `page_rows` higher, under `source`.",
                why="Without an order, rows may come twice on two pages while others never come.",
            )
        label = DownloadLabel(self.url({}), f"{source.layer.rpartition(':')[2]}.{source.format}")
        return self.session.write_pages(READERS[source.format](self, total, page_rows), label)

    def count_rows(self) -> int:
        """Return the number of rows of the layer.

        Raises SetupProblem where the service does not count: missing rows could then not be noticed.
        """
        # the answer is always XML; a server that is asked for it in another format may refuse
        body = self.request({"resultType": "hits", "outputFormat": "", "sortBy": ""})
        if b"FeatureCollection" not in body[:HEAD]:
            refuse_markup(body)
            raise incomplete_answer(self.session.host)
        announced = ANNOUNCED.search(body[:HEAD])
        if announced is None:
            raise SetupProblem(
                f"{self.session.host} does not say how many rows this layer has.",
                fix="Give the address of a file with all rows, with kind: http.",
                why="Without a count nobody can tell whether all rows arrived.",
            )
        return int(announced[1])

    def request_rows(self, offset: int, rows: int) -> bytes:
        """Return the body of a page. No offset is sent for the first: servers without paging would refuse it."""
        start = {"startIndex": str(offset)} if offset else {}
        return self.request({"count" if self.is_wfs_2 else "maxFeatures": str(rows)} | start)

    def request(self, params: Mapping[str, str]) -> bytes:
        """Return the body of an answer of the service, which reports errors as XML, often with status 200."""
        body = self.session.read_page(self.url(params)).body
        if body.lstrip().startswith(b"<") and EXCEPTION.search(body[:HEAD]):
            raise SetupProblem(
                f"{self.session.host} does not understand what is asked of this layer.",
                fix="Check `layer`, `format`, `version` and `sort_by` under `source` in the publisher's description.",
            )
        return body

    def url(self, params: Mapping[str, str]) -> httpx.URL:
        query: dict[str, str] = {
            "service": "WFS",
            "version": self.source.version,
            "request": "GetFeature",
            "typeNames" if self.is_wfs_2 else "typeName": self.source.layer,
            "srsName": self.source.srs,
            "sortBy": self.source.sort_by,
            "outputFormat": self.source.output_format or FORMATS[self.source.format],
        } | dict(params)
        return self.session.start.copy_merge_params({name: value for name, value in query.items() if value})


def _read_csv(layer: _Layer, total: int, page_rows: int) -> Iterator[bytes]:
    host = layer.session.host
    return join_csv(read_pages(lambda offset: csv_page(layer.request_rows(offset, page_rows)), total, host), host)


def _read_geojson(layer: _Layer, total: int, page_rows: int) -> Iterator[bytes]:
    host = layer.session.host
    # the first page is requested here, because its reference system stands at the head of the joined file
    first = parse_json(layer.request_rows(0, page_rows), host)

    def read_page(offset: int) -> ResultPage[Any]:
        answer = parse_json(layer.request_rows(offset, page_rows), host) if offset else first
        features = features_of(answer, host)
        return ResultPage(features, len(features))

    return join_features(read_pages(read_page, total, host), first.get("crs") if isinstance(first, dict) else None)


def _read_gml(layer: _Layer, total: int, page_rows: int) -> Iterator[bytes]:
    body, host = layer.request_rows(0, page_rows), layer.session.host
    returned = RETURNED.search(body[:HEAD])
    rows = int(returned[1]) if returned else len(re.findall(rb"<(?:\w+:)?(?:member|featureMember)[\s>]", body))
    if not body.rstrip().endswith(b"FeatureCollection>"):
        raise incomplete_answer(host)
    # one answer cannot be paged, so rule 4 of the paging rules is checked here
    if rows != total:
        raise rows_missing(rows, total, host)
    # the time of the answer goes, or no two files of the same rows would be equal
    yield TIMESTAMP.sub(b"", body[:HEAD], count=1) + body[HEAD:]


READERS = {"csv": _read_csv, "geojson": _read_geojson, "gml": _read_gml}
