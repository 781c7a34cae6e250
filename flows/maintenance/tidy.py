"""Removing old releases, reports and received files, as the settings allow; what anything refers to stays.

A release is removed in one step (a rename), so that a reader finds it whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.context import PublishContext, exclusive
from flows.examine import OnStage, silent
from flows.services import Services
from flows.state.audit import append_entry
from flows.state.store import StoredItem, changed_at
from packages.errors import TemporaryProblem
from packages.release.seal import open_release

STAGING_DAYS = 1
"""Days after which a folder in staging was left by a run that was killed: no run takes so long."""


@dataclass(frozen=True, slots=True)
class RemovedItem:
    """Something that was removed, or would be: what kind, and where it was."""

    kind: str
    path: str


def removable(
    kept: Collection[StoredItem], referred: Collection[str], least: int, since: dt.datetime
) -> tuple[str, ...]:
    """Return the names of what may go: not referred to, older than `since`, not of the `least` newest. Pure."""
    newest_first = sorted(kept, key=lambda item: (item.at, item.name), reverse=True)
    old = [item.name for item in newest_first[least:] if item.at < since]
    return tuple(name for name in old if name not in referred)


def tidy_store(
    services: Services, now: dt.datetime, dry_run: bool = False, on_stage: OnStage = silent
) -> tuple[RemovedItem, ...]:
    """Remove what nothing needs; a dataset whose catalogue does not answer is left for another day."""
    removed: list[RemovedItem] = []
    for identity in services.store.identities():
        on_stage(str(identity))
        try:
            # a release must not go while another run is about to list it
            with exclusive(identity, services, now) as context:
                removed += [
                    *_remove_releases(context, dry_run),
                    *_remove_withdrawn(context, dry_run),
                    *_remove_unfinished(context, dry_run),
                    *_remove_reports(context, dry_run),
                ]
        except TemporaryProblem as problem:
            on_stage(f"{identity} is left as it is: {problem.what}")
    return (*removed, *remove_received(services, now, dry_run), *_remove_staging(services, now, dry_run))


def referenced_releases(context: PublishContext) -> frozenset[str]:
    """Return the digests of releases that the ledger, the catalogue or the next run may ask for."""
    ledger, live = context.services.ledger, context.services.catalogue.live(context.identity)
    addresses = " ".join((live.release, *live.urls.values())) if live else ""
    linked = {digest for digest in context.services.store.stored(context.identity) if digest in addresses}
    return frozenset({*linked, *ledger.latest(context.identity), *ledger.releases(context.identity, 1)})


def _remove_releases(context: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    store, settings = context.services.store, context.services.settings
    folders = {digest: store.release_folder(context.identity, digest) for digest in store.stored(context.identity)}
    # a store may list for a moment what was removed
    folders = {digest: folder for digest, folder in folders.items() if folder.is_dir()}
    kept = [StoredItem(digest, open_release(folder).sealed) for digest, folder in folders.items()]
    for digest in removable(kept, referenced_releases(context), settings.keep_releases, _keep_since(context)):
        yield RemovedItem("release", str(folders[digest]))
        if not dry_run:
            # audited first: a release must not disappear without an entry
            with context.services.ledger.database.writing() as connection:
                act = context.act("removed an old release", context.public, f"release {digest[:12]}")
                append_entry(connection, act)
            store.remove_folders([folders[digest]])


def _remove_withdrawn(context: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    """Remove releases that were withdrawn long ago."""
    steps = context.services.ledger.steps(context.identity, context.catalogue)
    withdrawn_at = [step.at for step in steps if step.state == "withdrawn"]
    if not withdrawn_at or withdrawn_at[0] >= _keep_since(context):
        return
    for folder in context.services.store.withdrawn(context.identity):
        yield RemovedItem("withdrawn release", str(folder))
        if not dry_run:
            context.services.store.remove_folders([folder])


def _remove_unfinished(context: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    """Remove what runs that were killed had stored of a release, or had left of one that they removed."""
    digests = context.services.store.unfinished(context.identity)
    for digest in digests:
        yield RemovedItem("unfinished release", str(context.services.store.releases / str(context.identity) / digest))
    if digests and not dry_run:
        context.services.store.remove_releases(context.identity, digests)


def _remove_reports(context: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    """Remove reports on files that were stopped."""
    store, settings = context.services.store, context.services.settings
    attempts = context.services.ledger.attempts(context.identity, settings.keep_releases)
    referred = {Path(attempt.report).name for attempt in attempts}
    for name in removable(store.reports_of(context.identity), referred, settings.keep_releases, _keep_since(context)):
        yield RemovedItem("report", str(store.reports / name))
        if not dry_run:
            store.remove_folders([store.reports / name])


def remove_received(services: Services, now: dt.datetime, dry_run: bool = False) -> tuple[RemovedItem, ...]:
    """Remove received files after their own, short time, also the last of a dataset: they hold all that was left out.

    A source that is looked at later is asked for its file again.
    """
    since = now - dt.timedelta(days=services.settings.keep_received_days)
    referred = services.ledger.extracts_since(since)
    names = removable(services.store.received(), referred, 0, since)
    if not dry_run:
        services.store.remove_received(names)
    return tuple(RemovedItem("received file", str(services.store.received_path(name))) for name in names)


def _remove_staging(services: Services, now: dt.datetime, dry_run: bool) -> Iterator[RemovedItem]:
    """Remove what killed runs left behind."""
    since = now - dt.timedelta(days=STAGING_DAYS)
    for path in sorted((services.store.root / "staging").glob("*")):
        if changed_at(path) < since:
            yield RemovedItem("unfinished work", str(path))
            if not dry_run:
                shutil.rmtree(path, ignore_errors=True)


def _keep_since(context: PublishContext) -> dt.datetime:
    return context.now - dt.timedelta(days=context.services.settings.keep_days)
