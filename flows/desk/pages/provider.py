"""Signing in by the provider of OpenID Connect: the way there, the way back, and leaving it as well.

What has to be remembered in between lives in the session here. Whoever comes back is let in with a new key, and goes
to the start page: no address of anybody else is ever followed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anyio import from_thread
from starlette.responses import RedirectResponse, Response

from flows.desk.doors.provider import Provider, state_until
from flows.desk.doors.refusals import nothing_here
from flows.desk.pages.sign_in import let_in
from flows.desk.visits import Visit

KEPT = "provider"
"""What a session remembers of a sign-in under way."""


def to_provider(visit: Visit) -> Response:
    """Send somebody to the provider."""
    states: dict[str, Any] = {}
    where = from_thread.run(_provider(visit).way_in, states)
    content = {**visit.session.content, KEPT: {"until": state_until(visit.now), "states": states}}
    visit.desk.sessions.keep(replace(visit.session, content=content), visit.now)
    return RedirectResponse(where, 303)


def back_from_provider(visit: Visit) -> Response:
    """Let in whom the provider names; whoever is known to nobody here reads what has to be added to people.yaml."""
    provider = _provider(visit)
    content = dict(visit.session.content)
    kept = content.pop(KEPT, {})
    session = visit.session
    if kept:
        # used up, whether it fits or not
        session = visit.desk.sessions.keep(replace(session, content=content), visit.now)
    states = kept["states"] if kept and visit.now.isoformat() <= kept["until"] else {}
    word = from_thread.run(provider.came_back, states, visit.query)
    people = visit.desk.people
    person = people.with_oidc(word.issuer, word.subject)
    who: dict[str, Any] = {
        "issuer": word.issuer,
        "subject": word.subject,
        # what else they belong to is nobody's business here
        "groups": [group for group in word.groups if group in people.groups],
    }
    if person:
        who["person"] = person.id
    return let_in(replace(visit, session=session), who, "" if person else "sign-in")


def _provider(visit: Visit) -> Provider:
    if visit.desk.provider is None:
        raise nothing_here()
    return visit.desk.provider
