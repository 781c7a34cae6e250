"""The main path: a file becomes a published dataset, or a report that says why not.

spec -> fetch -> read -> shape -> draft (conform + write, one pass) -> judge -> seal -> publish
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flows.context import PublishContext, exclusive, list_release
from flows.decisions.asking import Case
from flows.decisions.deciding import decide_by_account, note_subject
from flows.decisions.guard import ruling_guard
from flows.decisions.ruling import Ruling, assume_account, rule_on, standing_note
from flows.earlier_runs import accepted_release, listed_release, new_attempt, reusable_attempt
from flows.examine import (
    Examination,
    ExaminationInput,
    OnStage,
    examine,
    input_fingerprint,
    silent,
)
from flows.maintenance.reconcile import finish_interrupted
from flows.maintenance.versions import withdraw
from flows.outcome import (
    STOPPED,
    Outcome,
    PublishJob,
    examination_outcome,
    frozen_outcome,
    listed_outcome,
    repeated_outcome,
    stays_withdrawn_outcome,
    taken_back_outcome,
)
from flows.parts.plan import spread_plan
from flows.privacy.exposures import taken_away_from
from flows.privacy.freezes import freeze_on, frozen_problem
from flows.privacy.payees import confirmed_payees, note_confirmed_payees
from flows.report_files import earlier_reports, keep_stopped_report, render_report
from flows.services import Services
from flows.settings import account_name, source_secrets
from flows.state.anchors import anchor_of
from flows.union import gather_members
from packages.errors import FileProblem
from packages.fetch import extract_file, fetch
from packages.file_digest import digest_file
from packages.model import Extract, Identity, Release, Verdict
from packages.release.seal import RenderedReport, open_release, seal
from packages.sources.transport.download import FetchContext
from packages.spec import DatasetSpec, load_spec
from quality.judge import refusal_report


def publish(job: PublishJob, services: Services, now: dt.datetime, on_stage: OnStage = silent) -> Outcome:
    """Take one dataset of one publisher all the way, alone. Raises LondataError for what is not the file's fault."""
    spec = load_spec(job.identity, services.settings.datasets)
    # what is not open any more goes away in the same run, before anything else
    if not (spec.governance.is_open or job.dry_run) and is_public(job.identity, services):
        return withdraw(job.identity, f"It is not open any more: {spec.governance.reason}", services, now, on_stage)
    if not job.takes_away and (incident := freeze_on(job.identity, services)):
        return frozen_outcome(frozen_problem(job.identity, incident), job.identity)
    with job_context(job, services, now) as context:
        if not job.dry_run:
            # before anything new is begun: two unfinished steps could not be told apart later
            finish_interrupted(context, on_stage)
            if withdrawal := context.standing():
                return stays_withdrawn_outcome(withdrawal)

        on_stage("fetching")
        try:
            extract = receive_extract(job, spec, services, now)
            # on most nights the source has nothing new; the file is then neither read nor judged again
            earlier = reusable_attempt(job, input_fingerprint(extract.sha256, spec, now.date()), services, now)
            if earlier is None:
                extract = intact_extract(extract, job, spec, services, now)
        except FileProblem as problem:
            return refuse_source(problem, job, spec, context)

        fingerprint = input_fingerprint(extract.sha256, spec, now.date())
        if earlier and earlier.verdict in STOPPED:
            return repeated_outcome(earlier)
        if earlier:
            # listed again all the same: that costs a few reads, and repairs what was changed in the catalogue
            return list_unless_taken_back(accepted_release(job, context), spec, context)

        # what is not sealed is removed with the staging folder, whatever happens
        with services.store.staging(job.identity) as staging:
            conditions = conditions_of(job.identity, services, now)
            examination = examine(spec, extract, staging, conditions, on_stage)
            case = Case(examination, spec, fingerprint, job.author)
            ruling = ruling_of_job(case, services, now, job)
            if job.dry_run:
                return examination_outcome(ruling.examination)
            if ruling.examination.report.verdict in STOPPED:
                return keep_stopped(ruling, job.origin, services, now)
            release = seal_release(ruling.examination, spec, services, now)

        # noted only now: a run that ends before it is sealed starts again from the file
        services.ledger.note_attempt(
            new_attempt(ruling.examination, fingerprint, job.origin, services.store.key_of(release.folder))
        )
        on_stage("publishing")
        outcome = list_unless_taken_back(
            release, spec, replace(context, agree=ruling_guard(case, ruling, services, now))
        )
        if outcome.release:
            note_confirmed_payees(ruling.examination, release, services, now)
        return outcome


def conditions_of(identity: Identity, services: Services, now: dt.datetime) -> ExaminationInput:
    """Return what a judgement needs besides the file: what was published, confirmed and taken away before."""
    return ExaminationInput(
        now,
        previous=listed_release(identity, services),
        releases=services.store.releases,
        taken=taken_away_from(identity, services),
        payees=confirmed_payees(identity, services),
        full_suites=services.settings.suites == "full",
        parts=spread_plan(services.settings),
    )


def is_public(identity: Identity, services: Services) -> bool:
    """Return whether a dataset is public, or its withdrawal was begun and not finished."""
    step = services.ledger.last_step(identity, services.settings.catalogue)
    return services.ledger.published(identity, services.settings.catalogue) is not None or (
        step is not None and step.state == "withdrawing"
    )


@contextmanager
def job_context(job: PublishJob, services: Services, now: dt.datetime) -> Iterator[PublishContext]:
    """Yield the context to publish in; only a job that keeps something needs the dataset for itself."""
    if job.dry_run:
        yield PublishContext(job.identity, services, now)
        return
    with exclusive(job.identity, services, now, yes=job.yes) as context:
        yield replace(context, takes_away=job.takes_away)


def judged_case(job: PublishJob, services: Services, now: dt.datetime, on_stage: OnStage = silent) -> Case:
    """Return a file as it is judged now, before anybody decides; its draft is gone, but for what is known of it."""
    spec = load_spec(job.identity, services.settings.datasets)
    on_stage("fetching")
    extract = intact_extract(receive_extract(job, spec, services, now), job, spec, services, now)
    with services.store.staging(job.identity) as staging:
        conditions = conditions_of(job.identity, services, now)
        examination = examine(spec, extract, staging, conditions, on_stage)
    return Case(examination, spec, input_fingerprint(extract.sha256, spec, now.date()), job.author)


def receive_extract(job: PublishJob, spec: DatasetSpec, services: Services, now: dt.datetime) -> Extract:
    """Return the bytes to judge: the officer's file, or what the source has now.

    Raises FileProblem when the source sends something that is no data at all.
    """
    if job.file is not None:
        return extract_file(job.file, store=None if job.dry_run else services.store.extracts, now=now)
    if spec.is_union:
        return gather_members(job.identity.dataset, services, now)
    remembered = services.ledger.last_extract(job.identity)
    previous = services.store.located(remembered) if remembered else None
    # unless another run has received something else since
    if job.received and previous and job.received.sha256 == previous.sha256:
        # the look may have been made by another host
        return services.store.located(job.received)
    fetched = fetch(
        spec.publisher.source,
        FetchContext(
            base=spec.folder,
            store=services.store.extracts,
            now=now,
            previous=previous,
            allow_local=services.settings.allow_local,
            environ=source_secrets(),
            limits=services.settings.fetch_limits,
        ),
    )
    # the next fetch asks the server for what has changed since the last extract that was noted
    if not fetched.unchanged:
        services.store.keep_received(fetched.extract)
        services.ledger.note_extract(job.identity, fetched.extract)
    return fetched.extract


def intact_extract(
    extract: Extract, job: PublishJob, spec: DatasetSpec, services: Services, now: dt.datetime
) -> Extract:
    """Return an extract whose file is as it was received: one that somebody has changed since is received again.

    Asked for before a file is read: what has just come was hashed on its way, what a source calls unchanged was not.
    """
    path = extract.path
    if extract.retrieved == now or (path.is_file() and digest_file(path)[0] == extract.sha256):
        return extract
    # a source is asked for the whole file when the last one is not kept
    path.unlink(missing_ok=True)
    return receive_extract(job, spec, services, now)


def refuse_source(problem: FileProblem, job: PublishJob, spec: DatasetSpec, context: PublishContext) -> Outcome:
    """Block what the source sent, with a report; none of its bytes are kept."""
    # there are no bytes to take a digest of, so the words of the refusal stand for them
    fingerprint = input_fingerprint(problem.what, spec, context.now.date())
    if earlier := reusable_attempt(job, fingerprint, context.services, context.now):
        return repeated_outcome(earlier)
    examination = Examination(refusal_report(problem, spec, None, now=context.now), "", None, spec)
    if job.dry_run:
        return examination_outcome(examination)
    return keep_stopped(Ruling(Case(examination, spec, fingerprint)), job.origin, context.services, context.now)


def ruling_of_job(case: Case, services: Services, now: dt.datetime, job: PublishJob) -> Ruling:
    """Return the ruling on a judged file; with --yes, after the account has decided what an account may."""
    ruling = rule_on(case, services, now.date())
    if not (job.yes and ruling.request and ruling.examination.report.verdict is Verdict.HELD):
        return ruling
    if job.dry_run:
        return assume_account(ruling, services)
    decide_by_account(ruling.request, account_name(), services, now)
    return rule_on(case, services, now.date())


def keep_stopped(ruling: Ruling, origin: str, services: Services, now: dt.datetime) -> Outcome:
    """Keep the report on a file that was held or blocked, note what has to be decided, and the attempt."""
    case, examination = ruling.case, ruling.examination
    folder = keep_stopped_report(examination, case.fingerprint, case.spec, services)
    if ruling.request:
        note_subject(ruling.request, services, now)
    report = services.store.key_of(folder)
    services.ledger.note_attempt(new_attempt(examination, case.fingerprint, origin, report))
    return examination_outcome(examination, str(folder), standing_note(ruling))


def seal_release(examination: Examination, spec: DatasetSpec, services: Services, now: dt.datetime) -> Release:
    """Make a release of an accepted draft, or open the one that already holds the same content."""
    folder = services.store.release_folder(spec.identity, examination.digest)
    if folder.is_dir() or examination.draft is None:
        return open_release(folder)
    # what is published with the data shows no shapes of cells
    files = render_report(examination.public_report, spec, earlier_reports(spec.identity, services), public=True)
    rendered = RenderedReport(examination.report, files, anchor_of(services.ledger.chain))
    return services.store.keep_release(
        seal(examination.draft, rendered, spec, releases=services.store.releases, now=now)
    )


def list_unless_taken_back(release: Release, spec: DatasetSpec, context: PublishContext) -> Outcome:
    """List a release, unless a rollback took the same content back and no person has approved it since."""
    if rollback := context.standing(release.digest):
        return taken_back_outcome(release, rollback)
    return listed_outcome(release, list_release(release, spec, context))
