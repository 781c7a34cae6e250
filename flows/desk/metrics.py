"""What a desk counts, for Prometheus: requests by page, never by address; jobs by how they ended; sign-ins refused."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from flows.desk.drafts.draft_store import DraftStore
    from flows.desk.drafts.workshop import Workshop

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""The bounds of the histogram of answers."""


class DeskMetrics:
    """The counters of one desk, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        # a page is the pattern of its address: what stands in an address names drafts and datasets
        self._requests = Counter("londata_desk_requests", "Requests", ("page", "method", "status"), registry=registry)
        self._seconds = Histogram(
            "londata_desk_seconds", "Seconds until the answer", ("page",), registry=registry, buckets=SECONDS
        )
        self._refused = Counter("londata_desk_sign_ins_refused", "Sign-ins that were refused", registry=registry)
        self._ended = Counter("londata_desk_jobs_ended", "Jobs that ended", ("job", "outcome"), registry=registry)
        self._waiting = Gauge("londata_desk_jobs_waiting", "Jobs that wait", registry=registry)
        self._running = Gauge("londata_desk_jobs_running", "Jobs that run", registry=registry)
        self._drafts = Gauge("londata_desk_drafts", "Drafts that are kept", registry=registry)

    def watch(self, workshop: Workshop, drafts: DraftStore) -> None:
        """Measure a workshop and its drafts from now on, whenever somebody asks."""
        self._waiting.set_function(lambda: workshop.waiting)
        self._running.set_function(lambda: workshop.running)
        self._drafts.set_function(lambda: len(drafts.all()))

    def job_ended(self, job: str, outcome: str) -> None:
        """Count a job that ended, by whether it is done or failed."""
        self._ended.labels(job, outcome).inc()

    def measured(
        self, page: str, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint whose answers are counted under the pattern of its address."""

        async def counted(request: Request) -> Response:
            begun = time.perf_counter()
            response = await endpoint(request)
            self._seconds.labels(page).observe(time.perf_counter() - begun)
            self._requests.labels(page, request.method, str(response.status_code)).inc()
            if page.startswith("/sign-in") and response.status_code in (400, 403, 429):
                self._refused.inc()
            return response

        return counted

    def text(self) -> bytes:
        """Return all of it in the format of Prometheus."""
        return generate_latest(self.registry)
