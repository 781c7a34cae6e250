"""Acts on a dataset: publish from the source, go back, withdraw, open and close an incident, take data away for good.

Each is done in the workshop, because it may take longer than anybody waits for a page; only the end of an incident is
asked for at once, since it waits for people.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.responses import Response

from flows.desk.actions import DeskAction
from flows.desk.drafts.draft import DeskDraft, Errand
from flows.desk.pages.checked import job_awaited, told_progress
from flows.desk.pages.way import stages_of
from flows.desk.review.dataset import known_identity
from flows.desk.review.decision import ask_errand
from flows.desk.review.queue import title_of
from flows.desk.visits import Visit
from flows.maintenance.versions import public_reason
from flows.privacy.exposures import row_numbers
from flows.state.lease import acting_as
from flows.takedown.alarms import announce_incidents
from flows.takedown.incidents import close_incident, one_line, opening
from packages.errors import SetupProblem

DOING = {
    "run": "It is fetched, checked and published",
    "withdraw": "It is being withdrawn",
    "rollback": "The earlier release comes back",
    "purge": "It is being taken away",
    "incident": "The incident is being opened",
}
"""The headings of acts under way."""

DONE = {
    "publish": "It is public",
    "unchanged": "Nothing has changed",
    "held": "It waits for people",
    "blocked": "It is not public",
    "withdrawn": "It is withdrawn",
    "purged": "It is gone",
    "incident": "The incident is open",
}
"""The headings of how acts ended, by the verdict."""

ALLOWED = {
    "run": DeskAction.RUN,
    "withdraw": DeskAction.WITHDRAW,
    "rollback": DeskAction.UNDO,
    "purge": DeskAction.PURGE,
    "incident": DeskAction.INCIDENT,
}
"""What each act needs."""

MOST_DAYS = 90
"""Days that a sealed copy is kept at most."""


def act_page(visit: Visit) -> Response:
    """Show how far an act is, or how it ended; nobody but who asked for it sees this."""
    draft, errand, identity = visit.act()
    if draft.is_busy and "wait" in visit.query:
        draft = job_awaited(draft, visit)
    progress = visit.desk.workshop.progress(draft.id)
    return visit.page(
        "act.html",
        draft=draft,
        identity=identity,
        title=title_of(identity, visit),
        heading=_heading(draft, errand),
        stages=stages_of(draft, progress) if draft.is_busy else (),
        before=progress.before,
        trouble=draft.job.trouble if draft.job else None,
    )


def act_progress(visit: Visit) -> Response:
    """Return how far an act is, for the script of its page."""
    draft, _, _ = visit.act()
    return told_progress(draft, visit)


def _heading(draft: DeskDraft, errand: Errand) -> str:
    if draft.is_busy:
        return DOING[errand.kind]
    return DONE.get(draft.sent.verdict, "It is done") if draft.sent else "That did not come to an end"


def try_act_again(visit: Visit) -> Response:
    """Do once more what was broken off."""
    draft, errand, identity = visit.act()
    visit.require(ALLOWED[errand.kind], identity)
    if draft.job and draft.job.state == "failed":
        visit.desk.ask(draft, "errand")
    return visit.go(f"acts/{draft.id}?wait=5")


def _go(errand: Errand, visit: Visit) -> Response:
    identity = known_identity(visit)
    visit.require(ALLOWED[errand.kind], identity)
    return visit.go(f"acts/{ask_errand(errand, identity, visit).id}?wait=8")


def run_now(visit: Visit) -> Response:
    """Fetch, check and publish a dataset from its source."""
    return _go(Errand(kind="run"), visit)


def withdraw_dataset(visit: Visit) -> Response:
    """Withdraw a dataset, with a reason that everybody may read."""
    visit.require(DeskAction.WITHDRAW, known_identity(visit))
    return _go(Errand(kind="withdraw", reason=_reason(visit)), visit)


def go_back(visit: Visit) -> Response:
    """Make an earlier release public again."""
    identity = known_identity(visit)
    visit.require(DeskAction.UNDO, identity)
    release = visit.form.get("release", "")
    if release not in visit.desk.services.store.stored(identity):
        raise SetupProblem("It is not said which release.", fix="Go back, and choose one of those that are kept.")
    return _go(Errand(kind="rollback", release=release), visit)


def take_away(visit: Visit) -> Response:
    """Take data away for good; somebody has to type the name of the dataset, because nothing brings them back."""
    identity = known_identity(visit)
    visit.require(DeskAction.PURGE, identity)
    form = visit.form
    if form.get("confirm", "").strip() != str(identity):
        raise SetupProblem(
            f"To confirm, type “{identity}”.",
            fix="Go back, and type the name of the dataset into the last field.",
            why="What is taken away for good cannot be brought back.",
        )
    table, _, field = form.get("column", "").partition(".")
    what, days = form.get("what", ""), form.get("days", "") or "0"
    if not days.isdecimal() or int(days) > MOST_DAYS:
        raise SetupProblem(f"A sealed copy is kept for up to {MOST_DAYS} days.", fix="Go back, and give the days.")
    common: dict[str, Any] = {"kind": "purge", "reason": _reason(visit), "days": int(days)}
    chosen: dict[str, Any]
    if what == "column" and field:
        chosen = {"table": table, "field": field}
    elif what == "rows" and form.get("rows", "").strip():
        chosen = {"table": form.get("table", ""), "rows": row_numbers(form["rows"])}
    elif what == "release" and form.get("release", "").strip():
        chosen = {"release": form["release"].strip()}
    elif what == "everything":
        chosen = {"everything": True}
    else:
        raise SetupProblem(
            "It is not said what has to go.",
            fix="Go back, and choose one of column, rows, release and everything, and say which.",
        )
    return _go(Errand.model_validate(common | chosen), visit)


def begin_incident(visit: Visit) -> Response:
    """Open an incident: the dataset is frozen, and the 72 hours run from when somebody became aware."""
    visit.require(DeskAction.INCIDENT, known_identity(visit))
    form = visit.form
    aware = form.get("aware", "").strip()
    # refused now, not when the job runs
    opened = opening(aware, visit.now, note=form.get("note", ""))
    if opened.aware > visit.now + dt.timedelta(minutes=1):
        raise SetupProblem("Nobody can have become aware of it in the future.", fix="Go back, and give the time.")
    field = form.get("column", "").partition(".")[2]
    return _go(Errand(kind="incident", reason=opened.note, field=field, aware=aware), visit)


def end_incident(visit: Visit) -> Response:
    """Ask for an incident to be closed with how it ended; people decide on that."""
    identity = known_identity(visit)
    visit.require(DeskAction.INCIDENT, identity)
    outcome = one_line(visit.form.get("outcome", ""))
    if not outcome:
        raise SetupProblem("It is not said how the incident ended.", fix="Go back, and say it in a sentence.")
    with acting_as(visit.visitor.who):
        _, waiting = close_incident(identity, outcome, visit.desk.services, visit.now)
        announce_incidents(visit.desk.services, visit.now)
    if waiting:
        return visit.go(f"queue/{waiting.subject.digest}")
    return visit.go(f"datasets/{identity.dataset}/{identity.publisher}")


def _reason(visit: Visit) -> str:
    reason = visit.form.get("reason", "")
    if not reason.strip() or len(reason) > 600:
        raise SetupProblem(
            "To take something away needs a reason.",
            fix="Go back, and say it in a sentence of up to 600 characters that everybody may read.",
        )
    return public_reason(reason)
