"""The desk: what its pages work with, opened once: services, sessions, drafts, the workshop, the limits."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.decisions.book import people_file
from flows.decisions.people import People, load_people
from flows.desk.address import DeskAddress
from flows.desk.doors.provider import Provider
from flows.desk.doors.rates import RateLimiter
from flows.desk.doors.sessions import Session, SessionStore
from flows.desk.drafts.draft import DeskDraft, Job, JobName, Trouble
from flows.desk.drafts.draft_store import DraftStore
from flows.desk.drafts.jobs import drafts_folder
from flows.desk.drafts.workshop import JobWorker, Workshop
from flows.desk.metrics import DeskMetrics
from flows.desk.visitor import Visitor
from flows.desk.waiting import DecisionQueue
from flows.services import Services
from flows.state.instance_key import instance_key
from packages.errors import TemporaryProblem

log = logging.getLogger(__name__)

TIDY_EVERY = 600.0
"""Seconds between two looks for drafts and sessions whose time is over."""

MOST_WAITING = 200
"""Files that wait to be checked at most; more are told to come back."""


def utc_now() -> dt.datetime:
    """Return the present time in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Desk:
    """One desk. `link_key` is the word in the link that lets the account in which runs the desk; empty where none does.

    Everything here may be used from several threads.
    """

    services: Services
    address: DeskAddress
    sessions: SessionStore
    drafts: DraftStore
    rates: RateLimiter = field(default_factory=RateLimiter)
    link_key: str = ""
    make_worker: Callable[[], JobWorker] | None = None
    workshop: Workshop = field(init=False)
    provider: Provider | None = field(init=False, default=None)
    queue: DecisionQueue = field(init=False)
    metrics: DeskMetrics = field(default_factory=DeskMetrics)
    _people: tuple[tuple[int, int], People] | None = None
    _closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        if self.services.settings.desk_oidc_issuer:
            self.provider = Provider(self.services.settings, self.address)
        self.workshop = Workshop(self.services.settings.desk_workers, self._begun, self._ended, self.make_worker)
        self.queue = DecisionQueue(self.services)
        self.metrics.watch(self.workshop, self.drafts)

    def start(self) -> None:
        """Go on with what was under way when the desk ended, and look now and then for what is over."""
        for draft in sorted(self.drafts.all(), key=lambda draft: draft.changed):
            if draft.job and draft.is_busy:
                self.workshop.put(draft, draft.job.name)
        threading.Thread(target=self._tidy, name="desk-tidy", daemon=True).start()

    def close(self, seconds: float = 0.0) -> None:
        """End the workshop; what was under way stays in its drafts."""
        self._closing.set()
        self.workshop.close(seconds)
        self.sessions.close()

    # --- people -------------------------------------------------------------------------------------------------------

    @property
    def people(self) -> People:
        """Who is known here, as people.yaml says it now."""
        path = people_file(self.services.settings)
        try:
            status = path.stat()
            mark = (status.st_mtime_ns, status.st_size)
        except OSError:
            mark = (0, 0)
        if self._people is None or self._people[0] != mark:
            self._people = (mark, load_people(path))
        return self._people[1]

    def visitor_of(self, session: Session) -> Visitor:
        """Return who a session belongs to; somebody who was taken out of people.yaml is nobody from then on."""
        content: Mapping[str, Any] = session.content
        people, subject, groups = self.people, content.get("subject", ""), tuple(content.get("groups", ()))
        person = people.find(content["person"]) if "person" in content else None
        if subject and content["issuer"] != self.services.settings.desk_oidc_issuer:
            return Visitor(session.digest)  # a provider that is not asked any more says nothing about anybody
        if person and content.get("keys", person.keys_digest) != person.keys_digest:
            person = None  # the key by which they came may be the one that was taken away
        if person and subject:
            known = people.with_oidc(content["issuer"], subject)
            person = people.in_groups(person, groups) if known == person else None
        return Visitor(session.digest, person, content.get("account", ""), subject, groups)

    # --- jobs ---------------------------------------------------------------------------------------------------------

    def ask(self, draft: DeskDraft, job: JobName, /, **content: Any) -> DeskDraft:
        """Put a job on a draft into the queue; TemporaryProblem when too many files wait."""
        if draft.is_anonymous and self.workshop.waiting >= MOST_WAITING:
            raise TemporaryProblem(
                "Too many files wait to be checked just now.", fix="Hand yours in again in some minutes."
            )
        changed = self.drafts.change(draft.id, utc_now(), job=Job(name=job, asked=utc_now()), **content)
        if changed is None:
            return draft
        self.workshop.put(changed, job)
        return changed

    def _begun(self, draft_id: str) -> None:
        draft = self.drafts.find(draft_id)
        if draft and draft.job:
            self.drafts.change(draft_id, job=draft.job.model_copy(update={"state": "running"}))

    def _ended(self, draft_id: str, name: JobName, changes: Mapping[str, Any], trouble: Trouble | None) -> None:
        draft = self.drafts.find(draft_id)
        if draft is None or draft.job is None or draft.job.name != name:
            return
        self.metrics.job_ended(name, "failed" if trouble else "done")
        job = {"state": "failed" if trouble else "done", "ended": utc_now(), "trouble": trouble}
        # what a worker returns is JSON, and is read again as what a draft holds
        held = DeskDraft.model_validate({**draft.model_dump(), **changes})
        content = {name: getattr(held, name) for name in changes}
        self.drafts.change(draft_id, utc_now(), job=draft.job.model_copy(update=job), **content)

    def _tidy(self) -> None:
        try:
            # the first look at all datasets takes seconds, and nobody has to wait for it
            self.queue.open(utc_now())
        except Exception as error:  # noqa: BLE001
            # whoever opens the queue is told in words
            log.error("what waits could not be read: %s", type(error).__name__)
        while not self._closing.wait(TIDY_EVERY):
            try:
                self.drafts.tidy(utc_now())
                self.sessions.tidy(utc_now())
            except Exception as error:  # noqa: BLE001
                # no message of an error is ever written down: it may quote a cell
                log.error("what is over could not be removed: %s", type(error).__name__)


def open_desk(
    services: Services,
    address: DeskAddress,
    *,
    with_link: bool,
    make_worker: Callable[[], JobWorker] | None = None,
) -> Desk:
    """Open a desk in the folder of the settings; `with_link` lets the account in that runs it, by a link.

    `make_worker` makes what works on the jobs; a process of its own where nothing is named.
    """
    # first: they make the home, which a web server has to enter and nobody else may write in
    _ = services.ledger, services.catalogue
    folder: Path = services.settings.home / "desk"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    return Desk(
        services,
        address,
        SessionStore(folder / "sessions.sqlite", instance_key(services.settings)),
        DraftStore(drafts_folder(services)),
        link_key=secrets.token_urlsafe(24) if with_link else "",
        make_worker=make_worker,
    )
