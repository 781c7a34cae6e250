"""Leases: one run at a time works on a dataset. A lease runs out unless its holder renews it, and has a fence.

The fence is a number that grows with each grant. A holder that slept through its lease finds a higher one when it
wants to write to the ledger, and is turned away.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.settings import account_name
from flows.state.database import Database
from flows.state.tables import LEASES
from packages.errors import TemporaryProblem
from packages.model import Identity

POLL = 0.1
"""Seconds between two tries while another run has the lease."""

_HELD: set[tuple[Identity, int, int]] = set()
"""Leases that this process holds: one in the table that is ours and not in here was lost by a fault, and is free."""

_GRANTING = threading.Lock()
"""Held from a grant until it is in `_HELD`: in between, the lease must not look lost to another thread."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a dataset; `fence` is higher than that of every lease on it before."""

    identity: Identity
    fence: int


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """Seconds for which a lease is granted, and seconds to wait for one that another run has."""

    seconds: float = 120
    wait: float = 30


_ACTING: ContextVar[str] = ContextVar("acting", default="")
"""Who acts through this process; empty where it is the account that runs it."""


def current_user() -> str:
    """Return who acts and the host, as the audit names them: the account, or whom the desk has let in."""
    return f"{_ACTING.get() or account_name()}@{socket.gethostname()}"


@contextmanager
def acting_as(who: str) -> Iterator[None]:
    """Let the audit name `who` for all that this thread does within: somebody who has signed in."""
    token = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(token)


@contextmanager
def hold_lease(database: Database, identity: Identity, terms: LeaseTerms) -> Iterator[Lease]:
    """Hold a lease on a dataset, renewed in the background; TemporaryProblem names the holder when it is taken."""
    lease = _wait_for(database, identity, terms)
    stop = threading.Event()
    renewal = threading.Thread(
        target=_renew, args=(database, lease, terms, stop), daemon=True, name=f"lease {identity}"
    )
    renewal.start()
    try:
        yield lease
    finally:
        stop.set()
        renewal.join()
        _HELD.discard((identity, lease.fence, id(database)))
        with suppress(TemporaryProblem):  # others find out by themselves that this process does not hold it any more
            release_lease(database, lease)


def acquire_lease(database: Database, identity: Identity, seconds: float) -> Lease | str:
    """Return a new lease, or the words for who has it."""
    with database.writing() as connection:
        if not database.sqlite:
            # a row that is not there yet cannot be locked
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"lease {identity}"})
        now = database.clock(connection)
        row = connection.execute(sa.select(LEASES).where(*_key_of(identity))).mappings().first()
        if row is not None and row["until"] > now and _may_be_at_work(identity, row):
            return str(row["holder"])
        # rows are never deleted, so that a fence is never given twice
        fence = (row["fence"] if row else 0) + 1
        values = {
            "fence": fence,
            "holder": f"{current_user()} (process {os.getpid()})",
            "process": _process_mark(os.getpid()),
            "until": now + seconds,
        }
        if row is None:
            key = {"dataset": identity.dataset, "publisher": identity.publisher}
            connection.execute(LEASES.insert().values(**key, **values))
        else:
            connection.execute(LEASES.update().where(*_key_of(identity)).values(**values))
    return Lease(identity, fence)


def extend_lease(database: Database, lease: Lease, seconds: float) -> bool:
    """Make a lease last longer; False when another run has the dataset now."""
    with database.writing() as connection:
        until = database.clock(connection) + seconds
        mine = (*_key_of(lease.identity), LEASES.c.fence == lease.fence)
        return bool(connection.execute(LEASES.update().where(*mine).values(until=until)).rowcount)


def release_lease(database: Database, lease: Lease) -> None:
    """End a lease; nothing happens when it was lost already."""
    with database.writing() as connection:
        mine = (*_key_of(lease.identity), LEASES.c.fence == lease.fence)
        connection.execute(LEASES.update().where(*mine).values(until=0, process="", holder=""))


def check_lease(connection: sa.Connection, lease: Lease | None) -> None:
    """Raise TemporaryProblem unless the lease is still the latest; its row stays locked until the transaction ends."""
    if lease is None:
        return
    query = sa.select(LEASES.c.fence, LEASES.c.holder).where(*_key_of(lease.identity)).with_for_update()
    row = connection.execute(query).first()
    if row is None or row.fence != lease.fence:
        raise TemporaryProblem(
            f"{lease.identity} was taken over by {row.holder or 'another run'} while this run stood still."
            if row
            else f"The lease on {lease.identity} is not in the ledger any more.",
            fix="Nothing has to be done: the other run does the work. Run the command again to see how it ended.",
            why="Two runs that write to one dataset could undo each other's work.",
        )


def _wait_for(database: Database, identity: Identity, terms: LeaseTerms) -> Lease:
    end = time.monotonic() + terms.wait
    while True:
        with _GRANTING:
            granted = acquire_lease(database, identity, terms.seconds)
            if isinstance(granted, Lease):
                _HELD.add((identity, granted.fence, id(database)))
                return granted
        if time.monotonic() >= end:
            raise TemporaryProblem(
                f"{identity} is being published right now by {granted}.",
                fix="Wait until that has ended, then run the same command again. If that process does not exist any "
                f"more, the way is free {terms.seconds:.0f} seconds after its last sign of life.",
            )
        time.sleep(POLL)


def _renew(database: Database, lease: Lease, terms: LeaseTerms, stop: threading.Event) -> None:
    # a third of the time: two renewals may fail before the lease runs out
    while not stop.wait(terms.seconds / 3):
        with suppress(TemporaryProblem):  # the ledger is asked again before anything is written
            if not extend_lease(database, lease, terms.seconds):
                return


def _key_of(identity: Identity) -> tuple[Any, ...]:
    return (LEASES.c.dataset == identity.dataset, LEASES.c.publisher == identity.publisher)


def _may_be_at_work(identity: Identity, row: Any) -> bool:
    """Return whether the holder can still be running; known only of processes on this machine."""
    kernel, _, process = str(row["process"]).partition(" ")
    if not kernel or kernel != _kernel():
        return True
    pid = int(process.partition(" ")[0])
    # a thread of this process that ended without releasing its lease
    if pid == os.getpid():
        return any(held[:2] == (identity, row["fence"]) for held in _HELD)
    try:
        return bool(_mark_of(pid) == row["process"])
    except OSError:
        # the system did not let us look, for want of a file handle: it need not be gone
        return True


def _process_mark(pid: int) -> str:
    """Return the mark of a process; empty where it cannot be known."""
    try:
        return _mark_of(pid)
    except OSError:
        return ""


def _mark_of(pid: int) -> str:
    """Return a text that no other process will ever have: kernel, pid, start time; empty where they are not known.

    A pid alone does not do: it is given to another process soon after.
    """
    try:
        # the name of the program stands in brackets and may hold spaces and brackets itself; see proc(5)
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" or not _kernel() else f"{_kernel()} {pid} {fields[18]}"


def _kernel() -> str:
    """Return the boot of this machine and our namespace of process numbers; empty where they are not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116  # a number, not a path
    except OSError:
        return ""
