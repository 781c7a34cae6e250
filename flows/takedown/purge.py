"""Taking data away for good: from every release, from all of London, from every catalogue, and from what was received.

What goes is recorded before the first step, and every step may be taken again: whatever stops a purge, `londata
reconcile` finishes it. The public gets the old data until the release that takes their place is shown, and nothing of
them afterwards.
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from flows.context import PublishContext, exclusive, list_release, withdraw_release
from flows.examine import OnStage, report_of_release, silent
from flows.maintenance.reconcile import finish_interrupted
from flows.maintenance.versions import public_reason
from flows.outcome import PublishJob
from flows.privacy.exposures import Exposure, PurgeTarget
from flows.publish import publish
from flows.services import Services
from flows.state.audit import Act, append_entry
from flows.state.lease import current_user
from flows.state.ledger import Attempt
from flows.state.records import LedgerRecord, add_record, chained_records
from flows.state.store import PRIVATE, folder_not_writable
from flows.state.tables import AUDIT
from flows.takedown.replacement import make_replacement
from flows.takedown.timeline import CATALOGUES
from flows.union import has_public_member, union_members
from packages.errors import ExitCode, LondataError, SetupProblem, WaitingForPerson
from packages.model import Identity, Verdict
from packages.release.seal import open_release
from packages.spec import LONDON, load_spec

PURGED = "purged"
"""The act of the audit that says that a purge came to its end."""

SEALED, UNTIL = "sealed", ".until-"
"""The folder of the copies that a Data Protection Officer asked for, and what stands before their last day."""


LAST_ATTEMPTS = 100
"""The last attempts whose reports are removed also where a list of the store does not have them yet."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How a purge ended. `still_public` are addresses elsewhere that still gave the old files when they were read."""

    identity: Identity
    words: str
    release: str
    removed: int
    still_public: tuple[str, ...]
    sealed_copy: str = ""

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode.TEMPORARY if self.still_public else ExitCode.DONE


def purge(
    identity: Identity, target: PurgeTarget, services: Services, now: dt.datetime, on_stage: OnStage = silent
) -> Purged:
    """Take data of one dataset away everywhere; SetupProblem when there is nothing of it, or no such column or row."""
    target = replace(target, reason=public_reason(target.reason))
    with exclusive(identity, services, now) as context:
        finish_interrupted(replace(context, takes_away=True), on_stage)
        record = _begun(context, target, on_stage)
    return finish_purge(record, services, now, on_stage)


def _begun(context: PublishContext, target: PurgeTarget, on_stage: OnStage) -> LedgerRecord:
    """Make what takes the place of the old data, and record what has to go; nothing is public or removed by it."""
    identity, services = context.identity, context.services
    store, ledger = services.store, services.ledger
    doomed = {path.name for path in store.release_folders(identity)}
    steps = [step for name in CATALOGUES for step in ledger.steps(identity, name)]
    # also those that are not kept here any more
    doomed |= {step.release for step in steps if step.release}
    if not doomed:
        raise SetupProblem(f"Nothing of {identity} was ever released here.", fix="`londata status` shows what was.")
    catalogues = tuple(sorted({step.catalogue for step in steps} | {context.catalogue}))
    exposure = Exposure(target, tuple(sorted(doomed)), catalogues)
    public = store.release_folder(identity, context.public) if context.public else None
    if target.release:
        exposure = _without_release(exposure, context)
    elif public and not target.everything:
        on_stage("making the release that takes its place")
        if not public.is_dir():
            raise WaitingForPerson(
                f"The files of the public release of {identity} are not here any more.",
                fix=f"Bring {public} back, or take all of it away: --everything.",
            )
        spec = load_spec(identity, services.settings.datasets)
        made = make_replacement(open_release(public), target, spec, services, context.now)
        left = tuple(sorted(doomed - {made.release.digest}))
        exposure = replace(
            exposure, doomed=left, replacement=made.release.digest, marks=made.marks, columns=made.columns
        )
    record = LedgerRecord("exposure", identity, context.now, exposure.body())
    with ledger.database.writing() as connection:
        add_record(connection, record, current_user())
    return record


def _without_release(exposure: Exposure, context: PublishContext) -> Exposure:
    """Return the exposure of one release; what was public before it takes its place."""
    wanted = [digest for digest in exposure.doomed if digest.startswith(exposure.target.release)]
    if len(wanted) != 1 or len(exposure.target.release) < 6:
        kept = ", ".join(digest[:12] for digest in exposure.doomed) or "none"
        raise SetupProblem(
            f"“{exposure.target.release}” does not name one release of {context.identity}.", fix=f"Kept are: {kept}."
        )
    store = context.services.store
    others = [digest for digest in store.stored(context.identity) if digest != wanted[0]]
    others.sort(key=lambda digest: open_release(store.release_folder(context.identity, digest)).sealed)
    shown = context.public if context.public != wanted[0] else (others[-1] if others else "")
    return replace(
        exposure,
        target=replace(exposure.target, release=wanted[0]),
        doomed=(wanted[0],),
        replacement=shown if context.public else "",
    )


def finish_purges(services: Services, now: dt.datetime, on_stage: OnStage = silent) -> tuple[Purged, ...]:
    """Finish every purge that was begun and stopped by something."""
    with services.ledger.database.engine.connect() as connection:
        query = sa.select(AUDIT.c.note).where(AUDIT.c.what == PURGED)
        finished = {row.note for row in connection.execute(query)}
        records = chained_records(connection, kind="exposure")
    begun = [record for record in records if record.digest not in finished and Exposure.of(record.body)]
    return tuple(finish_purge(record, services, now, on_stage) for record in begun)


def finish_purge(record: LedgerRecord, services: Services, now: dt.datetime, on_stage: OnStage = silent) -> Purged:
    """Take every step of a recorded purge that was not taken yet; TemporaryProblem when a catalogue does not answer."""
    exposure, identity = Exposure.of(record.body), record.identity
    assert exposure is not None
    copy = _sealed_copy(record, exposure, services, on_stage)
    still: list[str] = []
    for name in exposure.catalogues:
        there = Services(services.settings.model_copy(update={"catalogue": name}))
        with exclusive(identity, there, now) as context:
            on_stage(f"showing what takes its place ({name})")
            _show_replacement(exposure, context)
            on_stage(f"taking it away ({name})")
            still += there.catalogue.erase(identity, exposure.doomed, _addresses(exposure.doomed, context))
    with exclusive(identity, services, now):
        on_stage("removing releases, reports and what was received")
        removed = _remove_stored(identity, exposure, services)
    union = _purge_union(exposure, identity, services, now, on_stage)
    still += union.still_public
    if not still:
        with services.ledger.database.writing() as connection:
            after, note = exposure.replacement, record.digest
            append_entry(connection, Act(now, current_user(), PURGED, identity, after=after, note=note))
    return Purged(
        identity=identity,
        words=exposure.target.words,
        release=exposure.replacement,
        removed=removed + union.removed,
        still_public=tuple(sorted(set(still))),
        sealed_copy=str(copy or ""),
    )


def _show_replacement(exposure: Exposure, context: PublishContext) -> None:
    """Make the catalogue show what takes the place of the old data, or that all of it was withdrawn."""
    if context.public not in exposure.doomed and not exposure.target.everything:
        return
    services, ledger = context.services, context.services.ledger
    if not exposure.replacement:
        if context.public or not ledger.withdrawal(context.identity, context.catalogue):
            withdraw_release(exposure.target.reason, context)
        return
    release = open_release(services.store.release_folder(context.identity, exposure.replacement))
    if exposure.replacement not in ledger.releases(context.identity, 1):
        attempt = Attempt(
            identity=release.identity,
            at=context.now,
            origin="purge",
            fingerprint=release.digest,
            verdict=Verdict.PUBLISH,
            release=release.digest,
            report=services.store.key_of(release.folder),
            rows=sum(table.rows for table in release.tables),
            exit_code=int(ExitCode.DONE),
            summary="Some data were taken away; the rest is as it was.",
        )
        ledger.note_attempt(attempt)
    spec = load_spec(context.identity, services.settings.datasets)
    what = "replaced what has to go"
    list_release(release, spec, replace(context, what=what, instead_of=context.public, takes_away=True))


def _addresses(digests: Collection[str], context: PublishContext) -> tuple[str, ...]:
    """Return the addresses at which the ledger says that files of some releases were public."""
    steps = context.services.ledger.steps(context.identity, context.catalogue)
    receipts = (json.loads(step.receipt or "{}") for step in steps if step.release in digests)
    return tuple(sorted({url for receipt in receipts for url in receipt.get("urls", {}).values()}))


def _remove_stored(identity: Identity, exposure: Exposure, services: Services) -> int:
    """Remove the releases that have to go, and what they were made of; return how many things were removed."""
    store = services.store
    # by their names, too: a store may list what is there only a moment later
    named = (store.release_folder(identity, digest) for digest in exposure.doomed)
    folders = {path for path in (*store.release_folders(identity), *named) if path.name in exposure.doomed}
    received = {report_of_release(open_release(path)).source.get("sha256", "") for path in folders if path.is_dir()}
    reports: list[Path] = []
    if not exposure.target.release:
        received |= services.ledger.extracts_of(identity)
        attempts = services.ledger.attempts(identity, LAST_ATTEMPTS)
        noted = {key for key in (attempt.report for attempt in attempts) if key.startswith("reports/")}
        there = {key for key in noted if store.report_folder(key).is_dir()}
        listed = {f"reports/{report.name}" for report in store.reports_of(identity)}
        reports = [store.report_path(key) for key in sorted(listed | there)]
    # what was received first: which files these are stands in the releases
    files = store.remove_received(filter(None, received))
    # a run that was killed in here has left files without a release
    releases = store.remove_releases(identity, {*exposure.doomed, *store.unfinished(identity)})
    store.remove_folders((*reports, *store.staged(identity)))
    return files + releases + len(reports)


def _purge_union(
    exposure: Exposure, identity: Identity, services: Services, now: dt.datetime, on_stage: OnStage
) -> Purged:
    """Make all of London anew without the old data, and take away every release of it that holds them."""
    union = Identity(identity.dataset, LONDON)
    doomed: set[str] = set()
    if identity != union:
        folders = services.store.release_folders(union)
        doomed = {path.name for path in folders if union_members(path).get(identity.publisher) in exposure.doomed}
    if not doomed:
        left = services.store.unfinished(union) if identity != union else ()
        return Purged(union, "", "", services.store.remove_releases(union, left), ())
    on_stage("making all of London anew")
    if services.ledger.published(union, services.settings.catalogue) and has_public_member(union.dataset, services):
        # what stops it is told by what is still public afterwards
        with suppress(LondataError):
            publish(PublishJob(union, takes_away=True), services, now)
    still: list[str] = []
    for name in exposure.catalogues:
        there = Services(services.settings.model_copy(update={"catalogue": name}))
        with exclusive(union, there, now) as context:
            if context.public in doomed:
                withdraw_release(
                    f"It held {identity}, of which data were taken away: {exposure.target.reason}", context
                )
            still += there.catalogue.erase(union, doomed, _addresses(doomed, context))
    with exclusive(union, services, now):
        removed = services.store.remove_releases(union, doomed)
    return Purged(union, "", "", removed, tuple(still))


def _sealed_copy(record: LedgerRecord, exposure: Exposure, services: Services, on_stage: OnStage) -> Path | None:
    """Keep a copy for the Data Protection Officer until its day, if one was asked for; None without one."""
    if not exposure.target.days:
        return None
    store, identity = services.store, record.identity
    until = (record.at + dt.timedelta(days=exposure.target.days)).date()
    name = f"{identity.dataset}.{identity.publisher}.{record.digest[:12]}{UNTIL}{until}.zip"
    folder = store.root / SEALED
    path, part = folder / name, folder / f"{name}.part"
    if path.exists():
        return path
    on_stage("keeping a sealed copy")
    try:
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        part.touch(0o600)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for release in store.release_folders(identity):
                for member in sorted(release.iterdir()) if release.name in exposure.doomed else ():
                    archive.write(member, f"{release.name}/{member.name}")
            for digest in services.ledger.extracts_of(identity):
                if received := store.received_file(digest):
                    archive.write(received, f"received/{digest}")
        part.rename(path)
    except OSError as error:
        raise folder_not_writable(folder, error) from error
    return path


def remove_sealed_copies(services: Services, today: dt.date) -> tuple[str, ...]:
    """Remove the sealed copies whose day has come; return where they were."""
    gone = []
    for path in sorted((services.store.root / SEALED).glob(f"*{UNTIL}*.zip")):
        if dt.date.fromisoformat(path.stem.rpartition(UNTIL)[2]) < today:
            path.unlink()
            gone.append(str(path))
    return tuple(gone)
