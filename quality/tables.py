"""Several tables of one dataset: joined into one draft, and offered to each other's foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

from packages.errors import FileProblem
from packages.formats.csv import DIALECT
from packages.headings import known_headings, normalise
from packages.model import Check, CheckOutcome, Draft, Finding, Rows, Where
from packages.refusal import refusal, unread_finding
from packages.spec import DatasetSpec, ResourceSpec
from quality.drafting.draft import READING_TITLE

SHEETS = "sheets-left-out"
"""The rule of the finding that a workbook has sheets that were not read."""


def staged_tables(parts: Sequence[Draft]) -> dict[str, Mapping[str, Any]]:
    """Return the tables written so far as resource descriptors by name, for the foreign keys of others."""
    tables = [(part.folder / table.csv.name, table) for part in parts for table in part.tables]
    written = {"encoding": "utf-8", "dialect": DIALECT}
    return {table.name: {"path": str(path), "schema": table.schema} | written for path, table in tables}


def tables_not_apart(tables: Mapping[str, Rows], spec: DatasetSpec) -> dict[str, FileProblem]:
    """Return the problem of each table that was read from the same sheet and columns as one that fits them better.

    `tables` are the rows by resource name. A table fits as well as its description knows the headings.
    """
    resources = {resource.name: resource for resource in spec.package.resources}
    claims: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, rows in tables.items():
        claims.setdefault((rows.sheet, rows.columns), []).append(name)
    problems = {}
    for (_, columns), names in claims.items():
        headings = {normalise(column) for column in columns}
        best = max(names, key=lambda name: len(headings & known_headings(spec, resources[name])))
        for name in names:
            if name != best:
                first, second = _title(resources[best]), _title(resources[name])
                problems[name] = refusal("tables-not-apart", first=first, second=second)
    return problems


@contextmanager
def collecting(problems: dict[str, FileProblem], resource: ResourceSpec, spec: DatasetSpec) -> Iterator[None]:
    """Collect a FileProblem raised inside the context under the name of the table, which its words then tell.

    The only table of a dataset is the whole file, and its problem is raised as it is.
    """
    try:
        yield
    except FileProblem as problem:
        if len(spec.package.resources) == 1:
            raise
        what = f"{_title(resource)}: {problem.what}"
        problems[resource.name] = FileProblem(what, fix=problem.fix, why=problem.why)


def join_drafts(parts: Sequence[Draft], spec: DatasetSpec, problems: Mapping[str, FileProblem]) -> Draft:
    """Join the drafts of all tables into one, in the order of the description; equal findings appear once.

    `problems` are those of the tables that could not be read, by resource name.
    """
    if len(spec.package.resources) == 1:
        return parts[0]
    by_name = {part.tables[0].name: part for part in parts}
    resources = [resource for resource in spec.package.resources if resource.name in by_name]
    drafts = [by_name[resource.name] for resource in resources]
    missing = [unread_finding(problem, Where(resource=name)) for name, problem in problems.items()]
    labelled = list(zip(drafts, resources, strict=True))
    findings = dict.fromkeys(_with_resource(f, r) for part, r in labelled for f in part.findings)
    return replace(
        drafts[0],
        tables=tuple(chain.from_iterable(part.tables for part in drafts)),
        findings=(*missing, *_without_own_sheets(tuple(findings), len(drafts))),
        checks=(
            *(Check(f"reading/{n}", READING_TITLE, CheckOutcome.FAILED, p.what) for n, p in problems.items()),
            *(replace(c, name=f"{c.name}/{r.name}") for part, r in labelled for c in part.checks),
        ),
        changes=tuple(replace(change, resource=r.name) for part, r in labelled for change in part.changes),
        headings={name: headings for part in drafts for name, headings in part.headings.items()},
        how_read="; ".join(f"{_title(r)}: {part.how_read}" for part, r in labelled if part.how_read),
        row_numbers={name: numbers for part in drafts for name, numbers in part.row_numbers.items()},
        vouched=frozenset(name for part in drafts for name in part.vouched),
        proven=frozenset(name for part in drafts for name in part.proven),
    )


def checks_by_table(checks: Sequence[Check], spec: DatasetSpec) -> tuple[Check, ...]:
    """Add the table to the title of each check whose name ends with one, where the dataset has several."""
    if len(spec.package.resources) == 1:
        return tuple(checks)
    titles = {resource.name: _title(resource) for resource in spec.package.resources}
    named = []
    for check in checks:
        table = titles.get(check.name.rpartition("/")[2], "")
        named.append(replace(check, title=f"{check.title} ({table})") if table else check)
    return tuple(named)


def _without_own_sheets(findings: tuple[Finding, ...], tables: int) -> tuple[Finding, ...]:
    """Drop the findings on sheets left out, if each table has a sheet of its own and the workbook has no other."""
    places = [f.where for f in findings if f.rule == SHEETS]
    is_complete = len({where.sheet for where in places}) == tables and all(where.count < tables for where in places)
    return tuple(f for f in findings if f.rule != SHEETS) if is_complete else findings


def _title(resource: ResourceSpec) -> str:
    return resource.title or resource.name


def _with_resource(finding: Finding, resource: ResourceSpec) -> Finding:
    """Add the table to a finding on rows or on a column; one on the file as a whole is about all tables."""
    where = finding.where
    is_local = where.rows or where.column or where.field
    return (
        replace(finding, where=replace(where, resource=resource.name)) if is_local and not where.resource else finding
    )
