"""A Table Schema in Arrow's types, and the canonical text of a typed cell, which both file formats share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packages.arrow_bytes import text_offsets
from packages.spec import FieldSpec, TableSchema
from packages.spec.table import released_properties

DECIMAL_DIGITS = 38
"""Digits of an exact decimal, those after the point included: the most that decimal128 holds."""

TYPES: Mapping[str, Any] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
    "year": pa.int32(),
}

EXPONENT_SCALE = 6
"""Arrow writes small decimals with more places than this with an exponent: 1.5E-7."""


def arrow_schema(schema: TableSchema) -> pa.Schema:
    """Return the Arrow schema of a Table Schema.

    A number with `decimals` is decimal128(38, decimals). Types that Arrow has no equal for are text. Each field's
    metadata holds its title, description and Table Schema field (JSON); the schema's holds the whole Table Schema.
    """
    released = released_schema(schema)
    fields = []
    for spec, plain in zip(schema.fields, released["fields"], strict=True):
        texts = {"title": spec.title, "description": spec.description, "table_schema_field": _json(plain)}
        # read back by those who have only the Parquet file
        metadata = {key: value for key, value in texts.items() if value}
        fields.append(pa.field(spec.name, arrow_type(spec), nullable=not spec.required, metadata=metadata))
    return pa.schema(fields, metadata={"table_schema": _json(released)})


def arrow_type(field: FieldSpec) -> pa.DataType:
    """Return the Arrow type of one field."""
    if field.type == "number" and field.decimals is not None:
        return pa.decimal128(DECIMAL_DIGITS, field.decimals)
    return TYPES.get(field.type, pa.string())


def released_schema(schema: TableSchema) -> dict[str, Any]:
    """Return the plain Table Schema of the files that we write, where every cell is canonical text."""
    plain = released_properties(schema.descriptor())
    return plain | {"fields": [released_properties(field) for field in plain["fields"]]}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def as_text(array: pa.Array) -> pa.Array:
    """Return the text that the CSV holds for a typed column; a null is "".

    Decimals keep all their places, floats are the shortest digits that read back equal, dates and times are ISO 8601,
    years have four digits.
    """
    text = array if pa.types.is_string(array.type) else array.cast(pa.string())
    if pa.types.is_decimal(array.type) and array.type.scale > EXPONENT_SCALE:
        text = _without_exponent(text, pc.match_substring(text, "E"))
    elif writer := WRITERS.get(array.type):
        text = writer(text)
    if not text.null_count:
        return text
    nulls, bounds = np.flatnonzero(text.is_null().to_numpy(zero_copy_only=False)), text_offsets(text)
    if (bounds[nulls + 1] > bounds[nulls]).any():
        return pc.fill_null(text, "")
    # no bytes lie under the nulls, so the same buffers without the validity bitmap are the text: nothing is copied
    return pa.Array.from_buffers(text.type, len(text), [None, *text.buffers()[1:]], offset=text.offset)


def _without_exponent(text: pa.Array, has_exponent: pa.Array) -> pa.Array:
    """Return the numbers with the marked ones written digit for digit; these are rare."""
    has_exponent = pc.fill_null(has_exponent, False)
    if not pc.any(has_exponent).as_py():
        return text
    plain = [format(Decimal(number), "f") for number in text.filter(has_exponent).to_pylist()]
    return pc.replace_with_mask(text, has_exponent, pa.array(plain, pa.string()))


def _float_text(text: pa.Array) -> pa.Array:
    # Arrow uses an exponent from ten digits on; up to sixteen digits a float is exact, and people write it out
    text = _without_exponent(text, pc.match_substring_regex(text, r"e\+1[0-5]$"))
    # the spelling of the Table Schema standard
    for arrow, standard in (("nan", "NaN"), ("-inf", "-INF"), ("inf", "INF")):
        text = pc.if_else(pc.equal(text, arrow), standard, text)
    return text


def _time_text(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.000000$", "")


def _datetime_text(text: pa.Array) -> pa.Array:
    return _time_text(pc.replace_substring(text, " ", "T"))


def _year_text(text: pa.Array) -> pa.Array:
    return pc.utf8_lpad(text, 4, "0")


WRITERS: Mapping[pa.DataType, Callable[[pa.Array], pa.Array]] = {
    pa.float64(): _float_text,
    pa.timestamp("us"): _datetime_text,
    pa.time64("us"): _time_text,
    pa.int32(): _year_text,
}
"""Completes Arrow's own text of a type."""
