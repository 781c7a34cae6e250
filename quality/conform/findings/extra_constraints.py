"""What a schema says and frictionless does not enforce, or reads in a way that would surprise the sender."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from quality.conform.fields import ConformField
from quality.conform.proofs.verdict_cache import MoreFaults

Check = Callable[[Any, str], tuple[str, ...]]

NO_FAULTS: tuple[str, ...] = ()


def extra_constraints(field: ConformField) -> MoreFaults | None:
    """The further faults that cells of a field may have; None where there can be none."""
    found = [check for maker in MAKERS if (check := maker(field))]
    return (
        MoreFaults(lambda value, text: tuple(fault for check in found for fault in check(value, text)))
        if found
        else None
    )


def _categories(field: ConformField) -> Check | None:
    """`categories` is accepted by frictionless, and enforced by nobody."""
    listed = field.source.custom.get("categories")
    if not listed:
        return None
    read = field.source.create_value_reader()
    known = [read(entry["value"] if isinstance(entry, dict) else entry) for entry in listed]
    return lambda value, _: NO_FAULTS if value in known else ("category",)


def _sign(field: ConformField) -> Check | None:
    """With `bareNumber: false`, “(5.00)” and “5-” are read as plus five."""
    if field.kind not in ("number", "integer") or field.source.bare_number:
        return None
    negative = re.compile(r"\(.*\d.*\)|\d\s*[-\u2212]\s*$")
    return lambda value, text: ("sign",) if value > 0 and negative.search(text) else NO_FAULTS


def _grouping(field: ConformField) -> Check | None:
    """With `groupChar: .`, “1.5” is read as 15."""
    if field.kind != "number" or not field.source.group_char:
        return None
    group, point = re.escape(field.source.group_char), re.escape(field.source.decimal_char)
    odd = re.compile(rf"{group}(?!\d{{3}}(?!\d))|{point}\d*{group}|(?:^|\D)\d{{4,}}{group}")
    return lambda _, text: ("grouping",) if odd.search(text) else NO_FAULTS


MAKERS: tuple[Callable[[ConformField], Check | None], ...] = (_categories, _sign, _grouping)


def depends_on_today(field: ConformField) -> bool:
    """Whether a cell can mean another day tomorrow: `any` fills what is not said from the day it is read."""
    return field.kind in ("date", "datetime", "time") and field.source.format == "any"


def unique_groups(extra: dict[str, Any]) -> list[tuple[str, ...]]:
    """The `uniqueKeys` of a schema, which frictionless does not enforce."""
    return [(group,) if isinstance(group, str) else tuple(group) for group in extra.get("uniqueKeys", [])]
