"""The check of small numbers on what was written: the files themselves, whatever the stages before have done."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.compute as pc
import pyarrow.parquet as pq

from packages.messages import finding
from packages.model import Check, CheckOutcome, Draft, Finding, Severity, Table, Where
from packages.spec import CountsSpec, DatasetSpec, ResourceSpec, counts_of
from quality.suppression.people import people_findings
from quality.verdict import JudgedPart

TITLE = "Nobody can be told apart in numbers or rows"

RULES = ("counts-", "people-")
"""The beginnings of the rules on small numbers."""

USUAL_THRESHOLD = 5
"""The threshold for a field with numbers of people that no description of counts names."""


def small_numbers_part(draft: Draft, spec: DatasetSpec) -> JudgedPart:
    """Look for small numbers and for people who can be told apart in the staged files of every table."""
    resources = {resource.name: resource for resource in spec.package.resources}
    findings = tuple(
        found
        for table in draft.tables
        if table.name in resources
        for found in _table_findings(draft, table, resources[table.name], spec)
    )
    # what the stage before found stands among the findings of the draft
    stopping = [
        f
        for f in (*draft.findings, *findings)
        if f.rule.startswith(RULES) and f.severity in (Severity.BLOCK, Severity.HOLD)
    ]
    outcome = CheckOutcome.FAILED if stopping else CheckOutcome.PASSED
    return JudgedPart(findings, (Check("small-numbers", TITLE, outcome, stopping[0].what if stopping else ""),))


def has_small_numbers(spec: DatasetSpec) -> bool:
    """Whether a dataset has numbers of people, or people in its rows."""
    fields = (field for resource in spec.package.resources for field in resource.table_schema.fields)
    rules = spec.quality.disclosure
    return bool(rules.counts or rules.people) or any(field.nature == "count" for field in fields)


def _table_findings(draft: Draft, table: Table, resource: ResourceSpec, spec: DatasetSpec) -> Iterator[Finding]:
    path = draft.folder / table.parquet.name
    # a release that was made earlier may lack columns that are described today
    there = set(pq.read_schema(path).names)
    counts = counts_of(spec.quality.disclosure.counts, resource, spec.package)
    for rule, name, threshold in _thresholds(resource, counts):
        if name not in there:
            continue
        values = pq.read_table(path, columns=[name])[name]
        lowest = 0 if any(c.zeros == "hide" and name in c.measure for c in counts) else 1
        is_small = pc.and_(pc.greater_equal(values, lowest), pc.less(values, threshold))
        if count := pc.sum(is_small).as_py() or 0:
            where = Where(table.name, name, draft.heading(table.name, name), count=count, of=table.rows, unit="number")
            yield finding(rule, where, threshold=threshold)
    for people in spec.quality.disclosure.people:
        if (people.resource or spec.resource.name) == table.name:
            columns = list(dict.fromkeys((*people.quasi, *people.sensitive)))
            if not there.issuperset(columns):
                continue
            yield from people_findings(pq.read_table(path, columns=columns), table.name, people)


def _thresholds(resource: ResourceSpec, counts: tuple[CountsSpec, ...]) -> Iterator[tuple[str, str, int]]:
    """Yield the rule that a small number breaks, the field and the threshold, for each field with numbers of people."""
    measures = {name: c.threshold for c in counts for name in c.measure if not c.is_amount}
    yield from (("counts-not-hidden", name, threshold) for name, threshold in measures.items())
    usual = min(measures.values(), default=USUAL_THRESHOLD)
    for field in resource.table_schema.fields:
        if field.nature == "count" and field.type in ("integer", "number") and field.name not in measures:
            yield "counts-undeclared", field.name, usual
