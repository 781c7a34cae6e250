"""What we did: append-only rows. The catalogue says what is public, git says what should be, the ledger how it came.

SQLite by default, PostgreSQL by URL. Nothing here is ever updated or deleted; the latest row counts.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from packages.errors import SetupProblem
from packages.model import Extract, Identity, Publication, Verdict

METADATA = sa.MetaData()


def _identity_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dataset", sa.String, nullable=False, index=True),
        sa.Column("publisher", sa.String, nullable=False, index=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    ]


EXTRACTS = sa.Table(
    "extracts",
    METADATA,
    *_identity_columns(),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("etag", sa.String, nullable=False),
    sa.Column("last_modified", sa.String, nullable=False),
)

ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    *_identity_columns(),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("report", sa.String, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("summary", sa.String, nullable=False),
)

PUBLICATIONS = sa.Table(
    "publications",
    METADATA,
    *_identity_columns(),
    sa.Column("catalogue", sa.String, nullable=False),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
)

APPROVALS = sa.Table(
    "approvals",
    METADATA,
    *_identity_columns(),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("by", sa.String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One judged file.

    `origin` says where it came from: the source, or a file that somebody handed over. `fingerprint` covers the bytes,
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


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the publish protocol: `intent` before the first outside effect, `done` with the receipt after."""

    identity: Identity
    at: dt.datetime
    catalogue: str
    release: str
    state: str
    receipt: str


class Ledger:
    """The ledger behind a SQLAlchemy URL; its tables are made when they are not there yet."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _prepare_sqlite)
            METADATA.create_all(self._engine)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            reason = type(getattr(error, "orig", None) or error).__name__
            raise SetupProblem(
                f"The ledger cannot be opened ({reason}). Nothing was published.",
                fix="Check LONDATA_LEDGER_URL and LONDATA_HOME: the database must be reachable and writable.",
            ) from None  # the error repeats the URL, which may hold a password

    # --- extracts

    def note_extract(self, identity: Identity, extract: Extract) -> None:
        """Remember what was received."""
        values = {column: getattr(extract, column) for column in _EXTRACT_COLUMNS}
        self._add(EXTRACTS, identity, extract.retrieved, values | {"path": str(extract.path)})

    def last_extract(self, identity: Identity) -> Extract | None:
        """What was received last, or None."""
        row = self._last(EXTRACTS, identity)
        if row is None:
            return None
        values = {column: row[column] for column in _EXTRACT_COLUMNS}
        return Extract(**values | {"path": Path(row["path"]), "retrieved": _utc(row["at"])})

    # --- attempts

    def note_attempt(self, attempt: Attempt) -> None:
        """Remember a judged file."""
        values = {column: getattr(attempt, column) for column in _ATTEMPT_COLUMNS}
        self._add(ATTEMPTS, attempt.identity, attempt.at, values)

    def last_attempt(self, identity: Identity, origin: str = "") -> Attempt | None:
        """The latest judgement, of all files or of those of one origin; or None."""
        query = _of(ATTEMPTS, identity).order_by(ATTEMPTS.c.id.desc()).limit(1)
        rows = self._rows(query.where(ATTEMPTS.c.origin == origin) if origin else query)
        return _attempt(identity, rows[0]) if rows else None

    def attempts(self, identity: Identity, limit: int = 12) -> tuple[Attempt, ...]:
        """The latest judgements, newest first."""
        query = _of(ATTEMPTS, identity).order_by(ATTEMPTS.c.id.desc()).limit(limit)
        return tuple(_attempt(identity, row) for row in self._rows(query))

    def releases(self, identity: Identity, limit: int) -> tuple[str, ...]:
        """The digests of the last releases that were made, newest first."""
        query = _of(ATTEMPTS, identity).where(ATTEMPTS.c.release != "").order_by(ATTEMPTS.c.id.desc()).limit(limit)
        return tuple(dict.fromkeys(str(row["release"]) for row in self._rows(query)))

    # --- publications

    def intend(self, identity: Identity, catalogue: str, release: str, at: dt.datetime) -> None:
        """Say what is about to be published, before any outside effect."""
        values = {"catalogue": catalogue, "release": release, "state": "intent", "receipt": ""}
        self._add(PUBLICATIONS, identity, at, values)

    def done(self, publication: Publication) -> None:
        """Keep the receipt."""
        receipt = {
            "page": publication.page,
            "urls": dict(publication.urls),
            "ids": dict(publication.ids),
            "read_back": dict(publication.read_back),
            "writes": publication.writes,
        }
        values = {
            "catalogue": publication.catalogue,
            "release": publication.release,
            "state": "done",
            "receipt": json.dumps(receipt, sort_keys=True),
        }
        self._add(PUBLICATIONS, publication.identity, publication.at, values)

    def last_step(self, identity: Identity, catalogue: str) -> Step | None:
        """The latest step of publishing to one catalogue; an intent means that it was not finished."""
        query = _of(PUBLICATIONS, identity).where(PUBLICATIONS.c.catalogue == catalogue)
        rows = self._rows(query.order_by(PUBLICATIONS.c.id.desc()).limit(1))
        return _step(identity, rows[0]) if rows else None

    def published(self, identity: Identity, catalogue: str) -> Step | None:
        """The latest finished publication in one catalogue, or None."""
        query = _of(PUBLICATIONS, identity).where(PUBLICATIONS.c.catalogue == catalogue, PUBLICATIONS.c.state == "done")
        rows = self._rows(query.order_by(PUBLICATIONS.c.id.desc()).limit(1))
        return _step(identity, rows[0]) if rows else None

    # --- approvals

    def approve(self, identity: Identity, fingerprint: str, by: str, at: dt.datetime) -> None:
        """Remember who let held findings pass, for exactly these bytes and this description."""
        self._add(APPROVALS, identity, at, {"fingerprint": fingerprint, "by": by})

    def approved_by(self, identity: Identity, fingerprint: str) -> str:
        """Who approved exactly this, or an empty text."""
        query = _of(APPROVALS, identity).where(APPROVALS.c.fingerprint == fingerprint)
        rows = self._rows(query.order_by(APPROVALS.c.id.desc()).limit(1))
        return str(rows[0]["by"]) if rows else ""

    # --- rows

    def _add(self, table: sa.Table, identity: Identity, at: dt.datetime, values: dict[str, Any]) -> None:
        row = {"dataset": identity.dataset, "publisher": identity.publisher, "at": at} | values
        with self._engine.begin() as connection:
            connection.execute(table.insert().values(**row))

    def _last(self, table: sa.Table, identity: Identity) -> Any:
        rows = self._rows(_of(table, identity).order_by(table.c.id.desc()).limit(1))
        return rows[0] if rows else None

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(query).mappings())


_EXTRACT_COLUMNS = ("name", "sha256", "bytes", "media_type", "url", "etag", "last_modified")
_ATTEMPT_COLUMNS = ("origin", "fingerprint", "verdict", "release", "report", "rows", "exit_code", "summary")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for writers, and a writer waits for another instead of failing."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=30000")


def _of(table: sa.Table, identity: Identity) -> sa.Select[Any]:
    return sa.select(table).where(table.c.dataset == identity.dataset, table.c.publisher == identity.publisher)


def _attempt(identity: Identity, row: Any) -> Attempt:
    values = {column: row[column] for column in _ATTEMPT_COLUMNS}
    return Attempt(identity=identity, at=_utc(row["at"]), **values | {"verdict": Verdict(row["verdict"])})


def _step(identity: Identity, row: Any) -> Step:
    values = {column: row[column] for column in ("catalogue", "release", "state", "receipt")}
    return Step(identity=identity, at=_utc(row["at"]), **values)


def _utc(moment: dt.datetime) -> dt.datetime:
    # SQLite forgets the zone; everything is written in UTC
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
