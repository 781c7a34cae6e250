"""From a value that frictionless read to the value that a release stores, or the fault that keeps it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

# here, in the module that every other part of conform imports, it is early enough
import packages.readers.lean_pyarrow  # noqa: F401

Stored = tuple[Any, str]
"""The value to store (None: nothing) and the name of the fault that kept it out, or ""."""

INT64 = range(-(2**63), 2**63)
DIGITS = 38
"""Decimal digits of Arrow's decimal128."""


def storage_of(kind: pa.DataType) -> Callable[[Any, str], Stored]:
    """Return how a value and its text are stored in a column of an Arrow type."""
    if pa.types.is_decimal(kind):
        return lambda value, _: _store_decimal(value, kind.scale)
    return STORES.get(kind, _store_text)


def _store_text(_: Any, text: str) -> Stored:
    return text, ""


def _store_unchanged(value: Any, _: str) -> Stored:
    return value, ""


def _store_integer(value: int, _: str) -> Stored:
    return (value, "") if value in INT64 else (None, "precision")


def _store_float(value: Decimal | float, _: str) -> Stored:
    if not Decimal(value).is_finite():
        return None, "finite"
    near = float(value)
    is_exact = abs(near) != float("inf") and _exact_decimal(value) == Decimal(repr(near))
    return (near, "") if is_exact else (None, "precision")


def _store_decimal(value: Decimal | float, scale: int) -> Stored:
    exact = _exact_decimal(value)
    if not exact.is_finite():
        return None, "finite"
    if exact and exact.adjusted() >= DIGITS - scale:
        return None, "precision"
    # one digit more than fits: the rounding shows in the comparison instead of raising here
    rounded = exact.quantize(Decimal(1).scaleb(-scale), context=Context(prec=DIGITS + 1)) if exact else Decimal(0)
    return (rounded, "") if rounded == exact else (None, "precision")


def _exact_decimal(value: Decimal | float) -> Decimal:
    # a field with floatNumber is read as a float: its shortest text is the number that was meant
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _store_datetime(value: dt.datetime, _: str) -> Stored:
    if value.tzinfo:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return value, ""


def _store_time(value: dt.time, _: str) -> Stored:
    return value.replace(tzinfo=None), ""


def _wrap_integer(value: int, _: str) -> Stored:
    """Store an integer of any size modulo 2⁶⁴."""
    return (value + 2**63) % 2**64 - 2**63, ""


def _nearest_float(value: Decimal | float, _: str) -> Stored:
    near = float(value)
    # NaN equals nothing, itself included, so it repeats no key
    return (None if near != near else near), ""


KEYS: dict[str, tuple[pa.DataType, Callable[[Any, str], Stored]]] = {
    "string": (pa.string(), _store_text),
    "integer": (pa.int64(), _wrap_integer),
    "number": (pa.float64(), _nearest_float),
    "boolean": (pa.bool_(), _store_unchanged),
    "date": (pa.date32(), _store_unchanged),
    "datetime": (pa.timestamp("us"), _store_datetime),
    "year": (pa.int32(), _store_unchanged),
}
"""How a value is stored where it only serves to find equal ones: equal values are stored equal."""

STORES: dict[pa.DataType, Callable[[Any, str], Stored]] = {
    pa.int64(): _store_integer,
    pa.float64(): _store_float,
    pa.bool_(): _store_unchanged,
    pa.date32(): _store_unchanged,
    pa.timestamp("us"): _store_datetime,
    pa.time64("us"): _store_time,
    pa.int32(): _store_unchanged,
}
