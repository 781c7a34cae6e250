"""Sessions: who somebody is, from signing in to leaving, kept here and named in the browser by a random key alone.

Somebody who has not signed in has a session too, which owns the files that they check; it is kept nowhere until there
is something to keep. A key is stored only as its digest, so that the file of sessions lets nobody in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.state.instance_key import keyed_hash

IDLE = dt.timedelta(minutes=60)
"""After so long without a page, somebody has to sign in again."""

LONGEST = dt.timedelta(hours=10)
"""After so long, somebody has to sign in again in any case."""

ANONYMOUS = dt.timedelta(days=1)
"""So long somebody who has not signed in finds the files that they checked."""

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often it is noted that somebody is still here."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session. `key` is what the browser has; `content` what is kept here, by name.

    `content` has `person` or `account` once somebody has signed in; with `keys` where that was by a key of theirs, with
    `issuer`, `subject` and `groups` where a provider says who it is. Before that it has what has to be remembered while
    they sign in.
    """

    key: str
    content: Mapping[str, Any] = field(default_factory=dict)
    since: dt.datetime | None = None
    is_new: bool = False

    @property
    def has_proof(self) -> bool:
        """Whether somebody has proven who they are, known here or not."""
        return has_proof(self.content)

    @property
    def digest(self) -> str:
        """The digest (sha256, hex) of the key, which names the session here."""
        return hashlib.sha256(self.key.encode()).hexdigest()


class SessionStore:
    """The sessions of one desk, in an SQLite file that only its owner may read; safe to use from several threads."""

    def __init__(self, path: Path, key: bytes) -> None:
        path.touch(mode=0o600)
        self._key = key
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS sessions "
            "(digest TEXT PRIMARY KEY, content TEXT NOT NULL, since REAL NOT NULL, seen REAL NOT NULL)"
        )

    def open(self, cookie: str, now: dt.datetime) -> Session:
        """Return the session that a cookie names; a new one where it names none that is still good."""
        key, _, mark = cookie.partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(key).encode()):
            return Session(secrets.token_urlsafe(32), is_new=True)
        session = Session(key)
        with self._lock:
            row = self._database.execute(
                "SELECT content, since, seen FROM sessions WHERE digest = ?", (session.digest,)
            ).fetchone()
        if row is None:
            return session
        content, since, seen = json.loads(row[0]), _instant(row[1]), _instant(row[2])
        if is_over(content, since, seen, now):
            self.end(session)
            # another key: files of somebody who was signed in are never found by who comes after them
            return Session(secrets.token_urlsafe(32), is_new=True)
        if now - seen > SEEN_EVERY:
            with self._lock:
                self._database.execute(
                    "UPDATE sessions SET seen = ? WHERE digest = ?", (now.timestamp(), session.digest)
                )
        return replace(session, content=content, since=since)

    def keep(self, session: Session, now: dt.datetime) -> Session:
        """Keep what a session has to remember."""
        since = session.since or now
        with self._lock:
            self._database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET "
                "content = excluded.content, seen = excluded.seen",
                (session.digest, json.dumps(dict(session.content)), since.timestamp(), now.timestamp()),
            )
        return replace(session, since=since)

    def sign_in(self, before: Session, content: Mapping[str, Any], now: dt.datetime) -> Session:
        """Return a new session for somebody who has proven who they are; the one before is over.

        With another key, so that a key that somebody else had put into the browser is worth nothing.
        """
        self.end(before)
        return self.keep(Session(secrets.token_urlsafe(32), content, is_new=True), now)

    def end(self, session: Session) -> None:
        """Forget a session."""
        with self._lock:
            self._database.execute("DELETE FROM sessions WHERE digest = ?", (session.digest,))

    def tidy(self, now: dt.datetime) -> None:
        """Forget all sessions that are over in any case."""
        with self._lock:
            oldest = (now - max(ANONYMOUS, LONGEST)).timestamp()
            self._database.execute("DELETE FROM sessions WHERE seen < ?", (oldest,))

    def cookie(self, session: Session) -> str:
        """Return what the browser is given: the key, with a mark that only this desk can make."""
        return f"{session.key}.{self._mark(session.key)}"

    def form_token(self, session: Session) -> str:
        """Return the word that every form of a session sends along: no other site can know it."""
        return keyed_hash(self._key, "desk form", session.key)[:32]

    def _mark(self, key: str) -> str:
        return keyed_hash(self._key, "desk session", key)[:32]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def has_proof(content: Mapping[str, Any]) -> bool:
    """Return whether what a session holds says who somebody is. Pure."""
    return any(name in content for name in ("person", "account", "subject"))


def is_over(content: Mapping[str, Any], since: dt.datetime, seen: dt.datetime, now: dt.datetime) -> bool:
    """Return whether a session has ended by itself. Pure."""
    if has_proof(content):
        return now - seen > IDLE or now - since > LONGEST
    return now - seen > ANONYMOUS


def _instant(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
