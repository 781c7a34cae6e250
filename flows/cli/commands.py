"""The body of each command: options in, exit code out. Problems are raised as LondataError.

Everything that only one command needs is imported by that command: a check must not wait for the nightly run.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.results import now, result_value, show_links, show_summary
from flows.cli.terminal import progress, show_aside, show_json, show_problem, show_table, show_text, text_width
from flows.services import Services
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem, TemporaryProblem
from packages.model import Identity, Report, Severity, Verdict

if TYPE_CHECKING:
    from flows.outcome import Outcome
    from packages.model import Draft
    from packages.spec import DatasetSpec

ERRORS_SHOWN = 20
"""Conformance errors that `londata validate` shows as text."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckOptions:
    """The options of `londata check`."""

    file: Path
    dataset: str = ""
    publisher: str = ""
    quick: bool = False
    report: Path | None = None
    issues: Path | None = None
    mended: Path | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PublishOptions:
    """The options of `londata publish`."""

    identity: str
    file: Path | None = None
    dry_run: bool = False
    yes: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class ValidateOptions:
    """The options of `londata validate`."""

    file: Path
    schema: Path
    limit_errors: int = 1000


# --- checking and publishing ------------------------------------------------------------------------------------------


def run_check(options: CheckOptions, as_json: bool) -> int:
    """Judge a file: show what its cells say first, and the whole verdict when the suite has run."""
    from packages.file_digest import digest_in_background
    from packages.readers.sandbox.orders import FILES
    from packages.readers.sandbox.warm import WARM_CHILDREN

    # the imports below keep one core as busy as hashing half a gigabyte keeps the other
    measured = digest_in_background(options.file)
    # what looks at the file first is started meanwhile
    WARM_CHILDREN.begin(FILES)

    from flows.checking.check_file import CheckPlan, check_file
    from flows.checking.recognise import candidate_specs
    from flows.examine import ExaminationInput
    from flows.parts.plan import spread_plan
    from packages.fetch import extract_file
    from packages.readers.budget import put_budgets_in_force
    from quality.disclosure.hidden_names import hide_personal_names, without_personal
    from quality.judge import described_names, report_exit_code
    from quality.report.text import preview_text, report_to_text
    from quality.verdict import JudgedPart

    at, settings = now(), load_settings()
    put_budgets_in_force(settings.budgets)
    if options.mended:
        from flows.checking.mended import CheckedFile, require_writable, write_mended

        require_writable(options.mended, options.file)
    conditions = ExaminationInput(
        at, quick=options.quick, full_suites=settings.suites == "full", parts=spread_plan(settings)
    )

    def show_preview(draft: Draft, spec: DatasetSpec) -> None:
        if not as_json:
            shown = hide_personal_names(JudgedPart(draft.findings), described_names(spec)).findings
            preview = preview_text(shown, width=text_width())
            show_text(f"{without_personal(extract.name)}, read as {_title(spec)}\n{preview}\n")

    with (
        progress(quiet=as_json) as on_stage,
        tempfile.TemporaryDirectory(prefix="londata-") as folder,
    ):
        on_stage("reading and checking every cell")
        extract = extract_file(options.file, store=None, now=at, measured=measured)
        specs = candidate_specs(settings.datasets, options.dataset, options.publisher)
        plan = CheckPlan(specs, Path(folder), lambda _: conditions)
        examination = check_file(extract, plan, on_stage, show_preview)
    report, spec = examination.report, examination.spec
    _write_reports(report, spec, options)
    if not as_json:
        show_text(report_to_text(report, width=text_width()))
    if options.mended:
        with progress(quiet=as_json) as on_stage:
            on_stage("writing your rows with marks, and checking them again")
            write_mended(CheckedFile(extract, spec, examination), options.mended, conditions)
        if not as_json:
            show_text(f"Your rows, repaired and marked: {options.mended}")
    elif not as_json and examination.draft and report.with_severity(Severity.BLOCK, Severity.HOLD, Severity.WARN):
        show_text("To get your rows back with each cell to mend marked, add `--mended` and the name of a new workbook.")
    if as_json:
        show_json(_report_value(report))
    return int(report_exit_code(report))


def run_publish(options: PublishOptions, as_json: bool) -> int:
    """Publish one dataset of one publisher and show how it ended."""
    from flows.orchestration.notices import announce
    from flows.outcome import PublishJob
    from flows.privacy.freezes import freeze_on
    from flows.publish import publish
    from flows.site.update import record_failures, update_site_after

    job = PublishJob(Identity.parse(options.identity), options.file, options.yes, options.dry_run)
    services = Services(load_settings())
    with progress(quiet=as_json) as on_stage:
        outcome = publish(job, services, now(), on_stage)
    # a dry run keeps nothing, so that there is no change to report
    if not options.dry_run:
        record_failures([outcome], services, now())
        show_aside(announce(outcome, services, now()))
        show_aside(update_site_after(services, now()))
    if as_json:
        show_json(result_value(outcome))
        return int(outcome.exit_code)
    show_summary(outcome)
    if options.dry_run:
        show_text("This was a dry run: nothing was kept or published.")
    show_links(outcome, report=True)
    if outcome.verdict == Verdict.HELD and not options.dry_run and not freeze_on(outcome.identity, services):
        show_text(f"To decide: londata ask {outcome.identity}")
    return int(outcome.exit_code)


def run_nightly(only: str, everything: bool, as_json: bool) -> int:
    """Run the nightly flow under Prefect and end with its table."""
    from flows.cli.terminal import ERR
    from flows.orchestration.dask_workers import require_workers
    from flows.orchestration.due import chosen_identities
    from flows.orchestration.prefect_home import configure_prefect
    from packages.spec import list_identities, list_unions

    settings = load_settings()
    services = Services(settings)
    # set-up problems are reported before Prefect takes its time to start
    require_workers(settings)
    chosen_identities((*list_identities(settings.datasets), *list_unions(settings.datasets)), only)
    _ = services.ledger, services.catalogue
    configure_prefect(settings.home)
    if not as_json:
        ERR.print("Starting Prefect (a quarter of a minute the first time) …")
    # Prefect reads its settings when it is imported
    from flows.nightly import Watcher, watched_night
    from flows.orchestration.interrupt import RUN_AGAIN, STOP_MESSAGE, on_interrupt
    from flows.orchestration.summary import SUMMARY_COLUMNS, WORDS, night_exit_code, night_headline, summary_row

    outcomes: list[Outcome] = []
    notes: list[str] = []

    def on_outcome(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if not as_json:
            ERR.print(f"  {outcome.identity}: {WORDS[outcome.verdict]}", markup=False)

    def end_stopped() -> int:
        show_problem(TemporaryProblem(f"{STOP_MESSAGE} {len(outcomes)} were looked at.", fix=RUN_AGAIN), as_json)
        # os._exit, which follows, flushes nothing
        sys.stdout.flush()
        return int(ExitCode.TEMPORARY)

    with on_interrupt(end_stopped):
        watched_night(Watcher(on_outcome, notes.append), only, everything)
    # they came in as they were done, side by side
    outcomes.sort(key=lambda outcome: outcome.identity)
    if as_json:
        show_json([result_value(outcome) for outcome in outcomes])
        return int(night_exit_code(outcomes))
    show_table(SUMMARY_COLUMNS, [tuple(summary_row(outcome).values()) for outcome in outcomes])
    show_text("".join(f"\n{note}" for note in notes))
    show_text(f"{night_headline(outcomes)}\nOpen {services.address}")
    return int(night_exit_code(outcomes))


def run_site(as_json: bool) -> int:
    """Make the pages of the folder catalogue again."""
    from catalogue.backends import site_catalogue
    from flows.site.update import update_site

    settings = load_settings()
    services = Services(settings)
    _ = services.store  # refuses links that lead out of our folder, before anything is written
    writes = site_catalogue(settings).rebuild() + update_site(services, now())
    if as_json:
        show_json({"address": services.address, "writes": writes})
    else:
        show_text(f"Open {services.address}")
    return ExitCode.DONE if writes else ExitCode.UNCHANGED


def run_validate(options: ValidateOptions, as_json: bool) -> int:
    """Check conformance alone."""
    from quality.conform import validate

    for path in (options.file, options.schema):
        if not path.is_file():
            raise SetupProblem(f"There is no file {path}.", fix="Check the path.")
    descriptor = validate(options.file, options.schema, limit_errors=options.limit_errors).to_descriptor()
    exit_code = ExitCode.DONE if descriptor["valid"] else ExitCode.FIX_FILE
    if as_json:
        show_json(descriptor)
        return exit_code
    show_text("Valid." if descriptor["valid"] else f"Not valid: {descriptor['stats']['errors']:,} errors.")
    # the errors of the only task, or those of the whole report when the file could not be opened
    errors = descriptor["tasks"][0]["errors"]
    for error in errors[:ERRORS_SHOWN] or descriptor["errors"][:ERRORS_SHOWN]:
        row = f"row {error['rowNumber']}, " if "rowNumber" in error else ""
        show_text(f"  {row}{error['type']}: {error['note']}")
    if len(errors) > ERRORS_SHOWN:
        show_text("  … --json shows them all.")
    return exit_code


def run_schemas(folder: Path, as_json: bool) -> int:
    """Write the JSON Schema of each kind of YAML file."""
    from flows.cli.new import write_schemas

    written = [str(path) for path in write_schemas(folder)]
    if as_json:
        show_json(written)
    else:
        show_text("\n".join(written))
    return ExitCode.DONE


# --- showing ----------------------------------------------------------------------------------------------------------


def show_status(identity: str, as_json: bool) -> int:
    """Show one line per dataset, or the history of one."""
    from flows.cli import status_tables as tables
    from flows.takedown.alarms import incident_lines

    services = Services(load_settings())
    if not identity:
        _show_tables({"": (tables.OVERVIEW_HEADINGS, tables.status_overview(services))}, as_json)
        for line in incident_lines(services, now()):
            show_aside(line)
        return ExitCode.DONE
    wanted = Identity.parse(identity)
    attempts = tables.ATTEMPT_HEADINGS, tables.attempt_history(wanted, services)
    publications = tables.PUBLICATION_HEADINGS, tables.publication_history(wanted, services)
    shown = {"looked at": attempts, "published": publications}
    if rows := tables.incident_table(services, wanted):
        shown["incidents"] = tables.INCIDENT_HEADINGS, rows
    _show_tables(shown, as_json)
    return ExitCode.DONE


def show_datasets(as_json: bool) -> int:
    """Show every dataset with its publishers."""
    from packages.spec import list_datasets, list_identities, load_package

    root = load_settings().datasets
    publishers = {
        name: [i.publisher for i in list_identities(root) if i.dataset == name] for name in list_datasets(root)
    }
    titles = {name: load_package(name, root).title for name in publishers}
    if as_json:
        show_json([{"dataset": n, "title": titles[n], "publishers": publishers[n]} for n in publishers])
    else:
        show_table(("dataset", "title", "publishers"), [(n, titles[n], ", ".join(publishers[n])) for n in publishers])
    return ExitCode.DONE


def show_report(identity: str, as_json: bool) -> int:
    """Show the latest report on a dataset: on the file that was judged last, published or not."""
    from packages.spec import load_spec
    from quality.report import report_from_json
    from quality.report.text import report_to_text

    wanted = Identity.parse(identity)
    settings = load_settings()
    services = Services(settings)
    attempt = services.ledger.last_attempt(wanted)
    if attempt is None:
        load_spec(wanted, settings.datasets)  # a name that is not known is the likelier mistake
        raise SetupProblem(
            f"There is no report on {wanted} yet.", fix=f"Make one with `londata publish {wanted} --dry-run`."
        )
    folder = services.store.report_folder(attempt.report)
    report = report_from_json((folder / "report.json").read_bytes())
    if as_json:
        show_json(_report_value(report))
    else:
        show_text(report_to_text(report, width=text_width()))
        show_text(f"\nThe page: {folder / 'report.html'}")
    return ExitCode.DONE


def _show_tables(tables: Mapping[str, tuple[tuple[str, ...], list[tuple[str, ...]]]], as_json: bool) -> None:
    """Show tables under their headings; one without a heading stands alone, also as JSON."""
    if as_json:
        values = {n: [dict(zip(cols, cells, strict=True)) for cells in rows] for n, (cols, rows) in tables.items()}
        show_json(values.get("", values))
        return
    for heading, (columns, rows) in tables.items():
        if heading:
            show_text(f"\n{heading.capitalize()}")
        show_table(columns, rows)


def _title(spec: DatasetSpec) -> str:
    from packages.spec import NOBODY

    slug = spec.identity.publisher
    return spec.package.title + ("" if slug == NOBODY else f", in the layout of {slug}")


def _report_value(report: Report) -> Any:
    from quality.report import report_to_json

    return json.loads(report_to_json(report))


def _write_reports(report: Report, spec: DatasetSpec, options: CheckOptions) -> None:
    """Write the files that were asked for; SetupProblem when one cannot be written."""
    from quality.report import issues_to_csv, report_to_html

    files: dict[Path, bytes] = {}
    if options.report:
        files[options.report] = report_to_html(report, spec.package.title, published=False)
    if options.issues:
        files[options.issues] = issues_to_csv(report)
    for path, content in files.items():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise SetupProblem(
                f"The report cannot be written to {path} ({error.strerror or 'no reason given'}).",
                fix="Name a file in a folder that exists and that you may write to.",
            ) from error
