"""The hosts that share a ledger: with which version, descriptions and key each was at work last."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import socket
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from flows.process.version import VERSION
from flows.settings import Settings
from flows.state.database import Database
from flows.state.instance_key import instance_key, keyed_hash
from flows.state.tables import HOSTS

JUDGING = ("frictionless", "pyarrow", "pandas", "great_expectations")
"""Libraries whose versions can change a verdict or the bytes of a release."""


@dataclass(frozen=True, slots=True)
class Host:
    """One home of londata. `libraries` are names with versions; `descriptions` is a digest over all of them (sha256).

    `key_mark` is a keyed hash by which two hosts can tell whether they have the same key; it tells nothing of the key.
    """

    host: str
    home: str
    version: str
    python: str
    libraries: str
    descriptions: str
    key_mark: str

    @classmethod
    def this(cls, settings: Settings) -> Host:
        """Return this one, as it is now; SetupProblem when its key cannot be used."""
        return cls(
            host=socket.gethostname(),
            home=str(settings.home.absolute()),
            version=VERSION,
            python=platform.python_version(),
            libraries=", ".join(judging_versions()),
            descriptions=descriptions_digest(settings.datasets),
            key_mark=keyed_hash(instance_key(settings), "host", "mark")[:16],
        )


def judging_versions() -> tuple[str, ...]:
    """Return the libraries of this process that judge and write, with their versions."""
    return tuple(f"{name} {version(name)}" for name in JUDGING)


def descriptions_digest(folder: Path) -> str:
    """Return one digest (sha256, hex) over all descriptions in a folder; samples and other files do not count."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def note_host(database: Database, host: Host, now: dt.datetime) -> None:
    """Note how a host is at work now, in place of what was noted of it before."""
    values = asdict(host) | {"at": now}
    mine = (HOSTS.c.host == host.host, HOSTS.c.home == host.home)
    with database.writing() as connection:
        if not connection.execute(HOSTS.update().where(*mine).values(**values)).rowcount:
            connection.execute(HOSTS.insert().values(**values))


def hosts_since(database: Database, since: dt.datetime) -> tuple[Host, ...]:
    """Return the hosts that were at work since a moment, in order."""
    columns = [column for column in HOSTS.c if column.name != "at"]
    query = sa.select(*columns).where(HOSTS.c.at >= since).order_by(HOSTS.c.host, HOSTS.c.home)
    return tuple(Host(**row) for row in database.rows(query))
