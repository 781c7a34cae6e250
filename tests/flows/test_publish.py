"""A file goes all the way, or stops with words: the main path with a real store, ledger and folder catalogue."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity
from tests.flows.city import GOOD, make_city

CAMDEN = Identity("street-trees", "camden")
WITHOUT_HEIGHT = "".join(line.rpartition(",")[0] + "\n" for line in GOOD.splitlines())
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden")))


def run(services: Services, night: int = 0, **job: object) -> Outcome:
    return publish(PublishJob(CAMDEN, **job), services, NIGHT + dt.timedelta(days=night))  # type: ignore[arg-type]


def everything(root: Path) -> dict[str, str]:
    """Every file of a folder with its digest; the site through its public address only."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix not in (".sqlite-shm", ".sqlite-wal")
    }


def listed(services: Services) -> Path:
    return services.settings.site / "current/datasets/street-trees/camden"


def test_a_good_file_is_listed_with_both_formats_and_its_report(services: Services) -> None:
    outcome = run(services)
    assert (outcome.verdict, outcome.exit_code, outcome.rows) == ("publish", ExitCode.DONE, 4)
    names = {path.name for path in listed(services).iterdir()}
    assert names >= {"trees.csv", "trees.parquet", "datapackage.json", "report.html", "report.json", "manifest.json"}
    lines = (listed(services) / "trees.csv").read_text().splitlines()
    assert lines[:2] == ["tree_id,species,planted,height_m", "T001,Platanus x hispanica,2019-03-01,12.5"]


def test_the_next_night_writes_nothing(services: Services) -> None:
    run(services)
    before = everything(services.settings.home)
    outcome = run(services, night=1)
    assert (outcome.verdict, outcome.exit_code) == ("unchanged", ExitCode.UNCHANGED)
    assert everything(services.settings.home) == before


def test_other_bytes_with_the_same_content_are_no_new_release(services: Services, drop: Path) -> None:
    first = run(services)
    drop.write_text(GOOD.replace("01/03/2019", "1/3/2019"))
    second = run(services, night=1)
    assert (second.verdict, second.release) == ("unchanged", first.release)


def test_a_changed_row_changes_both_files_and_the_description(services: Services, drop: Path) -> None:
    run(services)
    before = everything(listed(services))
    drop.write_text(GOOD.replace("12.5", "13.0"))
    outcome = run(services, night=1)
    after = everything(listed(services))
    assert outcome.verdict == "publish"
    assert all(before[name] != after[name] for name in ("trees.csv", "trees.parquet", "datapackage.json"))


@pytest.mark.parametrize(
    ("content", "verdict", "code", "words"),
    [
        (WITHOUT_HEIGHT, "publish", ExitCode.DONE, []),
        (GOOD.replace("Height (m)", "Girth"), "held", ExitCode.WAITING, ["Girth"]),
        (GOOD.replace("Tag", "Label"), "blocked", ExitCode.FIX_FILE, ["Tree number"]),
        (GOOD.replace("02/02/2021", "31/02/2021"), "blocked", ExitCode.FIX_FILE, ["Planting date", "row 4"]),
        (GOOD + "T001,Acer campestre,01/01/2022,2.0\n", "blocked", ExitCode.FIX_FILE, ["row 6"]),
        (GOOD.replace("T002,", ","), "blocked", ExitCode.FIX_FILE, ["row 3"]),
        (GOOD.replace("4.0", "4.0,extra"), "blocked", ExitCode.FIX_FILE, ["row 3"]),
        ("", "blocked", ExitCode.FIX_FILE, ["empty"]),
        (GOOD.splitlines()[0] + "\n", "blocked", ExitCode.FIX_FILE, ["row"]),
        ("<!doctype html><html><title>Sign in</title></html>", "blocked", ExitCode.FIX_FILE, ["web page"]),
        (GOOD.replace("Tilia cordata", "QQ 12 34 56 C"), "publish", ExitCode.DONE, []),  # no such series of numbers
        (GOOD.replace("T002", "AB 12 34 56 C"), "blocked", ExitCode.PERSONAL_DATA, ["National Insurance"]),
    ],
    ids=["optional column missing", "extra column", "column missing", "wrong date", "key twice", "cell missing",
         "extra cell", "empty file", "header only", "web page", "harmless", "personal data"],
)  # fmt: skip
def test_each_fault_has_its_verdict_its_words_and_its_exit_code(
    content: str, verdict: str, code: ExitCode, words: list[str], services: Services, drop: Path
) -> None:
    drop.write_text(content)
    outcome = run(services)
    assert (outcome.verdict, outcome.exit_code) == (verdict, code)
    report = json.loads((Path(outcome.report) / "report.json").read_text())
    said = json.dumps([[f["what"], f.get("where")] for f in report["findings"]]) + outcome.summary
    said += json.dumps([f"row {n}" for f in report["findings"] for n in f.get("where", {}).get("rows", [])])
    assert [word for word in words if word not in said] == []
    assert listed(services).exists() == (verdict == "publish")


def test_a_bad_night_leaves_the_last_release_in_place(services: Services, drop: Path) -> None:
    run(services)
    before = everything(services.settings.site / "current")
    drop.write_text(GOOD.replace("02/02/2021", "tomorrow"))
    assert run(services, night=1).verdict == "blocked"
    assert everything(services.settings.site / "current") == before
    again = run(services, night=2)
    assert (again.verdict, again.exit_code) == ("blocked", ExitCode.FIX_FILE)
    assert "22 November" not in again.summary
    assert "23 November 2026" in again.summary


def test_a_file_that_shrank_waits_for_a_person_who_may_let_it_pass(services: Services, drop: Path) -> None:
    run(services)
    drop.write_text("\n".join(GOOD.splitlines()[:2]) + "\n")
    held = run(services, night=1)
    assert (held.verdict, held.exit_code) == ("held", ExitCode.WAITING)
    assert run(services, night=2).verdict == "held"
    approved = run(services, night=3, yes=True)
    assert (approved.verdict, approved.rows) == ("publish", 1)
    assert run(services, night=4).verdict == "unchanged"


def test_a_night_without_news_keeps_what_an_officer_published_by_day(
    services: Services, drop: Path, tmp_path: Path
) -> None:
    run(services)
    mine = tmp_path / "mine.csv"
    mine.write_text(GOOD.replace("12.5", "13.0"))
    by_day = run(services, file=mine)
    assert by_day.verdict == "publish"
    assert (run(services, night=1).verdict, run(services, night=1).release) == ("unchanged", by_day.release)
    drop.write_text(GOOD.replace("12.5", "14.0"))
    assert run(services, night=2).verdict == "publish"
    assert "14.0" in (listed(services) / "trees.csv").read_text()


def test_a_dry_run_keeps_nothing(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(GOOD)
    outcome = run(services, file=file, dry_run=True)
    assert outcome.verdict == "publish"
    assert [p for p in everything(services.settings.home) if not p.startswith("ledger")] == []
    assert services.ledger.last_attempt(CAMDEN) is None


def test_a_lost_site_comes_back_on_the_next_night(services: Services) -> None:
    import shutil

    run(services)
    shutil.rmtree(services.settings.site)
    outcome = run(services, night=1)
    assert outcome.verdict == "publish"
    assert (listed(services) / "trees.csv").is_file()


def test_an_unknown_dataset_or_publisher_is_said_with_the_nearest_name(services: Services) -> None:
    for identity, near in (
        (Identity("street-tree", "camden"), "street-trees"),
        (Identity("street-trees", "camdn"), "camden"),
    ):
        with pytest.raises(SetupProblem) as caught:
            publish(PublishJob(identity), services, NIGHT)
        assert near in caught.value.fix


def test_a_folder_that_cannot_be_written_is_a_set_up_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    services = Services(Settings(home=tmp_path / "file", datasets=make_city(tmp_path, "camden")))
    with pytest.raises(SetupProblem) as caught:
        run(services)
    assert "Nothing was published" in caught.value.what


def test_the_sentence_on_a_stopped_file_quotes_the_heading_of_its_layout(tmp_path: Path) -> None:
    services = Services(Settings(home=tmp_path))
    outcome = publish(PublishJob(Identity("spend-over-500", "bexley")), services, NIGHT)
    assert outcome.summary.startswith("“Payment Date” holds only number signs")
