"""Rules of a schema that frictionless does not enforce, or reads in a way that would surprise the sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from quality.conform.fields import ConformField
from quality.conform.proofs.verdict_cache import MoreFaults

ExtraCheck = Callable[[Any, str], tuple[str, ...]]

NO_FAULTS: tuple[str, ...] = ()


def extra_constraints(field: ConformField) -> MoreFaults | None:
    """Return the check for further faults of the cells of a field; None where there can be none."""
    checks = [check for maker in MAKERS if (check := maker(field))]
    if not checks:
        return None
    return MoreFaults(lambda value, text: tuple(fault for check in checks for fault in check(value, text)))


def _check_categories(field: ConformField) -> ExtraCheck | None:
    """Check `categories`, which frictionless accepts and does not enforce."""
    listed = field.source.custom.get("categories")
    if not listed:
        return None
    read = field.source.create_value_reader()
    known = [read(entry["value"] if isinstance(entry, dict) else entry) for entry in listed]
    return lambda value, _: NO_FAULTS if value in known else ("category",)


def _check_sign(field: ConformField) -> ExtraCheck | None:
    """Check for lost signs: with `bareNumber: false`, “(5.00)” and “5-” are read as plus five."""
    if field.kind not in ("number", "integer") or field.source.bare_number:
        return None
    negative = re.compile(r"\(.*\d.*\)|\d\s*[-\u2212]\s*$")
    return lambda value, text: ("sign",) if value > 0 and negative.search(text) else NO_FAULTS


def _check_grouping(field: ConformField) -> ExtraCheck | None:
    """Check for misread separators: with `groupChar: .`, “1.5” is read as 15."""
    if field.kind != "number" or not field.source.group_char:
        return None
    group, point = re.escape(field.source.group_char), re.escape(field.source.decimal_char)
    # groups that are not of three digits, a group after the decimal point, or a first group of four or more
    odd = re.compile(rf"{group}(?!\d{{3}}(?!\d))|{point}\d*{group}|(?:^|\D)\d{{4,}}{group}")
    return lambda _, text: ("grouping",) if odd.search(text) else NO_FAULTS


MAKERS: tuple[Callable[[ConformField], ExtraCheck | None], ...] = (_check_categories, _check_sign, _check_grouping)


def depends_on_today(field: ConformField) -> bool:
    """Return whether a cell can mean another day tomorrow: `any` fills missing parts from the day it is read."""
    return field.kind in ("date", "datetime", "time") and field.source.format == "any"


def unique_groups(extra: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the `uniqueKeys` of a schema, which frictionless does not enforce."""
    return [(group,) if isinstance(group, str) else tuple(group) for group in extra.get("uniqueKeys", [])]
