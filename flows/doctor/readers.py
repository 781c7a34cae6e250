"""Are readers of hostile files shut off here? Tried from inside, by what somebody would do who has taken one over."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services
from packages.readers.sandbox.confined import ConfinedJob, run_confined
from packages.readers.sandbox.orders import FILES, ChildTask

READERS = "readers"


def check_readers(services: Services) -> Diagnosis:
    """Try to break out of the box; FileProblem when no child can be started at all."""
    with tempfile.TemporaryDirectory(prefix="londata-") as place:
        received, secret, folder = (Path(place) / name for name in ("received.csv", "secret", "folder"))
        received.write_text("a\n1\n", encoding="utf-8")
        secret.write_text("not for readers", encoding="utf-8")
        folder.mkdir()
        arguments = {"secret": str(secret), "parent": os.getpid()}
        job = ConfinedJob(ChildTask.BREAK_OUT, received, arguments, FILES, services.settings.budgets.common)
        could = run_confined(job, folder, lambda: None)["found"]
    if not could:
        found = "A reader that is taken over by a file sees no other file, no network, no process and no secret."
        return Diagnosis(READERS, PartState.IN_ORDER, found)
    fix = (
        "Run it on Linux 5.13 or later with Landlock (in a container: let its profile allow the landlock calls)."
        if sys.platform == "linux"
        else "Where files come from strangers, run it on Linux: this system has no such box. Limits of time hold."
    )
    return Diagnosis(
        READERS, PartState.TO_WATCH, f"A reader that is taken over by a file could {', '.join(could)}.", fix
    )
