"""Prefect's own settings, made before Prefect is imported: quiet, private, at home in our folder.

Whatever the operator has set in the environment wins.
"""

from __future__ import annotations

import os
from pathlib import Path

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # a cold start migrates a database first; the default of 20 seconds is too short on a slow machine
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}


def configure_prefect(home: Path) -> None:
    """Give Prefect its settings; a folder below `home` unless the operator runs a server or chose one."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_HOME", str((home / "prefect").absolute()))
