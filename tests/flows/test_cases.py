"""Files that were once published wrong, beside the project: what each must come to now."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.examine import make_draft
from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import Identity, Report, Verdict
from packages.spec import DATASETS, DatasetSpec, generic_spec, load_spec
from quality.judge import JudgeInput, judge, refusal_report

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
SPEND, POLL, AREAS = "spend-over-500/bexley", "polling-stations/camden", "conservation-areas"
PUBLISH, HELD, BLOCKED = Verdict.PUBLISH, Verdict.HELD, Verdict.BLOCKED


@dataclass(frozen=True)
class Case:
    """What a file comes to: its verdict, a rule or words that are said, and texts that a column must hold."""

    identity: str
    verdict: Verdict
    said: str
    column: str = ""
    cells: tuple[str, ...] = ()


CASES: Mapping[str, Case] = {
    "01-stray-quotes-240-rows.csv": Case(SPEND, HELD, "(row 102)"),
    "02-stray-quotes-far.csv": Case(SPEND, HELD, "rows-swallowed"),
    "03-one-typo-flips-order.csv": Case(SPEND, BLOCKED, "date-order-lone", "payment_date", ("2026-07-01",)),
    "05-pasted-mdy-then-dmy.csv": Case(SPEND, HELD, "date-order-doubtful"),
    "06-us-locale-damage-iso.csv": Case(SPEND, HELD, "date-order-split"),
    "07-utc-bst-midnight.csv": Case(SPEND, PUBLISH, "date-london", "payment_date", ("2026-07-01",)),
    "09-xlsx-sheet-per-month.xlsx": Case(SPEND, HELD, "“July 2026” (12 rows), “August 2026” (12 rows)"),
    "11-gpkg-two-layers.gpkg": Case(AREAS, HELD, "“areas_2020” (3 rows), “areas_2026” (6 rows)"),
    "12-mixed-utf8-cp1252.csv": Case(SPEND, PUBLISH, "(row 13)"),
    "13-double-encoded.csv": Case(SPEND, PUBLISH, "text-decoded-twice", "amount_gbp", ("1000.00",)),
    "15-cp850-only-e-acute.csv": Case(SPEND, PUBLISH, "MS-DOS", "amount_gbp", ("1000.00",)),
    "16-control-characters.csv": Case("brownfield-land/lewisham", PUBLISH, "invisible"),
    "17-nbsp-zerowidth.csv": Case(SPEND, PUBLISH, "invisible", "reference", ("700000",)),
    "18-equals-quoted.csv": Case(SPEND, PUBLISH, "formula-text", "reference", ("000000",)),
    "20-float-ids.csv": Case(SPEND, HELD, "code-decimals"),
    "21-xlsx-leading-zero-format.xlsx": Case(SPEND, PUBLISH, "zeros-shown"),
    "23-district-codes-turned-dates.csv": Case(POLL, HELD, "code-turned-date"),
    "25-wkt-cut-32767.csv": Case(AREAS, BLOCKED, "32,767 characters"),
    "27-html-entities-poll.csv": Case(POLL, PUBLISH, "entities"),
    "28-nan-words.csv": Case(SPEND, BLOCKED, "cell-missing"),
    "29-trailing-blank-cols-note.csv": Case(SPEND, HELD, "holds one cell (row 6), and is left out"),
    "30-xlsx-percent-in-vat.xlsx": Case(SPEND, HELD, "percent-cells"),
    "32-dot-thousands-silent.csv": Case(SPEND, BLOCKED, "They may mean thousands"),
    "33-ckan-dump.json": Case("spend-over-500", PUBLISH, "", "payment_date", ("2026-07-01",)),
    "34-esri-json.json": Case(AREAS, PUBLISH, "", "reference", ("CA1",)),
    "36-html-as-xls.xls": Case(SPEND, BLOCKED, "a table in HTML"),
    "38-sylk.slk": Case(SPEND, BLOCKED, "SYLK"),
    "39-mhtml-as-xls.xls": Case(SPEND, BLOCKED, "MHTML"),
    "41-service-exception.gml": Case(AREAS, BLOCKED, "“Layer not found”. Nothing was received"),
    "43-shp-wrong-cpg.zip": Case(AREAS, PUBLISH, ".cpg"),
    "45-footer-notes.csv": Case(SPEND, HELD, "(rows 27, 28)"),
    "47-dashes-under-heading.csv": Case(SPEND, HELD, "ruler-row"),
    "48-gml-27700-en.gml": Case(AREAS, PUBLISH, ""),
    "50-geo-epoch-ms.geojson": Case(AREAS, PUBLISH, "milliseconds since 1970"),
    "51-bare-quotes.csv": Case(POLL, PUBLISH, "quotes-kept", "name", ('"Mobile" Unit at Depot', 'The "Mobile" Unit')),
    "53-date-ordinal.csv": Case(SPEND, PUBLISH, "date", "payment_date", ("2026-07-31",)),
    "55-all-same-point.csv": Case(POLL, HELD, "place-repeated"),
}


def spec_of(identity: str) -> DatasetSpec:
    dataset, _, publisher = identity.partition("/")
    return load_spec(Identity(dataset, publisher)) if publisher else generic_spec(dataset, DATASETS)


def examined(path: Path, identity: str, folder: Path) -> tuple[Report, list[dict[str, str]]]:
    """The report, and the rows that would be published."""
    spec = spec_of(identity)
    extract = extract_file(path, store=None, now=NOW)
    try:
        draft = make_draft(spec, extract, folder, NOW.date())
    except FileProblem as problem:
        return refusal_report(problem, spec, extract, now=NOW), []
    with (folder / draft.tables[0].csv.name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return judge(draft, spec, JudgeInput(NOW, "x", quick=True)), rows


@pytest.fixture
def cases(shared: Path) -> Path:
    if not (shared / "cases").is_dir():
        pytest.skip("needs the files in ../shared/cases, which are not here")
    return shared / "cases"


def test_these_are_all_of_them(cases: Path) -> None:
    assert {path.name for path in cases.iterdir()} - {"README.md"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_was_published_wrong(name: str, cases: Path, tmp_path: Path) -> None:
    case = CASES[name]
    report, rows = examined(cases / name, case.identity, tmp_path)
    told = [(f.rule, f.what) for f in report.findings] + [(c.rule, "") for c in report.changes]
    assert report.verdict is case.verdict, told
    assert not case.said or any(case.said == rule or case.said in words for rule, words in told), told
    if case.column:
        published = [row[case.column] for row in rows]
        assert [cell for cell in case.cells if cell not in published] == []
