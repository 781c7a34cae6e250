"""Random tables with cells at the edges of their types, and random expectations on them, of which many are just met."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from quality.suites.expectations import ExpectationQuestion

TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "name": pa.string(),
    "whole": pa.int64(),
    "amount": pa.decimal128(38, 2),
    "fine": pa.decimal128(38, 9),
    "number": pa.float64(),
    "year": pa.int32(),
    "day": pa.date32(),
    "other-day": pa.date32(),
    "moment": pa.timestamp("us"),
    "yes": pa.bool_(),
    "hour": pa.time64("us"),
    "kind": pa.string(),
}
"""The columns of a random table; `kind` holds few different texts, for conditions."""

DATES = frozenset({"day", "other-day", "moment"})
NUMBERS = ("whole", "amount", "fine", "number", "year")
TEXTS = ("text", "name", "kind")

TEXT_POOL = (
    "", " ", "a", "A", "ab", "Total", "total 5", "  Grand  total", "sub-total", "totally", "SW9 7HH", "sw97hh",
    "12", "1.00E+11", "1e5", "\n", "a\n", "a\nb", "\t", "\x0b total", "\x00", "\u00a0total", "ſtotal", "K", "K",
    "é", "É", "straße", "STRASSE", "İ", "日本語", "٣", "a b", "x" * 300, "x" * 299 + "y", "http://a.b", "https://é",
    "😀", "e\u0301", "TBC", "to be confirmed", "null", "nan", "None", "ab,c", '"', "$", "\\", "a\r\n", "\u2028", "a|b",
)  # fmt: skip
WHOLE_POOL = (0, 1, -1, 2, 3, 5, 7, 10, 499, 500, 501, -500, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53), 2**62)
AMOUNT_POOL = (
    "0",
    "0.00",
    "-0.01",
    "0.01",
    "0.1",
    "0.3",
    "1",
    "1.1",
    "10",
    "499.99",
    "500",
    "1e15",
    "123456789012345678901234567890",
    "90071992547409.93",
    "90071992547409.92",
)
NUMBER_POOL = (
    0.0,
    -0.0,
    1.0,
    0.1,
    0.3,
    0.1 + 0.2,
    -1.5,
    1e300,
    5e-324,
    float("nan"),
    float("inf"),
    -float("inf"),
    500.0,
)
DAY_POOL = (
    dt.date(1, 1, 1),
    dt.date(1677, 9, 21),
    dt.date(1969, 12, 31),
    dt.date(1970, 1, 1),
    dt.date(2010, 1, 1),
    dt.date(2020, 2, 29),
    dt.date(2026, 11, 29),
    dt.date(2262, 4, 12),
    dt.date(9999, 12, 31),
)
REGEXES = (
    "",
    "^",
    "$",
    "^$",
    "a",
    "^a$",
    "^.$",
    "^..?$",
    "a$",
    r"\d",
    r"^\d+$",
    r"\w",
    r"^\w+$",
    r"\bb",
    r"\s",
    r"^\s*$",
    r"\S",
    r"\D",
    r"(?i)^\s*(grand\s+|sub\s*-?\s*)?total\b",
    r"^\d(\.\d+)?[eE]\+?\d+$",
    r"^\s*\d+\s*$",
    r"^https?://",
    r"(?i)\b(to be confirmed|tbc|tba)\b",
    r"^(?i:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$",
    r"^(MULTI)?POLYGON ?(Z|M)? ?\(",
    r"(?i)k",
    r"(?i)strasse",
    r"(?i)ß",
    r"é",
    r"[^a]",
    r"[^\n]",
    r"[a-z]",
    r"(?i)[a-z]",
    r".{3,}",
    r".",
    r"(?s).",
    r"(?m)^b$",
    r"(?!a)",
    r"a(?=b)",
    r"(a)\1",
    r"\Aa",
    r"a\Z",
    r"a{,2}b",
    r"[[:alpha:]]",
    r"x{300}",
    r"\p{L}",
    r"\u00e9",
    r"(",
    r"a++",
    r"^.*$",
    r"[\s\d]",
    r"\W",
    r"\B",
    r"^[\w ]*$",
    r"\x41",
    r"[a|b]",
    r"\$",
    r"(?x) a",
    r"[a-]",
    r"[]a]",
    "\n",
)


class ExpectationMaker:
    """Makes tables and expectations from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def table(self) -> pa.Table:
        """A table of 1 to 40 rows. In some, nothing is rare: a pool of few values, no nulls, or nothing but nulls."""
        rows = self.random.choice((1, 2, 3, 8, 40))
        return pa.table({name: pa.array(self._cells(name, rows), kind) for name, kind in TYPES.items()})

    def _cells(self, name: str, rows: int) -> list[Any]:
        pool = list(self._pool(name))
        if self.random.random() < 0.6:
            pool = self.random.sample(pool, min(len(pool), self.random.choice((1, 2, 4))))
        nulls = self.random.choice((0, 0, 0, 0.1, 0.5, 1))
        if self.random.random() < 0.3 and len(pool) >= rows:
            cells = self.random.sample(pool, rows)
        else:
            cells = self.random.choices(pool, k=rows)
        return [None if self.random.random() < nulls else cell for cell in cells]

    def _pool(self, name: str) -> Sequence[Any]:
        calm = self.random.random() < 0.5
        days = self._days() if calm else DAY_POOL
        moments = [(day, dt.time(0, n % 60, 0, n) if calm else dt.time.max) for n, day in enumerate(days)]
        quarters, edges = [Decimal(n) / 4 for n in range(60)], [Decimal(text) for text in AMOUNT_POOL]
        pools: dict[str, Sequence[Any]] = {
            "text": TEXT_POOL[2:18] if calm else TEXT_POOL,
            "name": [f"name {n}" for n in range(60)] if calm else TEXT_POOL,
            "kind": ("one", "two", "three (3)"),
            "whole": range(-3, 60) if calm else WHOLE_POOL,
            "amount": quarters if calm else edges,
            "fine": [n / 10**9 for n in quarters[::4]] if calm else [n.quantize(Decimal(1)) for n in edges[:12]],
            "number": [n / 3 for n in range(60)] if calm else NUMBER_POOL,
            "year": range(1990, 2040),
            "day": days,
            "other-day": days,
            "moment": [dt.datetime.combine(*moment) for moment in moments],
            "yes": (True, False),
            "hour": (dt.time(0), dt.time(12, 30), dt.time(23, 59, 59)),
        }
        return pools[name]

    def _days(self) -> list[dt.date]:
        return [dt.date(2020, 1, 1) + dt.timedelta(n) for n in range(60)]

    def question(self, name: str, table: pa.Table) -> ExpectationQuestion:
        """One expectation on a table, with settings as people write them, and some as they should not."""
        kind = self.random.choice(sorted(MAKERS))
        kwargs = MAKERS[kind](self, table)
        if kind in WITH_MOSTLY and self.random.random() < 0.4:
            kwargs["mostly"] = self.random.choice((0, 0.05, 0.3, 0.5, 0.5, 0.9, 0.95, 1, 1.0))
        if kind in WITH_CONDITION and self.random.random() < 0.25:
            condition = self.random.choice(
                ('kind == "one"', 'kind == "three (3)"', 'kind == "none"', 'kind != "one"', "year > 2000", 'text == ""')
            )
            kwargs |= {"row_condition": condition, "condition_parser": "pandas"}
        if self.random.random() < 0.02:
            kwargs |= self.random.choice(({"mostly": 2}, {"speed": 1}, {"mostly": "1"}))
        return ExpectationQuestion(name, f"expect_{kind}", kwargs)

    def column(self, *names: str) -> str:
        """One of some columns, most often; else any."""
        return self.random.choice(names) if names and self.random.random() < 0.9 else self.random.choice(list(TYPES))

    def limits(self, table: pa.Table, column: str, slack: float = 0.3) -> dict[str, Any]:
        """Limits about the smallest and the largest value of a column."""
        values = sorted(v for v in table[column].to_pylist() if v is not None and v == v)
        ends = (values[0], values[-1]) if values else (0, 1)
        return self._with_strict(
            {
                key: self._limit(end, way)
                for key, end, way in zip(("min_value", "max_value"), ends, (-1, 1), strict=True)
            }
        )

    def counts(self, count: int) -> dict[str, Any]:
        """Limits about a number."""
        low, high = count - self.random.choice((0, 0, 1, -1)), count + self.random.choice((0, 0, 1, -1))
        return self._with_strict({"min_value": low, "max_value": high})

    def _with_strict(self, limits: dict[str, Any]) -> dict[str, Any]:
        if self.random.random() < 0.3:
            limits.pop(self.random.choice(("min_value", "max_value")))
        for key in ("strict_min", "strict_max"):
            if self.random.random() < 0.15:
                limits[key] = self.random.choice((True, True, False))
        return limits

    def _limit(self, end: Any, way: int) -> Any:
        nudge = self.random.choice((0, 0, 1, 5, -1)) * way
        if isinstance(end, dt.datetime):
            return end.replace(microsecond=0).isoformat()
        if isinstance(end, dt.date):
            moved = end + dt.timedelta(max(-1, min(1, nudge))) if dt.date(2, 1, 1) < end < dt.date(9000, 1, 1) else end
            return moved.isoformat() + self.random.choice(("", "T00:00:00"))
        if isinstance(end, (dt.time, str, bool)):
            return self.random.choice((end if isinstance(end, str) else 0, 0, 1))
        limit = end + nudge
        return self.random.choice((int(limit) if abs(limit) < 1e300 else 0, float(limit)))

    def some(self, table: pa.Table, column: str) -> list[Any]:
        """A list of values of a column, with a few others."""
        values = [v for v in dict.fromkeys(table[column].to_pylist()) if v is not None]
        if self.random.random() < 0.3:
            values = values[: len(values) // 2]
        values = [
            float(v) if isinstance(v, Decimal) else v.isoformat() if isinstance(v, (dt.date, dt.time)) else v
            for v in values
        ]
        extra = {"text": "zz", "name": "zz", "kind": "zz", "yes": True}.get(column, 77)
        return [*values, "2001-01-01" if column in DATES else extra]


Maker = Callable[[ExpectationMaker, pa.Table], dict[str, Any]]


def _on(column: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"column": column} | settings


def _between(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    column = m.column(*NUMBERS, *DATES)
    return _on(column, m.limits(t, column))


def _sets(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    column = m.column(*TEXTS, *NUMBERS, *DATES)
    values = m.some(t, column)
    if m.random.random() < 0.1:
        values = m.random.choice(([], [None], ["a", 1], [1.5], [0], [-0.0]))
    return _on(column, {"value_set": values})


def _not_sets(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    settings = _sets(m, t)
    return settings | {"value_set": settings["value_set"][-m.random.choice((1, 1, 2)) :]}


def _regex(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    return {"column": m.column(*TEXTS), "regex": m.random.choice(REGEXES)}


def _regexes(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "column": m.column(*TEXTS),
        "regex_list": m.random.sample(REGEXES, m.random.choice((1, 2, 3))),
    }
    return settings


def _regexes_on(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    return _regexes(m, t) | m.random.choice(({}, {"match_on": "any"}, {"match_on": "all"}))


def _lengths(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    column = m.column(*TEXTS)
    lengths = [len(str(v)) for v in t[column].to_pylist() if v is not None] or [0]
    return _on(
        column,
        m._with_strict(
            {
                "min_value": min(lengths) - m.random.choice((0, 1, -1)),
                "max_value": max(lengths) + m.random.choice((0, 1, -1)),
            }
        ),
    )


def _length(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    column = m.column(*TEXTS)
    lengths = [len(str(v)) for v in t[column].to_pylist() if v is not None] or [0]
    return _on(column, {"value": m.random.choice(lengths)})


def _any_column(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    return {"column": m.column()}


def _pair(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    group = m.random.choice((NUMBERS, tuple(DATES), TEXTS, ("whole", "whole"), ("day", "day"), ("amount", "fine")))
    settings: dict[str, Any] = {"column_A": m.column(*group), "column_B": m.column(*group)}
    if m.random.random() < 0.6:
        settings["ignore_row_if"] = m.random.choice(
            ("both_values_are_missing", "either_value_is_missing", "neither", "never")
        )
    return settings


def _greater(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    return _pair(m, t) | m.random.choice(({}, {"or_equal": True}, {"or_equal": True}, {"or_equal": False}))


def _compound(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    settings: dict[str, Any] = {"column_list": m.random.sample(list(TYPES), m.random.choice((2, 2, 3, 4)))}
    if m.random.random() < 0.5:
        settings["ignore_row_if"] = m.random.choice(("all_values_are_missing", "any_value_is_missing", "never"))
    return settings


def _distinct_count(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    column = m.column(*TEXTS, *NUMBERS)
    return _on(column, m.counts(len({v for v in t[column].to_pylist() if v is not None})))


def _column_list(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    return {"column_list": m.random.choice((t.column_names, t.column_names[:-1], t.column_names[::-1]))}


def _column_set(m: ExpectationMaker, t: pa.Table) -> dict[str, Any]:
    chosen = m.random.choice((t.column_names, t.column_names[:-1], t.column_names[::-1]))
    return {"column_set": chosen} | m.random.choice(({}, {"exact_match": False}, {"exact_match": True}))


MAKERS: dict[str, Maker] = {
    "column_values_to_be_between": _between,
    "column_values_to_be_in_set": _sets,
    "column_values_to_not_be_in_set": _not_sets,
    "column_values_to_be_null": _any_column,
    "column_values_to_not_be_null": _any_column,
    "column_values_to_be_unique": _any_column,
    "column_values_to_match_regex": _regex,
    "column_values_to_not_match_regex": _regex,
    "column_values_to_match_regex_list": _regexes_on,
    "column_values_to_not_match_regex_list": _regexes,
    "column_value_lengths_to_be_between": _lengths,
    "column_value_lengths_to_equal": _length,
    "column_pair_values_a_to_be_greater_than_b": _greater,
    "column_pair_values_to_be_equal": _pair,
    "compound_columns_to_be_unique": _compound,
    "column_min_to_be_between": _between,
    "column_max_to_be_between": _between,
    "column_distinct_values_to_be_in_set": _sets,
    "column_unique_value_count_to_be_between": _distinct_count,
    "table_row_count_to_be_between": lambda m, t: m.counts(t.num_rows),
    "table_row_count_to_equal": lambda m, t: {"value": t.num_rows + m.random.choice((0, 0, 1))},
    "table_column_count_to_be_between": lambda m, t: m.counts(t.num_columns),
    "table_column_count_to_equal": lambda m, t: {"value": t.num_columns + m.random.choice((0, 0, 1))},
    "column_to_exist": lambda m, t: {"column": m.column()} | m.random.choice(({}, {}, {"column_index": 0})),
    "table_columns_to_match_ordered_list": _column_list,
    "table_columns_to_match_set": _column_set,
}
"""By type: the settings of a random expectation."""

WITH_CONDITION = (
    "column_values_to_be_between", "column_values_to_be_in_set", "column_values_to_not_be_in_set",
    "column_values_to_be_null", "column_values_to_not_be_null", "column_values_to_match_regex",
    "column_values_to_not_match_regex", "column_value_lengths_to_be_between",
)  # fmt: skip
WITH_MOSTLY = tuple(
    kind for kind in MAKERS if kind.startswith(("column_values", "column_value_", "column_pair", "compound"))
)
