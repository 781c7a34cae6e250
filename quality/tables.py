"""Several tables of one dataset: one draft of them all, and what they may point to in each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from packages.errors import FileProblem
from packages.formats.csv import DIALECT
from packages.model import Check, Draft, Finding, Rows
from packages.refusal import refusal
from packages.spec import DatasetSpec, ResourceSpec

SHEETS = "sheets-left-out"
"""The finding that a workbook holds more than the sheet that was read."""


def staged_tables(parts: Sequence[Draft]) -> dict[str, Mapping[str, Any]]:
    """The tables that have been written already, as resource descriptors by name: what others may point to."""
    tables = [(part.folder / table.csv.name, table) for part in parts for table in part.tables]
    ours = {"encoding": "utf-8", "dialect": DIALECT}
    return {table.name: {"path": str(path), "schema": table.schema} | ours for path, table in tables}


class SeparateTables:
    """Sees to it that no two tables of a dataset are read from the same table of the file."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, tuple[str, ...]], ResourceSpec] = {}

    def checked(self, rows: Rows, resource: ResourceSpec) -> Rows:
        """The same rows; FileProblem when an earlier table was read from them."""
        earlier = self._read.setdefault((rows.sheet, rows.columns), resource)
        if earlier is not resource:
            raise refusal("tables-not-apart", first=_title(earlier), second=_title(resource))
        return rows


@contextmanager
def naming_table(resource: ResourceSpec, spec: DatasetSpec) -> Iterator[None]:
    """Where a dataset has several tables, a FileProblem within says which of them it is about."""
    try:
        yield
    except FileProblem as problem:
        if len(spec.package.resources) == 1:
            raise
        raise FileProblem(f"{_title(resource)}: {problem.what}", fix=problem.fix, why=problem.why) from problem


def join_drafts(parts: Sequence[Draft], spec: DatasetSpec) -> Draft:
    """One draft of the drafts of every table, in the order of the description; what all of them say is said once."""
    if len(parts) == 1:
        return parts[0]
    resources = spec.package.resources
    by_name = {part.tables[0].name: part for part in parts}
    drafts = [by_name[resource.name] for resource in resources]
    labelled = list(zip(drafts, resources, strict=True))
    found = dict.fromkeys(_placed(found, r) for part, r in labelled for found in part.findings)
    return replace(
        drafts[0],
        tables=tuple(chain.from_iterable(part.tables for part in drafts)),
        findings=_without_own_sheets(tuple(found), len(drafts)),
        checks=tuple(replace(c, name=f"{c.name}/{r.name}") for part, r in labelled for c in part.checks),
        changes=tuple(replace(change, resource=r.name) for part, r in labelled for change in part.changes),
        headings={name: found for part in drafts for name, found in part.headings.items()},
        how_read="; ".join(f"{_title(r)}: {part.how_read}" for part, r in labelled if part.how_read),
        row_numbers={name: found for part in drafts for name, found in part.row_numbers.items()},
    )


def checks_by_table(checks: Sequence[Check], spec: DatasetSpec) -> tuple[Check, ...]:
    """Where a dataset has several tables, a check whose name ends with one of them says so in its title."""
    if len(spec.package.resources) == 1:
        return tuple(checks)
    titles = {resource.name: _title(resource) for resource in spec.package.resources}
    return tuple(_titled(check, titles.get(check.name.rpartition("/")[2], "")) for check in checks)


def _titled(check: Check, table: str) -> Check:
    return replace(check, title=f"{check.title} ({table})") if table else check


def _without_own_sheets(found: tuple[Finding, ...], tables: int) -> tuple[Finding, ...]:
    """Each table leaves out the sheets of the others: no news, when each has its own and there are no more."""
    said = [f.where for f in found if f.rule == SHEETS]
    own = len({where.sheet for where in said}) == tables and all(where.count < tables for where in said)
    return tuple(f for f in found if f.rule != SHEETS) if own else found


def _title(resource: ResourceSpec) -> str:
    return resource.title or resource.name


def _placed(found: Finding, resource: ResourceSpec) -> Finding:
    """A finding on rows or on a column says of which table; one on the file as a whole is about them all."""
    where = found.where
    local = where.rows or where.column or where.field
    return replace(found, where=replace(where, resource=resource.name)) if local and not where.resource else found
