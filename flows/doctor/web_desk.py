"""Can people reach the desk, and sign in there by the provider that the settings name?"""

from __future__ import annotations

import asyncio

from flows.decisions.book import people_file
from flows.decisions.people import People, load_people
from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services

DESK = "desk"


def check_desk(services: Services) -> Diagnosis:
    """Ask the provider how it is found, and see who is known by it; SetupProblem or TemporaryProblem say why not."""
    settings = services.settings
    if not (settings.desk_url or settings.desk_oidc_issuer):
        return Diagnosis(DESK, PartState.NOT_USED, "It is for this machine alone: no address and no provider is set.")
    # imported on use: the web server takes a second
    from flows.desk.address import desk_address
    from flows.desk.doors.provider import Provider

    address = desk_address(settings.desk_url, "127.0.0.1", 8500)
    people, issuer = load_people(people_file(settings)), settings.desk_oidc_issuer
    if not issuer:
        found = f"It is reached at {address.url('')}, where people sign in by their SSH keys alone."
        fix = "Set LONDATA_DESK_OIDC_ISSUER, so that officers sign in with their work accounts."
        return Diagnosis(DESK, PartState.TO_WATCH, found, fix)
    provider = Provider(settings, address)
    asyncio.run(provider.introduce())
    found = f"It is reached at {address.url('')}, and the provider answers and may be used."
    if not settings.desk_url:
        fix = "Set LONDATA_DESK_URL to the address at which people reach the desk."
        return Diagnosis(DESK, PartState.TO_MEND, "People sign in by a provider, and only this machine can.", fix)
    return _who_is_known(people, issuer, found)


def _who_is_known(people: People, issuer: str, found: str) -> Diagnosis:
    issuers = [account.issuer for person in people.people for account in person.oidc]
    if issuer in issuers:
        known = issuers.count(issuer)
        return Diagnosis(DESK, PartState.IN_ORDER, f"{found} {known} of its accounts in people.yaml.")
    near = next((one for one in issuers if one.rstrip("/") == issuer.rstrip("/")), "")
    fix = "Let somebody sign in: the page shows the lines that belong to their entry in people.yaml."
    if near:
        fix = f"Write “{issuer}” in people.yaml as the settings do, letter by letter."
    return Diagnosis(DESK, PartState.TO_MEND, f"{found} No account of it is in people.yaml: nobody can sign in.", fix)
