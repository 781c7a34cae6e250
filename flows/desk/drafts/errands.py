"""Acts on a dataset that take a while: publish from the source, withdraw, go back, purge, open an incident.

They run in the workshop, on the functions that the command line has, in the name of whoever asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.desk.drafts.draft import Errand, Sent
from flows.desk.drafts.jobs import Work, tell_outcome
from flows.maintenance.versions import rollback, withdraw
from flows.outcome import Outcome, PublishJob
from flows.privacy.exposures import PurgeTarget
from flows.publish import publish
from flows.site.update import update_site_after
from flows.state.lease import acting_as
from flows.takedown.alarms import announce_incidents, clock_sentence
from flows.takedown.incidents import open_incident, opening, write_draft_33
from flows.takedown.purge import purge
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity


def do_errand(work: Work) -> Mapping[str, Any]:
    """Do what somebody asked for, in their name, and say how it ended."""
    errand, identity = work.draft.errand, work.draft.identity
    if errand is None or identity is None:
        raise SetupProblem("It is not known what is to be done.", fix="Ask for it again, on the page of the dataset.")
    with acting_as(work.draft.owner):
        if errand.kind == "purge":
            sent = _purged(errand, identity, work)
        elif errand.kind == "incident":
            sent = _opened(errand, identity, work)
        else:
            sent = _changed(errand, identity, work)
    return {"sent": sent.model_dump(mode="json")}


def _changed(errand: Errand, identity: Identity, work: Work) -> Sent:
    """Publish from the source, withdraw or go back."""
    services, now, on_stage = work.services, work.now, work.on_stage
    if errand.kind == "withdraw":
        outcome: Outcome = withdraw(identity, errand.reason, services, now, on_stage)
    elif errand.kind == "rollback":
        outcome = rollback(identity, errand.release, services, now, on_stage)
    else:
        outcome = publish(PublishJob(identity), services, now, on_stage)
    tell_outcome(outcome, work)
    return Sent(
        verdict=str(outcome.verdict),
        exit_code=int(outcome.exit_code),
        summary=outcome.summary,
        at=now,
        by=work.draft.owner,
        release=outcome.release,
        page=outcome.page,
    )


def _purged(errand: Errand, identity: Identity, work: Work) -> Sent:
    """Take data away for good."""
    target = PurgeTarget(
        table=errand.table,
        field=errand.field,
        rows=errand.rows,
        release=errand.release,
        everything=errand.everything,
        days=errand.days,
        reason=errand.reason,
    )
    purged = purge(identity, target, work.services, work.now, work.on_stage)
    work.on_stage("telling people and making the pages")
    update_site_after(work.services, work.now)
    shown = f"Public is now release {purged.release[:12]}." if purged.release else "Nothing of it is public."
    still = (
        f" Still public elsewhere, and to be removed there: {', '.join(purged.still_public)}."
        if purged.still_public
        else ""
    )
    words = f"{purged.words} is gone; {purged.removed:,} stored releases and files were removed. {shown}{still}"
    summary = words[:1].upper() + words[1:]
    return Sent(verdict="purged", exit_code=int(purged.exit_code), summary=summary, at=work.now, by=work.draft.owner)


def _opened(errand: Errand, identity: Identity, work: Work) -> Sent:
    """Open an incident: freeze, find out, write the draft for the Information Commissioner, tell people."""
    wanted = opening(errand.aware, work.now, errand.release, errand.field, errand.reason)
    incident, _ = open_incident(identity, wanted, work.services, work.now, work.on_stage)
    write_draft_33(incident, work.services, None)
    work.on_stage("telling people and making the pages")
    announce_incidents(work.services, work.now)
    summary = f"The dataset is frozen. {clock_sentence(incident, work.now)}"
    return Sent(verdict="incident", exit_code=int(ExitCode.DONE), summary=summary, at=work.now, by=work.draft.owner)
