"""Commands for whoever runs the nights: is the set-up right, and who is told when it is not."""

from __future__ import annotations

import asyncio
import dataclasses

from flows.cli.results import now
from flows.cli.terminal import show_json, show_text
from flows.doctor.diagnosis import Diagnosis, PartState
from flows.doctor.doctor import doctor_exit_code, examine_setup
from flows.orchestration.prefect_home import configure_prefect, silent_server
from flows.services import Services
from flows.settings import is_variable_set, load_settings
from packages.errors import ExitCode, SetupProblem

MARKS = {PartState.IN_ORDER: "✓", PartState.NOT_USED: "–", PartState.TO_WATCH: "!", PartState.TO_MEND: "✗"}
"""A sign before each line, beside the words: no colour is needed to tell them apart."""


def run_automations(as_json: bool) -> int:
    """Make or renew our automations at the operator's Prefect server; SetupProblem when no server is named."""
    settings = load_settings()
    if not is_variable_set("PREFECT_API_URL"):
        raise SetupProblem(
            "Automations belong to a Prefect server, and none is named.",
            fix="Start one with `prefect server start`, and set PREFECT_API_URL to its address.",
        )
    configure_prefect(settings.home)
    import httpx

    from flows.orchestration.automations import install_automations

    try:
        names = asyncio.run(install_automations(settings))
    except httpx.HTTPError as error:
        raise silent_server(error) from None
    if as_json:
        show_json({"automations": list(names)})
    else:
        people = "people are told" if settings.notice_webhook.get_secret_value() else "shown in Prefect alone"
        show_text("\n".join(f"{name}: {people}" for name in names))
    return int(ExitCode.DONE)


def run_doctor(as_json: bool) -> int:
    """Look at the set-up part by part, and say what to mend."""
    # the settings themselves are the first thing that can be wrong, and are told as such
    services = Services(load_settings())
    found = []
    for diagnosis in examine_setup(services, now()):
        found.append(diagnosis)
        if not as_json:
            _show_diagnosis(diagnosis)
    if as_json:
        show_json([dataclasses.asdict(diagnosis) for diagnosis in found])
    return int(doctor_exit_code(found))


def _show_diagnosis(diagnosis: Diagnosis) -> None:
    show_text(f"{MARKS[diagnosis.state]} {diagnosis.part}: {diagnosis.what}")
    if diagnosis.fix:
        show_text(f"    How to fix: {diagnosis.fix}")
