"""From a checked file to a public one: compare, answer the screening questions, send, see what became of it, undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from flows.checking.answers_file import write_answers
from flows.decisions.asking import found_fact
from flows.decisions.book import read_book
from flows.decisions.facts import Request
from flows.decisions.policy import rules_of, seats_text
from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import RequestRefused
from flows.desk.drafts.draft import DeskDraft
from flows.desk.pages.checked import job_awaited, read_report
from flows.desk.pages.columns import description_path, remember_layout
from flows.desk.pages.way import way_of
from flows.desk.visits import Visit
from flows.earlier_runs import listed_release
from flows.examine import report_of_release
from flows.report_files import earlier_reports
from packages.errors import SetupProblem
from packages.model import Identity, Report, Severity
from packages.spec import DatasetSpec, load_spec
from packages.spec.questions import AnswersSpec, questions
from quality.answers import answers_findings
from quality.report.charts import vertical_bars
from quality.report.comparison import compare_reports, row_changes
from quality.report.items import number_findings

ANSWERED = "questions answered"
"""What the audit calls answers that were given at the desk."""

ROLES_THAT_ANSWER = ("data-officer", "asset-owner", "ig-reviewer", "dpo")

PUBLIC_BARS = 8
"""Earlier releases that the picture of a comparison shows."""


def compare_page(visit: Visit) -> Response:
    """Show what will change against what is public."""
    draft, identity = _ready(visit)
    services = visit.desk.services
    report = read_report(draft, visit)
    release = listed_release(identity, services)
    before = report_of_release(release) if release else None
    earlier = list(reversed(earlier_reports(identity, services)[:PUBLIC_BARS]))
    bars = [(f"{one.created:%Y-%m-%d}", _rows(one)) for one in earlier] + [("this file", _rows(report))]
    return visit.page(
        "compare.html",
        draft=draft,
        report=report,
        before=before,
        is_stale=release is not None and report.previous not in ("", release.digest),
        lines=compare_reports(report, before) if before else (),
        row_changes=row_changes(report) if before else (),
        chart=vertical_bars("Rows of the last releases and of this file", bars) if earlier else "",
        way=way_of(draft, "compare"),
    )


def _rows(report: Report) -> int:
    return sum(table.rows for table in report.tables)


# --- questions --------------------------------------------------------------------------------------------------------


def questions_page(visit: Visit) -> Response:
    """Show the screening questions with the answers that are there."""
    draft, identity = _ready(visit)
    spec = load_spec(identity, visit.desk.services.settings.datasets)
    return _questions_page(visit, draft, spec, FilledIn(spec.answers.to, spec.answers.role or ""))


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A form of answers as it was filled in: by question, in which role, and what is lacking."""

    given: Mapping[str, Any]
    role: str
    lacking: tuple[str, ...] = ()


def _questions_page(visit: Visit, draft: DeskDraft, spec: DatasetSpec, filled: FilledIn) -> Response:
    return visit.page(
        "questions.html",
        status=400 if filled.lacking else 200,
        draft=draft,
        questions=questions(),
        given=filled.given,
        answers=spec.answers,
        open_findings=list(answers_findings(spec)),
        roles=_roles(visit, spec.identity),
        role=filled.role,
        lacking=filled.lacking,
        way=way_of(draft, "questions"),
    )


def _roles(visit: Visit, identity: Identity) -> tuple[str, ...]:
    """Return the roles in which a visitor can answer: their own, or any for the account that runs the desk."""
    own = visit.visitor.roles_for(identity)
    return tuple(role for role in ROLES_THAT_ANSWER if visit.visitor.account or role in own)


def take_answers(visit: Visit) -> Response:
    """Write the answers into the description, where they differ from those that are there."""
    draft, identity = _ready(visit)
    visit.require(DeskAction.DESCRIBE, identity)
    settings = visit.desk.services.settings
    spec = load_spec(identity, settings.datasets)
    given = {
        name: {"say": said, "why": " ".join(visit.form.get(f"why-{name}", "").split())}
        for name in questions()
        if (said := visit.form.get(f"say-{name}", ""))
    }
    role = visit.form.get("role", "")
    lacking = tuple(name for name in questions() if name not in given)
    if lacking or role not in _roles(visit, identity):
        return _questions_page(visit, draft, spec, FilledIn(given, role, lacking or ("role",)))
    before = spec.answers
    try:
        answers = AnswersSpec.model_validate(
            {"date": visit.now.date(), "about": spec.asked_about, "role": role, "to": given}
        )
    except ValidationError as error:
        raise RequestRefused(
            400, f"These answers do not fit: {error.errors()[0]['msg']}.", fix="Go back, and keep each to one line."
        ) from error
    # who has seen the same answers before has seen these
    if before.to == answers.to:
        answers = answers.model_copy(update={"seen_by": before.seen_by})
    if before.model_copy(update={"date": answers.date, "role": answers.role}) != answers:
        write_answers(description_path(identity, settings), answers)
        visit.note(ANSWERED, identity)
        # the outcome depends on the answers too
        visit.desk.ask(draft, "check")
    return visit.go(f"drafts/{draft.id}/send?wait=20")


# --- sending ----------------------------------------------------------------------------------------------------------


def send_page(visit: Visit) -> Response:
    """Show what will happen when the file is sent: public at once, or first a decision, by whom."""
    draft, identity = _ready(visit)
    visit.require(DeskAction.PUBLISH, identity)
    report = read_report(draft, visit)
    spec = load_spec(identity, visit.desk.services.settings.datasets)
    return visit.page(
        "send.html",
        draft=draft,
        identity=identity,
        title=spec.package.title,
        report=report,
        decided_by=list(_decided_by(report, spec, visit)),
        open_findings=list(answers_findings(spec)),
        to_remember=bool(draft.layout) and not draft.is_remembered,
        way=way_of(draft, "send"),
    )


def _decided_by(report: Report, spec: DatasetSpec, visit: Visit) -> Iterator[tuple[str, str]]:
    """Yield each finding that a person must decide, in words, and who decides it."""
    held = report.with_severity(Severity.HOLD)
    if not held:
        return
    facts = tuple(found_fact(found) for found in held)
    identity = spec.identity
    request = Request(
        dataset=identity.dataset,
        publisher=identity.publisher,
        fingerprint="",
        findings=facts,
        concerns=spec.concerns,
    )
    policy = read_book(identity, visit.desk.services).policy
    words = {item.finding: item.what for item in number_findings(report)}
    for found, fact in zip(held, facts, strict=True):
        yield words[found], seats_text(rules_of(request, fact, policy))


def send(visit: Visit) -> Response:
    """Send a file: it is judged once more, and becomes public, or waits for a decision."""
    draft, identity = _ready(visit)
    visit.require(DeskAction.PUBLISH, identity)
    assert draft.result is not None
    if draft.result.verdict == "blocked":
        raise SetupProblem(
            "This file cannot be sent: something in it must be mended first.",
            fix="Mend what the list says, and upload the corrected file.",
        )
    remember_layout(draft, visit)
    visit.desk.ask(draft, "publish", sent=None)
    return visit.go(f"drafts/{draft.id}?wait=10")


def done_page(visit: Visit) -> Response:
    """Show what became of a file: where it is public, who decides, what the night does, and how it is taken back."""
    draft = visit.draft()
    identity, sent = draft.identity, draft.sent
    if sent is None or identity is None or draft.is_busy:
        return visit.go(f"drafts/{draft.id}")
    services = visit.desk.services
    spec = load_spec(identity, services.settings.datasets)
    public = services.ledger.published(identity, services.settings.catalogue)
    return visit.page(
        "done.html",
        draft=draft,
        sent=sent,
        identity=identity,
        spec=spec,
        is_public_now=public is not None and public.release == sent.release,
        can_undo=draft.can_be_undone(visit.now) and visit.may(DeskAction.UNDO, identity),
        is_local=not sent.page.startswith(("https://", "http://")),
        way=way_of(draft, "done"),
    )


def take_back(visit: Visit) -> Response:
    """Take back what was published from a draft."""
    draft = visit.draft()
    if draft.identity is None or draft.is_busy or not draft.can_be_undone(visit.now):
        raise SetupProblem(
            "This cannot be taken back from here any more.",
            fix="The page of the dataset can withdraw it, or make an earlier release public again.",
        )
    visit.require(DeskAction.UNDO, draft.identity)
    visit.desk.ask(draft, "undo")
    return visit.go(f"drafts/{draft.id}?wait=10")


def _ready(visit: Visit) -> tuple[DeskDraft, Identity]:
    """Return a draft that can go on, with what it is for; SetupProblem where that is not known yet."""
    draft = visit.draft()
    if draft.is_busy and "wait" in visit.query:
        draft = job_awaited(draft, visit)
    if draft.is_busy or draft.result is None:
        raise SetupProblem("The file is being checked.", fix="Wait for that, then go on.")
    identity = draft.identity
    if identity is None:
        raise SetupProblem(
            "It is not known whose file this is.", fix="Say on its page which dataset and borough it is for."
        )
    # who may not publish it learns nothing about what is public of it either
    visit.require(DeskAction.PUBLISH, identity)
    load_spec(identity, visit.desk.services.settings.datasets)
    return draft, identity
