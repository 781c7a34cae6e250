"""A look at one dataset before its task run: on most nights nothing is new, and the outcome is known by reading alone.

A look asks the source, and notes and keeps what it sends; it changes nothing in public and takes no lease.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flows.context import PublishContext, shown_already
from flows.earlier_runs import accepted_release, reusable_attempt
from flows.examine import OnStage, input_fingerprint, silent
from flows.maintenance.reconcile import is_in_order
from flows.outcome import (
    STOPPED,
    Outcome,
    PublishJob,
    frozen_outcome,
    listed_outcome,
    repeated_outcome,
    stays_withdrawn_outcome,
    taken_back_outcome,
)
from flows.privacy.freezes import freeze_on, frozen_problem
from flows.publish import is_public, receive_extract
from flows.services import Services
from flows.state.ledger import Attempt
from packages.errors import FileProblem
from packages.model import Extract, Identity
from packages.spec import DatasetSpec, load_spec


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found: the outcome when there is nothing to do, else what the source sent, if it was asked."""

    outcome: Outcome | None = None
    received: Extract | None = None


def look(identity: Identity, services: Services, now: dt.datetime, on_stage: OnStage = silent) -> Looked:
    """Return the outcome that publishing would have, if that is to leave everything as it is.

    Raises what publishing would raise before it changes anything: LondataError, or a fault of ours.
    """
    spec = load_spec(identity, services.settings.datasets)
    if not spec.governance.is_open and is_public(identity, services):
        return Looked()
    if incident := freeze_on(identity, services):
        return Looked(frozen_outcome(frozen_problem(identity, incident), identity))
    context = PublishContext(identity, services, now)
    if not is_in_order(context):
        return Looked()
    if withdrawal := context.standing():
        return Looked(stays_withdrawn_outcome(withdrawal))
    on_stage("fetching")
    try:
        extract = receive_extract(PublishJob(identity), spec, services, now)
    except FileProblem as problem:
        # the source sends the same nonsense as before; refused for another reason, it is blocked by a task run
        attempt = _earlier(problem.what, spec, context)
        return Looked(repeated_outcome(attempt) if attempt else None)
    return Looked(_standing_outcome(extract, spec, context), extract)


def _standing_outcome(extract: Extract, spec: DatasetSpec, context: PublishContext) -> Outcome | None:
    """Return the outcome of bytes that were judged before; None when they have to be judged, or listed again."""
    earlier = _earlier(extract.sha256, spec, context)
    if earlier is None or earlier.verdict in STOPPED:
        return repeated_outcome(earlier) if earlier else None
    release = accepted_release(PublishJob(context.identity), context)
    if rollback := context.standing(release.digest):
        return taken_back_outcome(release, rollback)
    publication = shown_already(release, spec, context)
    return listed_outcome(release, publication) if publication else None


def _earlier(received: str, spec: DatasetSpec, context: PublishContext) -> Attempt | None:
    fingerprint = input_fingerprint(received, spec, context.now.date())
    return reusable_attempt(PublishJob(context.identity), fingerprint, context.services, context.now)
