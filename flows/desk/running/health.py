"""For machines that watch the desk: is it alive, can it work, and what has it counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from flows.desk.actions import DeskAction
from flows.desk.address import LOOPBACK
from flows.desk.desk import Desk
from flows.desk.visits import Visit, endpoint_of
from flows.state.records import chain_broken
from packages.errors import LondataError, SetupProblem

Answering = Callable[[Request], Awaitable[Response]]
"""Answers a request."""


def health_endpoints(desk: Desk) -> Mapping[str, Answering]:
    """Return the endpoints by their paths. None of them opens a session, and none tells anything of a file."""

    async def alive(request: Request) -> Response:
        return _refused(request) or PlainTextResponse("alive\n")

    async def ready(request: Request) -> Response:
        refused = _refused(request)
        return refused if refused else await run_in_threadpool(readiness, desk)

    as_page = endpoint_of(_metrics_page, desk)

    async def metrics(request: Request) -> Response:
        visitor = request.client.host if request.client else ""
        if visitor in LOOPBACK and not request.scope.get("refused"):
            return _counted(desk)
        return await as_page(request)

    return {"/healthz": alive, "/readyz": ready, "/metrics": metrics}


def readiness(desk: Desk) -> Response:
    """Say whether the ledger answers and the folder can be written to; 503, and in words why not."""
    try:
        chain = desk.services.ledger.chain
        if chain.broken_at:
            raise chain_broken(chain)
        probe = desk.drafts.root / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except LondataError as problem:
        return PlainTextResponse(f"{problem.what}\n", 503)
    except OSError as error:
        reason = SetupProblem(
            f"The folder of the desk cannot be written to ({error.strerror or 'no reason given'}).",
            fix="See that the disk is not full, and that the account of the desk may write there.",
        )
        return PlainTextResponse(f"{reason.what} {reason.fix}\n", 503)
    return PlainTextResponse("ready\n")


def _metrics_page(visit: Visit) -> Response:
    """Give the counters to an operator; programs on this machine need not sign in."""
    visit.require(DeskAction.OPERATE)
    return _counted(visit.desk)


def _counted(desk: Desk) -> Response:
    return Response(desk.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _refused(request: Request) -> Response | None:
    problem = request.scope.get("refused")
    return PlainTextResponse(f"{problem.what}\n", problem.status) if problem else None
