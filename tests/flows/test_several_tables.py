"""A dataset of several tables goes the same way as one of one: one report, one release, two files for each table."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from pathlib import Path

import pytest

from flows.checking.recognise import candidate_specs, recognise_dataset
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import ExitCode
from packages.fetch import extract_file
from packages.model import Identity, Report
from quality.report import report_from_json
from quality.report.text import report_to_text
from tests.flows.linked import STRANGER, TREES, VISITS, make_linked

CARE = Identity("tree-care", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
FILES = {"trees.csv": TREES, "visits.csv": VISITS}


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def services(tmp_path: Path, drop: Path) -> Services:
    parts = ", ".join(f"{name}: {{kind: folder, path: {drop}, pattern: {name}.csv}}" for name in ("trees", "visits"))
    source = f"{{kind: bundle, parts: {{{parts}}}}}"
    return Services(Settings(home=tmp_path / "home", datasets=make_linked(tmp_path, source)))


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)


def archive(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(f"camden/{name}.csv", text)
    return path


def workbook(path: Path, **sheets: str) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(csv.reader(text.splitlines())):
                sheet.write_row(number, 0, row)
    return path


def run(services: Services, file: Path | None = None, night: int = 0) -> Outcome:
    return publish(PublishJob(CARE, file), services, NIGHT + dt.timedelta(days=night))


def report_of(outcome: Outcome) -> Report:
    return report_from_json((Path(outcome.report) / "report.json").read_bytes())


def test_every_table_is_released_in_both_formats_and_described(services: Services, drop: Path) -> None:
    put(drop, trees=TREES, visits=VISITS)
    outcome = run(services)
    assert (outcome.verdict, outcome.exit_code, outcome.rows) == ("publish", ExitCode.DONE, 5)
    listed = services.settings.site / "current/datasets/tree-care/camden"
    names = {path.name for path in listed.iterdir()}
    assert names >= {"trees.csv", "trees.parquet", "visits.csv", "visits.parquet", "report.html", "report.json"}
    assert (listed / "visits.csv").read_text().splitlines()[:2] == ["tree,visited,note", "T1,2026-03-13,pruned"]
    described = json.loads((listed / "datapackage.json").read_bytes())
    assert [r["name"] for r in described["resources"]] == ["visits", "visits-parquet", "trees", "trees-parquet"]
    assert described["temporal"] == {"start": "2026-03-13", "end": "2026-04-15"}
    assert described["resources"][0]["schema"]["foreignKeys"][0]["reference"]["resource"] == "trees"


# asked for the delimiter of these, Python's sniffer, and so frictionless, says semicolon
WITH_SEMICOLONS = "Tag,Species,Remarks\n" + "".join(f"T{i},Tilia cordata,;'by the gate';\n" for i in range(1, 6))


@pytest.mark.parametrize("trees", [TREES, WITH_SEMICOLONS], ids=["plain", "with semicolons"])
def test_the_release_is_a_package_that_frictionless_accepts_keys_included(
    services: Services, drop: Path, trees: str
) -> None:
    import frictionless

    put(drop, trees=trees, visits=VISITS)
    outcome = run(services)
    assert outcome.verdict == "publish"
    described = frictionless.Package(str(Path(outcome.report) / "datapackage.json"))
    assert described.get_resource("visits").validate().valid
    assert described.get_resource("trees").validate().valid


def test_what_did_not_change_is_not_published_again(services: Services, drop: Path) -> None:
    put(drop, trees=TREES, visits=VISITS)
    first, second = run(services), run(services, night=1)
    assert (second.verdict, second.release) == ("unchanged", first.release)
    put(drop, visits=VISITS + "T2,17/04/2026,staked\n")
    assert run(services, night=2).verdict == "publish"


def test_a_row_that_points_to_nothing_stops_the_whole_dataset(services: Services, drop: Path) -> None:
    put(drop, trees=TREES, visits=STRANGER)
    outcome = run(services)
    assert (outcome.verdict, outcome.exit_code) == ("blocked", ExitCode.FIX_FILE)
    (found,) = [f for f in report_of(outcome).findings if f.severity == "block"]
    assert (found.rule, found.where.resource, found.where.column, found.where.rows) == (
        "reference-unknown",
        "visits",
        "Tag of tree",
        (5,),
    )


def test_findings_changes_and_checks_say_of_which_table_they_are(services: Services, drop: Path) -> None:
    put(drop, trees=TREES, visits=VISITS)
    report = report_of(run(services))
    (found,) = [f for f in report.findings if f.rule == "expectation-not-met"]
    assert (found.where.resource, found.where.column, found.where.rows) == ("visits", "Work", (4,))
    assert {(c.resource, c.field) for c in report.changes if c.rule.startswith("date")} == {("visits", "visited")}
    names = [check.name for check in report.checks]
    assert {"references/visits", "keys/trees", "cells/visits", "cells/trees"} <= set(names)
    assert len(names) == len(set(names))
    titles = [check.title for check in report.checks]
    assert {
        "About as many rows as in the last release (Trees)",
        "Every cell has the form that its column asks for (Visits)",
    } <= set(titles)
    assert report.how_read.startswith("Visits: ")
    assert "Visited on (visits): " in " ".join(report_to_text(report).split())


@pytest.mark.parametrize("make", [archive, workbook])
def test_one_file_with_all_tables_is_taken_too(services: Services, tmp_path: Path, make: object) -> None:
    suffix = "zip" if make is archive else "xlsx"
    file = make(tmp_path / f"care.{suffix}", trees=TREES, visits=VISITS)  # type: ignore[operator]
    outcome = run(services, file)
    assert (outcome.verdict, outcome.rows) == ("publish", 5)
    assert not [f.rule for f in report_of(outcome).findings if f.rule == "sheets-left-out"]


def test_an_archive_without_one_of_the_tables_says_which(services: Services, tmp_path: Path) -> None:
    outcome = run(services, archive(tmp_path / "care.zip", trees=TREES, readme="Of Camden."))
    assert outcome.verdict == "blocked"
    assert report_of(outcome).findings[0].what == "Visits: The archive holds no file whose name fits “visits”."


def test_the_tables_that_are_there_are_judged_all_the_same(services: Services, tmp_path: Path) -> None:
    outcome = run(services, archive(tmp_path / "care.zip", trees=TREES + "T1,again,\n", readme="Of Camden."))
    report = report_of(outcome)
    found = {(f.rule, f.where.resource) for f in report.findings if f.severity == "block"}
    assert found == {("file-not-readable", "visits"), ("key-repeated", "trees")}
    assert [table.name for table in report.tables] == ["trees"]
    assert ("reading/visits", "failed") in [(check.name, check.outcome) for check in report.checks]


def test_a_table_whose_references_cannot_be_looked_up_is_judged_without_them(
    services: Services, tmp_path: Path
) -> None:
    outcome = run(services, archive(tmp_path / "care.zip", visits=STRANGER + "T1,31/02/2026,\n"))
    report = report_of(outcome)
    assert (outcome.verdict, outcome.exit_code) == ("blocked", ExitCode.FIX_FILE)
    found = {(f.rule, f.where.resource) for f in report.findings if f.severity == "block"}
    assert found == {("file-not-readable", "trees"), ("cell-not-a-date", "visits")}
    checks = {check.name: check for check in report.checks}
    assert checks["references/visits"].outcome == "not run"
    assert not (services.settings.site / "current/datasets/tree-care").exists()


def test_one_table_alone_is_not_taken_for_all_of_them(services: Services, tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text(TREES)
    outcome = run(services, tmp_path / "trees.csv")
    assert outcome.verdict == "blocked"
    assert "“Trees” and “Visits” would both be read from the same table" in report_of(outcome).findings[0].what


def test_a_part_that_is_missing_at_the_source_says_which(services: Services, drop: Path) -> None:
    put(drop, trees=TREES)
    outcome = run(services)
    assert outcome.verdict == "blocked"
    assert report_of(outcome).findings[0].what.startswith("visits: No file in the folder")


def test_an_archive_is_recognised_by_its_tables(services: Services, tmp_path: Path) -> None:
    extract = extract_file(archive(tmp_path / "care.zip", trees=TREES, visits=VISITS), store=None, now=NIGHT)
    assert recognise_dataset(extract, candidate_specs(services.settings.datasets)).identity == CARE


def test_a_file_with_one_table_is_the_one_that_it_fits_best(services: Services, tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(VISITS)
    report = report_of(run(services, tmp_path / "visits.csv"))
    assert [table.name for table in report.tables] == ["visits"]
    assert [f.where.resource for f in report.findings if f.severity == "block"] == ["trees"]
