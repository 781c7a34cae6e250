"""Rules of a schema that frictionless does not enforce, or reads in a way that would surprise the sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from quality.conform.fields import ConformField
from quality.conform.proofs.verdict_cache import MoreFaults

ExtraCheck = Callable[[Any, str], tuple[str, ...]]

NO_FAULTS: tuple[str, ...] = ()


def extra_constraints(field: ConformField, reference: MoreFaults | None = None) -> MoreFaults | None:
    """Return the check for further faults of the cells of a field, with that of its references; None without any."""
    source = field.source
    checks: list[ExtraCheck] = []
    # frictionless accepts `categories` and does not enforce them
    if listed := source.custom.get("categories"):
        read = source.create_value_reader()
        known = [read(entry["value"] if isinstance(entry, dict) else entry) for entry in listed]
        checks.append(lambda value, _: NO_FAULTS if value in known else ("category",))
    # with `bareNumber: false`, “(5.00)” and “5-” are read as plus five: the sign is lost
    if field.kind in ("number", "integer") and not source.bare_number:
        negative = re.compile(r"\(.*\d.*\)|\d\s*[-\u2212]\s*$")
        checks.append(lambda value, text: ("sign",) if value > 0 and negative.search(text) else NO_FAULTS)
    # with `groupChar: .`, “1.5” is read as 15: the separator is misread
    if field.kind == "number" and source.group_char:
        group, point = re.escape(source.group_char), re.escape(source.decimal_char)
        # groups that are not of three digits, a group after the decimal point, or a first group of four or more
        odd = re.compile(rf"{group}(?!\d{{3}}(?!\d))|{point}\d*{group}|(?:^|\D)\d{{4,}}{group}")
        checks.append(lambda _, text: ("grouping",) if odd.search(text) else NO_FAULTS)
    if not checks:
        # as it is: it may have a quick test for many texts
        return reference
    if reference:
        checks.append(reference.of)
    return MoreFaults(lambda value, text: tuple(fault for check in checks for fault in check(value, text)))


def depends_on_today(field: ConformField) -> bool:
    """Return whether a cell can mean another day tomorrow: `any` fills missing parts from the day it is read."""
    return field.kind in ("date", "datetime", "time") and field.source.format == "any"


def unique_groups(extra: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the `uniqueKeys` of a schema, which frictionless does not enforce."""
    return [(group,) if isinstance(group, str) else tuple(group) for group in extra.get("uniqueKeys", [])]
