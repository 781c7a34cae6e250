"""A Table Schema in Arrow's types, and the one text of a typed cell that both formats agree on."""

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

DIGITS = 38
"""How many digits an exact decimal holds, those after the point included."""

TYPES: Mapping[str, Any] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
    "year": pa.int32(),
}

READING = frozenset({"missingValues", "trueValues", "falseValues", "bareNumber", "decimalChar", "groupChar"})
"""Properties that say how a received cell is read. Our files hold canonical text, so they no longer apply."""

WRITTEN_AS_ISO = frozenset({"date", "datetime", "time"})


def arrow_schema(schema: TableSchema) -> pa.Schema:
    """The Arrow schema of a Table Schema.

    A number with `decimals` is decimal128(38, decimals). Types that Arrow has no equal for are text. Each field's
    metadata holds its title, description and Table Schema field (JSON); the schema's holds the whole Table Schema.
    """
    released = released_schema(schema)
    fields = [_field(spec, plain) for spec, plain in zip(schema.fields, released["fields"], strict=True)]
    return pa.schema(fields, metadata={"table_schema": _json(released)})


def arrow_type(field: FieldSpec) -> pa.DataType:
    """The Arrow type of one field."""
    if field.type == "number" and field.decimals is not None:
        return pa.decimal128(DIGITS, field.decimals)
    return TYPES.get(field.type, pa.string())


def released_schema(schema: TableSchema) -> dict[str, Any]:
    """The plain Table Schema of the files that we write, where every cell is in canonical text."""
    plain = {key: value for key, value in schema.descriptor().items() if key not in READING}
    return plain | {"fields": [_released_field(field) for field in plain["fields"]]}


def _released_field(field: Mapping[str, Any]) -> dict[str, Any]:
    dropped = READING | {"format"} if field.get("type") in WRITTEN_AS_ISO else READING
    return {key: value for key, value in field.items() if key not in dropped}


def _field(spec: FieldSpec, plain: Mapping[str, Any]) -> pa.Field:
    words = {"title": spec.title, "description": spec.description, "table_schema_field": _json(plain)}
    metadata = {key: value for key, value in words.items() if value}
    return pa.field(spec.name, arrow_type(spec), nullable=not spec.required, metadata=metadata)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def as_text(array: pa.Array) -> pa.Array:
    """The text that the CSV holds for a typed column; a null is "".

    Decimals keep all their places, floats are the shortest digits that read back equal, dates and times are ISO 8601,
    years have four digits.
    """
    text = _text(array)
    return _filled(text) if text.null_count else text


def _filled(text: pa.Array) -> pa.Array:
    nulls, bounds = np.flatnonzero(text.is_null().to_numpy(zero_copy_only=False)), text_offsets(text)
    if (bounds[nulls + 1] > bounds[nulls]).any():
        return pc.fill_null(text, "")
    # nothing lies under the nulls, so the same bytes without them are the text
    return pa.Array.from_buffers(text.type, len(text), [None, *text.buffers()[1:]], offset=text.offset)


def _text(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_decimal(kind):
        return _plain_decimals(array)
    writer = WRITERS.get(kind)
    text = array.cast(pa.string())
    return writer(text) if writer else text


def _plain_decimals(array: pa.Array) -> pa.Array:
    text = array.cast(pa.string())
    if array.type.scale <= 6:
        return text
    # Arrow writes a small value with many places as 1.5E-7
    return _spelt_out(text, pc.match_substring(text, "E"))


def _spelt_out(text: pa.Array, powers: pa.Array) -> pa.Array:
    """The marked numbers without a power of ten, digit for digit; they are rare."""
    powers = pc.fill_null(powers, False)
    if not pc.any(powers).as_py():
        return text
    plain = [format(Decimal(number), "f") for number in text.filter(powers).to_pylist()]
    return pc.replace_with_mask(text, powers, pa.array(plain, pa.string()))


def _floats(text: pa.Array) -> pa.Array:
    # Arrow takes to powers of ten from ten digits on, people from sixteen, where a float has no more to tell
    text = _spelt_out(text, pc.match_substring_regex(text, r"e\+1[0-5]$"))
    # the three that are not digits, as the Table Schema standard spells them
    for arrow, ours in (("nan", "NaN"), ("-inf", "-INF"), ("inf", "INF")):
        text = pc.if_else(pc.equal(text, arrow), ours, text)
    return text


def _times(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.000000$", "")


def _datetimes(text: pa.Array) -> pa.Array:
    return _times(pc.replace_substring(text, " ", "T"))


def _years(text: pa.Array) -> pa.Array:
    return pc.utf8_lpad(text, 4, "0")


WRITERS: Mapping[pa.DataType, Callable[[pa.Array], pa.Array]] = {
    pa.float64(): _floats,
    pa.timestamp("us"): _datetimes,
    pa.time64("us"): _times,
    pa.int32(): _years,
}
