"""Commands for whoever runs the nights: is the set-up right, and who is told when it is not."""

from __future__ import annotations

import asyncio

from flows.cli.terminal import show_json, show_text
from flows.orchestration.prefect_home import configure_prefect
from flows.settings import is_variable_set, load_settings
from packages.errors import ExitCode, SetupProblem, TemporaryProblem


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
        raise TemporaryProblem(
            f"The Prefect server does not answer ({type(error).__name__}).",
            fix="See that it runs, and that PREFECT_API_URL is its address.",
        ) from None
    if as_json:
        show_json({"automations": list(names)})
    else:
        people = "people are told" if settings.notice_webhook.get_secret_value() else "shown in Prefect alone"
        show_text("\n".join(f"{name}: {people}" for name in names))
    return int(ExitCode.DONE)
