"""Tables of people: whether anybody in them can be told apart by what others know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from packages.messages import finding
from packages.model import Finding, Where
from packages.spec import PeopleSpec


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike the rows of a table of people are.

    `alone` and `few` count the rows that are the only one of their combination, and those that share it with others
    and yet with fewer than k in all. `least` is the smallest number of rows of any combination (its k), 0 for no rows.
    `same` counts by sensitive field the rows among whose likes there are too few different values, and `variety` is
    the smallest number of different values (its l).
    """

    rows: int
    alone: int
    few: int
    least: int
    same: dict[str, int]
    variety: dict[str, int]


def likeness(table: pa.Table, spec: PeopleSpec) -> Likeness:
    """Compare the rows of a table; an empty cell is a value like any other."""
    if not table.num_rows:
        return Likeness(0, 0, 0, 0, dict.fromkeys(spec.sensitive, 0), dict.fromkeys(spec.sensitive, 0))
    counted: list[Any] = [
        ([], "count_all"),
        *((name, "count_distinct", pc.CountOptions(mode="all")) for name in spec.sensitive),
    ]
    groups = table.select(list(dict.fromkeys((*spec.quasi, *spec.sensitive)))).group_by(spec.quasi).aggregate(counted)
    sizes = groups["count_all"]
    same, variety = {}, {}
    for name in spec.sensitive:
        different = groups[f"{name}_count_distinct"]
        same[name] = _total(sizes.filter(pc.less(different, spec.l)))
        variety[name] = pc.min(different).as_py()
    is_few = pc.and_(pc.greater(sizes, 1), pc.less(sizes, spec.k))
    alone = _total(sizes.filter(pc.equal(sizes, 1)))
    return Likeness(table.num_rows, alone, _total(sizes.filter(is_few)), pc.min(sizes).as_py(), same, variety)


def people_findings(table: pa.Table, resource: str, spec: PeopleSpec) -> Iterator[Finding]:
    """Yield what was found: counts of rows, and neither values nor which rows."""
    found = likeness(table, spec)
    fields = ", ".join(f"‘{name}’" for name in spec.quasi)
    for rule, count in (("people-singled-out", found.alone), ("people-few-alike", found.few)):
        if count:
            yield finding(rule, Where(resource, count=count, of=found.rows), fields=fields, least=spec.k)
    for name, count in found.same.items():
        if count:
            yield finding("people-all-the-same", Where(resource, name, count=count, of=found.rows), least=spec.l)


def _total(sizes: pa.ChunkedArray) -> int:
    return pc.sum(sizes).as_py() or 0
