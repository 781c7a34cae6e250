"""The main path: a file becomes a published dataset, or a report that says why not.

spec -> fetch -> read -> shape -> draft (conform + write, one pass) -> judge -> seal -> publish
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.context import PublishContext, exclusive, list_release
from flows.examine import Examination, JudgeInput, OnStage, examine, fingerprint, report_of_release, silent
from flows.maintenance.reconcile import finish_interrupted
from flows.services import Services
from flows.state.ledger import Attempt
from flows.union import gather_members
from packages.errors import ExitCode, FileProblem
from packages.fetch import extract_file, fetch
from packages.model import Extract, Identity, Publication, Release, Report, Verdict
from packages.release.seal import open_release, seal
from packages.sources.transport.download import FetchContext
from packages.spec import DatasetSpec, headings_of, load_spec
from packages.vocabulary import publisher
from quality.judge import refusal_report, report_exit_code
from quality.report import for_public, issues_to_csv, report_to_html, report_to_json
from quality.report.text import verdict_sentence

STOPPED = (Verdict.HELD, Verdict.BLOCKED)

TREND = 12
"""So many earlier releases a report looks back on."""


@dataclass(frozen=True, slots=True)
class PublishJob:
    """What is asked for. `file` replaces the source; `approved_by` lets held findings pass; `dry_run` keeps nothing."""

    identity: Identity
    file: Path | None = None
    approved_by: str = ""
    dry_run: bool = False

    @property
    def origin(self) -> str:
        return "source" if self.file is None else "file"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended. `report` is the folder of its report, `page` where it is listed; both may be empty."""

    identity: Identity
    verdict: str
    exit_code: ExitCode
    summary: str
    rows: int = 0
    release: str = ""
    report: str = ""
    page: str = ""


def publish(job: PublishJob, tools: Services, now: dt.datetime, say: OnStage = silent) -> Outcome:
    """Take one dataset of one publisher all the way, alone. Raises LondataError for what is not the file's fault."""
    spec = load_spec(job.identity, tools.settings.datasets)
    if job.dry_run:
        return _all_the_way(job, spec, PublishContext(job.identity, tools, now), say)
    with exclusive(job.identity, tools, now, job.approved_by) as turn:
        finish_interrupted(turn, say)
        return _held_back(turn) or _all_the_way(job, spec, turn, say)


def _all_the_way(job: PublishJob, spec: DatasetSpec, turn: PublishContext, say: OnStage) -> Outcome:
    tools, now = turn.tools, turn.now
    say("fetching")
    try:
        extract = receive_extract(job, spec, tools, now)
    except FileProblem as problem:
        return _refused(problem, job, spec, turn)
    mark = fingerprint(extract.sha256, spec)
    before = reusable_attempt(job, mark, tools)
    if before and before.verdict in STOPPED:
        return _as_before(before)
    if before:
        return _listed(_accepted(job, turn), spec, turn)
    with tools.store.staging(job.identity) as staging:
        circumstances = JudgeInput(
            now, listed_release(job.identity, tools), approver(job, mark, tools, now), releases=tools.store.releases
        )
        examined = examine(spec, extract, staging, circumstances, say)
        if job.dry_run:
            return _outcome(examined)
        if examined.report.verdict in STOPPED:
            return _stopped(examined, mark, job, spec, tools)
        release = _sealed(examined, spec, tools, now)
    tools.ledger.note_attempt(_attempt(examined, mark, job.origin, str(release.folder)))
    say("publishing")
    return _listed(release, spec, turn)


def receive_extract(job: PublishJob, spec: DatasetSpec, tools: Services, now: dt.datetime) -> Extract:
    """The bytes: the officer's file, or what the source has now."""
    if job.file is not None:
        return extract_file(job.file, store=None if job.dry_run else tools.store.extracts, now=now)
    if spec.is_union:
        return gather_members(job.identity.dataset, tools, now)
    fetched = fetch(
        spec.publisher.source,
        FetchContext(
            base=spec.folder,
            store=tools.store.extracts,
            now=now,
            previous=tools.ledger.last_extract(job.identity),
            allow_local=tools.settings.allow_local,
            environ=os.environ,
        ),
    )
    if not fetched.unchanged:
        tools.ledger.note_extract(job.identity, fetched.extract)
    return fetched.extract


def reusable_attempt(job: PublishJob, mark: str, tools: Services) -> Attempt | None:
    """The last attempt of this origin, if it was about exactly this file and description and still stands.

    A source that has nothing new says nothing against a newer file that an officer has published since.
    """
    attempt = None if job.dry_run else tools.ledger.last_attempt(job.identity, job.origin)
    if attempt is None or attempt.fingerprint != mark:
        return None
    if attempt.verdict is Verdict.HELD and job.approved_by:
        return None
    wanted = tools.ledger.releases(job.identity, 1) if attempt.release else ()
    lost = any(not tools.store.release_folder(job.identity, digest).is_dir() for digest in wanted)
    return None if lost else attempt


def approver(job: PublishJob, mark: str, tools: Services, now: dt.datetime) -> str:
    """Who lets held findings of exactly this file pass: now, or earlier before something went wrong."""
    if job.dry_run:
        return job.approved_by
    if job.approved_by:
        tools.ledger.approve(job.identity, mark, job.approved_by, now)
    return job.approved_by or tools.ledger.approved_by(job.identity, mark)


def listed_release(identity: Identity, tools: Services) -> Release | None:
    """The release that is listed now, if its folder is still there."""
    step = tools.ledger.published(identity, tools.settings.catalogue)
    folder = tools.store.release_folder(identity, step.release) if step else None
    return open_release(folder) if folder and folder.is_dir() else None


def _accepted(job: PublishJob, turn: PublishContext) -> Release:
    """What the catalogue should show when nothing is new: the release that was accepted last, from whatever origin.

    When a rollback took that one back, it is the one that the rollback made public.
    """
    ledger, store = turn.tools.ledger, turn.tools.store
    (digest,) = ledger.releases(job.identity, 1)
    asked = job.file is not None or turn.approved_by
    if not asked and turn.public and ledger.taken_back(job.identity, turn.catalogue, digest):
        digest = turn.public
    return open_release(store.release_folder(job.identity, digest))


def render_report(report: Report, spec: DatasetSpec, trend: Sequence[Report], *, public: bool) -> dict[str, bytes]:
    """The files of a report; `trend` are the reports of earlier releases."""
    title = f"{spec.package.title} – {publisher(spec.identity.publisher).name}"
    return {
        "report.json": report_to_json(report),
        "report.html": report_to_html(report, title, trend=trend, public=public),
    }


def earlier_reports(identity: Identity, tools: Services) -> list[Report]:
    """The reports of the last releases that are still kept, newest first."""
    folders = [tools.store.release_folder(identity, digest) for digest in tools.ledger.releases(identity, TREND)]
    return [report_of_release(open_release(folder)) for folder in folders if folder.is_dir()]


def _refused(problem: FileProblem, job: PublishJob, spec: DatasetSpec, turn: PublishContext) -> Outcome:
    """What the source sent is no data at all: blocked, with a report, and nothing of it is kept."""
    tools, now = turn.tools, turn.now
    mark = fingerprint(problem.what, spec)
    before = reusable_attempt(job, mark, tools)
    examined = Examination(refusal_report(problem, spec, None, now=now), "", None)
    if before:
        return _as_before(before)
    return _outcome(examined) if job.dry_run else _stopped(examined, mark, job, spec, tools)


def _sealed(examined: Examination, spec: DatasetSpec, tools: Services, now: dt.datetime) -> Release:
    folder = tools.store.release_folder(spec.identity, examined.digest)
    if folder.is_dir() or examined.draft is None:
        return open_release(folder)
    # what is published with the data shows no shapes of cells
    report, trend = for_public(examined.report, described_headings(spec)), earlier_reports(spec.identity, tools)
    files = render_report(report, spec, trend, public=True)
    return seal(examined.draft, examined.report, spec, rendered=files, releases=tools.store.releases, now=now)


def described_headings(spec: DatasetSpec) -> Iterator[str]:
    """The headings that the description names, which may be told to everybody."""
    for layout in spec.layouts:
        yield from layout.ignore
        for entry in layout.columns.values():
            yield from headings_of(entry)


def _stopped(examined: Examination, mark: str, job: PublishJob, spec: DatasetSpec, tools: Services) -> Outcome:
    report = examined.report
    number = f"{spec.identity.dataset}.{spec.identity.publisher}.{report.created:%Y%m%dT%H%M%S}.{mark[:8]}"
    files = render_report(report, spec, earlier_reports(spec.identity, tools), public=False)
    folder = tools.store.keep_report(number, files | {"issues.csv": issues_to_csv(report)})
    tools.ledger.note_attempt(_attempt(examined, mark, job.origin, str(folder)))
    return _outcome(examined, report_folder=str(folder))


def _attempt(examined: Examination, mark: str, origin: str, report_folder: str) -> Attempt:
    report = examined.report
    return Attempt(
        identity=report.identity,
        at=report.created,
        origin=origin,
        fingerprint=mark,
        verdict=report.verdict,
        release="" if report.verdict in STOPPED else examined.digest,
        report=report_folder,
        rows=sum(table.rows for table in report.tables),
        exit_code=report_exit_code(report),
        summary=verdict_sentence(for_public(report)),
    )


def _outcome(examined: Examination, report_folder: str = "") -> Outcome:
    report = examined.report
    return Outcome(
        identity=report.identity,
        verdict=report.verdict,
        exit_code=report_exit_code(report),
        summary=verdict_sentence(for_public(report)),
        rows=sum(table.rows for table in report.tables),
        release=examined.digest,
        report=report_folder,
    )


def _as_before(attempt: Attempt) -> Outcome:
    return Outcome(
        identity=attempt.identity,
        verdict=attempt.verdict,
        exit_code=ExitCode(attempt.exit_code),
        summary=f"{attempt.summary} The file is the same as on {attempt.at:%d %B %Y}.",
        rows=attempt.rows,
        report=attempt.report,
    )


def _held_back(turn: PublishContext) -> Outcome | None:
    """The outcome for a dataset that was withdrawn, unless a person has just let it in again."""
    step = None if turn.approved_by else turn.tools.ledger.withdrawal(turn.identity, turn.catalogue)
    if step is None:
        return None
    summary = f"Withdrawn on {step.at:%d %B %Y}: {step.reason} It stays away until somebody publishes it with --yes."
    return Outcome(turn.identity, Verdict.HELD, ExitCode.WAITING, summary)


def _listed(release: Release, spec: DatasetSpec, turn: PublishContext) -> Outcome:
    back = turn.tools.ledger.taken_back(turn.identity, turn.catalogue, release.digest)
    if back and not turn.approved_by:
        summary = f"This content was taken back on {back.at:%d %B %Y}; it stays so until it changes or is approved."
        return Outcome(turn.identity, Verdict.HELD, ExitCode.WAITING, summary, report=str(release.folder))
    publication = list_release(release, spec, turn)
    return listed_outcome(release, publication)


def listed_outcome(release: Release, publication: Publication) -> Outcome:
    """How listing a release ended."""
    return Outcome(
        identity=release.identity,
        verdict=Verdict.PUBLISH if publication.writes else Verdict.UNCHANGED,
        exit_code=ExitCode.DONE if publication.writes else ExitCode.UNCHANGED,
        summary="Published." if publication.writes else "Nothing changed since the last release.",
        rows=sum(table.rows for table in release.tables),
        release=release.digest,
        report=str(release.folder),
        page=publication.page,
    )
