"""Pages of CSV and of GeoJSON features: their rows counted, and their contents joined into one file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from packages.readers.budget import current_budget
from packages.sources.transport.answers import incomplete_answer, refuse_markup
from packages.sources.transport.paging import ResultPage, data_changed, rows_missing

MARKUP_HEAD = 512
"""Bytes of a file that are read to recognise a web page."""


def csv_page(body: bytes) -> ResultPage[bytes]:
    """Return a page of CSV with its own heading row; FileProblem when it is a web page."""
    refuse_markup(body)
    lines = io.StringIO(body.decode("utf-8", errors="replace"), newline="")
    return ResultPage(body, max(0, _count_records(lines) - 1))


def require_row_count(path: Path, total: int, host: str) -> None:
    """Raise SourceChangedMeanwhile when a CSV file holds other than `total` rows; FileProblem when it is a web page."""
    with path.open("rb") as file:
        refuse_markup(file.read(MARKUP_HEAD))
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        rows = max(0, _count_records(lines) - 1)
    if rows != total:
        raise rows_missing(rows, total, host)


def _count_records(lines: Iterable[str]) -> int:
    """Return the number of CSV records, headings included; empty lines do not count."""
    # a column of polygons has cells far beyond the parser's default limit
    csv.field_size_limit(current_budget().cell_characters)
    try:
        return sum(1 for row in csv.reader(lines) if row)
    except csv.Error:
        # a stray NUL or the like: 0 is never the announced number, so the file is refused
        return 0


def join_csv(pages: Iterator[ResultPage[bytes]], host: str) -> Iterator[bytes]:
    """Join pages of CSV into one: the headings once, every page closed with a line end.

    Raises SourceChangedMeanwhile when the headings of a page differ from those of the first.
    """
    headings: bytes | None = None
    for page in pages:
        page_headings, _, rows = page.content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
        # an odd number of quotes: the line end was inside a quoted heading
        while page_headings.count(b'"') % 2 and rows:
            continuation, _, rows = rows.partition(b"\n")
            page_headings += b"\n" + continuation
        page_headings = page_headings.rstrip(b"\r")
        if headings is None:
            headings = page_headings
            yield headings + b"\n"
        if page_headings != headings:
            raise data_changed(host)
        if page.rows:
            yield rows if rows.endswith(b"\n") else rows + b"\n"


def features_of(answer: object, host: str) -> list[Any]:
    """Return the features of a GeoJSON or Esri answer; TemporaryProblem when it has no list of them."""
    features = answer.get("features") if isinstance(answer, dict) else None
    if not isinstance(features, list):
        raise incomplete_answer(host)
    return features


def join_features(pages: Iterator[ResultPage[Sequence[Any]]], crs: object = None) -> Iterator[bytes]:
    """Join pages of GeoJSON features into one feature collection, one feature a line.

    Nothing else of the pages is kept: some servers put the time of the answer there, so no two files would be equal.
    """
    yield b'{"type":"FeatureCollection",'
    if crs is not None:
        yield b'"crs":' + _compact_json(crs) + b","
    yield b'"features":['
    separator = b"\n"
    for page in pages:
        for feature in page.content:
            yield separator + _compact_json(feature)
            separator = b",\n"
    yield b"\n]}\n"


def _compact_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
