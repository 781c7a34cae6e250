"""Signing in: by the link that the desk prints, or by a signature with the own SSH key; and leaving again.

The link lets in the account that runs the desk, which proves nobody. A signature is over a word that is good once, for
this browser and for ten minutes; its namespace is not that of decisions, so that neither can stand for the other.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from contextlib import suppress
from dataclasses import replace
from typing import Any

from anyio import from_thread
from markupsafe import escape
from starlette.responses import Response

from flows.decisions.people import Person
from flows.decisions.proofs import signer_of
from flows.desk.doors.refusals import RequestRefused, nothing_here
from flows.desk.visitor import Visitor
from flows.desk.visits import Visit, set_cookie
from flows.settings import account_name
from flows.state.audit import Act, append_entry
from packages.errors import LondataError
from packages.model import Identity

SIGN_IN_NAMESPACE = "londata-sign-in"
"""The namespace of signatures by which people sign in."""

WORD_MINUTES = 10
"""So long the word is good that somebody signs."""

DESK = Identity("desk", "all")
"""In place of a dataset, in the audit of who came and left."""


def sign_in_page(visit: Visit) -> Response:
    """Show the ways to sign in that this desk has."""
    return visit.page(
        "sign_in.html",
        has_provider=visit.desk.provider is not None,
        has_link=bool(visit.desk.link_key),
        issuer=visit.desk.services.settings.desk_oidc_issuer,
    )


def sign_in_by_link(visit: Visit) -> Response:
    """Let in the account that runs the desk, by the word of its link; RequestRefused for every other word."""
    wanted = visit.desk.link_key
    if not wanted:
        raise nothing_here()
    if not hmac.compare_digest(visit.query.get("key", "").encode(), wanted.encode()):
        raise RequestRefused(
            403,
            "This link does not let anybody in.",
            fix="Open the link that `londata desk` printed when it was started last.",
        )
    return let_in(visit, {"account": account_name()})


def key_page(visit: Visit) -> Response:
    """Show the text that somebody signs with their SSH key."""
    word = secrets.token_urlsafe(24)
    content = {**visit.session.content, "word": word, "word_until": _until(visit.now)}
    session = visit.desk.sessions.keep(replace(visit.session, content=content), visit.now)
    # with its ends of lines: what is signed is every character
    text = escape(text_to_sign(word, visit))
    return replace(visit, session=session).page("sign_in_key.html", text=text, namespace=SIGN_IN_NAMESPACE)


def sign_in_by_key(visit: Visit) -> Response:
    """Let in the person whose SSH key signed the word of this session; RequestRefused when nobody's did."""
    content = dict(visit.session.content)
    word, until = content.pop("word", ""), content.pop("word_until", "")
    # used up, whether it fits or not
    session = visit.desk.sessions.keep(replace(visit.session, content=content), visit.now)
    if not word or visit.now.isoformat() > until:
        raise RequestRefused(
            403, "The text to sign is too old, or was used before.", fix="Open the page for a new one."
        )
    signature = visit.form.get("signature", "").strip().replace("\r\n", "\n") + "\n"
    person = _signer(text_to_sign(word, visit), signature, visit)
    if person is None:
        raise RequestRefused(
            403,
            "The signature is by nobody who is known here, or over another text.",
            fix="Open the page for a new text, sign it as it is, with a key that stands in people.yaml.",
        )
    return let_in(replace(visit, session=session), {"person": person.id, "keys": person.keys_digest})


def text_to_sign(word: str, visit: Visit) -> str:
    """Return the text that proves who signs in, at this desk and nowhere else."""
    return f"londata sign-in 1\ndesk: {visit.desk.address.url('')}\nword: {word}\n"


def _signer(text: str, signature: str, visit: Visit) -> Person | None:
    """Return whose signature it is, however the lines of the text ended once it was saved."""
    ends = (text, text.rstrip("\n"), text.replace("\n", "\r\n"), text.rstrip("\n").replace("\n", "\r\n"))
    people = visit.desk.people
    return next(filter(None, (signer_of(one, signature, people, SIGN_IN_NAMESPACE) for one in ends)), None)


def let_in(visit: Visit, who: dict[str, Any], page: str = "") -> Response:
    """Begin the session of somebody who has proven who they are; what they checked before goes with them."""
    before = visit.visitor
    session = visit.desk.sessions.sign_in(visit.session, who, visit.now)
    visitor = visit.desk.visitor_of(session)
    if not before.is_signed_in:
        visit.desk.drafts.give(before.who, visitor.who)
    if visitor.is_signed_in:
        _note(visit, visitor.who, "signed in")
    response = replace(visit, session=session, visitor=visitor).go(page)
    set_cookie(response, session, visit.desk)
    return response


def sign_out(visit: Visit) -> Response:
    """End the session; who came by the provider is shown the way to leave it too, which no form may lead to."""
    if visit.visitor.is_signed_in:
        _note(visit, visit.visitor.who, "signed out")
    visit.desk.sessions.end(visit.session)
    address = visit.desk.address
    elsewhere = _way_out(visit)
    nobody = replace(visit, visitor=Visitor(""))
    response = nobody.page("signed_out.html", elsewhere=elsewhere) if elsewhere else visit.go("")
    response.delete_cookie(address.cookie_name, address.cookie_path, secure=address.is_secure, httponly=True)
    return response


def _way_out(visit: Visit) -> str:
    """Return where somebody signs out at their provider; empty where there is no such place, or it does not answer."""
    provider = visit.desk.provider
    if provider is None or not visit.visitor.subject:
        return ""
    with suppress(LondataError):
        return from_thread.run(provider.way_out, visit.desk.address.url("sign-in"))
    return ""


def _note(visit: Visit, who: str, what: str) -> None:
    with visit.desk.services.ledger.database.writing() as connection:
        append_entry(connection, Act(visit.now, f"{who} at the desk", what, DESK))


def _until(now: dt.datetime) -> str:
    return (now + dt.timedelta(minutes=WORD_MINUTES)).isoformat()
