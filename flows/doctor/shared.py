"""Is what hosts share in order: the ledger, its clock, and the object store?"""

from __future__ import annotations

import secrets
import time

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services
from flows.state.records import chain_broken

LEDGER = "ledger"
CLOCK = "clock"
STORE = "object store"

SLOW = 0.5
"""Seconds for one question to the ledger from which a night of many datasets spends most of its time on it."""

CLOCK_OFF = 5.0
"""Seconds between two clocks from which times in the audit mislead a reader."""


def check_ledger(services: Services) -> Diagnosis:
    """Open the ledger, ask it once, and see whether its audit is whole; SetupProblem when it cannot be opened."""
    ledger, begun = services.ledger, time.monotonic()
    ledger.identities()
    ledger.database.require_whole()
    took = time.monotonic() - begun
    if ledger.chain.broken_at:
        problem = chain_broken(ledger.chain)
        return Diagnosis(LEDGER, PartState.TO_MEND, problem.what, problem.fix)
    kind = "SQLite in the folder" if ledger.database.sqlite else "PostgreSQL"
    found = f"{kind} answers in {took * 1000:,.0f} ms, and its audit is whole."
    if took > SLOW:
        return Diagnosis(
            LEDGER, PartState.TO_WATCH, found, "See that the database is near, and has memory and a quick disk."
        )
    if ledger.database.sqlite and services.settings.task_runner == "dask" and services.settings.dask_address:
        fix = "Set LONDATA_LEDGER_URL to a PostgreSQL that all hosts reach."
        return Diagnosis(LEDGER, PartState.TO_MEND, f"{found} Workers on other hosts cannot share it.", fix)
    return Diagnosis(LEDGER, PartState.IN_ORDER, found)


def check_clock(services: Services) -> Diagnosis:
    """Compare the clock of this machine with that of the ledger, by which leases run."""
    database = services.ledger.database
    if database.sqlite:
        return Diagnosis(CLOCK, PartState.NOT_USED, "The ledger is on this machine, and has no clock of its own.")
    with database.reading() as connection:
        before = time.time()
        theirs = database.clock(connection)
        off = abs(theirs - (before + time.time()) / 2)
    found = f"This machine and the ledger agree to {off:.1f} seconds."
    if off > CLOCK_OFF:
        fix = "Let both machines set their clocks by the network (NTP)."
        return Diagnosis(
            CLOCK, PartState.TO_MEND, f"This machine is {off:,.0f} seconds off the clock of the ledger.", fix
        )
    return Diagnosis(CLOCK, PartState.IN_ORDER, found)


def check_store(services: Services) -> Diagnosis:
    """Write one object and take it back; SetupProblem names what the store or our account does not do."""
    if not services.settings.store_url:
        return Diagnosis(STORE, PartState.NOT_USED, "Everything is kept in the folder of this host.")
    from packages.objects import open_store_of
    from packages.objects.proof import prove_store

    store, begun = open_store_of(services.settings), time.monotonic()
    prove_store(store, f"scratch/doctor/{secrets.token_hex(8)}")
    took = time.monotonic() - begun
    found = f"{store.place} can be written and keeps its conditions; nine requests took {took:.1f} seconds."
    if services.settings.ledger.startswith("sqlite"):
        fix = "Set LONDATA_LEDGER_URL to a PostgreSQL that all hosts reach."
        return Diagnosis(STORE, PartState.TO_MEND, f"{found} The ledger beside it is on this host alone.", fix)
    return Diagnosis(STORE, PartState.IN_ORDER, found)
