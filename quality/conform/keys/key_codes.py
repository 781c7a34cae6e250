"""Which rows may share a key: every key becomes a 64-bit code, equal values equal codes, and codes are sorted.

Codes that agree by chance only cost a second look: the rows are confirmed on their values by whoever asks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import replace_cells, text_offsets, to_arrow
from quality.conform.proofs.verdict_cache import Ints, Mask

Codes = np.ndarray[Any, np.dtype[np.uint64]]

ODD = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)

LONGEST_TEXT = 256
"""Bytes of a text that count for its code."""

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of codes that are kept in memory; more go to a temporary file."""

AT_ONCE = 64 * 1024
"""Codes that are sorted at once: so many stay in the processor's cache."""


def value_codes(values: pa.Array) -> Codes:
    """A code for each value of a column; those of nulls mean nothing."""
    kind = values.type
    if pa.types.is_string(kind):
        return text_codes(values)
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        floats = pc.fill_null(values.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
        return _mixed((floats + 0.0).view(np.uint64))
    if pa.types.is_temporal(kind):
        values = values.view(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    return _mixed(pc.fill_null(values.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).view(np.uint64))


def combine_codes(columns: list[Codes], absent: list[Mask | None]) -> Codes:
    """One code for several columns; a cell without a value counts as one of its own."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column, missing in zip(columns, absent, strict=True):
        part = column if missing is None else np.where(missing, np.uint64(1), column)
        total = _mixed(total * ODD + part)
    return total


def text_codes(texts: pa.Array) -> Codes:
    """A code for each text, from its bytes in words of eight. It does not depend on the texts beside it."""
    if not len(texts):
        return np.empty(0, np.uint64)
    texts = _shortened(texts)
    sizes = np.diff(text_offsets(texts))
    same = sizes == sizes[len(sizes) // 2]
    if same.all() or 2 * same.sum() < len(same):
        return _codes_of_words(texts, sizes)
    # most have one length, whose bytes stand in even rows already
    found = np.empty(len(texts), np.uint64)
    for here in (same, ~same):
        found[here] = _codes_of_words(texts.filter(to_arrow(here)), sizes[here])
    return found


def _codes_of_words(texts: pa.Array, sizes: Any) -> Codes:
    total: Codes = sizes.astype(np.uint64) * MIX
    if not sizes.any():
        return total
    words = _words(texts, text_offsets(texts), sizes)
    for place in range(words.shape[1]):
        longer = _mixed(total * ODD + words[:, place])
        # the words behind a text's own are there for the longer ones
        total = np.where(sizes > 8 * place, longer, total)
    return total


def _shortened(texts: pa.Array) -> pa.Array:
    """Texts of which the long ones are cut: they still have equal codes when they are equal."""
    long = np.flatnonzero(np.diff(text_offsets(texts)) > LONGEST_TEXT)
    return (
        replace_cells(texts, long, pc.utf8_slice_codeunits(texts.take(to_arrow(long)), 0, 64)) if len(long) else texts
    )


def _words(texts: pa.Array, bounds: Any, sizes: Any) -> Codes:
    """The bytes of each text in one row, filled up with zeros to whole words."""
    longest = int(sizes.max())
    width = -(-longest // 8) * 8
    data = np.frombuffer(texts.buffers()[2], np.uint8)
    padded = np.zeros((len(sizes), width), np.uint8)
    if sizes.min() == longest:
        padded[:, :longest] = data[bounds[0] : bounds[-1]].reshape(-1, longest)
    else:
        columns = np.arange(longest)
        inside = columns < sizes[:, None]
        padded[:, :longest][inside] = data[bounds[0] : bounds[-1]]
    return padded.view(np.uint64)


def _mixed(words: Codes) -> Codes:
    words = (words ^ (words >> np.uint64(32))) * MIX
    return words ^ (words >> np.uint64(29))


class ValueLog:
    """The key columns of all rows in a temporary file, for a second look at a few of them."""

    def __init__(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._writer = pa.ipc.new_stream(self._file, schema)
        self.schema = schema

    def add(self, rows: pa.RecordBatch) -> None:
        """Keep some rows; their last column is the row number."""
        self._writer.write_batch(rows)

    def rows(self, numbers: Ints) -> Iterator[tuple[Any, ...]]:
        """The rows with these numbers (in order), as tuples that end with the number, in the order they came."""
        self._writer.close()
        self._file.seek(0)
        for batch in pa.ipc.open_stream(self._file):
            own = batch.column(batch.num_columns - 1).to_numpy(zero_copy_only=False)
            between = np.searchsorted(numbers, [own.min(), own.max() + 1]) if len(own) else (0, 0)
            wanted = numbers[slice(*between)]
            if len(wanted):
                here = to_arrow(_places_of(wanted, own))
                yield from zip(*(column.to_pylist() for column in batch.take(here).columns), strict=True)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Run:
    """Codes that lie in a file, ordered by their first byte, and behind them their row numbers in the same order.

    `begin` is where they begin, in bytes; `bounds` (257) are the places where each first byte begins and the last ends.
    """

    begin: int
    bounds: Ints

    def read(self, file: BinaryIO, part: int, parts: int) -> tuple[Codes, Codes]:
        """The codes of one part, told apart by their first bytes, and their numbers."""
        first, last = int(self.bounds[part * 256 // parts]), int(self.bounds[(part + 1) * 256 // parts])
        found = []
        for column in range(2):
            file.seek(self.begin + 8 * (column * int(self.bounds[-1]) + first))
            found.append(np.fromfile(file, np.uint64, last - first))
        return found[0], found[1]


class KeyLog:
    """The codes of the keys of all rows with their row numbers, for one key. Memory is bounded: the rest is on disk."""

    def __init__(self, in_memory: int = IN_MEMORY, at_once: int = AT_ONCE) -> None:
        self._in_memory = in_memory
        self._at_once = at_once
        self._blocks: list[tuple[Codes, Codes]] = []
        self._runs: list[_Run] = []
        self._bytes = 0
        self._total = 0
        self._file: Any = None

    def add(self, keys: Codes, numbers: Ints) -> None:
        """Note the keys of some rows."""
        self._blocks.append((keys, numbers.view(np.uint64)))
        self._bytes += keys.nbytes + numbers.nbytes
        self._total += len(keys)
        if self._bytes > self._in_memory:
            self._spill()

    def shared(self) -> Ints:
        """The numbers of all rows whose code another row has too, in order."""
        found = [np.empty(0, np.uint64)]
        parts = _parts(self._total, self._at_once)
        for part in range(parts):
            keys, numbers = self._part(part, parts)
            doubled = _doubled(keys)
            if len(doubled):
                found.append(numbers[_places_of(doubled, keys)])
        return np.sort(np.concatenate(found).view(np.int64))

    def not_in(self, other: KeyLog) -> Ints:
        """The numbers of all rows whose code no row of another log has, in order."""
        parts = _parts(self._total + other._total, self._at_once)
        found = [np.empty(0, np.uint64)]
        for part in range(parts):
            keys, numbers = self._part(part, parts)
            found.append(numbers[~np.isin(keys, other._part(part, parts)[0])])
        return np.sort(np.concatenate(found).view(np.int64))

    def close(self) -> None:
        """Give the disk space back."""
        if self._file:
            self._file.close()

    def _part(self, part: int, parts: int) -> tuple[Codes, Codes]:
        """The codes of one part, told apart by their first bytes, and their numbers."""
        if parts > 1 and self._blocks:
            self._spill()
        chosen = [*(run.read(self._file, part, parts) for run in self._runs), *self._blocks]
        return _joined([keys for keys, _ in chosen]), _joined([numbers for _, numbers in chosen])

    def _spill(self) -> None:
        """Move what is in memory to the file, in an order in which each part lies together."""
        self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        keys, numbers = _joined([keys for keys, _ in self._blocks]), _joined([numbers for _, numbers in self._blocks])
        firsts = _first_bytes(keys)
        order = np.argsort(firsts.astype(np.uint8), kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(firsts, minlength=256))])
        self._runs.append(_Run(self._file.seek(0, 2), bounds))
        self._file.write(keys[order])
        self._file.write(numbers[order])
        self._file.flush()
        self._blocks, self._bytes = [], 0


def _doubled(keys: Codes) -> Codes:
    """The codes that are there twice or more, in order; one that is there three times stands here twice."""
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
    """The places of codes that are among a few wanted ones."""
    # a look at two bytes rules nearly all out, for a tenth of the time
    marks = np.zeros(1 << 16, bool)
    marks[wanted.astype(np.uint16)] = True
    likely = np.flatnonzero(marks[codes.astype(np.uint16)])
    return likely[np.isin(codes[likely], wanted)]


def _joined(codes: list[Codes]) -> Codes:
    return np.concatenate([np.empty(0, np.uint64), *codes])


def _first_bytes(keys: Codes) -> Ints:
    return (keys >> np.uint64(56)).view(np.int64)


def _parts(total: int, at_once: int) -> int:
    """In how many parts so many codes are sorted: a power of two."""
    return min(1 << (total // at_once).bit_length(), 256)
