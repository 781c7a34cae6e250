"""Is this machine fit to publish: its folders, who may enter them, its disk, the descriptions on it?"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services
from packages.errors import SetupProblem
from packages.spec import list_identities, list_unions, load_spec

ROOM = 2 << 30
"""Free bytes below which a night may not have the room for its largest file, in text, CSV and Parquet at once."""

PUBLIC = ("site", "releases")
"""What everybody may read in the folder."""

NAMED = 4
"""So many names are told; one command mends them all."""

HOME = "folder"
RIGHTS = "rights"
DESCRIPTIONS = "descriptions"


def check_home(services: Services) -> Diagnosis:
    """Look at the folder that everything is kept in, and at those in it; SetupProblem when it cannot be written."""
    home = services.store.root
    places = (home, *services.store.folders)
    shut = [str(path) for path in places if path.is_dir() and not os.access(path, os.W_OK | os.X_OK)]
    if shut:
        names = ", ".join(shut[:NAMED])
        found = f"Nothing can be written in {names}: this account has no right to it, or it is mounted read-only."
        fix = "Give the account that runs londata the right to write there, or mount the disk for writing."
        return Diagnosis(HOME, PartState.TO_MEND, found, fix)
    free = shutil.disk_usage(home).free
    room = f"{home} can be written, and its disk has {free / (1 << 30):,.1f} GiB free."
    if free < ROOM:
        return Diagnosis(HOME, PartState.TO_WATCH, room, "Make room: `londata tidy --dry-run` shows what may go.")
    return Diagnosis(HOME, PartState.IN_ORDER, room)


def check_rights(services: Services) -> Diagnosis:
    """See whether other accounts of this machine can read what is not public, or write anything."""
    home = services.store.root
    if os.name != "posix":
        return Diagnosis(RIGHTS, PartState.NOT_USED, "This system has other rights than those that are looked at here.")
    writable = [path for path in (home, *map(home.joinpath, PUBLIC)) if path.exists() and _rights(path) & 0o022]
    if writable:
        names = " ".join(shlex.quote(str(path)) for path in writable)
        found = f"Other accounts of this machine may write into {names}: they can put there what they like."
        return Diagnosis(RIGHTS, PartState.TO_MEND, found, f"Run `chmod go-w {names}`, and look at what is there.")
    private = [path for path in sorted(home.iterdir()) if path.name not in PUBLIC]
    reached = sorted({path.relative_to(home).parts[0] for path in _open_to_others(private)})
    if reached:
        names = " ".join(shlex.quote(str(home / name)) for name in reached)
        found = f"Other accounts of this machine may read what is not public: {', '.join(reached[:NAMED])}."
        return Diagnosis(RIGHTS, PartState.TO_MEND, found, f"Run `chmod -R go= {names}`.")
    return Diagnosis(RIGHTS, PartState.IN_ORDER, "Nobody else on this machine can read what is not public.")


def _open_to_others(paths: list[Path]) -> Iterator[Path]:
    """Yield what others have a right to; into a folder that is closed to them, nobody has to look."""
    for path in paths:
        if path.is_symlink() or not _rights(path) & 0o077:
            continue
        yield path
        if path.is_dir():
            yield from _open_to_others(list(path.iterdir()))


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


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
