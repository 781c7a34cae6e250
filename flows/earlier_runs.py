"""What earlier runs left in the ledger and the store, as the next run on the same dataset asks for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.context import PublishContext
from flows.decisions.book import read_book
from flows.decisions.facts import Request
from flows.decisions.standing import State
from flows.examine import Examination
from flows.outcome import STOPPED, PublishJob
from flows.privacy.exposures import FOUND
from flows.services import Services
from flows.state.ledger import Attempt
from packages.model import Identity, Release, Verdict
from packages.release.seal import open_release
from quality.judge import report_exit_code


def reusable_attempt(job: PublishJob, fingerprint: str, services: Services, now: dt.datetime) -> Attempt | None:
    """Return the last attempt of this origin if it judged exactly this file and description and still stands.

    Only attempts of the same origin count: an unchanged source says nothing against a newer file that an officer has
    handed over since.
    """
    attempt = None if job.dry_run else services.ledger.last_attempt(job.identity, job.origin)
    if attempt is None or attempt.fingerprint != fingerprint:
        return None
    # decisions change the verdict though nothing about the file is new
    if (attempt.verdict is Verdict.HELD and job.yes) or decided_since(attempt, services, now.date()):
        return None
    # an accepted file is judged again when the folder of the release to list has been lost
    digests = services.ledger.releases(job.identity, 1) if attempt.release else ()
    is_lost = any(not services.store.release_folder(job.identity, digest).is_dir() for digest in digests)
    return None if is_lost else replace(attempt, report=str(services.store.report_path(attempt.report)))


def new_attempt(examination: Examination, fingerprint: str, origin: str, report_folder: str) -> Attempt:
    """Return the ledger's row on a judged file."""
    report = examination.report
    return Attempt(
        identity=report.identity,
        at=report.created,
        origin=origin,
        fingerprint=fingerprint,
        verdict=report.verdict,
        # the digest of a stopped file must never be taken for that of a release
        release="" if report.verdict in STOPPED else examination.digest,
        report=report_folder,
        rows=sum(table.rows for table in report.tables),
        exit_code=report_exit_code(report),
        summary=examination.summary,
    )


def decided_since(attempt: Attempt, services: Services, day: dt.date) -> bool:
    """Return whether people decided something since, what they decided ended, or a rescan has found something."""
    if not services.ledger.has_records(attempt.identity):
        return False
    if any(record.at >= attempt.at for record in services.ledger.records(attempt.identity, "decision")):
        return True
    if not attempt.release:
        return False
    # what a rescan has found in what it became has to be decided, which begins with judging the file again
    exposures = [record for record in services.ledger.records(attempt.identity, "exposure") if record.at >= attempt.at]
    if any(record.body.get(FOUND, {}).get("release") == attempt.release for record in exposures):
        return True
    book = read_book(attempt.identity, services)
    asked = [s for s in book.subjects.values() if isinstance(s, Request) and s.content == attempt.release]
    return any(
        before.state is State.APPROVED and now.state is not State.APPROVED
        for subject in asked
        for before, now in zip(book.standings(subject, attempt.at.date()), book.standings(subject, day), strict=True)
    )


def listed_release(identity: Identity, services: Services) -> Release | None:
    """Return the release that is listed now; None when there is none or its folder is gone."""
    step = services.ledger.published(identity, services.settings.catalogue)
    folder = services.store.release_folder(identity, step.release) if step else None
    return open_release(folder) if folder and folder.is_dir() else None


def accepted_release(job: PublishJob, context: PublishContext) -> Release:
    """Return the release that the catalogue should show when nothing is new: the last accepted one, of any origin.

    If a rollback took that one back, it is the one that the rollback made public, unless a person asks for the file.
    """
    ledger, store = context.services.ledger, context.services.store
    (digest,) = ledger.releases(job.identity, 1)
    is_asked_for = job.file is not None or context.yes
    if not is_asked_for and context.public and ledger.taken_back(job.identity, context.catalogue, digest):
        digest = context.public
    return open_release(store.release_folder(job.identity, digest))
