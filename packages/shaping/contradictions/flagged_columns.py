"""Columns of evidence, known by their headings, and the rows in which one of them objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from packages.headings import normalise
from packages.model import ROWS_SHOWN, Where
from packages.shaping.layout import Arrangement


def columns_called(arrangement: Arrangement, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of the file under some headings (normalised), mapped or not.

    A column that is mapped to a field of another meaning is none of them: an `Organisation` may be a hall.
    """
    headings = frozenset(wanted)
    fields = {column: source.field for source in arrangement.sources for column in source.columns}
    return tuple(
        column
        for column, heading in arrangement.headings.items()
        if normalise(heading) in headings and (column not in fields or normalise(fields[column].name) in headings)
    )


@dataclass
class ObjectionLog:
    """Rows that objected, by the column and what it said; the number of all rows that were looked at."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    first: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    rows: int = 0

    def note(self, column: str, word: str, rows: pa.Array) -> None:
        """Add rows in which a column says a word."""
        if len(rows):
            key = (column, word)
            self.counts[key] = self.counts.get(key, 0) + len(rows)
            seen = self.first.setdefault(key, [])
            seen += rows[: ROWS_SHOWN - len(seen)].to_pylist()

    def absorb(self, later: ObjectionLog) -> None:
        """Add the rows that follow."""
        self.rows += later.rows
        for key, count in later.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count
            self.first[key] = [*self.first.get(key, ()), *later.first[key]][:ROWS_SHOWN]

    def places(self, headings: Mapping[str, str], resource: str) -> Iterator[tuple[str, Where]]:
        """Yield each word with where it was said."""
        for (column, word), count in self.counts.items():
            rows = tuple(self.first[column, word])
            yield word, Where(resource, column=headings[column], rows=rows, count=count, of=self.rows)


def rows_by_word(cells: pa.Array, word_of: Callable[[str], str]) -> Iterator[tuple[str, pa.Array]]:
    """Yield the rows (a mask) for each word that the texts of a column mean; "" means nothing."""
    # most such columns hold the same text in every row, which one comparison tells
    if len(cells) and cells[0].is_valid and pc.all(pc.equal(cells, cells[0]), skip_nulls=False).as_py():
        if word := word_of(cells[0].as_py()):
            yield word, pc.equal(cells, cells[0])
        return
    encoded = cells.dictionary_encode()
    words = [word_of(text) for text in encoded.dictionary.to_pylist()]
    for word in dict.fromkeys(filter(None, words)):
        said = pa.array([other == word for other in words]).take(encoded.indices)
        yield word, pc.fill_null(said, False)
