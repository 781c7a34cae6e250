"""The last look before anything becomes public, in the transaction of the intent: does what was decided still hold?"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import sqlalchemy as sa

from flows.decisions.asking import Case
from flows.decisions.book import Book, read_book
from flows.decisions.facts import Request
from flows.decisions.ruling import Ruling, rule_on
from flows.decisions.standing import State
from flows.examine import input_fingerprint, report_of_release
from flows.outcome import STOPPED
from flows.services import Services
from flows.state.ledger import Agree
from flows.state.records import chain_broken, verified_chain
from packages.errors import WaitingForPerson
from packages.model import Finding, Release, Severity
from packages.spec import DatasetSpec, load_spec


def ruling_guard(case: Case, ruling: Ruling, services: Services, now: dt.datetime) -> Agree:
    """Return what asks whether a file that was just judged would be let pass again, by the same request.

    The description is read again, the request made anew, and every decision on it proven again.
    """

    def agree(connection: sa.Connection) -> None:
        spec = load_spec(case.spec.identity, services.settings.datasets)
        received = case.examination.report.source.get("sha256", "")
        if input_fingerprint(received, spec, now.date()) != case.fingerprint:
            raise _changed(case.spec, "its description was changed")
        again = rule_on(case, services, now.date(), connection)
        if again.examination.report.verdict in STOPPED:
            raise _changed(case.spec, "a decision was taken back or has ended")
        if again.request != ruling.request:
            raise _changed(case.spec, "it is not the request that was decided")

    return agree


def release_guard(release: Release, spec: DatasetSpec, services: Services, now: dt.datetime) -> Agree:
    """Return what asks whether a release that was sealed earlier was let pass by people, where that was needed."""

    def agree(connection: sa.Connection) -> None:
        held = report_of_release(release).with_severity(Severity.HOLD)
        if not held:
            return
        known = verified_chain(connection, remember=False)
        if not known.is_whole:
            raise chain_broken(known.chain)
        book = read_book(spec.identity, services, connection)
        # what was public once was let pass then; what never was needs a decision that counts today
        steps = services.ledger.steps(spec.identity, services.settings.catalogue)
        was_public = any(step.state == "done" and step.release == release.digest for step in steps)
        day = None if was_public else now.date()
        if not (_approved_by_request(held, release, book, day) or _by_envelope(held, book)):
            raise _changed(spec, "nobody who counts has let pass what was found in it")

    return agree


def _approved_by_request(held: tuple[Finding, ...], release: Release, book: Book, day: dt.date | None) -> bool:
    """Return whether everything that a release holds for was approved, on a day or when it was decided."""
    # a public report does not say which column seems to hold people, so only the rules can be compared
    needed = Counter(found.rule for found in held)
    approved: Counter[str] = Counter()
    for subject in book.subjects.values():
        if isinstance(subject, Request) and subject.content == release.digest and (voices := book.voices(subject)):
            standings = book.standings(subject, day or voices[-1].at.date())
            passed = Counter(
                fact.rule for fact, s in zip(subject.findings, standings, strict=True) if s.state is State.APPROVED
            )
            approved |= passed
    return needed <= approved


def _by_envelope(held: tuple[Finding, ...], book: Book) -> bool:
    envelope = book.envelope()
    return envelope is not None and {found.rule for found in held} <= {rule for rule, *_ in envelope[0].findings}


def _changed(spec: DatasetSpec, why: str) -> WaitingForPerson:
    return WaitingForPerson(
        f"{spec.identity} was not published: {why}.",
        fix=f"Run `londata publish {spec.identity}` again. If it is held, `londata ask {spec.identity}` shows what is "
        "to be decided.",
        why="What becomes public is exactly what people have decided on.",
    )
