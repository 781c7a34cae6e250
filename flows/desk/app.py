"""The desk as a web application: every address with its page, behind the gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from flows.desk.desk import Desk
from flows.desk.doors.gate import Gate, GateRules
from flows.desk.doors.refusals import nothing_here
from flows.desk.pages import checked, columns, hand_in, provider, sending, sign_in, start
from flows.desk.rendering import STATIC, static_file
from flows.desk.review import acts, dataset, decision, queue, register, seats
from flows.desk.running import health, nights
from flows.desk.visits import Page, Visit, endpoint_of

DRAFT = "/drafts/{draft:str}"
ACT = "/acts/{draft:str}"
DATASET = "/datasets/{dataset:str}/{publisher:str}"

GETS: Sequence[tuple[str, Page]] = (
    ("/", start.start_page),
    ("/accessibility", start.accessibility_page),
    ("/check", hand_in.hand_in_page),
    (DRAFT, checked.draft_page),
    (f"{DRAFT}/progress", checked.progress_part),
    (f"{DRAFT}/again", hand_in.correction_page),
    (f"{DRAFT}/report", checked.report_file),
    (f"{DRAFT}/to-mend.csv", checked.issues_file),
    (f"{DRAFT}/marked.xlsx", checked.workbook_file),
    (f"{DRAFT}/columns", columns.columns_page),
    (f"{DRAFT}/columns.yaml", columns.columns_file),
    (f"{DRAFT}/compare", sending.compare_page),
    (f"{DRAFT}/questions", sending.questions_page),
    (f"{DRAFT}/send", sending.send_page),
    (f"{DRAFT}/done", sending.done_page),
    ("/sign-in", sign_in.sign_in_page),
    ("/sign-in/link", sign_in.sign_in_by_link),
    ("/sign-in/key", sign_in.key_page),
    ("/sign-in/provider", provider.to_provider),
    ("/sign-in/back", provider.back_from_provider),
    ("/queue", queue.queue_page),
    ("/queue/{digest:str}", decision.decision_page),
    (ACT, acts.act_page),
    (f"{ACT}/progress", acts.act_progress),
    (DATASET, dataset.dataset_history_page),
    ("/register", register.register_page),
    ("/register.csv", register.register_file),
    ("/who", seats.who_page),
    ("/nights", nights.nights_page),
    (f"{DATASET}/reports/{{fingerprint:str}}", dataset.attempt_report),
)
"""The pages that only show something."""

POSTS: Sequence[tuple[str, Page]] = (
    ("/check", hand_in.take_file),
    (f"{DRAFT}/again", hand_in.take_correction),
    (f"{DRAFT}/for", checked.choose_dataset),
    (f"{DRAFT}/workbook", checked.ask_workbook),
    (f"{DRAFT}/cancel", checked.cancel_job),
    (f"{DRAFT}/retry", checked.try_again),
    (f"{DRAFT}/remove", checked.remove_draft),
    (f"{DRAFT}/columns", columns.take_columns),
    (f"{DRAFT}/questions", sending.take_answers),
    (f"{DRAFT}/send", sending.send),
    (f"{DRAFT}/undo", sending.take_back),
    ("/sign-in/key", sign_in.sign_in_by_key),
    ("/sign-out", sign_in.sign_out),
    ("/queue/{digest:str}", decision.take_decision),
    (f"{ACT}/retry", acts.try_act_again),
    (f"{DATASET}/run", acts.run_now),
    (f"{DATASET}/rollback", acts.go_back),
    (f"{DATASET}/withdraw", acts.withdraw_dataset),
    (f"{DATASET}/incident", acts.begin_incident),
    (f"{DATASET}/incident/close", acts.end_incident),
    (f"{DATASET}/purge", acts.take_away),
)
"""What forms are sent to."""


def desk_app(desk: Desk, rules: GateRules | None = None) -> ASGIApp:
    """Return the application of a desk; `rules` are those of its settings."""
    routes = [
        Route(path, desk.metrics.measured(path, endpoint_of(page, desk)), methods=[method])
        for method, pages in (("GET", GETS), ("POST", POSTS))
        for path, page in pages
    ]
    routes += [Route(path, endpoint, methods=["GET"]) for path, endpoint in health.health_endpoints(desk).items()]
    routes.append(Route("/static/{name:str}", _static, methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={404: _nothing(desk), 405: _nothing(desk)})
    # it would send a browser to whatever host it names
    app.router.redirect_slashes = False
    return Gate(app, rules or GateRules(desk.address, desk.rates, desk.services.settings.desk_upload_mib))


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if refused := request.scope["refused"]:
        return Response(status_code=refused.status)
    if name not in STATIC:
        return Response(status_code=404)
    return Response(static_file(name), media_type=STATIC[name], headers={"cache-control": "max-age=300"})


def _nothing(desk: Desk) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an address at which there is no page."""

    def nothing(_visit: Visit) -> Response:
        raise nothing_here()

    endpoint = desk.metrics.measured("none", endpoint_of(nothing, desk))

    async def answer(request: Request, error: Exception) -> Response:
        request.scope["method"] = "GET"
        response = await endpoint(request)
        if isinstance(error, HTTPException) and error.status_code == 405 and response.status_code == 404:
            response.status_code = 405
            response.headers.update(error.headers or {})
        return response

    return answer
