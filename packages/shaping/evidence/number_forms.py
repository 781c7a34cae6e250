"""What the amounts of a column show about its decimal sign: 1,234.50 or 1.234,50, or points that may be either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Bytes, text_bytes, text_offsets, to_arrow
from packages.messages import finding
from packages.model import ROWS_KEPT, Finding, Severity, Where
from packages.spec import FieldSpec

_BEGIN, _END = r"^[-+(£\s]*", r"[-)\s]*$"
FORMS = {
    # 1.234,50 is the one form that nobody else writes
    "grouped comma": _BEGIN + r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]{1,2}" + _END,
    "comma": _BEGIN + r"[0-9]+,[0-9]{1,2}" + _END,
    "english": _BEGIN + r"([0-9]*|[0-9]{1,3}(,[0-9]{3})+)\.[0-9]{1,2}" + _END,
    "grouped english": _BEGIN + r"[0-9]{1,3}(,[0-9]{3})+" + _END,
    "either": _BEGIN + r"[1-9][0-9]{0,2}\.[0-9]{3}" + _END,
    "either exact": _BEGIN + r"[1-9][0-9]{0,2}\.[0-9]{2}0" + _END,
    "thousands": _BEGIN + r"[1-9][0-9]{0,2}(\.[0-9]{3}){2,}" + _END,
    "decimals": _BEGIN + r"(0|[0-9]{4,})\.[0-9]{3}" + _END,
}
"""The forms of amounts; 1.137 may be a thousand or little more than one, and 0.137 and 1137.000 may not."""

POINTS, COMMAS = ("either", "thousands"), ("grouped comma", "comma")
ENGLISH = ("english", "grouped english")

PLAIN_DECIMALS = 2
"""Decimals of an amount of money; where more are kept, three of them are nothing odd."""

SEPARATORS = np.frombuffer(b".,", np.uint8)


class NumberForms:
    """Counts the forms of the amounts of one field during a pass."""

    def __init__(self, field: FieldSpec) -> None:
        self._has_few_decimals = field.type == "integer" or (field.decimals or PLAIN_DECIMALS + 1) <= PLAIN_DECIMALS
        self._counts = dict.fromkeys(FORMS, 0)
        self._filled = 0
        self._rows: dict[str, list[int]] = {}

    def add(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Add the cells of a batch; `numbers` are their row numbers."""
        data, bounds = text_bytes(cells), text_offsets(cells)
        self._filled += int(np.count_nonzero(bounds[1:] > bounds[:-1]))
        if not len(data):
            return
        ends = bounds[1:] - bounds[0]

        def from_end(place: int) -> Bytes:
            chars: Bytes = data[np.maximum(ends - place, 0)]
            return chars

        # most amounts have a point and two decimals, and a look at two bytes settles them
        ends_in_digit = from_end(1) - np.uint8(ord("0")) < 10
        is_usual = (from_end(3) == ord(".")) & ends_in_digit & (bounds[1:] - bounds[:-1] > 3)
        self._counts["english"] += int(np.count_nonzero(is_usual))
        separated = np.isin(from_end(4), SEPARATORS) | np.isin(from_end(2), SEPARATORS) | (from_end(3) == ord(","))
        places = to_arrow(np.flatnonzero((separated | ~ends_in_digit) & ~is_usual))
        encoded = cells.take(places).dictionary_encode()
        for form, pattern in FORMS.items():
            of_form = pc.fill_null(pc.match_substring_regex(encoded.dictionary, pattern), False).take(encoded.indices)
            rows = numbers.take(places).filter(pc.fill_null(of_form, False))
            self._counts[form] += len(rows)
            self._rows[form] = [*self._rows.get(form, ()), *rows[:ROWS_KEPT].to_pylist()][:ROWS_KEPT]

    def absorb(self, later: NumberForms) -> None:
        """Add what was counted in the rows that follow."""
        self._filled += later._filled
        for form, count in later._counts.items():
            self._counts[form] += count
        for form, rows in later._rows.items():
            self._rows[form] = [*self._rows.get(form, ()), *rows][:ROWS_KEPT]

    def count(self, forms: Iterable[str]) -> int:
        """Return how many cells have one of those forms."""
        return sum(self._counts[form] for form in forms)

    @property
    def is_comma(self) -> bool:
        """Whether all amounts are proven to have a decimal comma."""
        is_proof = self._counts["grouped comma"] > 0 or self._counts["comma"] * 2 >= max(self._filled, 1)
        return is_proof and not self.count((*ENGLISH, "decimals"))

    def findings(self, where: Where, *, comma: bool) -> Iterator[Finding]:
        """Yield what is doubtful, when all rows have passed; `comma` is whether they were read with a decimal comma."""
        mixed = self.count((*ENGLISH, "decimals"))
        if comma and mixed:
            yield self._finding("number-decimals-mixed", where, (*ENGLISH, "decimals"))
        points = self.count(POINTS)
        if comma or not points or not self._has_few_decimals or self._counts["decimals"]:
            return
        if not self._counts["english"]:
            yield self._finding("number-thousands-point", where, POINTS)
        elif points == self._counts["either exact"]:
            # beside amounts such as 12.50 a person may see that 1.000 is one; 1.137 has a digit too many
            yield self._finding("number-thousands-point", where, POINTS, Severity.HOLD)

    def _finding(self, rule: str, where: Where, forms: Iterable[str], severity: Severity | None = None) -> Finding:
        rows = sorted(row for form in forms for row in self._rows.get(form, ()))[:ROWS_KEPT]
        return finding(rule, replace(where, rows=tuple(rows), count=self.count(forms)), severity=severity)


def fields_with_comma(forms: Mapping[str, NumberForms]) -> frozenset[str]:
    """Return the fields that have a decimal comma: their own cells prove it, or others do and none is against it."""
    own = {name for name, column in forms.items() if column.is_comma}
    is_file = bool(own) and not any(column.count((*ENGLISH, "decimals")) for column in forms.values())
    return frozenset(forms) if is_file else frozenset(own)
