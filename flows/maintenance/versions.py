"""Which release is public: back to an earlier one, or none at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.context import PublishContext, exclusive, list_release, withdraw_release
from flows.examine import OnStage, silent
from flows.maintenance.reconcile import finish_interrupted
from flows.outcome import Outcome, listed_outcome, withdrawal_outcome
from flows.services import Services
from flows.union import union_contains
from packages.errors import SetupProblem
from packages.model import Identity
from packages.release.seal import open_release, verify_release
from packages.spec import LONDON, load_spec

SHORTEST = 6
"""Characters of a digest that are enough to name a release."""


def rollback(
    identity: Identity, wanted: str, services: Services, now: dt.datetime, on_stage: OnStage = silent
) -> Outcome:
    """Make an earlier release public again; `wanted` is its digest or the beginning of it.

    The release that was public is taken back: no run publishes the same content again before a person approves it.
    """
    spec = load_spec(identity, services.settings.datasets)
    with exclusive(identity, services, now) as context:
        finish_interrupted(context, on_stage)
        release = open_release(services.store.release_folder(identity, chosen_release(wanted, context)))
        on_stage("checking the earlier release")
        # it may have lain on the disk for months
        verify_release(release)
        instead_of = "" if context.public == release.digest else context.public
        on_stage("publishing")
        publication = list_release(release, spec, replace(context, what="rolled back", instead_of=instead_of))
    summary = f"Release {release.digest[:12]} of {release.sealed:%d %B %Y} is public."
    return replace(listed_outcome(release, publication), summary=summary)


def withdraw(
    identity: Identity, reason: str, services: Services, now: dt.datetime, on_stage: OnStage = silent
) -> Outcome:
    """Take a dataset away from the public, and keep it away until a person brings it back; it shows when and why.

    All of London is withdrawn with it when it holds the same rows: its older versions must not keep them either.
    """
    sentence = public_reason(reason)
    with exclusive(identity, services, now) as context:
        on_stage("withdrawing")
        is_withdrawn = services.ledger.withdrawal(identity, context.catalogue)
        if not (is_withdrawn or context.last_step() or services.catalogue.live(identity)):
            raise SetupProblem(f"{identity} was never public here.", fix="`londata status` shows what is.")
        publication = withdraw_release(sentence, context)

    # the lease on the dataset is released by now: two runs that each hold one could wait for one another
    union = Identity(identity.dataset, LONDON)
    if identity != union and union_contains(union, identity.publisher, services):
        on_stage("withdrawing all of London, which holds the same rows")
        with exclusive(union, services, now) as context:
            withdraw_release(f"It held {identity}, which was withdrawn: {sentence}", context)
    return withdrawal_outcome(publication)


def public_reason(reason: str) -> str:
    """Return the reason for taking something away as a sentence; SetupProblem when there is none."""
    text = " ".join(reason.split())
    if not text:
        raise SetupProblem(
            "To take something away needs a reason.",
            fix="Say it in a sentence that everybody may read: --reason “…”. It stands where the dataset was.",
        )
    return text if text.endswith((".", "!", "?")) else f"{text}."


def chosen_release(wanted: str, context: PublishContext) -> str:
    """Return the digest that begins with `wanted`; SetupProblem lists those there are when it is not exactly one."""
    stored = context.services.store.stored(context.identity)
    found = [digest for digest in stored if digest.startswith(wanted)] if len(wanted) >= SHORTEST else []
    if len(found) == 1:
        return found[0]
    kept = ", ".join(digest[:12] for digest in stored) or "none"
    raise SetupProblem(
        f"“{wanted}” does not name one release of {context.identity}.",
        fix=f"`londata status {context.identity}` shows when each was public. Kept are: {kept}.",
    )
