"""Answers that come in pages: asked for one after the other, joined in their order, and proven to be all of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.sources.transport.download import Download
from packages.sources.transport.http_session import incomplete_answer, refuse_markup

T = TypeVar("T", bytes, Sequence[Any])


class ChangedMeanwhile(TemporaryProblem):
    """What was read is not all of one state: it changed meanwhile, or an answer was cut short."""


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[T]):
    """What one page held, how many rows that is, and whether the server says that there is more."""

    content: T
    rows: int
    more: bool = False


def read_pages(ask: Callable[[int], ResultPage[T]], total: int, host: str) -> Iterator[ResultPage[T]]:
    """Ask for the rows from 0 on, page by page, until `total` is there; Changed when it never is.

    How many rows a page holds is the server's choice: it may give fewer than it was asked for.
    """
    seen, more, last = 0, False, None
    while seen < total:
        portion = ask(seen)
        if not portion.rows:
            break
        if portion.content == last:
            raise _same_again(host)
        seen, more, last = seen + portion.rows, portion.more, portion.content
        yield portion
    if seen != total or more:
        raise rows_missing(seen, total, host)


def rows_missing(seen: int, total: int, host: str) -> ChangedMeanwhile:
    """Other rows came than the server had counted."""
    return ChangedMeanwhile(
        f"{host} announced {total:,} rows and gave {f'{seen:,}' if seen < total else 'more'}.",
        fix="It will be tried again with the next run. If this lasts, tell the publisher.",
        why="The data changed while we read them, or an answer was cut short. Half of the data must not replace all.",
    )


def data_changed(host: str) -> ChangedMeanwhile:
    """The server says that the data are not those of a moment ago."""
    return ChangedMeanwhile(
        f"The data at {host} changed while we read them.",
        fix="It will be tried again with the next run.",
        why="Pages of two states do not belong together.",
    )


def require_unchanged(before: str, after: str, host: str) -> None:
    """Changed when the server dates its data otherwise than before they were read."""
    if before != after:
        raise data_changed(host)


def require_row_count(path: Path, total: int, host: str) -> None:
    """Changed when a file of CSV has other rows than the server had counted; FileProblem when it is a web page."""
    with path.open("rb") as file:
        refuse_markup(file.read(512))
    seen = max(0, count_csv_file_rows(path) - 1)
    if seen != total:
        raise rows_missing(seen, total, host)


def retry_if_changed(read: Callable[[], Download | None]) -> Download | None:
    """Read; when the data changed meanwhile, read once more from the start."""
    try:
        return read()
    except ChangedMeanwhile:
        return read()


def csv_page(body: bytes) -> ResultPage[bytes]:
    """A page of CSV with its own row of headings; FileProblem when it is a web page."""
    refuse_markup(body)
    return ResultPage(body, max(0, count_csv_rows(body) - 1))


def count_csv_rows(body: bytes) -> int:
    """The number of CSV records, headings included; empty lines are none."""
    return _records(io.StringIO(body.decode("utf-8", errors="replace"), newline=""))


def count_csv_file_rows(path: Path) -> int:
    """The number of CSV records of a file, which is read as a stream."""
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        return _records(lines)


def _records(lines: Iterable[str]) -> int:
    # a column of polygons has cells far beyond the reader's usual limit
    csv.field_size_limit(1 << 30)
    try:
        return sum(1 for row in csv.reader(lines) if row)
    except csv.Error:
        # a stray NUL or the like: no count then, so that the announced one is not met
        return 0


def join_csv(pages: Iterator[ResultPage[bytes]], host: str) -> Iterator[bytes]:
    """Pages of CSV as one CSV: the headings once, every page closed with a line end."""
    headings: bytes | None = None
    for page in pages:
        first, body = _split_headings(page.content)
        if headings is None:
            headings = first
            yield first + b"\n"
        if first != headings:
            raise data_changed(host)
        if page.rows:
            yield body if body.endswith(b"\n") else body + b"\n"


def _split_headings(page: bytes) -> tuple[bytes, bytes]:
    first, _, rest = page.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    # an odd number of quotes: the line end was inside of a heading
    while first.count(b'"') % 2 and rest:
        more, _, rest = rest.partition(b"\n")
        first += b"\n" + more
    return first.rstrip(b"\r"), rest


def join_features(pages: Iterator[ResultPage[Sequence[Any]]], reference: object = None) -> Iterator[bytes]:
    """Pages of GeoJSON features as one feature collection, one feature a line; `reference` is its `crs`, if it has one.

    Nothing else of the pages is kept: some servers put the time of the answer there, so that no two would be equal.
    """
    yield b'{"type":"FeatureCollection",'
    if reference is not None:
        yield b'"crs":' + _json(reference) + b","
    yield b'"features":['
    separator = b"\n"
    for page in pages:
        for feature in page.content:
            yield separator + _json(feature)
            separator = b",\n"
    yield b"\n]}\n"


def features_of(answer: object, host: str) -> list[Any]:
    """The features of a GeoJSON or Esri answer; TemporaryProblem when it holds none at all."""
    features = answer.get("features") if isinstance(answer, dict) else None
    if not isinstance(features, list):
        raise incomplete_answer(host)
    return features


def require_rows(total: int, host: str) -> None:
    """FileProblem when the server has no rows at all: that is a mishap, not data."""
    if total <= 0:
        raise FileProblem(
            f"{host} says that it holds no rows.",
            fix="Look at the portal. If rows are there, check `where` in the description; if not, tell the publisher.",
            why="An empty dataset would replace the one that is public now.",
        )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _same_again(host: str) -> SetupProblem:
    return SetupProblem(
        f"{host} gives the same page again and again.",
        fix="It cannot be asked for pages. Give the address of a file with all rows, with kind: http.",
    )
