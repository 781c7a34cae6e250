"""Do the Prefect server and the Dask scheduler answer, with the versions that we have?"""

from __future__ import annotations

import ipaddress
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.orchestration.dask_workers import CONNECT, require_workers
from flows.orchestration.prefect_home import configure_prefect, silent_server
from flows.process.version import VERSION
from flows.services import Services
from flows.settings import is_variable_set
from flows.state.hosts import judging_versions

PREFECT = "Prefect"
DASK = "Dask"


def check_prefect(services: Services) -> Diagnosis:
    """Ask the Prefect server that the environment names for its version; TemporaryProblem when it does not answer."""
    if not is_variable_set("PREFECT_API_URL"):
        alone = "No server is named: each night starts one for itself alone."
        return Diagnosis(PREFECT, PartState.NOT_USED, alone)
    configure_prefect(services.settings.home)
    # imported on use: it takes two seconds
    import httpx
    from prefect.client.orchestration import get_client

    try:
        with get_client(sync_client=True) as client:
            theirs = client.api_version()
            pools = client.read_work_pools()
    except httpx.HTTPError as error:
        raise silent_server(error) from None
    ours = version("prefect")
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        found = f"The server is Prefect {theirs}, and {ours} is installed here."
        return Diagnosis(PREFECT, PartState.TO_MEND, found, "Install the same version of Prefect everywhere.")
    if not pools:
        fix = "Run `prefect work-pool create londata --type process` and `prefect deploy --all`."
        return Diagnosis(
            PREFECT, PartState.TO_WATCH, "The server answers, and has no work pool: no night is planned.", fix
        )
    return Diagnosis(PREFECT, PartState.IN_ORDER, f"The server answers, with Prefect {theirs}.")


def check_dask(services: Services) -> Diagnosis:
    """Ask every Dask worker for the versions that it works with; TemporaryProblem when the scheduler has none."""
    address = services.settings.dask_address
    if services.settings.task_runner != "dask":
        return Diagnosis(DASK, PartState.NOT_USED, "A night works in threads of one process.")
    if not address:
        return Diagnosis(
            DASK, PartState.IN_ORDER, f"A night starts {services.settings.workers} processes on this machine."
        )
    require_workers(services.settings)
    from distributed import Client

    # as every class of Dask, it has no types
    connect: Any = Client
    with connect(address, timeout=CONNECT, set_as_default=False) as client:
        found: dict[str, tuple[str, ...]] = client.run(working_versions)
    others = sorted(worker for worker, versions in found.items() if versions != working_versions())
    if others:
        what = f"{len(others)} of {len(found)} workers have other versions than this host: {', '.join(others)}."
        return Diagnosis(DASK, PartState.TO_MEND, what, "Install the same release of londata with its lock file there.")
    if not is_variable_set("PREFECT_API_URL") and not _is_this_machine(address):
        what = "Workers on other hosts report to a Prefect server, and none is named: a night would start one here."
        return Diagnosis(
            DASK, PartState.TO_MEND, what, "Run `prefect server start` and set PREFECT_API_URL everywhere."
        )
    return Diagnosis(DASK, PartState.IN_ORDER, f"{len(found)} workers have the same versions as this host.")


def working_versions() -> tuple[str, ...]:
    """Return the versions of this process that can change a verdict or the bytes of a release."""
    return (VERSION, *judging_versions())


def _is_this_machine(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
