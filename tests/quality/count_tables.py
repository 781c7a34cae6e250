"""Made-up tables of counts: of every structure that a description can have, with the sums that an outsider knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import pyarrow as pa

from packages.spec import CountsSpec
from tests.quality.outsider import Cell, Outsider, sums_of

Labels = tuple[str, ...]


@dataclass(frozen=True)
class CountTable:
    """Rows of numbers by labels, how they are described, and what is a sum of what: of labels and of measures."""

    by: tuple[str, ...]
    measures: tuple[str, ...]
    rows: Mapping[Labels, tuple[int | None, ...]]
    described: Mapping[str, Any]
    totals: Sequence[Mapping[str, Sequence[str] | None]]
    parts: Mapping[str, Sequence[str]]
    threshold: int = 5
    zeros: str = "show"

    @property
    def spec(self) -> CountsSpec:
        return CountsSpec.model_validate(
            {
                "measure": list(self.measures),
                "by": list(self.by),
                "threshold": self.threshold,
                "zeros": self.zeros,
                "totals": dict(self.described),
            }
        )

    def arrow(self) -> pa.Table:
        """The table as the stage gets it."""
        columns: dict[str, pa.Array] = {
            name: pa.array([labels[at] for labels in self.rows], pa.string()) for at, name in enumerate(self.by)
        }
        for at, name in enumerate(self.measures):
            values = [numbers[at] for numbers in self.rows.values()]
            columns[name] = pa.array(values, pa.int64())
            columns[f"{name}_status"] = pa.array(["suppressed" if v is None else None for v in values], pa.string())
        return pa.table(columns)

    def published(self, masks: Mapping[str, Any]) -> pa.Table:
        """The table as it is public: hidden numbers are empty, with their status."""
        table = self.arrow()
        for name, mask in masks.items():
            values = [None if hidden else v for v, hidden in zip(table[name].to_pylist(), mask, strict=True)]
            table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.int64()))
            status = ["suppressed" if v is None else None for v in values]
            place = table.column_names.index(f"{name}_status")
            table = table.set_column(place, f"{name}_status", pa.array(status, pa.string()))
        return table

    def sums(self) -> list[tuple[Cell, tuple[Cell, ...]]]:
        """What adds up to what, as the maker of the table knows it."""
        labelled = sums_of(list(self.rows), self.totals)
        found = [((m, *total), tuple((m, *part) for part in parts)) for m in self.measures for total, parts in labelled]
        for whole, names in self.parts.items():
            found += [((whole, *labels), tuple((name, *labels) for name in names)) for labels in self.rows]
        return found

    def cells(self) -> dict[Cell, int | None]:
        """The number of each cell."""
        return {(m, *labels): v[at] for labels, v in self.rows.items() for at, m in enumerate(self.measures)}


def outsider_of(table: CountTable, public: pa.Table) -> Outsider:
    """Somebody who has the public table and knows how it is made."""
    outsider = Outsider(floor=1.0 if table.zeros == "show" else 0.0, sums=table.sums())
    for row in public.to_pylist():
        for measure in table.measures:
            if row[measure] is not None:
                outsider.shown[(measure, *(row[name] for name in table.by))] = row[measure]
    return outsider


def number(rng: Random, spread: float) -> int:
    """Mostly small numbers for a small spread."""
    return int(rng.expovariate(1 / spread)) if rng.random() > 0.15 else 0


def made_table(rng: Random) -> CountTable:
    """A table of one of many structures."""
    kind = rng.choice(("list", "list-total", "grid", "grid", "grid", "half", "nested", "levels", "measures", "cube"))
    return make_table(rng, kind)


def make_table(rng: Random, kind: str) -> CountTable:
    spread = rng.choice((3.0, 8.0, 20.0, 60.0))
    wards = [f"Ward {chr(65 + at)}" for at in range(rng.randint(2, 9))]
    ages = [f"{20 * at} to {20 * at + 19}" for at in range(rng.randint(2, 5))]
    threshold, zeros = rng.choice((3, 5, 5, 10)), rng.choice(("show", "show", "hide"))
    if kind in ("list", "list-total"):
        rows: dict[Labels, list[int]] = {(ward,): [number(rng, spread)] for ward in wards}
        if kind == "list-total":
            rows["Total",] = [sum(v[0] for v in rows.values())]
        totals: list[dict[str, list[str] | None]] = [{"Total": None}]
        return _table(rng, ("ward",), rows, {"ward": "Total"}, totals, (threshold, zeros))
    if kind in ("grid", "half"):
        rows = {labels: [number(rng, spread)] for labels in product(wards, ages)}
        rows |= {(ward, "All"): [sum(rows[ward, age][0] for age in ages)] for ward in wards}
        if kind == "grid":
            rows |= {("Total", age): [sum(rows[w, age][0] for w in wards)] for age in (*ages, "All")}
        described = {"ward": "Total", "age": ["All", "All ages"]}
        return _table(rng, ("ward", "age"), rows, described, [{"Total": None}, {"All": None}], (threshold, zeros))
    if kind == "nested":
        inside = {f"Area {at}": [f"{at}{chr(65 + w)}" for w in range(rng.randint(1, 4))] for at in range(1, 4)}
        rows = {(area, ward): [number(rng, spread)] for area, names in inside.items() for ward in names}
        rows |= {(area, "All"): [sum(rows[area, w][0] for w in names)] for area, names in inside.items()}
        rows["All", "All"] = [sum(rows[area, "All"][0] for area in inside)]
        return _table(
            rng, ("area", "ward"), rows, {"area": "All", "ward": "All"}, [{"All": None}, {"All": None}],
            (threshold, zeros),
        )  # fmt: skip
    if kind == "levels":
        half = max(1, len(wards) // 2)
        tree = {"North": wards[:half], "South": wards[half:] or wards[:1], "Total": ["North", "South"]}
        rows = {(ward, age): [number(rng, spread)] for ward in wards for age in ages}
        for name, parts in tree.items():
            rows |= {(name, age): [sum(rows[part, age][0] for part in parts)] for age in ages}
        rows |= {(w, "All"): [sum(rows[w, age][0] for age in ages)] for w in (*wards, *tree)}
        described = {"ward": tree, "age": "All"}
        return _table(rng, ("ward", "age"), rows, described, [tree, {"All": None}], (threshold, zeros))
    if kind == "cube":
        sexes = ["f", "m"]
        rows = {labels: [number(rng, spread)] for labels in product(wards[:3], ages[:3], sexes)}
        for at, (label, parts) in enumerate((("Total", wards[:3]), ("All", ages[:3]), ("both", sexes))):
            for labels in list(rows):
                key = (*labels[:at], label, *labels[at + 1 :])
                rows[key] = [sum(rows[(*labels[:at], part, *labels[at + 1 :])][0] for part in parts)]
        described = {"ward": "Total", "age": "All", "sex": "both"}
        whole = [{"Total": None}, {"All": None}, {"both": None}]
        return _table(rng, ("ward", "age", "sex"), rows, described, whole, (threshold, zeros))
    parts = {ward: [number(rng, spread), number(rng, spread)] for ward in wards}
    rows = {(ward,): [sum(own), *own] for ward, own in parts.items()}
    rows["Total",] = [sum(v[at] for v in rows.values()) for at in range(3)]
    described = {"ward": "Total", "claimants": ["working", "pension"]}
    return _table(rng, ("ward",), rows, described, [{"Total": None}], (threshold, zeros))


def _table(
    rng: Random,
    by: tuple[str, ...],
    rows: Mapping[Labels, Sequence[int]],
    described: Mapping[str, Any],
    totals: Sequence[Mapping[str, Sequence[str] | None]],
    rules: tuple[int, str],
) -> CountTable:
    measures = ("claimants", "working", "pension") if "claimants" in described else ("n",)
    parts = {"claimants": ["working", "pension"]} if "claimants" in described else {}
    order = list(rows)
    rng.shuffle(order)
    return CountTable(by, measures, {key: tuple(rows[key]) for key in order}, described, totals, parts, *rules)
