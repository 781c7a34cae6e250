"""Which release is public: back to an earlier one, or none at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flows.context import PublishContext, exclusive, list_release, withdraw_release
from flows.examine import OnStage, silent
from flows.maintenance.reconcile import finish_interrupted
from flows.publish import Outcome, listed_outcome
from flows.services import Services
from flows.union import union_contains
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity, Publication
from packages.release.seal import open_release, verify_release
from packages.spec import LONDON, load_spec

WITHDRAWN = "withdrawn"
"""The verdict of a withdrawal, beside those of a file."""

SHORTEST = 6
"""So many characters of a digest are needed to name a release."""


def rollback(identity: Identity, wanted: str, tools: Services, now: dt.datetime, say: OnStage = silent) -> Outcome:
    """Make an earlier release public again; `wanted` is its digest or the beginning of it.

    The release that was public is taken back: no run publishes the same content again before a person lets it pass.
    """
    spec = load_spec(identity, tools.settings.datasets)
    with exclusive(identity, tools, now) as turn:
        finish_interrupted(turn, say)
        release = open_release(tools.store.release_folder(identity, chosen_release(wanted, turn)))
        say("checking the earlier release")
        verify_release(release)
        back = replace(turn, what="rolled back", instead_of="" if turn.public == release.digest else turn.public)
        say("publishing")
        outcome = listed_outcome(release, list_release(release, spec, back))
    return replace(outcome, summary=f"Release {release.digest[:12]} of {release.sealed:%d %B %Y} is public.")


def withdraw(identity: Identity, reason: str, tools: Services, now: dt.datetime, say: OnStage = silent) -> Outcome:
    """Take a dataset away from the public, and keep it away until a person brings it back; says when and why."""
    if not reason.strip():
        raise SetupProblem(
            "A withdrawal needs a reason.",
            fix="Say it in a sentence that everybody may read: --reason “…”. It stands where the dataset was.",
        )
    with exclusive(identity, tools, now) as turn:
        say("withdrawing")
        already = tools.ledger.withdrawal(identity, turn.catalogue)
        if not (already or turn.last_step() or tools.catalogue.live(identity)):
            raise SetupProblem(f"{identity} was never public here.", fix="`londata status` shows what is.")
        publication = withdraw_release(_sentence(reason), turn)
    if identity.publisher != LONDON:
        _withdraw_union(identity, reason, tools, now, say)
    return _withdrawn(publication)


def _withdraw_union(identity: Identity, reason: str, tools: Services, now: dt.datetime, say: OnStage) -> None:
    """All of London goes with it when it holds the same rows: older versions of it must not keep them either."""
    union = Identity(identity.dataset, LONDON)
    if not union_contains(union, identity.publisher, tools):
        return
    say("withdrawing all of London, which holds the same rows")
    with exclusive(union, tools, now) as turn:
        withdraw_release(f"It held {identity}, which was withdrawn: {_sentence(reason)}", turn)


def _withdrawn(publication: Publication) -> Outcome:
    left = ", ".join(publication.read_back)
    summary = "Withdrawn: nothing of it is public any more, and no run puts it back."
    if left:
        summary = (
            "Withdrawn from the catalogue. Its files were also public at these addresses; ours were moved away from "
            f"there, and copies in front of them have to be emptied by whoever runs that web server: {left}"
        )
    done = ExitCode.DONE if publication.writes else ExitCode.UNCHANGED
    return Outcome(publication.identity, WITHDRAWN, done, summary, page=publication.page)


def _sentence(reason: str) -> str:
    said = " ".join(reason.split())
    return said if said.endswith((".", "!", "?")) else f"{said}."


def chosen_release(wanted: str, turn: PublishContext) -> str:
    """The digest that is meant; SetupProblem lists those that there are when it is not exactly one."""
    stored = turn.tools.store.stored(turn.identity)
    found = [digest for digest in stored if digest.startswith(wanted)] if len(wanted) >= SHORTEST else []
    if len(found) == 1:
        return found[0]
    kept = ", ".join(digest[:12] for digest in stored) or "none"
    raise SetupProblem(
        f"“{wanted}” does not name one release of {turn.identity}.",
        fix=f"`londata status {turn.identity}` shows when each was public. Kept are: {kept}.",
    )
