"""From a value that frictionless read to the value that Arrow stores, and whether anything is lost on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

Stored = tuple[Any, str]
"""The value to store (None: nothing) and the name of the fault that kept it out, or ""."""

INT64 = range(-(2**63), 2**63)


def stored(value: Any, text: str, kind: pa.DataType) -> Stored:
    """What Arrow stores for a value that was read from a text."""
    if value is None:
        return None, ""
    if pa.types.is_string(kind):
        return text, ""
    if pa.types.is_decimal(kind):
        return _decimal(value, kind.scale)
    return STORES[kind](value)


def _integer(value: int) -> Stored:
    return (value, "") if value in INT64 else (None, "precision")


def _float(value: Decimal | float) -> Stored:
    near = float(value)
    if near != near or near in (float("inf"), float("-inf")):
        return None, "finite" if not Decimal(value).is_finite() else "precision"
    return (near, "") if Decimal(value) == Decimal(repr(near)) else (None, "precision")


def _decimal(value: Decimal | float, scale: int) -> Stored:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return None, "finite"
    whole = exact.scaleb(scale) if exact.adjusted() < 38 else Decimal("0.5")
    if whole != whole.to_integral_value() or abs(whole) >= Decimal(10) ** 38:
        return None, "precision"
    return exact, ""


def _datetime(value: dt.datetime) -> Stored:
    if value.tzinfo:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return value, ""


def _time(value: dt.time) -> Stored:
    return value.replace(tzinfo=None), ""


def _plain(value: Any) -> Stored:
    return value, ""


STORES: dict[pa.DataType, Callable[[Any], Stored]] = {
    pa.int64(): _integer,
    pa.float64(): _float,
    pa.bool_(): _plain,
    pa.date32(): _plain,
    pa.timestamp("us"): _datetime,
    pa.time64("us"): _time,
    pa.int32(): _plain,
}
