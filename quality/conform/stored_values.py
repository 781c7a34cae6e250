"""From a value that frictionless read to the value that a release stores, and whether anything is lost on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa

import quality.conform.frictionless.import_guards  # noqa: F401 before the first array is made

Stored = tuple[Any, str]
"""The value to store (None: nothing) and the name of the fault that kept it out, or ""."""

INT64 = range(-(2**63), 2**63)
DIGITS = 38


def storage_of(kind: pa.DataType) -> Callable[[Any, str], Stored]:
    """How a value and its text are stored in a column of an Arrow type."""
    if pa.types.is_decimal(kind):
        return lambda value, _: _decimal(value, kind.scale)
    return STORES.get(kind, _text)


def _text(_: Any, text: str) -> Stored:
    return text, ""


def _plain(value: Any, _: str) -> Stored:
    return value, ""


def _integer(value: int, _: str) -> Stored:
    return (value, "") if value in INT64 else (None, "precision")


def _float(value: Decimal | float, _: str) -> Stored:
    if not Decimal(value).is_finite():
        return None, "finite"
    near = float(value)
    is_kept = abs(near) != float("inf") and _exact(value) == Decimal(repr(near))
    return (near, "") if is_kept else (None, "precision")


def _decimal(value: Decimal | float, scale: int) -> Stored:
    exact = _exact(value)
    if not exact.is_finite():
        return None, "finite"
    if exact and exact.adjusted() >= DIGITS - scale:
        return None, "precision"
    rounded = exact.quantize(Decimal(1).scaleb(-scale), context=Context(prec=DIGITS + 1)) if exact else Decimal(0)
    return (rounded, "") if rounded == exact else (None, "precision")


def _exact(value: Decimal | float) -> Decimal:
    # a field with floatNumber is read as a float: its shortest text is the number that was meant
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _datetime(value: dt.datetime, _: str) -> Stored:
    if value.tzinfo:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return value, ""


def _time(value: dt.time, _: str) -> Stored:
    return value.replace(tzinfo=None), ""


def _wrapped(value: int, _: str) -> Stored:
    return (value + 2**63) % 2**64 - 2**63, ""


def _near(value: Decimal | float, _: str) -> Stored:
    near = float(value)
    return (None if near != near else near), ""


KEYS: dict[str, tuple[pa.DataType, Callable[[Any, str], Stored]]] = {
    "string": (pa.string(), _text),
    "integer": (pa.int64(), _wrapped),
    "number": (pa.float64(), _near),
    "boolean": (pa.bool_(), _plain),
    "date": (pa.date32(), _plain),
    "datetime": (pa.timestamp("us"), _datetime),
    "year": (pa.int32(), _plain),
}
"""How a value is kept where it only serves to find equal ones: equal values are kept equal."""

STORES: dict[pa.DataType, Callable[[Any, str], Stored]] = {
    pa.int64(): _integer,
    pa.float64(): _float,
    pa.bool_(): _plain,
    pa.date32(): _plain,
    pa.timestamp("us"): _datetime,
    pa.time64("us"): _time,
    pa.int32(): _plain,
}
