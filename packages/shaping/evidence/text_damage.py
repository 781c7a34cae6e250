"""Texts and codes that a program damaged beyond repair: decimals on numbers, codes made dates, digits made zeros."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask, cells_containing, text_bytes, text_offsets, to_arrow
from packages.messages import finding
from packages.model import ROWS_KEPT, Finding, Where
from packages.shaping.dates import MONTHS
from packages.shaping.hygiene import MARKUP

_NAME = "(?i:" + "|".join(name for name in MONTHS if len(name) == 3) + ")"
_DAY = r"[0-9]{1,2}"
PATTERNS = {
    "code-decimals": r"^-?[0-9]{3,}\.0+$",
    # 01-Mar, Mar-01, 1-Mar-26, 01/03/2026 and what workbooks make of it
    "code-turned-date": rf"^({_DAY}-{_NAME}(-([0-9]{{2}}){{1,2}})?|{_NAME}-[0-9]{{2}}|{_DAY}/{_DAY}/[0-9]{{4}}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00)?)$",
    # a spreadsheet keeps fifteen digits, and six of a number that it has shortened
    "code-rounded": r"^([1-9][0-9]{14}0+|[1-9][0-9]{3,}0{6,})$",
    "code-grouped": r"^[1-9][0-9]{0,2}(,[0-9]{3})+$",
    "markup": MARKUP,
}
"""The damaged cells by rule."""

LONG = 10
"""Digits from which a spreadsheet shortens a number."""

SAMPLED, SPARSE = 4_096, 64
"""Rows that are all looked at for what a column holds, and after which one of so many is."""

YEARLESS = rf"^({_DAY}-{_NAME}|{_NAME}-[0-9]{{2}})$"
"""What a spreadsheet makes of 3-1 or MAR1; nobody writes a day so."""

CODE = r"^[^\s]{1,24}$"
CODES = 0.8
"""Share of cells without a space from which a column holds codes."""

MOST = 0.5
"""Share of a column from which its decimals are those of a program, and its dates those of a column of dates."""

LEAST_PADDED = 3
"""Codes that begin with a zero from which their length is no chance."""

LONGEST_CODE = 64
"""Characters that a code has at most."""

SAMPLED_CELLS = 50
"""Cells by which a column is taken for one of digits."""

LEAST_DECIMALS = len("000.")

HYPHENS = np.frombuffer(b"-/", np.uint8)


class TextDamage:
    """Inspects the cells of one text field during a pass."""

    def __init__(self) -> None:
        self._rows: dict[str, list[int]] = {}
        self._zeros = LeadingZeros()
        self._counts = dict.fromkeys((*PATTERNS, "filled", "long", "yearless", "sampled", "codes"), 0)

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Inspect the cells of a batch; `numbers` are their row numbers."""
        suspects = suspects_by_rule(cells)
        self._zeros.add(cells, numbers)
        for rule, pattern in PATTERNS.items():
            mask = suspects.get(rule)
            if mask is None or not mask.any():
                continue
            places = to_arrow(np.flatnonzero(mask))
            texts = cells.take(places)
            found = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
            rows = numbers.take(places).filter(found)
            self._counts[rule] += len(rows)
            self._rows[rule] = [*self._rows.get(rule, ()), *rows[:ROWS_KEPT].to_pylist()][:ROWS_KEPT]
            if rule == "code-turned-date":
                self._counts["yearless"] += pc.sum(pc.match_substring_regex(texts, YEARLESS)).as_py() or 0
        for kind in ("filled", "long"):
            mask = suspects.get(kind)
            self._counts[kind] += 0 if mask is None else int(np.count_nonzero(mask))
        # whatever the batches, the same rows are looked at
        rows = numbers.to_numpy(zero_copy_only=False)
        sample = cells.take(to_arrow(np.flatnonzero((rows <= SAMPLED) | (rows % SPARSE == 0))))
        self._counts["sampled"] += pc.sum(pc.not_equal(sample, "")).as_py() or 0
        self._counts["codes"] += pc.sum(pc.match_substring_regex(sample, CODE)).as_py() or 0

    def absorb(self, later: TextDamage) -> None:
        """Add what was found in the rows that follow."""
        self._zeros.absorb(later._zeros)
        for kind, count in later._counts.items():
            self._counts[kind] += count
        for rule, rows in later._rows.items():
            self._rows[rule] = [*self._rows.get(rule, ()), *rows][:ROWS_KEPT]

    def findings(self, where: Where) -> Iterator[Finding]:
        """Yield what is damaged, when all rows have passed."""
        counts = self._counts
        are_codes = counts["codes"] >= CODES * counts["sampled"]
        is_damage = {
            # a lone 100.0 may be a name, and whole columns of decimals are those of a program
            "code-decimals": are_codes and counts["code-decimals"] >= MOST * counts["filled"],
            "code-turned-date": are_codes
            and (counts["yearless"] > 0 or counts["code-turned-date"] < MOST * counts["filled"]),
            "code-rounded": counts["code-rounded"] > 1 and counts["code-rounded"] >= MOST * counts["long"],
            "code-grouped": are_codes and counts["code-grouped"] >= MOST * counts["filled"],
            "markup": counts["markup"] > 0,
        }
        for rule, rows in self._rows.items():
            if rows and is_damage[rule]:
                yield finding(rule, replace(where, rows=tuple(rows), count=counts[rule]))
        if short := self._zeros.lost():
            yield finding("code-zeros-lost", replace(where, rows=short[1], count=short[0]))


class LeadingZeros:
    """Inspects codes of digits: where those that begin with a zero have one length, shorter ones have lost theirs."""

    def __init__(self) -> None:
        self._padded: Counter[int] = Counter()
        self._others: Counter[int] = Counter()
        self._rows: dict[int, list[int]] = {}
        self._are_digits = True

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Inspect the cells of a batch; `numbers` are their row numbers."""
        data, bounds = text_bytes(cells), text_offsets(cells)
        filled = np.flatnonzero(np.diff(bounds))
        if not self._are_digits or not len(filled):
            return
        sizes, first = np.diff(bounds)[filled], data[bounds[filled] - bounds[0]]
        # one look at the first cells rules most columns out
        is_digit = bool((first - np.uint8(ord("0")) < 10).all())
        self._are_digits = is_digit and sizes.max() <= LONGEST_CODE and all(map(_is_code, cells[:SAMPLED_CELLS]))
        if not self._are_digits:
            return
        is_padded = first == ord("0")
        for size, count in enumerate(np.bincount(sizes[is_padded]).tolist()):
            self._padded.update({size: count} if count else {})
        for size, count in enumerate(np.bincount(sizes[~is_padded]).tolist()):
            self._others.update({size: count} if count else {})
            kept = self._rows.setdefault(size, [])
            if count and len(kept) < ROWS_KEPT:
                kept += numbers.take(to_arrow(filled[~is_padded][sizes[~is_padded] == size][:ROWS_KEPT])).to_pylist()

    def absorb(self, later: LeadingZeros) -> None:
        """Add what was seen in the rows that follow."""
        self._are_digits &= later._are_digits
        self._padded += later._padded
        self._others += later._others
        for size, rows in later._rows.items():
            self._rows[size] = [*self._rows.get(size, ()), *rows][:ROWS_KEPT]

    def lost(self) -> tuple[int, tuple[int, ...]] | None:
        """Return the number of codes that lost their zeros, and the first rows; None where there are none."""
        length, *others = self._padded or [0]
        is_fixed = self._are_digits and not others and self._padded[length] >= LEAST_PADDED
        short = {size: count for size, count in self._others.items() if size < length}
        if not is_fixed or not short or max(self._others) > length:
            return None
        rows = sorted(row for size in short for row in self._rows[size])
        return sum(short.values()), tuple(rows[:ROWS_KEPT])


def _is_code(cell: pa.Scalar) -> bool:
    text = cell.as_py()
    return not text or text.isdecimal()


def suspects_by_rule(cells: pa.Array) -> dict[str, Mask | None]:
    """Return the cells that are worth a look for each rule, found by single bytes; None where there are none."""
    data, bounds = text_bytes(cells), text_offsets(cells)
    if not len(data):
        return {}
    starts, ends = bounds[:-1] - bounds[0], bounds[1:] - bounds[0]
    sizes = ends - starts
    first, last = data[np.minimum(starts, len(data) - 1)], data[np.maximum(ends - 1, 0)]
    # unsigned: bytes below 0 wrap round to large numbers
    digits = (first - np.uint8(ord("0")) < 10) & (last - np.uint8(ord("0")) < 10)
    zero = (last == ord("0")) & (sizes > LEAST_DECIMALS)
    decimals = zero.copy()
    decimals[zero] = np.isin(data[ends[zero] - 2], (ord("0"), ord(".")))
    long = digits & (sizes >= LONG)
    dates = (sizes >= 5) & (sizes <= 11) | (sizes == 19)
    # a date has its first separator after one to four characters
    marks = [np.isin(data[np.minimum(starts[dates] + place, len(data) - 1)], HYPHENS) for place in (1, 2, 3, 4)]
    dates[dates] = np.logical_or.reduce(marks)
    return {
        "filled": sizes > 0,
        "long": long,
        "code-decimals": decimals,
        "code-rounded": long & zero,
        "code-turned-date": dates,
        "code-grouped": cells_containing(cells, b",") if digits.any() else None,
        "markup": cells_containing(cells, b"<"),
    }
