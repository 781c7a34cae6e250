"""Find rows that may share a key: every key becomes a 64-bit code, equal values have equal codes, codes are sorted.

Different values may share a code by chance, so the caller confirms the rows that are found on their values.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask, replace_cells, text_offsets, to_arrow
from quality.conform.masks import Ints

Codes = np.ndarray[Any, np.dtype[np.uint64]]

ODD = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)
"""Odd multipliers with evenly spread bits: 2⁶⁴ over the golden ratio, and that of Degski's 64-bit mixer."""

LONGEST_TEXT = 256
"""Bytes; of a longer text only the first characters count for its code."""

SHORTENED = 64
"""Characters of a long text that count, at most LONGEST_TEXT bytes in UTF-8."""

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of codes and row numbers kept in memory; more go to a temporary file."""

AT_ONCE = 64 * 1024
"""Codes that are sorted at once: this many stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class KeyCodes:
    """The codes of one key in the rows that have it, and the positions of these rows."""

    codes: Codes
    places: Ints


@dataclass(frozen=True, slots=True)
class CodesByRow:
    """The codes of one key, and the numbers of their rows."""

    codes: Codes
    numbers: Ints


Each = Callable[[Callable[[CodesByRow], Ints], Iterable[CodesByRow]], Iterator[Ints]]
"""Applies a function of a module to every item, in order, as `map` does."""


def key_codes(values: Sequence[pa.Array], absent: Sequence[Mask | None]) -> KeyCodes:
    """Return the codes of some columns together; rows without a value in any of them have no key.

    `absent` are the cells of each column that have no value, None when all have one.
    """
    codes = combine_codes([value_codes(column) for column in values], list(absent))
    masks = [mask for mask in absent if mask is not None]
    if len(masks) < len(absent) or not (without := np.logical_and.reduce(masks)).any():
        return KeyCodes(codes, np.arange(len(codes), dtype=np.int64))
    return KeyCodes(codes[~without], np.flatnonzero(~without))


def value_codes(values: pa.Array) -> Codes:
    """Return a code for each value of a column; those of nulls mean nothing."""
    kind = values.type
    if pa.types.is_string(kind):
        return text_codes(values)
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        floats = pc.fill_null(values.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
        # adding 0.0 makes −0.0 and 0.0, which are equal, the same bits
        return _mixed((floats + 0.0).view(np.uint64))
    # a view of the integers inside: casting a date to int64 is not possible
    if pa.types.is_temporal(kind):
        values = values.view(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    return _mixed(pc.fill_null(values.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).view(np.uint64))


def combine_codes(columns: list[Codes], absent: list[Mask | None]) -> Codes:
    """Return one code for several columns; a cell without a value counts as a value of its own."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column, missing in zip(columns, absent, strict=True):
        part = column if missing is None else np.where(missing, np.uint64(1), column)
        total = _mixed(total * ODD + part)
    return total


def text_codes(texts: pa.Array) -> Codes:
    """Return a code for each text, from its bytes in words of eight; it does not depend on the other texts."""
    if not len(texts):
        return np.empty(0, np.uint64)
    sizes = np.diff(text_offsets(texts))
    long = np.flatnonzero(sizes > LONGEST_TEXT)
    if len(long):
        # equal texts are still equal when they are cut
        texts = replace_cells(texts, long, pc.utf8_slice_codeunits(texts.take(to_arrow(long)), 0, SHORTENED))
        sizes = np.diff(text_offsets(texts))
    same = sizes == sizes[len(sizes) // 2]
    if same.all() or 2 * same.sum() < len(same):
        return _codes_of_words(texts, sizes)
    # where most have one length, their bytes form a matrix without being padded
    codes = np.empty(len(texts), np.uint64)
    for chosen in (same, ~same):
        codes[chosen] = _codes_of_words(texts.filter(to_arrow(chosen)), sizes[chosen])
    return codes


def _codes_of_words(texts: pa.Array, sizes: Any) -> Codes:
    total: Codes = sizes.astype(np.uint64) * MIX
    if not sizes.any():
        return total
    # the bytes of each text as one row of whole words, padded with zeros
    bounds, longest = text_offsets(texts), int(sizes.max())
    data = np.frombuffer(texts.buffers()[2], np.uint8)[bounds[0] : bounds[-1]]
    padded = np.zeros((len(sizes), -(-longest // 8) * 8), np.uint8)
    if sizes.min() == longest:
        padded[:, :longest] = data.reshape(-1, longest)
    else:
        padded[:, :longest][np.arange(longest) < sizes[:, None]] = data
    words = padded.view(np.uint64)
    for place in range(words.shape[1]):
        longer = _mixed(total * ODD + words[:, place])
        # the words behind a text's own are padding for the longer texts
        total = np.where(sizes > 8 * place, longer, total)
    return total


def _mixed(words: Codes) -> Codes:
    words = (words ^ (words >> np.uint64(32))) * MIX
    return words ^ (words >> np.uint64(29))


class ValueLog:
    """The key columns of all rows in a temporary file, from which a few rows are read again."""

    def __init__(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._writer = pa.ipc.new_stream(self._file, schema)
        self.schema = schema

    def add(self, rows: pa.RecordBatch) -> None:
        """Append some rows; their last column is the row number."""
        self._writer.write_batch(rows)

    def rows(self, numbers: Ints) -> Iterator[tuple[Any, ...]]:
        """Yield the rows with these sorted numbers, as tuples that end with the number, in the order of the file."""
        self._writer.close()
        self._file.seek(0)
        for batch in pa.ipc.open_stream(self._file):
            own = batch.column(batch.num_columns - 1).to_numpy(zero_copy_only=False)
            between = np.searchsorted(numbers, [own.min(), own.max() + 1]) if len(own) else (0, 0)
            wanted = numbers[slice(*between)]
            if len(wanted):
                places = to_arrow(_places_of(wanted, own))
                yield from zip(*(column.to_pylist() for column in batch.take(places).columns), strict=True)

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Run:
    """Codes in a file, ordered by their first byte, and after them their row numbers in the same order.

    `begin` is their offset in bytes; `bounds` (257) are the positions at which the codes of each first byte begin, and
    their number.
    """

    begin: int
    bounds: Ints

    def read(self, file: BinaryIO, part: int, parts: int) -> tuple[Codes, Codes]:
        """Read the codes of one part of all first bytes, and their row numbers."""
        first, last = int(self.bounds[part * 256 // parts]), int(self.bounds[(part + 1) * 256 // parts])
        columns = []
        for place in range(2):
            file.seek(self.begin + 8 * (place * int(self.bounds[-1]) + first))
            columns.append(np.fromfile(file, np.uint64, last - first))
        return columns[0], columns[1]


class KeyLog:
    """The codes of one key in all rows, with their row numbers. Memory is bounded: the rest is on disk."""

    def __init__(self, in_memory: int = IN_MEMORY, at_once: int = AT_ONCE) -> None:
        self._in_memory = in_memory
        self._at_once = at_once
        self._blocks: list[tuple[Codes, Codes]] = []
        self._runs: list[_Run] = []
        self._bytes = 0
        self._total = 0
        self._file: Any = None

    def add(self, keys: Codes, numbers: Ints) -> None:
        """Append the codes of some rows."""
        self._blocks.append((keys, numbers.view(np.uint64)))
        self._bytes += keys.nbytes + numbers.nbytes
        self._total += len(keys)
        if self._bytes > self._in_memory:
            self._spill()

    def shared(self, each: Each = map) -> Ints:
        """Return the sorted numbers of all rows whose code another row has too.

        All rows with one code are in one part of the codes, so that `each` may look at the parts anywhere.
        """
        parts = _parts(self._total, self._at_once)
        ranges = (self._part(part, parts) for part in range(parts))
        found = each(_rows_sharing, (CodesByRow(keys, numbers.view(np.int64)) for keys, numbers in ranges))
        return np.sort(np.concatenate([np.empty(0, np.int64), *found]))

    def not_in(self, other: KeyLog) -> Ints:
        """Return the sorted numbers of all rows whose code no row of another log has."""
        parts = _parts(self._total + other._total, self._at_once)
        found = [np.empty(0, np.uint64)]
        for part in range(parts):
            keys, numbers = self._part(part, parts)
            found.append(numbers[~np.isin(keys, other._part(part, parts)[0])])
        return np.sort(np.concatenate(found).view(np.int64))

    def close(self) -> None:
        """Delete the temporary file."""
        if self._file:
            self._file.close()

    def _part(self, part: int, parts: int) -> tuple[Codes, Codes]:
        """Return the codes of one part of all first bytes, and their row numbers; with one part, all of them."""
        # only what is in the file is ordered by first byte
        if parts > 1 and self._blocks:
            self._spill()
        chosen = [*(run.read(self._file, part, parts) for run in self._runs), *self._blocks]
        return _joined([keys for keys, _ in chosen]), _joined([numbers for _, numbers in chosen])

    def _spill(self) -> None:
        """Move what is in memory to the file, ordered by first byte, so that each part can be read in one piece."""
        self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        keys, numbers = _joined([keys for keys, _ in self._blocks]), _joined([numbers for _, numbers in self._blocks])
        firsts = (keys >> np.uint64(56)).view(np.int64)
        # a stable sort of uint8 is a radix sort: linear in the number of codes
        order = np.argsort(firsts.astype(np.uint8), kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(firsts, minlength=256))])
        self._runs.append(_Run(self._file.seek(0, 2), bounds))
        self._file.write(keys[order])
        self._file.write(numbers[order])
        self._file.flush()
        self._blocks, self._bytes = [], 0


def _rows_sharing(part: CodesByRow) -> Ints:
    """Return the numbers of the rows whose code another row of the part has too."""
    doubled = _doubled(part.codes)
    return part.numbers[_places_of(doubled, part.codes)] if len(doubled) else np.empty(0, np.int64)


def _doubled(keys: Codes) -> Codes:
    """Return the sorted codes that occur twice or more; one that occurs three times is returned twice."""
    # half of a code is sorted in a third of the time, and rarely agrees by chance
    halves = keys.astype(np.uint32)
    together = np.sort(halves)
    doubled = together[1:][together[1:] == together[:-1]]
    if not len(doubled):
        return np.empty(0, np.uint64)
    whole = np.sort(keys[_places_of(doubled, halves)])
    again: Codes = whole[1:][whole[1:] == whole[:-1]]
    return again


def _places_of(wanted: Any, codes: Any) -> Ints:
    """Return the positions of codes that are among a few wanted ones."""
    # comparing two bytes first rules nearly all out, in a tenth of the time
    marks = np.zeros(1 << 16, bool)
    marks[wanted.astype(np.uint16)] = True
    likely = np.flatnonzero(marks[codes.astype(np.uint16)])
    return likely[np.isin(codes[likely], wanted)]


def _joined(codes: list[Codes]) -> Codes:
    return np.concatenate([np.empty(0, np.uint64), *codes])


def _parts(total: int, at_once: int) -> int:
    """Return the number of parts in which `total` codes are sorted: a power of two, at most one for each first byte."""
    return min(1 << (total // at_once).bit_length(), 256)
