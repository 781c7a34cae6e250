"""The ledger: append-only rows on what was received, judged, published and decided.

The catalogue shows what is public, the descriptions say what should be, the ledger how it came about. SQLite by
default, PostgreSQL by URL. Nothing here is ever updated or deleted; the latest row counts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.state.audit import Act, Chain, append_entry
from flows.state.database import Database
from flows.state.lease import Lease, check_lease
from flows.state.records import LedgerRecord, add_record, chained_records, verified_chain
from flows.state.store import received_key
from flows.state.tables import ATTEMPTS, CATALOGUE_IDS, EXTRACTS, NOTICES, PAYEES, PUBLICATIONS, RECORDS
from packages.model import Extract, Identity, Publication, Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """One judged file.

    `origin` is where it came from: the source, or a file that a person handed over. `fingerprint` covers the bytes,
    the description and our version. `report` is the folder of the report.
    """

    identity: Identity
    at: dt.datetime
    origin: str
    fingerprint: str
    verdict: Verdict
    release: str
    report: str
    rows: int
    exit_code: int
    summary: str


Agree = Callable[[sa.Connection], None]
"""Called in the transaction of an intent; it raises when the step may not be taken."""

STATES = ("intent", "done", "withdrawing", "withdrawn", "superseded")
"""The states of a step; `taken back` is no step, but a mark on the release that a rollback replaces."""

UNFINISHED = ("intent", "withdrawing")


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step about to be taken: a release listed (`intent`) or a dataset taken away (`withdrawing`)."""

    identity: Identity
    catalogue: str
    release: str
    at: dt.datetime
    state: str = "intent"
    instead_of: str = ""
    reason: str = ""

    def row(self, state: str, release: str) -> dict[str, Any]:
        """Return the columns of a step."""
        receipt = json.dumps({"reason": self.reason}) if self.reason else ""
        return {"catalogue": self.catalogue, "release": release, "state": state, "receipt": receipt}


@dataclass(frozen=True, slots=True)
class PublishStep:
    """One row of the publish protocol: `intent` before the first outside effect, `done` with the receipt after."""

    identity: Identity
    at: dt.datetime
    catalogue: str
    release: str
    state: str
    receipt: str

    @property
    def reason(self) -> str:
        """The reason of a withdrawal; empty for other steps."""
        return str(json.loads(self.receipt or "{}").get("reason", ""))


class Ledger:
    """The ledger at a SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    # --- extracts

    def note_extract(self, identity: Identity, extract: Extract) -> None:
        """Note what was received."""
        values = {column: getattr(extract, column) for column in _EXTRACT_COLUMNS}
        self._add(EXTRACTS, identity, extract.retrieved, values | {"path": received_key(extract.sha256)})

    def last_extract(self, identity: Identity) -> Extract | None:
        """Return what was received last, or None."""
        rows = self._rows(_rows_of(EXTRACTS, identity).order_by(EXTRACTS.c.id.desc()).limit(1))
        if not rows:
            return None
        row = rows[0]
        values = {column: row[column] for column in _EXTRACT_COLUMNS}
        return Extract(**values | {"path": Path(row["path"]), "retrieved": _utc(row["at"])})

    def extracts_since(self, since: dt.datetime) -> frozenset[str]:
        """Return the digests of what was received since a moment."""
        query = sa.select(EXTRACTS.c.sha256).where(EXTRACTS.c.at >= since)
        return frozenset(str(row["sha256"]) for row in self._rows(query))

    def extracts_of(self, identity: Identity) -> frozenset[str]:
        """Return the digests of all that was ever received for a dataset."""
        return frozenset(str(row["sha256"]) for row in self._rows(_rows_of(EXTRACTS, identity)))

    # --- attempts

    def note_attempt(self, attempt: Attempt) -> None:
        """Note a judged file."""
        values = {column: getattr(attempt, column) for column in _ATTEMPT_COLUMNS}
        self._add(ATTEMPTS, attempt.identity, attempt.at, values)

    def last_attempt(self, identity: Identity, origin: str = "") -> Attempt | None:
        """Return the latest attempt, of all files or of those of one origin; or None."""
        query = _rows_of(ATTEMPTS, identity).order_by(ATTEMPTS.c.id.desc()).limit(1)
        rows = self._rows(query.where(ATTEMPTS.c.origin == origin) if origin else query)
        return _attempt(identity, rows[0]) if rows else None

    def last_attempts(self) -> dict[Identity, Attempt]:
        """Return the latest attempt on each dataset, of all files, in one query for all of them."""
        last = sa.select(sa.func.max(ATTEMPTS.c.id)).group_by(ATTEMPTS.c.dataset, ATTEMPTS.c.publisher)
        rows = self._rows(sa.select(ATTEMPTS).where(ATTEMPTS.c.id.in_(last)))
        return {identity: _attempt(identity, row) for identity, row in _by_identity(rows)}

    def attempts(self, identity: Identity, limit: int = 12) -> tuple[Attempt, ...]:
        """Return the latest attempts, newest first."""
        query = _rows_of(ATTEMPTS, identity).order_by(ATTEMPTS.c.id.desc()).limit(limit)
        return tuple(_attempt(identity, row) for row in self._rows(query))

    def attempts_since(self, since: dt.datetime) -> tuple[Attempt, ...]:
        """Return the attempts on all datasets since a moment, newest first."""
        rows = self._rows(sa.select(ATTEMPTS).where(ATTEMPTS.c.at >= since).order_by(ATTEMPTS.c.id.desc()))
        return tuple(_attempt(identity, row) for identity, row in _by_identity(rows))

    def steps_since(self, since: dt.datetime, catalogue: str) -> tuple[PublishStep, ...]:
        """Return the steps of publishing all datasets to one catalogue since a moment, newest first."""
        due = (PUBLICATIONS.c.at >= since, PUBLICATIONS.c.catalogue == catalogue)
        rows = self._rows(sa.select(PUBLICATIONS).where(*due).order_by(PUBLICATIONS.c.id.desc()))
        return tuple(_step(identity, row) for identity, row in _by_identity(rows))

    def releases(self, identity: Identity, limit: int) -> tuple[str, ...]:
        """Return the digests of the last releases that were made, newest first; each of them once."""
        # the same release is attempted again after a change of the description; it counts once, as the latest
        query = _rows_of(ATTEMPTS, identity).where(ATTEMPTS.c.release != "").order_by(ATTEMPTS.c.id.desc()).limit(limit)
        return tuple(dict.fromkeys(str(row["release"]) for row in self._rows(query)))

    # --- publications

    def intend(self, step: NewStep, lease: Lease | None = None, agree: Agree | None = None) -> None:
        """Note a step before any outside effect; to note it again only checks that the lease is still held.

        `agree` is called in the transaction, and raises when what was decided does not hold any more.
        """
        with self.database.writing() as connection:
            check_lease(connection, lease)
            if agree:
                agree(connection)
            query = _steps(step.identity, step.catalogue).limit(1)
            rows = list(connection.execute(query).mappings())
            if rows and (rows[0]["state"], rows[0]["release"]) == (step.state, step.release):
                return
            # in one transaction with the intent: a run that is cut short leaves both or neither
            if step.instead_of:
                _add(connection, PUBLICATIONS, step.identity, step.at, step.row("taken back", step.instead_of))
            _add(connection, PUBLICATIONS, step.identity, step.at, step.row(step.state, step.release))

    def done(self, publication: Publication, act: Act | None = None, lease: Lease | None = None) -> None:
        """Note the receipt of a publication, and the act in the audit."""
        self._finish(publication, "done", {}, (act, lease))

    def withdrawn(self, publication: Publication, reason: str, act: Act, lease: Lease | None) -> None:
        """Note the receipt of a withdrawal, which blocks the dataset until a person lets it in again."""
        self._finish(publication, "withdrawn", {"reason": reason}, (act, lease))

    def supersede(self, step: PublishStep, at: dt.datetime, act: Act, lease: Lease | None) -> None:
        """Close an intent that left nothing behind and cannot be carried out any more."""
        with self.database.writing() as connection:
            check_lease(connection, lease)
            values = {"catalogue": step.catalogue, "release": step.release, "state": "superseded", "receipt": ""}
            _add(connection, PUBLICATIONS, step.identity, at, values)
            append_entry(connection, act)

    def last_step(self, identity: Identity, catalogue: str) -> PublishStep | None:
        """Return the latest step of publishing to one catalogue; an intent means that it was not finished."""
        return self._latest(identity, catalogue, *STATES)

    def published(self, identity: Identity, catalogue: str) -> PublishStep | None:
        """Return the latest finished publication in one catalogue; None when there is none, or it was withdrawn."""
        step = self._latest(identity, catalogue, *_FINISHED)
        return step if step and step.state == "done" else None

    def all_published(self, catalogue: str) -> dict[Identity, PublishStep]:
        """Return what `published` returns of each dataset that is public, in one query for all of them."""
        latest = self._all_latest(catalogue, *_FINISHED)
        return {identity: step for identity, step in latest.items() if step.state == "done"}

    def all_withdrawals(self, catalogue: str) -> dict[Identity, PublishStep]:
        """Return what `withdrawal` returns of each dataset that is kept out of a catalogue, in one query for all."""
        latest = self._all_latest(catalogue, *_OF_WITHDRAWAL)
        return {identity: step for identity, step in latest.items() if step.state in _WITHDRAWN}

    def withdrawal(self, identity: Identity, catalogue: str) -> PublishStep | None:
        """Return the withdrawal, finished or not, that keeps a dataset out of a catalogue; None when nothing does."""
        step = self._latest(identity, catalogue, *_OF_WITHDRAWAL)
        return step if step and step.state in _WITHDRAWN else None

    def taken_back(self, identity: Identity, catalogue: str, release: str) -> PublishStep | None:
        """Return the rollback that took a release back; None when there was none, or it was published again since."""
        # a later intent or publication of the same release ends the effect of the rollback
        query = _steps(identity, catalogue).where(PUBLICATIONS.c.release == release)
        rows = self._rows(query.where(PUBLICATIONS.c.state.in_(("intent", "done", "taken back"))).limit(1))
        return _step(identity, rows[0]) if rows and rows[0]["state"] == "taken back" else None

    def steps(self, identity: Identity, catalogue: str) -> tuple[PublishStep, ...]:
        """Return every step in one catalogue, newest first."""
        return tuple(_step(identity, row) for row in self._rows(_steps(identity, catalogue)))

    def latest(self, identity: Identity) -> frozenset[str]:
        """Return the digests of the last release that was begun and of the last that was done, in each catalogue."""
        key = (PUBLICATIONS.c.catalogue, PUBLICATIONS.c.state)
        last = sa.select(sa.func.max(PUBLICATIONS.c.id)).where(PUBLICATIONS.c.state.in_(("intent", "done")))
        mine = last.where(PUBLICATIONS.c.dataset == identity.dataset, PUBLICATIONS.c.publisher == identity.publisher)
        query = sa.select(PUBLICATIONS.c.release).where(PUBLICATIONS.c.id.in_(mine.group_by(*key)))
        return frozenset(str(row["release"]) for row in self._rows(query))

    def identities(self, dataset: str = "") -> tuple[Identity, ...]:
        """Return every dataset that was ever published or about to be, in order; of one name, or all."""
        query = sa.select(PUBLICATIONS.c.dataset, PUBLICATIONS.c.publisher).distinct()
        rows = self._rows(query.where(PUBLICATIONS.c.dataset == dataset) if dataset else query)
        return tuple(sorted(Identity(**row) for row in rows))

    def _latest(self, identity: Identity, catalogue: str, *states: str) -> PublishStep | None:
        rows = self._rows(_steps(identity, catalogue).where(PUBLICATIONS.c.state.in_(states)).limit(1))
        return _step(identity, rows[0]) if rows else None

    def _all_latest(self, catalogue: str, *states: str) -> dict[Identity, PublishStep]:
        columns = PUBLICATIONS.c
        due = sa.select(sa.func.max(columns.id)).where(columns.catalogue == catalogue, columns.state.in_(states))
        last = due.group_by(columns.dataset, columns.publisher)
        rows = self._rows(sa.select(PUBLICATIONS).where(columns.id.in_(last)))
        return {identity: _step(identity, row) for identity, row in _by_identity(rows)}

    def _finish(
        self, publication: Publication, state: str, details: dict[str, str], authority: tuple[Act | None, Lease | None]
    ) -> None:
        act, lease = authority
        receipt = details | {
            "page": publication.page,
            "urls": dict(publication.urls),
            "ids": dict(publication.ids),
            "read_back": dict(publication.read_back),
            "writes": publication.writes,
        }
        values = {
            "catalogue": publication.catalogue,
            "release": publication.release,
            "state": state,
            "receipt": json.dumps(receipt, sort_keys=True),
        }
        with self.database.writing() as connection:
            # in the transaction of the write, so that the lease cannot be lost in between
            check_lease(connection, lease)
            _add(connection, PUBLICATIONS, publication.identity, publication.at, values)
            if act:
                append_entry(connection, act)

    # --- records

    def record(self, record: LedgerRecord, who: str, lease: Lease | None = None) -> LedgerRecord:
        """Add a record with its entry in the audit; return it as it counts, from before when it was there already.

        SetupProblem when the chain of the audit is broken.
        """
        with self.database.writing() as connection:
            check_lease(connection, lease)
            add_record(connection, record, who)
        return next(found for found in self.records(record.identity, record.kind) if found.digest == record.digest)

    def records(self, identity: Identity | None = None, kind: str = "") -> tuple[LedgerRecord, ...]:
        """Return the records that count, oldest first; none does while the chain of the audit is broken."""
        _ = self.chain  # what was verified now is remembered by this process
        with self.database.reading() as connection:
            return chained_records(connection, identity, kind)

    def has_records(self, identity: Identity) -> bool:
        """Return whether there is any row of a record on a dataset, whether it counts or not."""
        return bool(self._rows(_rows_of(RECORDS, identity).limit(1)))

    @property
    def chain(self) -> Chain:
        """The chain of the audit, verified once in a process and then what was added."""
        with self.database.reading() as connection:
            return verified_chain(connection).chain

    # --- ids that a catalogue has chosen

    def recall(self, identity: Identity, place: str) -> str:
        """Return the id that a dataset has in the catalogue at an address; empty when none was remembered."""
        query = _rows_of(CATALOGUE_IDS, identity).where(CATALOGUE_IDS.c.place == place)
        rows = self._rows(query.order_by(CATALOGUE_IDS.c.id.desc()).limit(1))
        return str(rows[0]["key"]) if rows else ""

    def remember(self, identity: Identity, place: str, key: str) -> None:
        """Remember the id that a dataset has in the catalogue at an address from now on."""
        if self.recall(identity, place) != key:
            self._add(CATALOGUE_IDS, identity, dt.datetime.now(dt.UTC), {"place": place, "key": key})

    # --- payees

    def note_payees(self, identity: Identity, marks: Iterable[str], at: dt.datetime) -> None:
        """Note payees of a borough (keyed hashes) that it has confirmed with a publication."""
        with self.database.writing() as connection:
            for mark in sorted(marks):
                _add(connection, PAYEES, identity, at, {"mark": mark})

    def known_payees(self, publisher: str) -> frozenset[str]:
        """Return the payees (keyed hashes) that a borough has confirmed, in any of its datasets."""
        query = sa.select(PAYEES.c.mark).where(PAYEES.c.publisher == publisher)
        return frozenset(str(row["mark"]) for row in self._rows(query))

    # --- notices

    def note_notice(self, identity: Identity, channel: str, state: str, at: dt.datetime) -> None:
        """Note the state that a notice by one channel was about."""
        self._add(NOTICES, identity, at, {"channel": channel, "state": state})

    def last_state(self, identity: Identity, channel: str) -> str:
        """Return the state that the last notice by one channel was about, or an empty text."""
        last = self.last_notice(identity, channel)
        return last[0] if last else ""

    def last_notice(self, identity: Identity, channel: str) -> tuple[str, dt.datetime] | None:
        """Return the state that was noted last for one channel, and when; None when none was."""
        query = _rows_of(NOTICES, identity).where(NOTICES.c.channel == channel).order_by(NOTICES.c.id.desc()).limit(1)
        rows = self._rows(query)
        return (str(rows[0]["state"]), _utc(rows[0]["at"])) if rows else None

    def last_notices(self, channel: str) -> dict[Identity, tuple[str, dt.datetime]]:
        """Return what `last_notice` returns of each dataset, in one query for all of them."""
        last = sa.select(sa.func.max(NOTICES.c.id)).where(NOTICES.c.channel == channel)
        of_each = last.group_by(NOTICES.c.dataset, NOTICES.c.publisher)
        rows = self._rows(sa.select(NOTICES).where(NOTICES.c.id.in_(of_each)))
        return {identity: (str(row["state"]), _utc(row["at"])) for identity, row in _by_identity(rows)}

    # --- rows

    def changes(self) -> dict[Identity, tuple[int, ...]]:
        """Return a mark for each dataset that is another one after every attempt, step or record on it."""
        marks: dict[Identity, dict[int, int]] = {}
        for place, table in enumerate((ATTEMPTS, PUBLICATIONS, RECORDS)):
            last = sa.select(table.c.dataset, table.c.publisher, sa.func.max(table.c.id).label("last"))
            for identity, row in _by_identity(self._rows(last.group_by(table.c.dataset, table.c.publisher))):
                marks.setdefault(identity, {})[place] = int(row["last"])
        return {identity: tuple(found.get(place, 0) for place in range(3)) for identity, found in marks.items()}

    def _add(self, table: sa.Table, identity: Identity, at: dt.datetime, values: dict[str, Any]) -> None:
        with self.database.writing() as connection:
            _add(connection, table, identity, at, values)

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return self.database.rows(query)


_FINISHED = ("done", "withdrawn")
_WITHDRAWN = ("withdrawing", "withdrawn")
_OF_WITHDRAWAL = ("intent", "done", *_WITHDRAWN)
_EXTRACT_COLUMNS = ("name", "sha256", "bytes", "media_type", "url", "etag", "last_modified")
_ATTEMPT_COLUMNS = ("origin", "fingerprint", "verdict", "release", "report", "rows", "exit_code", "summary")


def _add(
    connection: sa.Connection, table: sa.Table, identity: Identity, at: dt.datetime, values: dict[str, Any]
) -> None:
    row = {"dataset": identity.dataset, "publisher": identity.publisher, "at": at} | values
    connection.execute(table.insert().values(**row))


def _steps(identity: Identity, catalogue: str) -> sa.Select[Any]:
    query = _rows_of(PUBLICATIONS, identity).where(PUBLICATIONS.c.catalogue == catalogue)
    return query.order_by(PUBLICATIONS.c.id.desc())


def _rows_of(table: sa.Table, identity: Identity) -> sa.Select[Any]:
    return sa.select(table).where(table.c.dataset == identity.dataset, table.c.publisher == identity.publisher)


def _by_identity(rows: Iterable[Any]) -> Iterator[tuple[Identity, Any]]:
    return ((Identity(row["dataset"], row["publisher"]), row) for row in rows)


def _attempt(identity: Identity, row: Any) -> Attempt:
    values = {column: row[column] for column in _ATTEMPT_COLUMNS}
    return Attempt(identity=identity, at=_utc(row["at"]), **values | {"verdict": Verdict(row["verdict"])})


def _step(identity: Identity, row: Any) -> PublishStep:
    values = {column: row[column] for column in ("catalogue", "release", "state", "receipt")}
    return PublishStep(identity=identity, at=_utc(row["at"]), **values)


def _utc(at: dt.datetime) -> dt.datetime:
    # SQLite does not keep the zone; everything is written in UTC
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
