"""The evidence of a decision: the report on the file, what it says of each finding, and what the facts are, in words.

Everything here is masked already: facts hold no values, and reports only those of columns that are known to be safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalogue.site.words import CONCERNS, PERSONAL
from flows.decisions.asking import found_fact
from flows.decisions.book import Book
from flows.decisions.facts import Envelope, Exemption, FoundFact, Request, Subject, found_facts
from flows.decisions.ruling import decided_text
from flows.decisions.standing import Standing, State
from flows.privacy.freezes import OUTCOME
from flows.report_files import earlier_reports
from flows.services import Services
from packages.messages import messages
from packages.model import Identity, Report, Severity
from packages.spec.questions import questions
from packages.vocabulary import licences
from quality.report import report_from_json
from quality.report.comparison import ComparisonLine, compare_reports, last_released
from quality.report.items import NumberedFinding, number_findings
from quality.report.wording import count_text, day_text, number_text

STOOD: dict[State, str] = {
    State.APPROVED: "Approved by",
    State.RETURNED: "Sent back by",
    State.REFUSED: "RequestRefused by",
}
"""The words before the roles of those who decided."""

LOOKED_THROUGH = 200
"""Attempts that are looked through for the report on a file."""


@dataclass(frozen=True, slots=True)
class SmallestCell:
    """The smallest number that a column with numbers of people would show."""

    column: str
    least: str
    filled: int


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What was decided about something earlier: what, by which roles, and the reason where there is one."""

    what: str
    said: str
    reason: str
    alternative: str
    digest: str


def report_folder(fingerprint: str, identity: Identity, services: Services) -> Path | None:
    """Return the folder of the report on a file; None when there is none, or it is not kept any more."""
    for attempt in services.ledger.attempts(identity, LOOKED_THROUGH):
        if attempt.fingerprint == fingerprint and attempt.report:
            folder: Path = services.store.report_folder(attempt.report)
            return folder if (folder / "report.json").is_file() else None
    return None


def report_on(subject: Subject, services: Services) -> Report | None:
    """Return the report on the file that a request is about; None for everything else, and when it is gone."""
    if not isinstance(subject, Request):
        return None
    folder = report_folder(subject.fingerprint, Identity(subject.dataset, subject.publisher), services)
    return report_from_json((folder / "report.json").read_bytes()) if folder else None


def found_in(report: Report | None) -> dict[FoundFact, NumberedFinding]:
    """Return what a report says of each thing that people decide on. Pure."""
    items = number_findings(report) if report else ()
    return {found_fact(item.finding): item for item in items if item.finding.severity is Severity.HOLD}


def fact_sentence(fact: FoundFact, subject: Subject) -> str:
    """Return a thing to decide on as a sentence, where no report says one. Pure."""
    if isinstance(subject, Exemption):
        return f"Cells such as {fact.shapes[0]} pass in ‘{fact.field}’, in up to {count_text(subject.most, 'row')}."
    if isinstance(subject, Envelope):
        return f"Files inside these bounds are published and ask nobody, until {day_text(subject.until)}."
    known = messages().get(fact.rule)
    sentence = known.one if known else fact.rule.replace("-", " ").capitalize()
    return fact.text if "$" in sentence else sentence


def place_words(fact: FoundFact) -> str:
    """Return where a thing was found, without a value and without a heading of the file. Pure."""
    where = ".".join(filter(None, (fact.resource, fact.field or fact.column)))
    often = count_text(fact.count, "row") + (f" of {fact.of:,}" if fact.of else "") if fact.count else ""
    return " · ".join(filter(None, (where, often)))


def fact_lines(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the facts of a subject: what each is, and what it says. Pure."""
    if isinstance(subject, Exemption):
        yield "Why", subject.reason
        yield "Until", day_text(subject.until)
        return
    yield "Whom the dataset is about", CONCERNS.get(subject.concerns, subject.concerns)
    if isinstance(subject, Envelope):
        yield "From", subject.host
        for table, band in subject.rows.items():
            yield f"Rows of {table}", f"{number_text(band.least)} to {number_text(band.most)}"
        for name, band in subject.totals.items():
            yield f"Total of {name}", f"{number_text(band.least)} to {number_text(band.most)}"
        for table, names in subject.columns.items():
            yield f"Columns of {table}", ", ".join(names)
        kinds = "; ".join(" ".join(filter(None, kind)) for kind in subject.findings)
        yield "What may be found", kinds or "nothing that people would have to decide on"
        yield "Until", day_text(subject.until)
        return
    if OUTCOME in subject.answers:
        yield "How it ended", subject.answers[OUTCOME]
        return
    if subject.clauses:
        yield "Outside the standing approval by", "; ".join(subject.clauses)
    if subject.declared:
        yield "Personal data in the source", PERSONAL.get(subject.declared, subject.declared)
    if subject.rows:
        yield "Rows", ", ".join(f"{count:,} in {table}" for table, count in subject.rows.items())
    if subject.received:
        yield "From", "a person who handed it in" if subject.author else subject.host.replace("file", "a folder")
    if subject.licence:
        licence = licences().get(subject.licence)
        yield "Licence", licence.title if licence else subject.licence


def answered(subject: Subject) -> tuple[tuple[str, str], ...]:
    """Return the screening questions with what was answered, those that were not answered with “no” first. Pure."""
    if not isinstance(subject, Request) or OUTCOME in subject.answers:
        return ()
    known = questions()
    pairs = [(known[name].ask, said) for name, said in subject.answers.items() if name in known]
    pairs.sort(key=lambda pair: pair[1].partition(":")[0] == "no")
    if "answered" in subject.answers:
        pairs.append(("Who answered, and when", subject.answers["answered"]))
    return tuple(pairs)


def smallest_cells(subject: Subject, report: Report | None) -> Iterator[SmallestCell]:
    """Yield the smallest number that is left in each column with numbers of people, as its report may show it. Pure.

    What was hidden is in no statistics of a report.
    """
    if report is None or not isinstance(subject, Request):
        return
    for table in report.tables:
        for column in table.columns:
            if subject.natures.get(f"{table.name}.{column.name}") == "count" and column.safe and column.minimum:
                yield SmallestCell(column.title or column.name, number_text(column.minimum), column.filled)


def changes_to_public(report: Report | None, services: Services) -> tuple[ComparisonLine, ...]:
    """Return what is different from the release before, as far as two reports show; nothing without one."""
    before = last_released(report, earlier_reports(report.identity, services)) if report else None
    return compare_reports(report, before) if report and before else ()


def earlier_decisions(subject: Subject | None, book: Book) -> Iterator[PastDecision]:
    """Yield what was decided about other things of the same dataset, the latest first; by roles, never by names.

    What others still have to decide on is left out whole: nobody sees the first of two decisions.
    """
    for digest, other in reversed(book.subjects.items()):
        voices = book.voices(other)
        if not voices or (subject is not None and digest == subject.digest):
            continue
        facts = found_facts(other)
        # as it was when the last of them decided, whatever has ended since
        for standing in book.standings(other, voices[-1].at.date()):
            if standing.state is not State.WAITING:
                what = fact_words(facts[standing.number - 1])
                yield PastDecision(what, stood_text(standing), standing.reason, standing.alternative, digest)


def fact_words(fact: FoundFact) -> str:
    """Return a thing that was decided in a few words: its rule and its place. Pure."""
    where = f" in ‘{fact.field}’" if fact.field else f" in {fact.column}" if fact.column else ""
    return f"{fact.rule.replace('-', ' ').capitalize()}{where}"


def stood_text(standing: Standing) -> str:
    """Return how something was decided, in which roles, when and until when. Pure."""
    return decided_text([standing], STOOD[standing.state])
