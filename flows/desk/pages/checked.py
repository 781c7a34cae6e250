"""What a check found: progress while it is under way, then the list of what to mend, and the files to take along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.responses import Response

from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import nothing_here
from flows.desk.drafts.draft import DeskDraft, JobName
from flows.desk.drafts.jobs import ISSUES, PAGE, REPORT, WORKBOOK
from flows.desk.pages.hand_in import dataset_titles
from flows.desk.pages.way import needs_columns, stages_of, way_of
from flows.desk.rendering import render_page
from flows.desk.visits import Visit
from packages.errors import SetupProblem
from packages.model import Report, Severity
from packages.spec import list_datasets, list_identities
from packages.vocabulary import publishers
from quality.report import report_from_json
from quality.report.items import number_findings
from quality.report.wording import MUST, report_headline

LONGEST_WAIT = 25.0
"""Seconds that a page waits for a job at most, so that people without scripts need not ask again and again."""

HEADINGS = {
    "check": "Your file is being checked",
    "workbook": "Your workbook is being written",
    "publish": "Your file is being published",
    "undo": "What was public before comes back",
}

REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""What a report may do: nothing but to look as it looks."""


def draft_page(visit: Visit) -> Response:
    """Show a draft: how far the work on it is, or what came out."""
    draft = visit.draft()
    if draft.is_busy and "wait" in visit.query:
        draft = job_awaited(draft, visit)
    if draft.is_busy and draft.job:
        return _progress_page(draft, visit)
    if draft.job and draft.job.state == "failed":
        values = _choices(visit) | {"trouble": draft.job.trouble, "way": way_of(draft, "check")}
        return visit.page("broken_off.html", draft=draft, **values)
    if draft.sent and draft.job and draft.job.name in ("publish", "undo"):
        return visit.go(f"drafts/{draft.id}/done")
    if draft.result is None:
        return visit.go(f"drafts/{draft.id}/again")
    return _result_page(draft, visit)


def job_awaited(draft: DeskDraft, visit: Visit) -> DeskDraft:
    """Return a draft when the work on it is done, or after the seconds that the address names."""
    asked = visit.query.get("wait", "")
    seconds = min(LONGEST_WAIT, float(asked) if asked.isdecimal() else 0.0)
    find = visit.desk.drafts.find

    def is_over() -> bool:
        found = find(draft.id)
        return found is None or not found.is_busy

    visit.desk.workshop.wait(is_over, seconds)
    return find(draft.id) or draft


def _progress_page(draft: DeskDraft, visit: Visit) -> Response:
    progress = visit.desk.workshop.progress(draft.id)
    assert draft.job is not None
    return visit.page(
        "progress.html",
        draft=draft,
        heading=HEADINGS[draft.job.name],
        stages=stages_of(draft, progress),
        before=progress.before,
        way=way_of(draft, "send" if draft.job.name in ("publish", "undo") else "check"),
        can_cancel=draft.job.name in ("check", "workbook"),
    )


def progress_part(visit: Visit) -> Response:
    """Return how far the work is, for the script of the page: whether it is over, and the list of stages."""
    return told_progress(visit.draft(), visit)


def told_progress(draft: DeskDraft, visit: Visit) -> Response:
    """Return how far the work on a draft is, as the script of its page reads it."""
    progress = visit.desk.workshop.progress(draft.id)
    stages = render_page("stages.html", stages=stages_of(draft, progress), before=progress.before).decode()
    return Response(json.dumps({"over": not draft.is_busy, "stages": stages}), media_type="application/json")


def _result_page(draft: DeskDraft, visit: Visit) -> Response:
    assert draft.result is not None
    report = read_report(draft, visit)
    items = number_findings(report)
    return visit.page(
        "result.html",
        draft=draft,
        report=report,
        headline=report_headline(report, published=False),
        musts=[item for item in items if item.finding.severity in MUST],
        shoulds=[item for item in items if item.finding.severity is Severity.WARN],
        repaired=sum(item.finding.severity is Severity.FIXED for item in items),
        way=way_of(draft, "check"),
        next_page=_next_page(draft),
        needs_columns=needs_columns(draft),
        can_publish=draft.identity is not None and visit.may(DeskAction.PUBLISH, draft.identity),
        **_choices(visit),
    )


def _choices(visit: Visit) -> dict[str, Any]:
    """Return the datasets and boroughs that a file may be for."""
    root = visit.desk.services.settings.datasets
    described = sorted({identity.publisher for identity in list_identities(root)})
    return {"titles": dataset_titles(root), "boroughs": {slug: publishers()[slug].name for slug in described}}


def _next_page(draft: DeskDraft) -> str:
    return f"drafts/{draft.id}/" + ("columns" if needs_columns(draft) and not draft.layout else "compare")


def read_report(draft: DeskDraft, visit: Visit) -> Report:
    """Return the report on a draft; nothing where it is gone."""
    try:
        return report_from_json((visit.desk.drafts.folder(draft) / REPORT).read_bytes())
    except OSError:
        raise nothing_here() from None


# --- files to take along ----------------------------------------------------------------------------------------------


def report_file(visit: Visit) -> Response:
    """Give the whole report, as a page that can do nothing."""
    content = _file(visit, PAGE)
    return Response(content, media_type="text/html; charset=utf-8", headers={"content-security-policy": REPORT_POLICY})


def issues_file(visit: Visit) -> Response:
    """Give the list of what to mend, for a spreadsheet."""
    return _download(_file(visit, ISSUES), "to-mend.csv", "text/csv; charset=utf-8")


def workbook_file(visit: Visit) -> Response:
    """Give the marked workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(_file(visit, WORKBOOK), "marked.xlsx", kind)


def _file(visit: Visit, name: str) -> bytes:
    path: Path = visit.desk.drafts.folder(visit.draft()) / name
    try:
        return path.read_bytes()
    except OSError:
        raise nothing_here() from None


def _download(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


# --- acts -------------------------------------------------------------------------------------------------------------


def ask_workbook(visit: Visit) -> Response:
    """Let the marked workbook be written."""
    draft = visit.idle_draft()
    visit.desk.ask(draft, "workbook")
    return visit.go(f"drafts/{draft.id}?wait=5")


def choose_dataset(visit: Visit) -> Response:
    """Say what a file is, and let it be checked again as that."""
    draft = visit.idle_draft()
    root = visit.desk.services.settings.datasets
    dataset, borough = visit.form.get("dataset", ""), visit.form.get("publisher", "")
    if dataset not in list_datasets(root) or borough not in ("", *publishers()):
        raise SetupProblem("There is no such dataset.", fix="Choose one from the list.")
    visit.desk.ask(draft, "check", dataset=dataset, publisher=borough, layout={}, is_remembered=False)
    return visit.go(f"drafts/{draft.id}?wait=5")


def cancel_job(visit: Visit) -> Response:
    """Stop the work on a draft."""
    draft = visit.draft()
    visit.desk.workshop.cancel(draft.id)
    return visit.go(f"drafts/{draft.id}?wait=3")


def try_again(visit: Visit) -> Response:
    """Do once more what was broken off; a file whose check came to its end is checked again."""
    draft = visit.idle_draft()
    name: JobName = draft.job.name if draft.job and draft.job.state == "failed" else "check"
    if name in ("publish", "undo") and draft.identity:
        visit.require(DeskAction.PUBLISH, draft.identity)
    visit.desk.ask(draft, name)
    return visit.go(f"drafts/{draft.id}?wait=5")


def remove_draft(visit: Visit) -> Response:
    """Remove a draft with its file at once."""
    visit.desk.drafts.remove(visit.idle_draft())
    return visit.go("")
