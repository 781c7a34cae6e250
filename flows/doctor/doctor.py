"""All checks of the set-up, in the order in which one is built on another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from flows.doctor.catalogues import CATALOGUE, check_catalogue
from flows.doctor.diagnosis import Diagnosis, PartCheck, PartState, diagnose
from flows.doctor.hosts import HOSTS, check_hosts
from flows.doctor.machine import DESCRIPTIONS, HOME, RIGHTS, check_descriptions, check_home, check_rights
from flows.doctor.orchestrators import DASK, PREFECT, check_dask, check_prefect
from flows.doctor.readers import READERS, check_readers
from flows.doctor.shared import CLOCK, LEDGER, STORE, check_clock, check_ledger, check_store
from flows.doctor.signatures import SIGNATURES, check_signatures
from flows.doctor.web_desk import DESK, check_desk
from flows.services import Services
from packages.errors import ExitCode


def examine_setup(services: Services, now: dt.datetime) -> Iterator[Diagnosis]:
    """Yield what each check finds, as soon as it is known; nothing raises."""
    checks = (
        PartCheck(HOME, check_home),
        PartCheck(RIGHTS, check_rights),
        PartCheck(DESCRIPTIONS, check_descriptions),
        PartCheck(READERS, check_readers),
        PartCheck(LEDGER, check_ledger),
        PartCheck(CLOCK, check_clock),
        PartCheck(STORE, check_store),
        PartCheck(CATALOGUE, check_catalogue),
        PartCheck(SIGNATURES, partial(check_signatures, now=now)),
        PartCheck(HOSTS, partial(check_hosts, now=now)),
        PartCheck(PREFECT, check_prefect),
        PartCheck(DASK, check_dask),
        PartCheck(DESK, check_desk),
    )
    yield from diagnose(checks, services)


def doctor_exit_code(found: list[Diagnosis]) -> ExitCode:
    """Return 60 when something has to be mended, 50 when only something that may pass by itself is wrong. Pure."""
    wrong = [one for one in found if one.state is PartState.TO_MEND]
    if not wrong:
        return ExitCode.DONE
    return ExitCode.TEMPORARY if all(one.is_temporary for one in wrong) else ExitCode.SETUP
