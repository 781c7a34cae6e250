"""The facts of a judged file that people decide on: its request, its envelope, and the clauses that it leaves. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from flows.decisions.facts import Band, Envelope, FoundFact, Request
from flows.examine import Examination
from flows.state.records import canonical_json
from packages.masking import mask
from packages.messages import is_about_people
from packages.model import Finding, Severity
from packages.spec import DatasetSpec

UNMAPPED = "column-unmapped"
"""The rule of a column that the description does not know."""

FILE_HOST = "file"
"""In place of the host of a source: a folder, or a file that a person handed over."""


@dataclass(frozen=True, slots=True)
class Case:
    """A judged file of one dataset. `fingerprint` covers bytes, description and version; `author` handed it over."""

    examination: Examination
    spec: DatasetSpec
    fingerprint: str
    author: str = ""


def found_fact(found: Finding) -> FoundFact:
    """Return a finding as people decide on it: no sentence, because that may quote the file."""
    where = found.where
    # headings of one shape are told apart, and none is shown: the sentence names them all
    is_unknown = found.rule == UNMAPPED or (where.column and not where.field)
    return FoundFact(
        rule=found.rule,
        resource=where.resource,
        field=where.field,
        column=f"{mask(where.column)} #{_digest_of(found.what)}".strip() if is_unknown else "",
        count=where.count,
        of=where.of,
        shapes=found.shapes,
        about_people=is_about_people(found.rule),
    )


def request_of(case: Case, clauses: tuple[str, ...] = ()) -> Request:
    """Return the request of a file that is held: the same facts give the same request."""
    report, spec = case.examination.report, case.spec
    return Request(
        dataset=spec.identity.dataset,
        publisher=spec.identity.publisher,
        fingerprint=case.fingerprint,
        content=case.examination.digest,
        received=report.source.get("sha256", ""),
        findings=tuple(found_fact(found) for found in report.with_severity(Severity.HOLD)),
        clauses=clauses,
        concerns=spec.concerns,
        declared=spec.governance.personal_data,
        natures=dict(sorted(spec.natures.items())),
        rows={table.name: table.rows for table in report.tables},
        totals=dict(_totals(case)),
        host=host_of(report.source.get("url", "")),
        licence=spec.package.licence,
        author=case.author,
        answers=dict(sorted(spec.answers.said.items())),
    )


def envelope_of(case: Case, spread: Decimal, until: dt.date) -> Envelope:
    """Return the envelope that a judged file would be in the middle of; rows and totals may vary by `spread`."""
    report, spec = case.examination.report, case.spec
    held = report.with_severity(Severity.HOLD)
    return Envelope(
        dataset=spec.identity.dataset,
        publisher=spec.identity.publisher,
        columns=_columns(case),
        natures=dict(sorted(spec.natures.items())),
        lists=_lists(spec),
        rows={table.name: _band(Decimal(table.rows), spread) for table in report.tables},
        totals={name: _band(Decimal(total), spread) for name, total in _totals(case)},
        # what asks for approval itself is what an envelope answers, and leaving it is never inside
        findings=tuple(sorted({found_fact(found).kind for found in held if found.rule != "envelope-left"})),
        suppression=_suppression(spec),
        host=host_of(report.source.get("url", "")),
        licence=spec.package.licence,
        concerns=spec.concerns,
        until=until,
    )


def clauses_left(case: Case, envelope: Envelope, day: dt.date) -> Iterator[str]:
    """Yield the clauses of an envelope that a file is outside of, in words; nothing when it is inside."""
    report, spec = case.examination.report, case.spec
    if day > envelope.until:
        yield f"end (it was good until {envelope.until.isoformat()})"
    for table, names in _columns(case).items():
        known = envelope.columns.get(table, ())
        new, gone = len(set(names) - set(known)), len(set(known) - set(names))
        if new or gone:
            yield f"columns ({new} more and {gone} fewer in {table})"
    if changed := _differences(envelope.natures, spec.natures):
        yield f"natures ({', '.join(changed)})"
    if changed := _differences(envelope.lists, _lists(spec)):
        yield f"code lists ({', '.join(changed)})"
    yield from _bands_left("rows", {t.name: str(t.rows) for t in report.tables}, envelope.rows)
    yield from _bands_left("totals", dict(_totals(case)), envelope.totals)
    kinds = {found_fact(found).kind for found in report.with_severity(Severity.HOLD)}
    # what stands in a column that is not inside is told as a column
    if other := sorted({rule for rule, *place in kinds if (rule, *place) not in envelope.findings} - {UNMAPPED}):
        yield f"findings ({', '.join(other)})"
    pinned = {
        "suppression": (envelope.suppression, _suppression(spec)),
        "source": (envelope.host, host_of(report.source.get("url", ""))),
        "licence": (envelope.licence, spec.package.licence),
        "class": (envelope.concerns, spec.concerns),
    }
    yield from (name for name, (then, now) in pinned.items() if then != now)


def host_of(url: str) -> str:
    """Return the host of an address; a word for what comes from a folder or a person."""
    return urlsplit(url).hostname or FILE_HOST if url.startswith(("https://", "http://")) else FILE_HOST


def _columns(case: Case) -> dict[str, tuple[str, ...]]:
    """Return what each table has: its fields, and a mark for each column that the description does not know."""
    draft, report = case.examination.draft, case.examination.report
    columns = {
        table.name: {name for name, heading in draft.headings.get(table.name, {}).items() if heading}
        if draft
        else set()
        for table in report.tables
    }
    for found in report.findings:
        if found.rule == UNMAPPED and found.where.resource in columns:
            columns[found.where.resource].add(found_fact(found).column)
    return {name: tuple(sorted(names)) for name, names in columns.items()}


def _totals(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the sums of the amounts that drift is measured by, of columns whose values may be shown."""
    for table in case.examination.report.tables:
        for column in table.columns:
            if column.name in case.spec.quality.drift.totals and column.safe and column.total:
                try:
                    yield f"{table.name}.{column.name}", str(Decimal(column.total))
                except InvalidOperation:
                    continue


def _lists(spec: DatasetSpec) -> dict[str, str]:
    fields = ((r.name, f) for r in spec.package.resources for f in r.table_schema.fields)
    return {f"{name}.{f.name}": _digest_of("\n".join(sorted(f.enum))) for name, f in fields if f.enum}


def _suppression(spec: DatasetSpec) -> str:
    return _digest_of(canonical_json(spec.quality.model_dump(mode="json").get("disclosure")))


def _band(middle: Decimal, spread: Decimal) -> Band:
    least, most = sorted((middle * (1 - spread), middle * (1 + spread)))
    return Band(least=str(least), most=str(most))


def _bands_left(what: str, found: Mapping[str, str], bands: Mapping[str, Band]) -> Iterator[str]:
    for name in sorted({*found, *bands}):
        if name not in bands or name not in found:
            yield f"{what} ({name} is {'new' if name in found else 'not there'})"
        elif not Decimal(bands[name].least) <= Decimal(found[name]) <= Decimal(bands[name].most):
            yield f"{what} ({name} is outside its band)"


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
