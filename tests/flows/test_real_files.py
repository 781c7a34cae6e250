"""The twelve real files beside the project: what an officer is told of each, and where the good ones end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.cli import commands
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import ExitCode, FileProblem
from packages.model import Identity
from tests.flows.test_publish import NIGHT

pytestmark = pytest.mark.usefixtures("readers_in_process")

TOILETS = "codeborough-public-toilets-camden.csv"
LLDC = "digital-land-brownfield-lldc-2018.csv"
NEW_FOREST = "digital-land-brownfield-new-forest-v2.csv"
LAMBETH = "lambeth-spend-2011-02.csv"
ADUR = "qsv-adur-public-toilets-lga-schema.csv"

STATIONS = "codeborough-polling-stations-camden.csv"
STATIONS_ON_A_MAP = "codeborough-polling-stations-kingston.geojson"
CONTRIBUTIONS = "digital-land-charnwood-developer-contributions.xlsx"
AREAS = "digital-land-conservation-areas-hammersmith-fulham.gml"

OF_NO_DATASET = "belong to no dataset that we know"
TOLD_APART = {
    "digital-land-brownfield-column-aliases.csv": OF_NO_DATASET,
    "digital-land-local-authority.csv": OF_NO_DATASET,
    "ibm-london-borough-profiles.csv": OF_NO_DATASET,
}
JUDGED = (TOILETS, LLDC, NEW_FOREST, LAMBETH, ADUR, STATIONS, STATIONS_ON_A_MAP, CONTRIBUTIONS, AREAS)


@pytest.fixture
def real(shared: Path) -> Path:
    if not (shared / "data").is_dir():
        pytest.skip("needs the real files in ../shared/data, which are not here")
    return shared / "data"


def test_these_are_all_of_them(real: Path) -> None:
    assert {path.name for path in real.iterdir()} - {"INDEX.md"} == {*TOLD_APART, *JUDGED}


@pytest.mark.parametrize("name", TOLD_APART)
def test_a_file_of_no_dataset_is_told_what_it_is(name: str, real: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        commands.run_check(commands.CheckOptions(real / name, quick=True), as_json=False)
    assert TOLD_APART[name] in caught.value.what
    assert caught.value.fix
    assert caught.value.exit_code is ExitCode.FIX_FILE


@pytest.mark.parametrize(
    ("name", "dataset", "publisher", "code", "words"),
    [
        (TOILETS, "", "", 0, ["in the layout of camden", "✓ Ready to publish", "39 rows in 32 columns"]),
        (LLDC, "", "", 0, ["in the layout of lldc", "✓ Ready to publish", "3 rows in 20 columns"]),
        (
            NEW_FOREST,
            "",
            "",
            20,
            ["“Hectares” is not a number in row 57.", "Windows-1252", "blank in every row: “NetDwellingsRangeTo”"],
        ),
        (STATIONS, "", "", 0, ["Polling stations, in the layout of camden", "✓ Ready to publish", "61 rows"]),
        (STATIONS_ON_A_MAP, "", "", 0, ["in the layout of kingston-upon-thames", "✓ Ready to publish", "53 rows"]),
        (AREAS, "", "", 0, ["Conservation areas, in the layout of hammersmith-and-fulham", "44 rows"]),
        (CONTRIBUTIONS, "", "", 20, ["would both be read from the same table"]),
        (ADUR, "", "", 20, ["“ExtractDate” is empty in row 2", "“Category” holds something that is not on its list"]),
        (LAMBETH, "", "", 20, ["This is a summary", "“Sum of Invoice Nett Amount”", "‘Payment date’", "‘Department’"]),
        (LAMBETH, "spend-over-500", "", 20, ["This is a summary", "‘Payment date’", "a row and a date for each"]),
        (LAMBETH, "spend-over-500", "lambeth", 20, ["sums under “Total”", "‘Payment date’, ‘Department’"]),
    ],
)
def test_a_file_of_a_dataset_gets_its_verdict(
    name: str,
    dataset: str,
    publisher: str,
    code: int,
    words: list[str],
    real: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = commands.CheckOptions(real / name, dataset, publisher, quick=True)
    assert commands.run_check(request, as_json=False) == code
    said = " ".join(capsys.readouterr().out.split())
    assert [word for word in words if word not in said] == []


@pytest.mark.slow
def test_the_suites_find_what_a_reviewer_would(real: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = commands.CheckOptions(real / NEW_FOREST)
    assert commands.run_check(request, as_json=True) == ExitCode.FIX_FILE
    report = json.loads(capsys.readouterr().out)
    found = {finding["what"]: finding["where"] for finding in report["findings"]}
    assert found["Some sites with permission have no date of permission."]["rows"] == [24]
    assert found["Some entries were last updated before they were first added."]["rows"] == [52, 53, 54, 55, 56, 57]
    assert found["“Hectares” is not a number in row 57."]["rows"] == [57]
    assert [check["title"] for check in report["checks"] if check["outcome"] == "not run"] == []


def take(name: Path, identity: str, home: Path) -> tuple[Outcome, Path]:
    services = Services(Settings(home=home))
    outcome = publish(PublishJob(Identity.parse(identity), name), services, NIGHT)
    return outcome, home / "site/current/datasets" / identity


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "identity", "table", "rows"),
    [(TOILETS, "public-toilets/camden", "toilets", 39), (LLDC, "brownfield-land/lldc", "sites", 3)],
)
def test_two_of_them_go_all_the_way(
    name: str, identity: str, table: str, rows: int, real: Path, tmp_path: Path
) -> None:
    outcome, listed = take(real / name, identity, tmp_path)
    assert (outcome.verdict, outcome.exit_code, outcome.rows) == ("publish", ExitCode.DONE, rows)
    assert (listed / f"{table}.parquet").is_file()
    assert len((listed / f"{table}.csv").read_text().splitlines()) >= rows + 1
    assert (listed / "report.html").is_file()


def test_a_summary_is_published_nowhere(real: Path, tmp_path: Path) -> None:
    outcome, listed = take(real / LAMBETH, "spend-over-500/lambeth", tmp_path)
    assert (outcome.verdict, outcome.exit_code) == ("blocked", ExitCode.FIX_FILE)
    assert "This is a summary" in outcome.summary
    assert not listed.exists()
    assert (Path(outcome.report) / "report.html").is_file()
