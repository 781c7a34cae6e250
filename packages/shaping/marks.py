"""Marks that stand where a publisher gives no number: taken out of a measure, with the reason in the column beside.

The symbols are those that the Government Analysis Function recommends ([c], [x], [z], [low], …), those before them, and
what people write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import MARK, ROWS_KEPT, ChangeLog, Finding, Where
from packages.shaping.cells import log_changes
from packages.shaping.layout import Arrangement
from packages.shaping.numbers import is_plain_number, plain_number
from packages.shaping.texts import fold_text
from packages.spec import NOT_AVAILABLE, SUPPRESSED, CountsSpec

MARKS: Mapping[str, tuple[str, ...]] = {
    SUPPRESSED: (
        "[c]", "c", "(c)", "[s]", "*", "**", "***", "[*]", "(*)", "#", "suppressed", "supressed", "supp",
        "confidential", "disclosive", "withheld", "redacted", "hidden", "small number",
        "small numbers", "low number", "low numbers", "not shown", "data suppressed",
    ),
    "low": ("[low]", "low", "~", "0~", "[0]"),
    NOT_AVAILABLE: (
        "[x]", "x", "..", "...", ":", "-", "–", "—", "--", "n/a", "na", "n.a.", "[n/a]", "n/k", "nk", "not known",
        "unknown", "not available", "no data", "missing", "not recorded", "not collected", "tbc", "nan", "null", "none",
    ),
    "not-applicable": ("[z]", "z", ".", "not applicable", "n/app"),
    "none-recorded": ("[w]",),
}  # fmt: skip
"""Whole cells, in any case, by what they say."""

BESIDE_NUMBER = {
    "p": "provisional", "r": "revised", "e": "estimated", "f": "estimated", "b": "break-in-series", "u": "unreliable",
}  # fmt: skip
"""Marks that stand in square brackets after a number."""

LESS_THAN = re.compile(
    r"(<|<=|=<|≤|[≦⩽]|&lt;|fewer than|less than|under|below|up to|at most|no more than|lt)\s*(or equal to\s*)?[0-9]+\.?"
    r"|[0-9]+ (or|and) (fewer|less|under|below)|[0-9]{1,3}\s*(-|–|—|to|‑)\s*[0-9]{1,3}"
    r"|(fewer than|less than|under) (five|ten|three)"
)
"""Words that tell only between which numbers it is."""

NUMBER_WITH_MARK = re.compile(r"(.*[0-9])\s*\[([perfbu])\]")

_BY_MARK = {mark: reason for reason, marks in MARKS.items() for mark in marks}


@dataclass(frozen=True, slots=True)
class ReadMark:
    """What a cell says besides or instead of a number: the number that is left, or "", and the reason."""

    number: str
    reason: str


def read_mark(text: str) -> ReadMark | None:
    """Return what a mark in a cell of a measure says; None for a number, an empty cell, and what is no mark."""
    # full-width signs and superscripts become the plain characters they stand for
    plain = fold_text(unicodedata.normalize("NFKC", text))
    if not plain or is_plain_number(plain_number(plain)):
        return None
    if reason := _BY_MARK.get(plain):
        return ReadMark("", reason)
    if LESS_THAN.fullmatch(plain):
        return ReadMark("", SUPPRESSED)
    marked = NUMBER_WITH_MARK.fullmatch(plain)
    if marked and is_plain_number(plain_number(marked[1])):
        return ReadMark(marked[1], BESIDE_NUMBER[marked[2]])
    return None


class Marks:
    """Takes the marks out of the measures of one table, and writes the reasons beside them."""

    def __init__(self, counts: tuple[CountsSpec, ...], arrangement: Arrangement) -> None:
        self._headings = {s.field.name: arrangement.heading(s) for s in arrangement.sources if s.columns}
        self._beside = {
            name: spec.status_of(name) for spec in counts for name in spec.measure if name in self._headings
        }
        self._by = tuple(dict.fromkeys(name for spec in counts for name in spec.by))
        self._rows: dict[tuple[str, str], list[int]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def without_marks(self, name: str, cells: pa.Array, numbers: pa.Array, log: ChangeLog) -> tuple[pa.Array, pa.Array]:
        """Return the cells of a measure with numbers only, and the reason for each cell ("" for none)."""
        # each distinct text is looked at once
        encoded = pc.fill_null(cells, "").dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        read = [read_mark(text) for text in texts]
        left = pa.array([mark.number if mark else text for mark, text in zip(read, texts, strict=True)], pa.string())
        reasons = pa.array([mark.reason if mark else "" for mark in read], pa.string()).take(encoded.indices)
        is_marked = pc.not_equal(reasons, "")
        if pc.any(is_marked, min_count=0).as_py():
            log_changes(log, MARK, name, numbers.filter(is_marked))
            for reason in filter(None, reasons.unique().to_pylist()):
                rows = numbers.filter(pc.equal(reasons, reason))
                known = self._rows.setdefault((name, reason), [])
                known += rows[: max(ROWS_KEPT - len(known), 0)].to_pylist()
                self._counts[name, reason] = self._counts.get((name, reason), 0) + len(rows)
            # a null cell is one that its row did not have, and stays
            cells = pc.if_else(is_marked, left.take(encoded.indices), cells)
        return cells, reasons

    def with_reasons(self, shaped: Mapping[str, pa.Array], reasons: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """Return the columns with the reasons beside their measures, where the file gives none of its own."""
        told = dict(shaped)
        if not reasons:
            return told
        # a blank row is no record, and its numbers are not missing
        filled = [pc.fill_null(pc.not_equal(shaped[name], ""), False) for name in self._by]
        is_record = reduce(pc.or_, filled)
        for name, found in reasons.items():
            own, measure = pc.fill_null(shaped[self._beside[name]], ""), shaped[name]
            is_open = pc.and_(pc.equal(own, ""), pc.equal(found, ""))
            # whoever reads the file must be able to tell an empty cell from a forgotten one
            is_empty = pc.and_(pc.and_(is_open, pc.fill_null(pc.equal(measure, ""), False)), is_record)
            told[self._beside[name]] = pc.if_else(
                pc.equal(own, ""), pc.if_else(is_empty, pa.scalar(NOT_AVAILABLE), found), own
            )
        return told

    @property
    def measures(self) -> frozenset[str]:
        """The measures that the file has."""
        return frozenset(self._beside)

    def findings(self, resource: str) -> Iterator[Finding]:
        """Yield what was found, when all rows have passed: one finding for each measure and reason."""
        for (name, reason), count in self._counts.items():
            place = Where(resource, name, self._headings[name], rows=tuple(self._rows[name, reason]), count=count)
            yield finding("counts-marked", place, reason=reason, status=self._beside[name])
