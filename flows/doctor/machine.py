"""Is this machine fit to publish: its folders, its disk, the descriptions on it?"""

from __future__ import annotations

import shutil

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services
from packages.errors import SetupProblem
from packages.spec import list_identities, list_unions, load_spec

ROOM = 2 << 30
"""Free bytes below which a night may not have the room for its largest file, in text, CSV and Parquet at once."""

HOME = "folder"
DESCRIPTIONS = "descriptions"


def check_home(services: Services) -> Diagnosis:
    """Look at the folder that everything is kept in; SetupProblem when it cannot be written."""
    home = services.store.root
    free = shutil.disk_usage(home).free
    room = f"{home} can be written, and its disk has {free / (1 << 30):,.1f} GiB free."
    if free < ROOM:
        return Diagnosis(HOME, PartState.TO_WATCH, room, "Make room: `londata tidy --dry-run` shows what may go.")
    return Diagnosis(HOME, PartState.IN_ORDER, room)


def check_descriptions(services: Services) -> Diagnosis:
    """Read every description; SetupProblem is that of the first one that cannot be read."""
    folder = services.settings.datasets
    identities = (*list_identities(folder), *list_unions(folder))
    wrong: list[SetupProblem] = []
    for identity in identities:
        try:
            load_spec(identity, folder)
        except SetupProblem as problem:
            wrong.append(problem)
    if wrong:
        more = f" So it is for {len(wrong) - 1} more." if len(wrong) > 1 else ""
        return Diagnosis(DESCRIPTIONS, PartState.TO_MEND, f"{wrong[0].what}{more}", wrong[0].fix)
    if not identities:
        fix = "Set LONDATA_DATASETS to the folder that holds the dataset folders."
        return Diagnosis(DESCRIPTIONS, PartState.TO_MEND, f"There is no description in {folder}.", fix)
    return Diagnosis(DESCRIPTIONS, PartState.IN_ORDER, f"{len(identities)} datasets of publishers are described.")
