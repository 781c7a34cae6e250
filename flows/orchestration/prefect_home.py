"""Prefect's own settings, made before Prefect is imported: quiet, private, and kept in our own folder.

What the operator has set in the environment wins.
"""

from __future__ import annotations

from pathlib import Path

from flows.settings import is_variable_set, set_default_variables
from packages.errors import TemporaryProblem

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # when a night is stopped or has ended, threads of Prefect's own complain that its server is gone before them
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    # a cold start migrates a database first; the default of 20 seconds is too short on a slow machine
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}

FOR_ONE_NIGHT = {
    # the server that Prefect starts for one run alone keeps runs, states, logs and artifacts. To keep every event
    # besides, and to weigh it against automations that nobody has made, is a sixth of its work on a task run
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}


def configure_prefect(home: Path) -> None:
    """Give Prefect its settings, and a folder below `home` unless the operator runs a server or chose a folder."""
    set_default_variables(QUIET)
    if not is_variable_set("PREFECT_API_URL"):
        set_default_variables(FOR_ONE_NIGHT)
        set_default_variables({"PREFECT_HOME": str((home / "prefect").absolute())})


def silent_server(error: Exception) -> TemporaryProblem:
    """Return the problem of a Prefect server that does not answer; the words of the error may hold its address."""
    return TemporaryProblem(
        f"The Prefect server does not answer ({type(error).__name__}).",
        fix="See that it runs, and that PREFECT_API_URL is its address.",
    )
