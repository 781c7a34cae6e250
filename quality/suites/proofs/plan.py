"""From an expectation to its proof, by its type; and to none, where a setting is not understood."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import Mask, to_arrow
from quality.suites.expectations import ExpectationQuestion
from quality.suites.proofs.batch_columns import MOMENT, BatchColumns, DistinctTexts, is_moment, is_number
from quality.suites.proofs.limits import Limits, take_limits
from quality.suites.proofs.proof import (
    ConditionalProof,
    CountingProof,
    DistinctCountProof,
    ExtremeProof,
    Proof,
    RowCountProof,
    SchemaProof,
)
from quality.suites.proofs.settings import LARGEST, KnownSettings, NotUnderstood, read_moment
from quality.suites.proofs.text_patterns import TextPattern
from quality.suites.proofs.uniqueness import ALL, ANY, NEVER, UniqueProof

Plan = Callable[[KnownSettings, pa.Schema], Proof]
"""Makes the proof of one type of expectation; NotUnderstood when there is none."""

ONE_TEXT = re.compile(r'([A-Za-z_]\w*) == "([\w ./()&,-]*)"', re.ASCII)
"""The only condition on rows with which something is proven: a column of texts holds one text."""

COUNT = pa.int64()


def plan_proof(question: ExpectationQuestion, schema: pa.Schema) -> Proof | None:
    """Return what may prove an expectation on a table with this schema; None when only Great Expectations can tell."""
    settings = KnownSettings(question.kwargs)
    try:
        if question.type in OF_CELLS:
            proof = _under_condition(OF_CELLS[question.type], settings, schema)
        elif question.type in OF_TABLES:
            proof = OF_TABLES[question.type](settings, schema)
        else:
            return None
        settings.finish()
    except (NotUnderstood, KeyError):
        return None
    return proof


def _under_condition(plan: Plan, settings: KnownSettings, schema: pa.Schema) -> Proof:
    if not settings.has("row_condition"):
        return plan(settings, schema)
    condition = ONE_TEXT.fullmatch(settings.take("row_condition", str))
    if not condition or settings.take("condition_parser", str) != "pandas":
        raise NotUnderstood("row_condition")
    column, text = condition.groups()
    if keyword.iskeyword(column) or not pa.types.is_string(schema.field(column).type):
        raise NotUnderstood("row_condition")
    return ConditionalProof(plan(settings, schema), column, text)


# --- one column, cell by cell -----------------------------------------------------------------------------------------


def _filled(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    return CountingProof(lambda columns: (columns.rows, columns.missing(column)), settings.take_share())


def _empty(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    return CountingProof(lambda columns: (columns.rows, columns.rows - columns.missing(column)), settings.take_share())


def _between(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    limits = _limits_of_values(settings, schema.field(column).type)
    return CountingProof(partial(_count_values, column, limits.met), settings.take_share())


def _in_set(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_set(settings, schema, lambda values, known: pc.is_in(values, known))


def _not_in_set(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_set(settings, schema, lambda values, known: pc.invert(pc.is_in(values, known)))


def _of_set(settings: KnownSettings, schema: pa.Schema, met: Callable[[pa.Array, pa.Array], pa.Array]) -> Proof:
    column = _column(settings, schema)
    known = _set_of_values(settings, schema.field(column).type)

    def met_in(values: pa.Array) -> pa.Array:
        # adding 0.0 makes -0.0 and 0.0, which are equal, the same bits
        return met(pc.add(values, 0.0) if pa.types.is_floating(values.type) else values, known)

    return CountingProof(partial(_count_values, column, met_in), settings.take_share())


def _lengths(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_lengths(settings, schema, take_limits(settings, settings.take_count, COUNT))


def _length(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_lengths(settings, schema, _exactly(settings.take("value", int)))


def _of_lengths(settings: KnownSettings, schema: pa.Schema, limits: Limits) -> Proof:
    column = _text_column(settings, schema)
    return CountingProof(
        partial(_count_values, column, lambda texts: limits.met(pc.utf8_length(texts).cast(COUNT))),
        settings.take_share(),
    )


def _matching(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_patterns(settings, schema, [settings.take("regex", str)], _all_hit)


def _not_matching(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_patterns(settings, schema, [settings.take("regex", str)], _all_missed)


def _matching_list(settings: KnownSettings, schema: pa.Schema) -> Proof:
    match_on = settings.take("match_on", str, "any")
    if match_on not in ("any", "all"):
        raise NotUnderstood("match_on")
    return _of_patterns(
        settings, schema, settings.take_texts("regex_list"), _all_hit if match_on == "all" else _any_hit
    )


def _not_matching_list(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_patterns(settings, schema, settings.take_texts("regex_list"), _all_missed)


Found = list[tuple[Mask, Mask]]
"""For each pattern, the texts that certainly match it and those that certainly do not."""


def _all_hit(found: Found) -> Mask:
    return np.logical_and.reduce([hits for hits, _ in found])  # type: ignore[no-any-return]


def _any_hit(found: Found) -> Mask:
    return np.logical_or.reduce([hits for hits, _ in found])  # type: ignore[no-any-return]


def _all_missed(found: Found) -> Mask:
    return np.logical_and.reduce([misses for _, misses in found])  # type: ignore[no-any-return]


def _of_patterns(settings: KnownSettings, schema: pa.Schema, regexes: list[str], met: Callable[[Found], Mask]) -> Proof:
    column = _text_column(settings, schema)
    patterns = [TextPattern.read(regex) for regex in regexes]

    def count(columns: BatchColumns) -> tuple[int, int]:
        distinct: DistinctTexts = columns.distinct(column)
        doubtful = ~met([pattern.matched(distinct) for pattern in patterns])
        return len(columns.values(column)), distinct.rows_where(to_arrow(doubtful))

    return CountingProof(count, settings.take_share())


def _unique(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    want_comparable(schema, column)
    return UniqueProof([column], settings.take_share(), ANY)


def _count_values(column: str, met: Callable[[pa.Array], pa.Array], columns: BatchColumns) -> tuple[int, int]:
    values = columns.values(column)
    return len(values), len(values) - int(met(values).true_count)


# --- several columns --------------------------------------------------------------------------------------------------


def _greater(settings: KnownSettings, schema: pa.Schema) -> Proof:
    or_equal = settings.take("or_equal", bool, False)
    return _of_pairs(settings, schema, pc.greater_equal if or_equal else pc.greater, (is_number, is_moment))


def _equal(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return _of_pairs(settings, schema, pc.equal, (is_number, is_moment, pa.types.is_string))


def _of_pairs(
    settings: KnownSettings, schema: pa.Schema, met: Callable[[pa.Array, pa.Array], pa.Array], sorts: tuple[Any, ...]
) -> Proof:
    first, second = settings.take("column_A", str), settings.take("column_B", str)
    if not any(sort(schema.field(first).type) and sort(schema.field(second).type) for sort in sorts):
        raise NotUnderstood("column_A", "column_B")
    left_out = settings.take("ignore_row_if", str, "both_values_are_missing")
    if left_out not in LEFT_OUT_PAIRS:
        raise NotUnderstood("ignore_row_if")

    def count(columns: BatchColumns) -> tuple[int, int]:
        left, right = columns.cells(first), columns.cells(second)
        considered = columns.rows - LEFT_OUT_PAIRS[left_out](left, right)
        # a comparison with a null is null, which is not counted as true
        return considered, considered - int(met(left, right).true_count)

    return CountingProof(count, settings.take_share())


LEFT_OUT_PAIRS: Mapping[str, Callable[[pa.Array, pa.Array], int]] = {
    "both_values_are_missing": lambda left, right: int(pc.and_(left.is_null(), right.is_null()).true_count),
    "either_value_is_missing": lambda left, right: int(pc.or_(left.is_null(), right.is_null()).true_count),
    "neither": lambda _left, _right: 0,
}


def _unique_together(settings: KnownSettings, schema: pa.Schema) -> Proof:
    names = settings.take_texts("column_list")
    for name in names:
        want_comparable(schema, name)
    left_out = settings.take("ignore_row_if", str, ALL)
    if len(names) < 2 or len(set(names)) < len(names) or left_out not in (ALL, ANY, NEVER):
        raise NotUnderstood("column_list", "ignore_row_if")
    return UniqueProof(names, settings.take_share(), left_out)


# --- a column or the table as a whole ---------------------------------------------------------------------------------


def _extreme(end: str, settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    return ExtremeProof(column, end, _limits_of_values(settings, schema.field(column).type))


def _distinct_in_set(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _text_column(settings, schema)
    known = pa.array(settings.take_texts("value_set"))
    return CountingProof(partial(_count_values, column, lambda texts: pc.is_in(texts, known)), 1.0)


def _distinct_count(settings: KnownSettings, schema: pa.Schema) -> Proof:
    column = _column(settings, schema)
    want_comparable(schema, column)
    # limits of a column of days are taken for days
    if is_moment(schema.field(column).type):
        raise NotUnderstood("column")
    return DistinctCountProof(column, take_limits(settings, settings.take_count, COUNT))


def _rows_between(settings: KnownSettings, _schema: pa.Schema) -> Proof:
    return RowCountProof(take_limits(settings, settings.take_count, COUNT))


def _rows_equal(settings: KnownSettings, _schema: pa.Schema) -> Proof:
    return RowCountProof(_exactly(settings.take("value", int)))


def _columns_between(settings: KnownSettings, schema: pa.Schema) -> Proof:
    # the only expectation with limits that does not know strict ones
    if settings.has("strict_min") or settings.has("strict_max"):
        raise NotUnderstood("strict_min", "strict_max")
    limits = take_limits(settings, settings.take_count, COUNT)
    return SchemaProof(bool(limits.met(pa.array([len(schema.names)], COUNT))[0].as_py()))


def _columns_equal(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return SchemaProof(len(schema.names) == settings.take("value", int))


def _exists(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return SchemaProof(settings.take("column", str) in schema.names)


def _ordered(settings: KnownSettings, schema: pa.Schema) -> Proof:
    return SchemaProof(settings.take_texts("column_list") == schema.names)


def _same_set(settings: KnownSettings, schema: pa.Schema) -> Proof:
    wanted = set(settings.take_texts("column_set"))
    is_exact = settings.take("exact_match", bool, True)
    return SchemaProof(wanted == set(schema.names) if is_exact else wanted <= set(schema.names))


# --- settings that several types have ---------------------------------------------------------------------------------


def _column(settings: KnownSettings, schema: pa.Schema) -> str:
    name: str = settings.take("column", str)
    schema.field(name)
    return name


def _text_column(settings: KnownSettings, schema: pa.Schema) -> str:
    name = _column(settings, schema)
    if not pa.types.is_string(schema.field(name).type):
        raise NotUnderstood("column")
    return name


def want_comparable(schema: pa.Schema, name: str) -> None:
    """Raise NotUnderstood when the values of a column are not compared in a way that is known here."""
    kind = schema.field(name).type
    if not (is_number(kind) or is_moment(kind) or pa.types.is_string(kind)):
        raise NotUnderstood(name)


def _limits_of_values(settings: KnownSettings, kind: pa.DataType) -> Limits:
    if is_number(kind):
        return take_limits(settings, settings.take_number, pa.float64())
    if is_moment(kind):
        return take_limits(settings, settings.take_moment, MOMENT)
    raise NotUnderstood("column")


def _set_of_values(settings: KnownSettings, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array(settings.take_texts("value_set"))
    values = settings.take_list("value_set")
    if is_moment(kind):
        return pa.array([read_moment(value) for value in values], MOMENT)
    if not is_number(kind) or any(type(value) not in (int, float) or not abs(value) <= LARGEST for value in values):
        raise NotUnderstood("value_set")
    return pa.array([value + 0.0 for value in values], pa.float64())


def _exactly(value: int) -> Limits:
    if abs(value) > LARGEST:
        raise NotUnderstood("value")
    return Limits(pa.scalar(value, COUNT), pa.scalar(value, COUNT))


OF_CELLS: Mapping[str, Plan] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_be_null": _empty,
    "expect_column_values_to_not_be_null": _filled,
    "expect_column_values_to_match_regex": _matching,
    "expect_column_values_to_not_match_regex": _not_matching,
    "expect_column_values_to_match_regex_list": _matching_list,
    "expect_column_values_to_not_match_regex_list": _not_matching_list,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _length,
}
"""Expectations on the cells of a column, each on its own; rows may have to fulfil a condition."""

OF_TABLES: Mapping[str, Plan] = {
    "expect_column_values_to_be_unique": _unique,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_compound_columns_to_be_unique": _unique_together,
    "expect_column_min_to_be_between": partial(_extreme, "min"),
    "expect_column_max_to_be_between": partial(_extreme, "max"),
    "expect_column_distinct_values_to_be_in_set": _distinct_in_set,
    "expect_column_unique_value_count_to_be_between": _distinct_count,
    "expect_table_row_count_to_be_between": _rows_between,
    "expect_table_row_count_to_equal": _rows_equal,
    "expect_table_column_count_to_be_between": _columns_between,
    "expect_table_column_count_to_equal": _columns_equal,
    "expect_column_to_exist": _exists,
    "expect_table_columns_to_match_ordered_list": _ordered,
    "expect_table_columns_to_match_set": _same_set,
}
"""All other expectations of which something can be proven, without a condition on rows."""
