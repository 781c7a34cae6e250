"""The body of each command: ask, act, show. Returns the exit code; problems are raised as LondataError."""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.terminal import progress, show_aside, show_json, show_problem, show_table, show_text, text_width
from flows.services import Services
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem, TemporaryProblem
from packages.model import Identity, Report

if TYPE_CHECKING:
    from flows.publish import Outcome
    from packages.spec import DatasetSpec
    from quality.suites.expectations import AskSuite


@dataclasses.dataclass(frozen=True, slots=True)
class CheckOptions:
    """What `londata check` was asked."""

    file: Path
    dataset: str = ""
    publisher: str = ""
    quick: bool = False
    report: Path | None = None
    issues: Path | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class PublishOptions:
    """What `londata publish` was asked."""

    identity: str
    file: Path | None = None
    dry_run: bool = False
    yes: bool = False


def run_check(request: CheckOptions, as_json: bool) -> int:
    """Judge a file: what its cells say first, the whole verdict when the suite has run."""
    from packages.file_digest import digest_in_background

    # what is imported below takes one core as long as it takes the other to hash half a gigabyte
    measured = digest_in_background(request.file)

    from flows.cli.recognise import candidate_specs, recognise_dataset
    from flows.examine import JudgeInput, assess, make_draft
    from packages.errors import FileProblem
    from packages.fetch import extract_file
    from quality.judge import refusal_report, report_exit_code
    from quality.report.text import preview_text, report_to_text

    now = _now()
    settings = load_settings()
    with (
        progress(quiet=as_json) as say,
        tempfile.TemporaryDirectory(prefix="londata-") as folder,
        _suites_ahead(request.quick) as ask,
    ):
        say("reading and checking every cell")
        extract = extract_file(request.file, store=None, now=now, measured=measured)
        spec = recognise_dataset(extract, candidate_specs(settings.datasets, request.dataset, request.publisher))
        try:
            staged = make_draft(spec, extract, Path(folder), now.date(), say)
        except FileProblem as problem:
            report = refusal_report(problem, spec, extract, now=now)
        else:
            if not as_json:
                show_text(
                    f"{extract.name}, read as {_title(spec)}\n{preview_text(staged.findings, width=text_width())}\n"
                )
            say("checking quality and privacy")
            report = assess(staged, spec, JudgeInput(now, quick=request.quick, ask=ask)).report
    _write_reports(report, spec, request)
    if as_json:
        show_json(_report_value(report))
    else:
        show_text(report_to_text(report, width=text_width()))
    return int(report_exit_code(report))


def run_publish(request: PublishOptions, as_json: bool) -> int:
    """Publish one dataset of one publisher and say how it ended."""
    from flows.orchestration.notices import announce
    from flows.publish import PublishJob
    from flows.publish import publish as take_all_the_way
    from flows.site.update import record_failures, update_site_after

    approved_by = getpass.getuser() if request.yes else ""
    job, tools = (
        PublishJob(Identity.parse(request.identity), request.file, approved_by, request.dry_run),
        Services(load_settings()),
    )
    with progress(quiet=as_json) as say:
        outcome = take_all_the_way(job, tools, _now(), say)
    if not request.dry_run:
        record_failures([outcome], tools, _now())
        show_aside(announce(outcome, tools, _now()))
        show_aside(update_site_after(tools, _now()))
    if as_json:
        show_json(_outcome_value(outcome))
    else:
        _show_outcome(outcome, request.dry_run)
    return int(outcome.exit_code)


def run_nightly(only: str, everything: bool, as_json: bool) -> int:
    """Run the nightly flow under Prefect and end with its table."""
    from flows.cli.terminal import ERR
    from flows.orchestration import prefect_home
    from flows.orchestration.due import chosen_identities
    from packages.spec import list_identities, list_unions

    settings = load_settings()
    tools = Services(settings)
    chosen_identities((*list_identities(settings.datasets), *list_unions(settings.datasets)), only)
    _ = tools.ledger, tools.catalogue  # a set-up problem is said before Prefect takes its time to start
    prefect_home.configure_prefect(settings.home)
    if not as_json:
        ERR.print("Starting Prefect (a quarter of a minute the first time) …")
    from flows.cli.interrupt import AGAIN, STOPPED, on_interrupt
    from flows.nightly import nightly_flow
    from flows.orchestration.summary import COLUMNS, WORDS, night_exit_code, night_headline, summary_row

    outcomes: list[Outcome] = []

    def heard(outcome: Outcome) -> None:
        outcomes.append(outcome)
        if not as_json:
            ERR.print(f"  {outcome.identity}: {WORDS[outcome.verdict]}", markup=False)

    def stopped() -> int:
        show_problem(TemporaryProblem(f"{STOPPED} {len(outcomes)} were looked at.", fix=AGAIN), as_json)
        sys.stdout.flush()
        return int(ExitCode.TEMPORARY)

    with on_interrupt(stopped):
        nightly_flow(heard)(only=only, everything=everything)
    outcomes.sort(key=lambda outcome: outcome.identity)
    if as_json:
        show_json([_outcome_value(outcome) for outcome in outcomes])
        return int(night_exit_code(outcomes))
    show_table(COLUMNS, [tuple(summary_row(outcome).values()) for outcome in outcomes])
    show_text(f"\n{night_headline(outcomes)}")
    show_text(f"Open {tools.address}")
    return int(night_exit_code(outcomes))


def show_status(identity: str, as_json: bool) -> int:
    """One line per dataset, or the history of one."""
    from flows.cli.status_tables import (
        COLUMNS,
        HISTORY,
        PUBLICATIONS,
        attempt_history,
        publication_history,
        status_overview,
    )

    tools = Services(load_settings())
    if not identity:
        _show_rows({"": (COLUMNS, status_overview(tools))}, as_json)
        return ExitCode.DONE
    wanted = Identity.parse(identity)
    looked = (HISTORY, attempt_history(wanted, tools))
    _show_rows({"looked at": looked, "published": (PUBLICATIONS, publication_history(wanted, tools))}, as_json)
    return ExitCode.DONE


def show_datasets(as_json: bool) -> int:
    """Every dataset with its publishers."""
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
    """The latest report on a dataset: of the file that was looked at last, published or not."""
    from packages.spec import load_spec
    from quality.report import report_from_json
    from quality.report.text import report_to_text

    wanted = Identity.parse(identity)
    settings = load_settings()
    attempt = Services(settings).ledger.last_attempt(wanted)
    if attempt is None:
        load_spec(wanted, settings.datasets)  # a name that is not known is the likelier mistake
        raise SetupProblem(
            f"There is no report on {wanted} yet.", fix=f"Make one with `londata publish {wanted} --dry-run`."
        )
    folder = Path(attempt.report)
    found = report_from_json((folder / "report.json").read_bytes())
    if as_json:
        show_json(_report_value(found))
    else:
        show_text(report_to_text(found, width=text_width()))
        show_text(f"\nThe page: {folder / 'report.html'}")
    return ExitCode.DONE


def rebuild_site(as_json: bool) -> int:
    """Make the pages of the folder catalogue again."""
    from catalogue.backends.folder import FolderCatalogue
    from flows.site.update import update_site

    settings = load_settings()
    tools = Services(settings)
    writes = FolderCatalogue(settings.site, public_url=settings.public_url).rebuild() + update_site(tools, _now())
    if as_json:
        show_json({"address": tools.address, "writes": writes})
    else:
        show_text(f"Open {tools.address}")
    return ExitCode.DONE if writes else ExitCode.UNCHANGED


def run_validate(file: Path, schema: Path, limit_errors: int, as_json: bool) -> int:
    """Conformance alone."""
    from quality.conform import validate as conformance

    for path in (file, schema):
        if not path.is_file():
            raise SetupProblem(f"There is no file {path}.", fix="Check the path.")
    descriptor = conformance(file, schema, limit_errors=limit_errors).to_descriptor()
    if as_json:
        show_json(descriptor)
    else:
        _show_conformance(descriptor)
    return ExitCode.DONE if descriptor["valid"] else ExitCode.FIX_FILE


def run_schemas(folder: Path, as_json: bool) -> int:
    """Write the JSON Schemas."""
    from flows.cli.new import write_schemas

    written = [str(path) for path in write_schemas(folder)]
    show_json(written) if as_json else show_text("\n".join(written))
    return ExitCode.DONE


@contextmanager
def _suites_ahead(quick: bool) -> Iterator[AskSuite]:
    """Who puts the suites to Great Expectations: a child that gets ready by itself, unless nobody will ask it."""
    from quality.suites.expectations import ask_great_expectations

    if quick:
        yield ask_great_expectations
        return
    from quality.suites.gx_worker import GxWorker

    with GxWorker() as ahead:
        yield ahead.ask


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _show_rows(tables: Mapping[str, tuple[tuple[str, ...], list[tuple[str, ...]]]], as_json: bool) -> None:
    """Tables under their headings; one without a heading stands alone, also as JSON."""
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

    whose = spec.identity.publisher
    return spec.package.title + ("" if whose == NOBODY else f", in the layout of {whose}")


def _write_reports(found: Report, spec: DatasetSpec, request: CheckOptions) -> None:
    from quality.report import issues_to_csv, report_to_html

    if request.report:
        _write(request.report, report_to_html(found, spec.package.title, published=False))
    if request.issues:
        _write(request.issues, issues_to_csv(found))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SetupProblem(
            f"The report cannot be written to {path} ({error.strerror or 'no reason given'}).",
            fix="Name a file in a folder that exists and that you may write to.",
        ) from error


def _report_value(found: Report) -> Any:
    from quality.report import report_to_json

    return json.loads(report_to_json(found))


def _outcome_value(outcome: Outcome) -> dict[str, Any]:
    return dataclasses.asdict(outcome) | {"identity": str(outcome.identity), "exit_code": int(outcome.exit_code)}


def _show_outcome(outcome: Outcome, dry_run: bool) -> None:
    show_text(f"{outcome.identity}: {outcome.summary}")
    if dry_run:
        show_text("This was a dry run: nothing was kept or published.")
    if outcome.page:
        show_text(f"Page: {outcome.page}")
    if outcome.report:
        show_text(f"Report: {Path(outcome.report) / 'report.html'}")


def _show_conformance(descriptor: dict[str, Any]) -> None:
    task = descriptor["tasks"][0]
    count = descriptor["stats"]["errors"]
    show_text("Valid." if descriptor["valid"] else f"Not valid: {count:,} errors.")
    for error in task["errors"][:20] or descriptor["errors"][:20]:
        row = f"row {error['rowNumber']}, " if "rowNumber" in error else ""
        show_text(f"  {row}{error['type']}: {error['note']}")
    if len(task["errors"]) > 20:
        show_text("  … --json shows them all.")
