"""The cells of a table of numbers, each with what it counts, and the sums that anybody can check."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pyarrow as pa

from packages.formats.arrow import as_text
from packages.shaping.texts import fold_text
from packages.spec import SUPPRESSED, CountsSpec
from quality.suppression.linear_table import Mask
from quality.suppression.solver import Floats

CellKey = tuple[str, ...]
"""The measure of a cell, and its label in each field of `by`; "" where it is the total over all labels."""

TOTAL_WORDS = re.compile(
    r"\b(sub ?-?)?totals?\b|\boverall\b|\bcombined\b|^(all|any|both|sum|every(one|body)?)$|^whole\b"
    r"|^(all|both|any) (ages?|areas?|bands?|boroughs?|categories|claimants?|ethnicit(y|ies)|genders?|groups?"
    r"|households?|people|periods?|persons?|quarters?|residents?|sex(es)?|tenures?|types?|wards?|years?)$"
)
"""A label, in one case, that stands for a sum of others. Some wards are called after All Saints."""

MOST_PARTS = 8
"""Measures of one table up to which every way in which some add up to another is tried."""

FEW_ROWS = 3
"""Rows in which measures must add up before that is no chance."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum: the position of the cell that states it, and of those that are added up."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class CountCells:
    """The cells of a table, row by row, and within a row in the order of the measures.

    `labels` has the label of every row in each field of `by`, in one case and spacing. `values` (rows x measures) is
    NaN where there is no number; `marked` is where the publisher had taken it out.
    """

    spec: CountsSpec
    measures: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    values: Floats
    marked: Mask

    @classmethod
    def of(cls, table: pa.Table, spec: CountsSpec) -> CountCells:
        """Read the cells of a typed table; a field of `by` that it lacks counts as the total over it."""
        names = table.column_names
        measures = tuple(name for name in spec.measure if name in names)
        texts = [
            [fold_text(text) for text in as_text(table[name].combine_chunks()).to_pylist()]
            if name in names
            else [""] * table.num_rows
            for name in spec.by
        ]
        values = np.full((table.num_rows, len(measures)), np.nan)
        marked = np.zeros(values.shape, bool)
        for place, name in enumerate(measures):
            values[:, place] = [np.nan if value is None else float(value) for value in table[name].to_pylist()]
            if spec.status_of(name) in names:
                marked[:, place] = [reason == SUPPRESSED for reason in table[spec.status_of(name)].to_pylist()]
        return cls(spec, measures, tuple(zip(*texts, strict=True)), values, marked & np.isnan(values))

    @property
    def repeated(self) -> int:
        """How many rows have the same labels as another."""
        return len(self.labels) - len(set(self.labels))

    @cached_property
    def totals(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The labels of totals by field, each with the labels that it is the sum of; none for all others."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for place, field in enumerate(self.spec.by):
            present = {label[place] for label in self.labels}
            stated = self.spec.totals.get(field, {})
            described = {fold_text(total): tuple(map(fold_text, parts)) for total, parts in stated.items()}
            found[field] = {total: parts for total, parts in described.items() if total in present}
            if not any(not parts for parts in found[field].values()):
                found[field] |= dict.fromkeys(self._found_totals(place, frozenset(described)), ())
        return found

    @cached_property
    def keys(self) -> tuple[CellKey, ...]:
        """What each cell counts; the same in another table of the same description."""
        whole = [{total for total, parts in self.totals[field].items() if not parts} for field in self.spec.by]
        rows = [
            tuple("" if label in totals else label for label, totals in zip(labels, whole, strict=True))
            for labels in self.labels
        ]
        return tuple((measure, *row) for row in rows for measure in self.measures)

    def sums(self) -> Iterator[Sum]:
        """Yield every sum in the table: of labels within a measure, and of measures within a row."""
        width = len(self.measures)
        for place, field in enumerate(self.spec.by):
            totals = self.totals[field]
            for rows in self._groups(place).values() if totals else ():
                for total, described in totals.items():
                    others = described or [label for label in rows if label not in totals]
                    parts = [label for label in others if label in rows]
                    if total in rows and parts:
                        for measure in range(width):
                            cells = (rows[label] * width + measure for label in parts)
                            yield Sum(rows[total] * width + measure, tuple(cells))
        for whole, parts_of in self._sums_of_measures():
            for row in range(len(self.labels)):
                yield Sum(row * width + whole, tuple(row * width + part for part in parts_of))

    def _groups(self, place: int) -> Mapping[tuple[str, ...], Mapping[str, int]]:
        """Return the rows by label of one field, for each combination of labels of the others."""
        groups: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        for row, labels in enumerate(self.labels):
            groups[labels[:place] + labels[place + 1 :]][labels[place]] = row
        return groups

    def _found_totals(self, place: int, others: frozenset[str]) -> list[str]:
        """Return the label that stands for all others of a field, by its numbers and its words; empty for none."""
        agrees: dict[str, bool] = {}
        for rows in self._groups(place).values():
            inside = [label for label in rows if label not in others]
            if len(inside) < FEW_ROWS:
                continue
            values = self.values[[rows[label] for label in inside]]
            twice = values.sum(axis=0)
            known = ~np.isnan(twice) & (twice > 0)
            for label, own in zip(inside, values, strict=True):
                if known.any():
                    agrees[label] = agrees.get(label, True) and bool(np.all(2 * own[known] == twice[known]))
        named = [label for label in dict.fromkeys(row[place] for row in self.labels) if TOTAL_WORDS.search(label)]
        summed = [label for label, holds in agrees.items() if holds]
        both = [label for label in summed if label in named]
        # numbers are proof; words alone speak for a total where the numbers are not all there
        for labels in (both, summed, [label for label in named if label not in others and label not in agrees]):
            if len(labels) == 1:
                return labels
        return []

    def _sums_of_measures(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the measures that are the sum of others in every row: as described, and as the numbers show."""
        places = {name: place for place, name in enumerate(self.measures)}
        described = {
            places[name]: tuple(places[part] for part in totals[name] if part in places)
            for name, totals in self.spec.totals.items()
            if name in places and name in totals
        }
        yield from ((whole, parts) for whole, parts in described.items() if parts)
        known = self.values[~np.isnan(self.values).any(axis=1)]
        if not 2 < len(self.measures) <= MOST_PARTS or len(known) < FEW_ROWS:
            return
        for whole in set(range(len(self.measures))) - set(described):
            others = [place for place in range(len(self.measures)) if place != whole]
            for size in range(2, len(others) + 1):
                for parts in combinations(others, size):
                    # a column of zeros adds up with anything
                    if known[:, list(parts)].any(axis=0).all() and np.all(
                        known[:, list(parts)].sum(axis=1) == known[:, whole]
                    ):
                        yield whole, parts


def unclear_totals(cells: CountCells) -> int:
    """Return how many labels look like totals by their words, and are no sum that anybody described or found."""
    unclear = 0
    for place, field in enumerate(cells.spec.by):
        labels = {row[place] for row in cells.labels}
        unclear += sum(bool(TOTAL_WORDS.search(label)) and label not in cells.totals[field] for label in labels)
    return unclear


def mismatches(cells: CountCells, sums: Sequence[Sum]) -> int:
    """Return how many sums do not hold, of those whose numbers are all known."""
    flat = cells.values.ravel()
    apart = (abs(flat[list(s.parts)].sum() - flat[s.total]) for s in sums)
    return sum(bool(difference > 0.5 * 10**-6) for difference in apart)
