"""A visit: one request with who makes it and what they sent; pages are plain functions of it that return an answer.

A page runs in a thread, because it asks the ledger and reads files. Whatever it raises is told in words.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from anyio import CapacityLimiter, to_thread
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from flows.desk.actions import ANYWHERE, DeskAction, NotAllowed, may, require
from flows.desk.desk import Desk, utc_now
from flows.desk.doors.gate import SAFE, most_fields
from flows.desk.doors.refusals import RequestRefused, from_elsewhere, nothing_here, too_much
from flows.desk.doors.sessions import ANONYMOUS, Session
from flows.desk.drafts.draft import DeskDraft, Errand
from flows.desk.rendering import render_page
from flows.desk.visitor import Visitor
from flows.state.audit import Act, append_entry
from flows.state.lease import acting_as, current_user
from packages.errors import FileProblem, LondataError, SetupProblem, TemporaryProblem, WaitingForPerson
from packages.model import Identity

log = logging.getLogger(__name__)

TOKEN = "token"  # noqa: S105
"""The field of a form that proves that a page of this session sent it."""

DRAIN = 64 << 20
"""Bytes of a refused upload that are still taken, so that the browser reads why it was refused."""

PATIENT = CapacityLimiter(400)
"""Threads of pages that wait for a job: those of all other pages are never taken by them."""

Page = Callable[["Visit"], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Visit:
    """One request. `place` are the parts of its path, `query` and `form` the fields that it sends.

    `upload` is the file of the form, if there is one.
    """

    desk: Desk
    session: Session
    visitor: Visitor
    now: dt.datetime
    path: str = "/"
    place: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    upload: UploadFile | None = None

    # --- what a page may do -------------------------------------------------------------------------------------------

    def may(self, action: DeskAction, identity: Identity = ANYWHERE) -> bool:
        """Return whether the visitor may do something."""
        return may(self.visitor, action, identity)

    def require(self, action: DeskAction, identity: Identity = ANYWHERE) -> None:
        """Raise NotAllowed unless the visitor may do something."""
        require(self.visitor, action, identity)

    def identity(self) -> Identity:
        """Return the dataset of a borough that the path names."""
        return Identity(self.place["dataset"], self.place["publisher"])

    def draft(self) -> DeskDraft:
        """Return the draft that the path names; to everybody but its owner there is none."""
        draft = self._of_their_own()
        if draft.errand is not None:
            raise nothing_here()
        return draft

    def act(self) -> tuple[DeskDraft, Errand, Identity]:
        """Return the act that the path names, what it is to do, and with what; to everybody else there is none."""
        draft = self._of_their_own()
        if draft.errand is None or draft.identity is None:
            raise nothing_here()
        return draft, draft.errand, draft.identity

    def _of_their_own(self) -> DeskDraft:
        draft = self.desk.drafts.find(self.place["draft"])
        if draft is None or draft.owner != self.visitor.who:
            raise nothing_here()
        return draft

    def idle_draft(self) -> DeskDraft:
        """Return the draft that the path names; SetupProblem while it is worked on."""
        draft = self.draft()
        if draft.is_busy:
            raise SetupProblem("This file is worked on.", fix="Wait until that is done, or stop it.")
        return draft

    def note(self, what: str, identity: Identity, note: str = "") -> None:
        """Note in the audit what the visitor has done to a dataset that changes no release."""
        with acting_as(self.visitor.who), self.desk.services.ledger.database.writing() as connection:
            append_entry(connection, Act(self.now, current_user(), what, identity, note=note))

    # --- answers ------------------------------------------------------------------------------------------------------

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        content = render_page(template, visit=self, DeskAction=DeskAction, token_field=self._token_field, **values)
        return Response(content, status, media_type="text/html; charset=utf-8")

    def _token_field(self) -> Markup:
        """Return the field of a form that proves that a page of this session sent it."""
        token = self.desk.sessions.form_token(self.session)
        return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN, token)

    def go(self, page: str) -> Response:
        """Return the way to another page, which is asked for with GET."""
        return RedirectResponse(self.link(page), 303)

    def link(self, page: str = "") -> str:
        """Return the address of a page of ours, from the root."""
        return self.desk.address.path(page)


def endpoint_of(handler: Page, desk: Desk) -> Endpoint:
    """Return the endpoint of a page: it opens the session, reads the form, and tells what was refused."""

    async def endpoint(request: Request) -> Response:
        path = request.scope["path"]
        # until it is known who it is, it is nobody; a browser is never told to forget its session by a fault of ours
        nobody = Session(secrets.token_urlsafe(32))
        visit = Visit(desk, nobody, Visitor(nobody.digest), utc_now(), path, request.path_params)
        try:
            session = desk.sessions.open(request.cookies.get(desk.address.cookie_name, ""), visit.now)
            visit = replace(visit, session=session, visitor=Visitor(session.digest), query=dict(request.query_params))
            visit = replace(visit, visitor=desk.visitor_of(session))
            if refused := request.scope.get("refused"):
                raise refused
            if request.method in SAFE:
                response = await to_thread.run_sync(handler, visit, limiter=PATIENT if "wait" in visit.query else None)
            else:
                async with request.form(max_files=1, max_fields=most_fields(path)) as form:
                    sent = {name: form.getlist(name) for name in form}
                    response = await run_in_threadpool(handler, _with_form(visit, sent))
        except Exception as error:  # noqa: BLE001
            response = _told(visit, error)
            if response.status_code == 413:
                await _drain(request)
        return with_session(response, visit)

    return endpoint


def _with_form(visit: Visit, sent: Mapping[str, list[Any]]) -> Visit:
    """Return the visit with its form, when a page of this session has sent it."""
    texts = {name: tuple(v for v in values if isinstance(v, str)) for name, values in sent.items()}
    files = [v for values in sent.values() for v in values if isinstance(v, UploadFile) and v.filename]
    token = next(iter(texts.get(TOKEN, ())), "")
    if not hmac.compare_digest(token.encode(), visit.desk.sessions.form_token(visit.session).encode()):
        raise from_elsewhere()
    return replace(
        visit,
        form={name: values[0] for name, values in texts.items() if values},
        chosen=texts,
        upload=files[0] if files else None,
    )


def with_session(response: Response, visit: Visit) -> Response:
    """Return an answer with the cookie of its session, where the browser does not have it yet."""
    desk, session = visit.desk, visit.session
    if session.is_new and "set-cookie" not in response.headers:
        set_cookie(response, session, desk)
    return response


def set_cookie(response: Response, session: Session, desk: Desk) -> None:
    """Put the key of a session into an answer; no script can read it, and no other site can send it with a form."""
    address = desk.address
    response.set_cookie(
        address.cookie_name,
        desk.sessions.cookie(session),
        # who has signed in is forgotten with the browser; who has not finds their files for a day
        max_age=None if session.has_proof else int(ANONYMOUS.total_seconds()),
        path=address.cookie_path,
        secure=address.is_secure,
        httponly=True,
        samesite="lax",
    )


# --- what went wrong --------------------------------------------------------------------------------------------------


def _told(visit: Visit, error: Exception) -> Response:
    """Return the page that says in words what was refused or went wrong."""
    status = 500
    problem: LondataError
    match error:
        case RequestRefused():
            status, problem = error.status, error
        case HTTPException(status_code=404 | 405):
            problem = nothing_here()
            status = error.status_code
        case HTTPException() if "aximum" in error.detail:
            status, problem = 413, too_much()
        case NotAllowed():
            status, problem = 403, error
        case WaitingForPerson():
            status, problem = 409, error
        case TemporaryProblem():
            status, problem = 503, error
        case FileProblem():
            status, problem = 422, error
        case LondataError():
            status, problem = 400, error
        case MultiPartException() | HTTPException() | ClientDisconnect():
            status = 400
            problem = RequestRefused(
                400, "What was sent cannot be read.", fix="Open the page again, and send it once more."
            )
        case _:
            # its message may quote a cell
            log.error("a page of the desk failed: %s at %s", type(error).__name__, _place_of(error))
            problem = LondataError(
                f"This page failed by a fault of ours ({type(error).__name__}).",
                fix="Go back and try it once more. If it happens again, tell whoever runs londata; their log has it.",
            )
    try:
        response = visit.page("problem.html", status=status, problem=problem, status_code=status)
    except Exception as fault:  # noqa: BLE001
        log.error("no page of the desk can be made: %s at %s", type(fault).__name__, _place_of(fault))
        response = PlainTextResponse("The desk failed by a fault of ours. Tell whoever runs londata.", 500)
    if isinstance(problem, RequestRefused) and problem.retry:
        response.headers["retry-after"] = str(problem.retry)
    return response


def _place_of(error: Exception) -> str:
    """Return where a fault was: file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


async def _drain(request: Request) -> None:
    left = DRAIN
    with suppress(Exception):
        async with asyncio.timeout(10):
            async for chunk in _raw(request):
                left -= len(chunk)
                if left < 0:
                    return


async def _raw(request: Request) -> Any:
    """Yield what still comes of a body, by the receiver of the server."""
    receive = request.scope["received"]
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
