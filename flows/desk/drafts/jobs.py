"""The jobs of the desk, on the functions that the command line has: check, marked workbook, publish, undo.

Each takes the work on one draft and returns what it changes in it, as plain JSON values.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from flows.checking.check_file import CheckPlan, check_file
from flows.checking.column_matching import ColumnMatching, match_columns
from flows.checking.mapping import MappingEvidence, described_publishers
from flows.checking.mended import CheckedFile, write_mended
from flows.checking.recognise import candidate_specs
from flows.decisions.facts import Request
from flows.decisions.queue import open_subjects
from flows.desk.drafts.draft import DeskDraft, Result, Sent
from flows.desk.drafts.draft_store import RECEIVED, RECORD, safe_name
from flows.examine import Examination, ExaminationInput, OnStage
from flows.maintenance.versions import rollback, withdraw
from flows.orchestration.notices import announce
from flows.outcome import Outcome, PublishJob
from flows.parts.plan import spread_plan
from flows.publish import conditions_of, publish
from flows.services import Services
from flows.settings import load_settings
from flows.site.update import record_failures, update_site_after
from flows.state.lease import acting_as
from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.fetch import extract_file, fetch
from packages.model import Extract, Severity, Verdict
from packages.sources.transport.download import FetchContext
from packages.spec import NOBODY, DatasetSpec, HttpSource, Layout, generic_spec
from quality.report import issues_to_csv, report_to_html, report_to_json
from quality.report.text import verdict_sentence

REPORT, PAGE, ISSUES, WORKBOOK = "report.json", "report.html", "issues.csv", "marked.xlsx"
"""What a check leaves in the folder of its draft."""

MATCHING = "columns.json"
"""Beside them: which column may be which field."""

MATCHING_FORM = TypeAdapter(ColumnMatching)

UNDONE = "Taken back within a day by the people who published it."
"""The public reason of a dataset that was public for the first time, and was taken back from its draft."""


@dataclass(frozen=True)
class Work:
    """The work on one draft: its folder, and what the functions of the command line need."""

    draft: DeskDraft
    folder: Path
    services: Services
    on_stage: OnStage

    @cached_property
    def now(self) -> dt.datetime:
        """The moment at which the work began."""
        return dt.datetime.now(dt.UTC)

    @property
    def received(self) -> Path:
        """The file that was handed in."""
        return self.folder / RECEIVED / self.draft.name


def open_work(draft_id: str, on_stage: OnStage) -> Work:
    """Return the work on a draft; SetupProblem when it is gone."""
    services = Services(load_settings())
    folder = drafts_folder(services) / draft_id
    try:
        draft = DeskDraft.model_validate_json((folder / RECORD).read_bytes())
    except OSError:
        raise SetupProblem("This draft is not there any more.", fix="Hand the file in again.") from None
    return Work(draft, folder, services, on_stage)


def drafts_folder(services: Services) -> Path:
    """Return the folder of all drafts."""
    return services.settings.home / "desk" / "drafts"


# --- checking ---------------------------------------------------------------------------------------------------------


def check_draft(work: Work) -> Mapping[str, Any]:
    """Read and judge the file of a draft, and leave the report in its folder."""
    changes = _fetch_link(work) if work.draft.link and not work.received.is_file() else {}
    work = replace(work, draft=work.draft.model_copy(update=changes))
    extract, examination, _ = _examined(work)
    report = examination.report
    work.on_stage("writing the report")
    title = examination.spec.package.title
    for name, content in {
        REPORT: report_to_json(report),
        PAGE: report_to_html(report, title, published=False),
        ISSUES: issues_to_csv(report),
    }.items():
        _put(work.folder / name, content)
    (work.folder / WORKBOOK).unlink(missing_ok=True)
    found = report.findings
    _leave_matching(extract, examination.spec, work)
    result = Result(
        verdict=report.verdict,
        sentence=verdict_sentence(report),
        rows=sum(table.rows for table in report.tables),
        content=examination.digest,
        previous=report.previous,
        musts=len(report.with_severity(Severity.BLOCK, Severity.HOLD)),
        shoulds=len(report.with_severity(Severity.WARN)),
        unmapped=sum(finding.rule == "column-unmapped" for finding in found),
        missing=sum(finding.rule == "column-missing" for finding in found),
    )
    identity = examination.spec.identity
    return changes | {
        "sha256": extract.sha256,
        "bytes": extract.bytes,
        "dataset": identity.dataset,
        "publisher": work.draft.publisher or ("" if identity.publisher == NOBODY else identity.publisher),
        "result": result.model_dump(mode="json"),
    }


def _examined(work: Work) -> tuple[Extract, Examination, ExaminationInput]:
    draft, services, settings = work.draft, work.services, work.services.settings
    work.on_stage("opening the file")
    extract = extract_file(work.received, store=None, now=work.now)
    specs = tuple(
        with_chosen(spec, draft) for spec in candidate_specs(settings.datasets, draft.dataset, draft.publisher)
    )

    def conditions_for(spec: DatasetSpec) -> ExaminationInput:
        # what was published and confirmed before is not for somebody who has not signed in
        if draft.is_anonymous or spec.identity.publisher == NOBODY:
            return ExaminationInput(work.now, full_suites=settings.suites == "full", parts=spread_plan(settings))
        return conditions_of(spec.identity, services, work.now)

    work.on_stage("reading and checking every cell")
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=work.folder) as staging:
        examination = check_file(extract, CheckPlan(specs, Path(staging), conditions_for), work.on_stage)
        return extract, examination, conditions_for(examination.spec)


def with_chosen(spec: DatasetSpec, draft: DeskDraft) -> DatasetSpec:
    """Return a description with the layout that somebody has chosen for this file before all its own. Pure."""
    if not draft.layout:
        return spec
    layout = Layout.model_validate(draft.layout)
    publisher = spec.publisher.model_copy(update={"layouts": [layout, *spec.publisher.layouts]})
    return spec.model_copy(update={"publisher": publisher})


def _leave_matching(extract: Extract, spec: DatasetSpec, work: Work) -> None:
    """Leave, beside the report, which column may be which field; nothing for a file that has none, or is of nobody."""
    path = work.folder / MATCHING
    path.unlink(missing_ok=True)
    if spec.identity.publisher == NOBODY or spec.is_union:
        return
    root = work.services.settings.datasets
    evidence = MappingEvidence(
        generic_spec(spec.identity.dataset, root),
        described_publishers(spec.identity.dataset, root),
        work.services.store,
    )
    work.on_stage("looking at its columns")
    try:
        matching = match_columns(extract, spec, evidence, work.now)
    except FileProblem:
        return
    _put(path, MATCHING_FORM.dump_json(matching))


def read_matching(folder: Path) -> ColumnMatching | None:
    """Return which column of a checked file may be which field; None where nothing can be matched."""
    try:
        return MATCHING_FORM.validate_json((folder / MATCHING).read_bytes())
    except OSError:
        return None


def _fetch_link(work: Work) -> dict[str, Any]:
    """Fetch the file behind a link into the folder of its draft, as the night fetches one: no address of our own net.

    SetupProblem when it is no address of a file.
    """
    work.on_stage("fetching the file")
    link = work.draft.link
    host = urlsplit(link).hostname or ""
    settings = work.services.settings
    limits = settings.fetch_limits
    context = FetchContext(
        base=work.folder,
        store=work.folder,
        now=work.now,
        allow_local=settings.allow_local,
        limits=replace(limits, bytes=min(limits.bytes, settings.desk_upload_mib << 20)),
    )
    extract = fetch(HttpSource(kind="http", url=link, allow_hosts=[host]), context).extract
    name = safe_name(extract.name or "file")
    target = work.folder / RECEIVED
    target.mkdir(mode=0o700, exist_ok=True)
    extract.path.replace(target / name)
    return {"name": name}


def _put(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise TemporaryProblem(
            f"The report cannot be kept ({error.strerror or 'no reason given'}).",
            fix="Tell whoever runs londata: the disk of the desk may be full.",
        ) from error


def make_workbook(work: Work) -> Mapping[str, Any]:
    """Write the rows of the file as a workbook, repaired, with every cell marked that has to be mended."""
    extract, examination, conditions = _examined(work)
    work.on_stage("writing your rows with marks, and checking them again")
    made = work.folder / f".new-{WORKBOOK}"
    made.unlink(missing_ok=True)
    write_mended(CheckedFile(extract, examination.spec, examination), made, conditions)
    made.replace(work.folder / WORKBOOK)
    result = work.draft.result
    return {"result": result.model_copy(update={"has_workbook": True}).model_dump(mode="json")} if result else {}


# --- publishing -------------------------------------------------------------------------------------------------------


def publish_draft(work: Work) -> Mapping[str, Any]:
    """Take the file of a draft all the way, in the name of its owner: public, or waiting for a decision."""
    draft, services = work.draft, work.services
    identity = draft.identity
    if identity is None or draft.is_anonymous:
        raise SetupProblem("It is not known what this file is.", fix="Say which dataset and borough it is for.")
    before = services.ledger.published(identity, services.settings.catalogue)
    with acting_as(draft.owner):
        job = PublishJob(identity, work.received, by=author_of(draft))
        outcome = publish(job, services, work.now, work.on_stage)
        tell_outcome(outcome, work)
    request = ""
    if outcome.verdict == Verdict.HELD:
        attempt = services.ledger.last_attempt(identity, "file")
        request = next(
            (
                opened.subject.digest
                for opened in open_subjects(identity, services, work.now)
                if isinstance(opened.subject, Request) and attempt and opened.subject.fingerprint == attempt.fingerprint
            ),
            "",
        )
    sent = Sent(
        verdict=str(outcome.verdict),
        exit_code=int(outcome.exit_code),
        summary=outcome.summary,
        at=work.now,
        by=draft.owner,
        release=outcome.release,
        page=outcome.page,
        instead_of=before.release if before else "",
        request=request,
    )
    return {"sent": sent.model_dump(mode="json")}


def undo(work: Work) -> Mapping[str, Any]:
    """Make public again what was so before this draft; where nothing was, withdraw the dataset."""
    draft, services, sent = work.draft, work.services, work.draft.sent
    identity = draft.identity
    if identity is None or sent is None:
        raise SetupProblem("Nothing was published from this draft.", fix="Go to the start page.")
    public = services.ledger.published(identity, services.settings.catalogue)
    if public is None or public.release != sent.release:
        raise SetupProblem(
            "Something else is public now than what was published from here.",
            fix="Look at the dataset's page, and ask whoever published last.",
            why="What others have published since is not taken back with it.",
        )
    with acting_as(draft.owner):
        if sent.instead_of and sent.instead_of != sent.release:
            outcome = rollback(identity, sent.instead_of, services, work.now, work.on_stage)
        else:
            outcome = withdraw(identity, UNDONE, services, work.now, work.on_stage)
        tell_outcome(outcome, work)
    return {"sent": sent.model_copy(update={"taken_back": work.now}).model_dump(mode="json")}


def author_of(draft: DeskDraft) -> str:
    """Return who handed a draft's file over, as the ledger keeps it. Pure."""
    return draft.owner.removeprefix("account ")


def tell_outcome(outcome: Outcome, work: Work) -> None:
    """Tell people how something ended, and make the pages of the site."""
    work.on_stage("telling people and making the pages")
    record_failures([outcome], work.services, work.now)
    announce(outcome, work.services, work.now)
    update_site_after(work.services, work.now)


JOBS: Mapping[str, Callable[[Work], Mapping[str, Any]]] = {
    "check": check_draft,
    "workbook": make_workbook,
    "publish": publish_draft,
    "undo": undo,
}
"""The jobs by their names in a draft."""
