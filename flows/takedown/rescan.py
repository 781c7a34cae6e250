"""What is public, under today's rules: each release is screened again, from its own files.

What is found now, was not found then and was decided on by nobody is an exposure: it is told, and recorded without any
value. Nothing that is public changes by it.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from flows.decisions.book import Book, read_book
from flows.decisions.facts import Request
from flows.decisions.standing import State
from flows.examine import OnStage, report_of_release, silent
from flows.privacy.exposures import FOUND
from flows.privacy.freezes import MissedFact
from flows.privacy.payees import confirmed_payees
from flows.services import Services
from flows.state.audit import Act, append_entry
from flows.state.lease import current_user
from flows.state.records import LedgerRecord
from flows.state.tables import AUDIT
from flows.takedown.timeline import CATALOGUES, shown_times
from flows.union import union_members
from packages.errors import ExitCode, LondataError
from packages.model import Draft, Extract, Finding, Identity, Release, Report, Severity
from packages.release.seal import open_release
from packages.spec import LONDON, DatasetSpec, load_spec
from quality.disclosure.columns import COLUMN_CHECKS
from quality.disclosure.patterns import PATTERNS
from quality.disclosure.payees import RULE as PAYEES
from quality.disclosure.payees import payees_part
from quality.disclosure.screen import screen
from quality.ruleset import ruleset_digest
from quality.suppression.recheck import small_numbers_part
from quality.verdict import JudgedPart

RESCANNED = "rescanned"
"""The act of the audit that says under which rules everything that is public was looked at."""

EVERYTHING = Identity("rules", "all")

KINDS: Mapping[str, str] = {
    **{p.rule: p.title.removeprefix("No ") for p in PATTERNS},
    **{rule: title.removeprefix("No ") for rule, (title, _) in COLUMN_CHECKS.items()},
    PAYEES: "payees that look like private people",
    "counts-not-hidden": "small numbers of people",
    "counts-undeclared": "small numbers of people",
    "people-singled-out": "people who are the only ones of their kind",
    "people-few-alike": "people of whom few are alike",
    "people-all-the-same": "groups of people who all have the same",
    "": "what people have found",
}
"""By rule: what it finds, in a few words."""

NOT_PEOPLE = frozenset({"cell-formula"})
"""Rules of the screen that are not about people."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScreenedRelease:
    """One release and what today's rules find in it that nobody has decided on.

    `catalogues` show it; none of an earlier release that is still downloadable. `since` is when it first became public,
    None when the ledger does not know. `unions` are public releases of all of London that hold its rows. `missed` says
    why it could not be looked at, or not by all rules.
    """

    identity: Identity
    release: str
    catalogues: tuple[str, ...] = ()
    since: dt.datetime | None = None
    unions: tuple[str, ...] = ()
    found: tuple[MissedFact, ...] = ()
    missed: str = ""

    def record(self, now: dt.datetime) -> LedgerRecord:
        """Return the record of the exposure: the same facts give the same record."""
        facts = [fact.body for fact in self.found]
        since = self.since.isoformat() if self.since else ""
        return LedgerRecord(
            "exposure", self.identity, now, {FOUND: {"release": self.release, "since": since, "findings": facts}}
        )

    @property
    def value(self) -> dict[str, object]:
        """The same as plain values."""
        return asdict(self) | {"identity": str(self.identity), "found": [fact.body for fact in self.found]}


def rescan_exit_code(screened: Collection[ScreenedRelease]) -> ExitCode:
    """Return the exit code of a rescan: people were found, something could not be looked at, done, or nothing to do."""
    if any(one.found for one in screened):
        return ExitCode.PERSONAL_DATA
    if any(one.missed for one in screened):
        return ExitCode.SETUP
    return ExitCode.DONE if screened else ExitCode.UNCHANGED


def rescan(
    services: Services,
    now: dt.datetime,
    identity: Identity | None = None,
    everything: bool = False,
    on_stage: OnStage = silent,
) -> tuple[ScreenedRelease, ...]:
    """Screen what is public, of one dataset or of all; with `everything`, also earlier releases that are still kept.

    What is found is recorded. After a look at everything, the audit notes under which rules it was.
    """
    due = list(due_releases(services, identity, everything=everything))
    screened = []
    for number, one in enumerate(due, start=1):
        on_stage(f"{one.identity} ({number:,} of {len(due):,})")
        screened.append(screened_release(one, services))
        if screened[-1].found:
            services.ledger.record(screened[-1].record(now), current_user())
    if identity is None:
        note_rescanned(services, now)
    elif not due and not services.ledger.last_attempt(identity):
        load_spec(identity, services.settings.datasets)  # a name that is not known is the likelier mistake
    return tuple(screened)


def due_releases(
    services: Services, identity: Identity | None = None, *, everything: bool = False
) -> Iterator[ScreenedRelease]:
    """Yield the releases that are public, still to be screened; all of London as the releases that are in it."""
    ledger, store = services.ledger, services.store
    due: dict[tuple[Identity, str], ScreenedRelease] = {}
    for known in ledger.identities():
        public: dict[str, tuple[str, ...]] = dict.fromkeys(store.stored(known), ()) if everything else {}
        for name in CATALOGUES:
            if step := ledger.published(known, name):
                public[step.release] = (*public.get(step.release, ()), name)
        first: dict[str, dt.datetime] = {}
        for shown in shown_times(known, services):
            first.setdefault(shown.release, shown.since)
        for release, names in public.items():
            due[known, release] = ScreenedRelease(known, release, names, first.get(release))
    for union, release in [key for key in due if key[0].publisher == LONDON]:
        # its rows are those of its members' releases, which carry what was decided about them
        members = members_kept(union, release, services)
        for member in members:
            held = due.get(member) or ScreenedRelease(*member, since=due[union, release].since)
            due[member] = replace(held, unions=(*held.unions, release))
        if members:
            del due[union, release]
    yield from (due[key] for key in sorted(due) if identity is None or is_part_of(due[key], identity))


def is_part_of(one: ScreenedRelease, identity: Identity) -> bool:
    """Return whether a release is one of a dataset; of all of London, whether its rows are in what is public."""
    is_in_union = identity == Identity(one.identity.dataset, LONDON) and bool(one.unions)
    return one.identity == identity or is_in_union


def members_kept(union: Identity, release: str, services: Services) -> list[tuple[Identity, str]]:
    """Return the releases that a release of all of London is made of; nothing unless all of them are here."""
    folder = services.store.release_folder(union, release)
    if not folder.is_dir():
        return []
    members = [(Identity(union.dataset, name), digest) for name, digest in union_members(folder).items()]
    return members if all(services.store.release_folder(*member).is_dir() for member in members) else []


def screened_release(one: ScreenedRelease, services: Services, folder: Path | None = None) -> ScreenedRelease:
    """Return a release with what today's rules find in it and nobody decided on, or why it could not be looked at."""
    folder = folder or services.store.release_folder(one.identity, one.release)
    if not folder.is_dir():
        return replace(one, missed="Its files are not here any more.")
    try:
        release = open_release(folder)
        spec = load_spec(one.identity, services.settings.datasets)
        report = report_of_release(release)
        found, crashed = findings_today(release, report, spec, services)
        approved = approved_places(one, services)
    # of what is damaged, and of what is described no longer
    except (LondataError, OSError) as problem:
        return replace(one, missed=problem.what if isinstance(problem, LondataError) else type(problem).__name__)
    missed = f"These checks stopped with a fault of ours: {', '.join(crashed)}." if crashed else ""
    return replace(one, found=tuple(undecided(found, report, approved)), missed=missed)


def findings_today(
    release: Release, report: Report, spec: DatasetSpec, services: Services
) -> tuple[list[Finding], list[str]]:
    """Return what today's rules find about people in the files of a release, and the checks that crashed."""
    known = {table.name: table.columns for table in report.tables}
    tables = tuple(replace(table, columns=known.get(table.name, ())) for table in release.tables)
    # what was received may be gone by now, and is not needed
    extract = Extract(release.folder, "", release.digest, 0, "", "", release.sealed)
    draft = Draft(release.identity, release.folder, extract, tables, (), (), ())
    payees = confirmed_payees(release.identity, services, vouched=True)
    parts: dict[str, Callable[[], JudgedPart]] = {
        "disclosure": lambda: screen(draft, spec),
        "payees": lambda: payees_part(draft, spec, payees),
        "small-numbers": lambda: small_numbers_part(draft, spec),
    }
    found: list[Finding] = []
    crashed = []
    for name, part in parts.items():
        try:
            found += part().findings
        except Exception as error:  # noqa: BLE001 - whatever stopped a check, it must not read as passed
            # its message and its traceback may quote cells, so only its type and place are logged
            last = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s stopped with %s at %s:%s", name, type(error).__name__, Path(last.filename).name, last.lineno)
            crashed.append(name)
    stopping = (Severity.BLOCK, Severity.HOLD)
    return [f for f in found if f.severity in stopping and f.rule not in NOT_PEOPLE], crashed


@dataclass(frozen=True, slots=True)
class ApprovedPlaces:
    """What people have let pass in a release: rows by rule, table and field; `standing` however many."""

    rows: Mapping[tuple[str, str, str], int]
    standing: frozenset[tuple[str, str, str]] = frozenset()


def approved_places(one: ScreenedRelease, services: Services) -> ApprovedPlaces:
    """Return what people have let pass in a release, when it was decided."""
    if not services.ledger.has_records(one.identity):
        return ApprovedPlaces({})
    book = read_book(one.identity, services)
    envelope = book.envelope()
    return ApprovedPlaces(dict(approved_rows(book, one.release)), frozenset(envelope[0].findings if envelope else ()))


def approved_rows(book: Book, release: str) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Yield the places of approved findings with their rows, of every request about this content."""
    for subject in book.subjects.values():
        if isinstance(subject, Request) and subject.content == release and (voices := book.voices(subject)):
            # as it was when it was decided: what was let pass then was no mistake of the rules
            standings = book.standings(subject, voices[-1].at.date())
            for fact, standing in zip(subject.findings, standings, strict=True):
                if standing.state is State.APPROVED:
                    yield fact.kind, fact.count


def undecided(found: Iterable[Finding], report: Report, approved: ApprovedPlaces) -> Iterator[MissedFact]:
    """Yield what was found now, and neither told by the report of the time nor let pass by people. Pure.

    A public report does not say in which column it found people, so there the rule and the number of rows count.
    """
    told = Counter((f.rule, f.where.count, f.where.of) for f in report.findings)
    rules_then = {f.rule for f in report.findings}
    for one in found:
        where = one.where
        place = (one.rule, where.resource, where.field)
        if place in approved.standing or where.count <= approved.rows.get(place, -1):
            continue
        if told[one.rule, where.count, where.of]:
            told[one.rule, where.count, where.of] -= 1
            continue
        yield MissedFact(
            rule=one.rule,
            table=where.resource,
            field=where.field,
            # what is found about a whole column is about all its rows
            rows=where.count or where.of,
            of=where.of,
            let_pass=one.rule not in rules_then,
        )


# --- when the rules change --------------------------------------------------------------------------------------------


def note_first_rules(services: Services, now: dt.datetime) -> None:
    """Note the rules of today where nothing was ever public: all that follows is judged by them before it is."""
    if not last_ruleset(services) and not services.ledger.identities():
        note_rescanned(services, now)


def note_rescanned(services: Services, now: dt.datetime) -> None:
    """Note in the audit under which rules everything that is public was looked at, unless it says so already."""
    if last_ruleset(services) != ruleset_digest():
        with services.ledger.database.writing() as connection:
            append_entry(connection, Act(now, current_user(), RESCANNED, EVERYTHING, note=ruleset_digest()))


def last_ruleset(services: Services) -> str:
    """Return the version of the rules under which everything that is public was looked at last; empty for never."""
    query = sa.select(AUDIT.c.note).where(AUDIT.c.what == RESCANNED).order_by(AUDIT.c.id.desc()).limit(1)
    rows = services.ledger.database.rows(query)
    return str(rows[0]["note"]) if rows else ""


def rescan_if_rules_changed(
    services: Services, now: dt.datetime, on_stage: OnStage = silent
) -> tuple[ScreenedRelease, ...] | None:
    """Look at everything that is public when the rules have changed since the last look; None when they have not."""
    if last_ruleset(services) == ruleset_digest():
        return None
    return rescan(services, now, on_stage=on_stage)


def rescan_sentence(screened: Collection[ScreenedRelease]) -> str:
    """Return what a rescan came to, in a sentence without any name of a column."""
    hit = [one for one in screened if one.found]
    missed = sum(bool(one.missed) for one in screened)
    text = f"{len(screened):,} public releases were looked at under today's rules"
    if hit:
        names = ", ".join(sorted({str(one.identity) for one in hit}))
        text += f"; in {len(hit):,} something about people was found that nobody has decided on ({names})"
    if missed:
        text += f"; {missed:,} could not be looked at"
    return f"{text}."
