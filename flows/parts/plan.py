"""From which size on a table is passed in parts, and by whom, as the settings say."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import partial

from flows.settings import Settings
from packages.parallel.local_workers import LocalWorkers
from packages.parallel.spread import SpreadPlan, Workers
from packages.parallel.threads import CORES

MIB = 1 << 20

DASK = "distributed.worker"
"""The module that every process of a Dask worker has imported."""

FEW_CORES = 4
"""With fewer, the threads of one process keep all of them busy, and processes only add what they exchange."""


def spread_plan(settings: Settings) -> SpreadPlan | None:
    """Return how large tables are passed in parts; None where nobody could do it faster than one process."""
    count = settings.part_workers or (CORES if CORES >= FEW_CORES else 0)
    # a worker of a scheduler may not have been told whose night it works for
    if settings.task_runner == "dask" or DASK in sys.modules:
        return SpreadPlan(settings.parts_from * MIB, partial(_dask_workers, settings.dask_address, count))
    return SpreadPlan(settings.parts_from * MIB, partial(LocalWorkers, count)) if count > 1 else None


def _dask_workers(address: str, count: int) -> AbstractContextManager[Workers]:
    # imported on use: Dask is not installed everywhere, and takes a second
    from flows.parts.dask_parts import DaskWorkers, is_dask_worker

    if address or is_dask_worker():
        return DaskWorkers(address)
    # a night without an address starts workers of its own, and a single publish has none
    return LocalWorkers(max(count, 2))
