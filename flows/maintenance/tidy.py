"""Old releases, reports and received files go, as the settings allow; what anything refers to stays.

A release goes in one step (a rename), so that a reader finds it whole or not at all.
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
from flows.state.store import folder_not_writable
from packages.errors import TemporaryProblem
from packages.release.seal import open_release

STAGING_DAYS = 1
"""What lies in staging for longer was left by a run that was killed."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One thing in the store: a release with its digest as name, a report, or a received file; and its time."""

    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class RemovedItem:
    """Something that was removed, or would be: what kind, and where it was."""

    kind: str
    path: str


def removable(
    kept: Collection[StoredItem], referred: Collection[str], least: int, since: dt.datetime
) -> tuple[str, ...]:
    """The names of what may go: nothing refers to it, it is older than `since`, and not of the `least` newest. Pure."""
    newest_first = sorted(kept, key=lambda one: (one.at, one.name), reverse=True)
    old = [one.name for one in newest_first[least:] if one.at < since]
    return tuple(name for name in old if name not in referred)


def tidy_store(
    tools: Services, now: dt.datetime, dry_run: bool = False, say: OnStage = silent
) -> tuple[RemovedItem, ...]:
    """Remove what nothing needs; a dataset whose catalogue does not answer is left for another day."""
    gone: list[RemovedItem] = []
    for identity in tools.store.identities():
        say(str(identity))
        try:
            with exclusive(identity, tools, now) as turn:
                gone += [*_releases(turn, dry_run), *_withdrawn(turn, dry_run), *_reports(turn, dry_run)]
        except TemporaryProblem as problem:
            say(f"{identity} is left as it is: {problem.what}")
    return (*gone, *_extracts(tools, now, dry_run), *_debris(tools, now, dry_run))


def referenced_releases(turn: PublishContext) -> frozenset[str]:
    """The digests of releases that the ledger, the catalogue or the next run may ask for."""
    ledger, live = turn.tools.ledger, turn.tools.catalogue.live(turn.identity)
    said = " ".join((live.release, *live.urls.values())) if live else ""
    linked = {digest for digest in turn.tools.store.stored(turn.identity) if digest in said}
    return frozenset({*linked, *ledger.latest(turn.identity), *ledger.releases(turn.identity, 1)})


def _releases(turn: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    store, settings = turn.tools.store, turn.tools.settings
    folders = {digest: store.release_folder(turn.identity, digest) for digest in store.stored(turn.identity)}
    kept = [StoredItem(digest, open_release(folder).sealed) for digest, folder in folders.items()]
    for digest in removable(kept, referenced_releases(turn), settings.keep_releases, _since(turn)):
        yield RemovedItem("release", str(folders[digest]))
        if not dry_run:
            with turn.tools.ledger.database.writing() as connection:
                append_entry(connection, turn.act("removed an old release", turn.public, f"release {digest[:12]}"))
            _remove(folders[digest], store.root)


def _withdrawn(turn: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    """Releases that were withdrawn long ago."""
    steps = turn.tools.ledger.steps(turn.identity, turn.catalogue)
    when = [step.at for step in steps if step.state == "withdrawn"]
    if not when or when[0] >= _since(turn):
        return
    for folder in sorted(turn.tools.store.aside(turn.identity).glob("*")):
        yield RemovedItem("withdrawn release", str(folder))
        if not dry_run:
            _remove(folder, turn.tools.store.root)


def _reports(turn: PublishContext, dry_run: bool) -> Iterator[RemovedItem]:
    """Reports on files that were stopped."""
    store, settings = turn.tools.store, turn.tools.settings
    attempts = turn.tools.ledger.attempts(turn.identity, settings.keep_releases)
    last = {Path(attempt.report).name for attempt in attempts}
    folders = list(store.reports.glob(f"{turn.identity.dataset}.{turn.identity.publisher}.*"))
    kept = [StoredItem(folder.name, _changed(folder)) for folder in folders]
    for name in removable(kept, last, settings.keep_releases, _since(turn)):
        yield RemovedItem("report", str(store.reports / name))
        if not dry_run:
            _remove(store.reports / name, store.root)


def _extracts(tools: Services, now: dt.datetime, dry_run: bool) -> Iterator[RemovedItem]:
    since = now - dt.timedelta(days=tools.settings.keep_days)
    referred = tools.ledger.extracts_in_use(since)
    kept = [StoredItem(path.name, _changed(path)) for path in tools.store.extracts.glob("??/*") if path.is_file()]
    for name in removable(kept, referred, 0, since):
        path = tools.store.extracts / name[:2] / name
        yield RemovedItem("received file", str(path))
        if not dry_run:
            path.unlink(missing_ok=True)


def _debris(tools: Services, now: dt.datetime, dry_run: bool) -> Iterator[RemovedItem]:
    """What killed runs left behind."""
    since = now - dt.timedelta(days=STAGING_DAYS)
    for path in sorted((tools.store.root / "staging").glob("*")):
        if _changed(path) < since:
            yield RemovedItem("unfinished work", str(path))
            if not dry_run:
                shutil.rmtree(path, ignore_errors=True)


def _remove(folder: Path, root: Path) -> None:
    doomed = root / "staging" / f"gone.{folder.name}"
    try:
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise folder_not_writable(folder, error) from error


def _since(turn: PublishContext) -> dt.datetime:
    return turn.now - dt.timedelta(days=turn.tools.settings.keep_days)


def _changed(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
