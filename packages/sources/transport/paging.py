"""The rules of paging: how rows that come in several answers are proven to be all rows of one state.

1. The server is asked for the number of rows first. No rows at all is a mishap, not data (`require_rows`).
2. The next page starts after the rows that have arrived, not at a multiple of the page size: a server may give fewer
   rows than it was asked for (`read_pages`).
3. A server that repeats the same page ignores the offset; it cannot be paged at all (SetupProblem).
4. At the end there are exactly as many rows as announced, and the server does not say that more follow.
5. The revision of the data is the same before and after reading, where the server tells one (`require_unchanged`).
6. A breach of rule 4 or 5 means that the data changed meanwhile. They are read once more from the start
   (`retry_if_changed`); after a second breach the run ends with TemporaryProblem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.sources.transport.download import Download

T = TypeVar("T", bytes, Sequence[Any])


class SourceChangedMeanwhile(TemporaryProblem):
    """The rows that were read are not all of one state: the data changed, or an answer was cut short."""


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[T]):
    """The content of one page, its number of rows, and whether the server says that more rows follow."""

    content: T
    rows: int
    has_more: bool = False


def read_pages(request_page: Callable[[int], ResultPage[T]], total: int, host: str) -> Iterator[ResultPage[T]]:
    """Yield pages until `total` rows have arrived; `request_page` takes the offset of the first row wanted.

    Raises SourceChangedMeanwhile when fewer or more rows come, SetupProblem when a page is repeated.
    """
    rows_read, has_more, last_content = 0, False, None
    while rows_read < total:
        page = request_page(rows_read)
        # an empty page ends the reading; the count below tells whether rows are missing
        if not page.rows:
            break
        if page.content == last_content:
            raise SetupProblem(
                f"{host} gives the same page again and again.",
                fix="It cannot be asked for pages. Give the address of a file with all rows, with kind: http.",
            )
        rows_read, has_more, last_content = rows_read + page.rows, page.has_more, page.content
        yield page
    if rows_read != total or has_more:
        raise rows_missing(rows_read, total, host)


def require_rows(total: int, host: str) -> None:
    """Raise FileProblem when the server announces no rows."""
    if total <= 0:
        raise FileProblem(
            f"{host} says that it holds no rows.",
            fix="Look at the portal. If rows are there, check `where` in the description; if not, tell the publisher.",
            why="An empty dataset would replace the one that is public now.",
        )


def require_unchanged(before: str, after: str, host: str) -> None:
    """Raise SourceChangedMeanwhile when the revision after reading is not the one before."""
    if before != after:
        raise data_changed(host)


def retry_if_changed(read: Callable[[], Download | None]) -> Download | None:
    """Call `read`; when the data changed meanwhile, call it once more."""
    try:
        return read()
    except SourceChangedMeanwhile:
        return read()


def rows_missing(rows_read: int, total: int, host: str) -> SourceChangedMeanwhile:
    """Return the problem of a number of rows other than the announced one."""
    return SourceChangedMeanwhile(
        f"{host} announced {total:,} rows and gave {f'{rows_read:,}' if rows_read < total else 'more'}.",
        fix="It will be tried again with the next run. If this lasts, tell the publisher.",
        why="The data changed while we read them, or an answer was cut short. Half of the data must not replace all.",
    )


def data_changed(host: str) -> SourceChangedMeanwhile:
    """Return the problem of data that are not those of a moment ago."""
    return SourceChangedMeanwhile(
        f"The data at {host} changed while we read them.",
        fix="It will be tried again with the next run.",
        why="Pages of two states do not belong together.",
    )
