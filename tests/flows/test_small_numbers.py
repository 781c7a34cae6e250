"""Tables of counts on their whole way: nothing public holds a small number, or tells how large a hidden one is."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from packages.model import Identity
from packages.spec import DATASETS

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
SUPPORT = "council-tax-support"

Row = tuple[str, str, int | str, int | str]
"""Ward, code, working age, pension age."""

FIRST: tuple[Row, ...] = (
    ("Canalside", "E05099001", 41_733, 8_611),
    ("Market Hill", "E05099002", 913, 402),
    ("Old Wharf", "E05099003", 66, 3),
    ("Northgate", "E05099004", 1_204, 377),
)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    datasets = tmp_path / "datasets"
    shutil.copytree(DATASETS / SUPPORT, datasets / SUPPORT)
    return Services(Settings(home=tmp_path / "home", datasets=datasets))


def file_of(rows: tuple[Row, ...], path: Path, *, day: str = "2026-09-30", total: bool = True) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["As at", "Ward code", "Ward", "Households", "Working age", "Pension age"])
        for ward, code, working, pension in rows:
            is_whole = isinstance(working, int) and isinstance(pension, int)
            both = f"{int(working) + int(pension):,}" if is_whole else "[c]"
            texts = [f"{n:,}" if isinstance(n, int) else n for n in (working, pension)]
            writer.writerow([day, code, ward, both, *texts])
        if total:
            working, pension = (sum(int(row[at]) for row in rows) for at in (2, 3))
            writer.writerow([day, "", "Borough total", f"{working + pension:,}", f"{working:,}", f"{pension:,}"])
    return path


def done(services: Services, publisher: str, file: Path, days: int = 0) -> Outcome:
    job = PublishJob(Identity(SUPPORT, publisher), file=file)
    return publish(job, services, NOW + dt.timedelta(days=days))


def listed(services: Services, publisher: str) -> dict[str, Mapping[str, str]]:
    """The rows as the public gets them, by ward."""
    path = services.settings.site / f"current/datasets/{SUPPORT}/{publisher}/support.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["ward_name"]: row for row in csv.DictReader(file)}


def public_bytes(services: Services) -> dict[Path, bytes]:
    folders = (services.settings.site, services.store.releases)
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def test_a_small_number_reaches_no_public_file(services: Services, tmp_path: Path) -> None:
    file = file_of(FIRST, tmp_path / "first.csv")
    assert done(services, "camden", file).verdict == "publish"
    rows = listed(services, "camden")
    hidden = {(ward, name) for ward, row in rows.items() for name in row if row.get(f"{name}_status") == "suppressed"}
    assert ("Old Wharf", "pension_age") in hidden
    assert len(hidden) >= 4
    assert all(rows[ward][name] == "" for ward, name in hidden)
    # the two formats agree, and the numbers that are shown are the ones of the file
    (parquet,) = services.store.releases.glob(f"{SUPPORT}/camden/*/support.parquet")
    assert pq.read_table(parquet)["pension_age"].null_count == sum(name == "pension_age" for _, name in hidden)
    assert rows["Canalside"]["claimants"] == "50344"


def test_nothing_public_tells_how_large_a_hidden_number_is(services: Services, tmp_path: Path) -> None:
    # two wards only: the large number has to be hidden for the small one
    rows = (("Canalside", "E05099001", 21_733, 8_611), ("Old Wharf", "E05099003", 21_066, 3))
    file = file_of(rows, tmp_path / "first.csv")
    assert done(services, "camden", file).verdict == "publish"
    assert listed(services, "camden")["Canalside"]["pension_age"] == ""
    digest = hashlib.sha256(file.read_bytes()).hexdigest().encode()
    for path, content in public_bytes(services).items():
        for canary in (b"8611", b"8,611", digest, digest.upper()):
            assert canary not in content, path
        # where commas were taken out tells which numbers have four digits and more
        assert b"without signs and commas" not in content, path


def test_a_correction_does_not_give_away_what_was_hidden(services: Services, tmp_path: Path) -> None:
    assert done(services, "camden", file_of(FIRST, tmp_path / "first.csv")).verdict == "publish"
    before = listed(services, "camden")
    # without its totals, fewer numbers of the table would have to be hidden
    bare = file_of(FIRST, tmp_path / "second.csv", total=False)
    assert done(services, "camden", bare, 1).verdict == "publish"
    after = listed(services, "camden")
    for ward, row in after.items():
        assert {k for k, v in before[ward].items() if v == "suppressed"} == {
            k for k, v in row.items() if v == "suppressed"
        }


def test_a_number_that_an_earlier_release_shows_waits_for_a_person(services: Services, tmp_path: Path) -> None:
    quality = services.settings.datasets / SUPPORT / "quality.yaml"
    described = quality.read_text()
    quality.write_text(described.replace("threshold: 5", "threshold: 2"))
    assert done(services, "camden", file_of(FIRST, tmp_path / "first.csv")).verdict == "publish"
    assert listed(services, "camden")["Old Wharf"]["pension_age"] == "3"
    quality.write_text(described)
    outcome = done(services, "camden", file_of(FIRST, tmp_path / "first.csv"), 1)
    assert outcome.verdict == "held"
    assert int(outcome.exit_code) == 40


def test_london_shows_what_its_members_show(services: Services, tmp_path: Path) -> None:
    for publisher, extra in (("camden", 0), ("hackney", 7)):
        rows = tuple((w, code, int(a) + extra, b) for w, code, a, b in FIRST)
        assert done(services, publisher, file_of(rows, tmp_path / f"{publisher}.csv")).verdict == "publish"
    outcome = publish(PublishJob(Identity(SUPPORT, "london")), services, NOW + dt.timedelta(days=1))
    assert outcome.verdict == "publish"
    path = services.settings.site / f"current/datasets/{SUPPORT}/london/support.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            own = listed(services, row["publisher"])[row["ward_name"]]
            assert own == {name: row[name] for name in own}


def test_london_hides_what_a_member_showed_before_there_was_a_rule(services: Services, tmp_path: Path) -> None:
    quality = services.settings.datasets / SUPPORT / "quality.yaml"
    described = quality.read_text()
    quality.write_text(described.replace("threshold: 5", "threshold: 2"))
    assert done(services, "camden", file_of(FIRST, tmp_path / "first.csv")).verdict == "publish"
    quality.write_text(described)
    outcome = publish(PublishJob(Identity(SUPPORT, "london")), services, NOW + dt.timedelta(days=1))
    assert outcome.verdict == "publish"
    path = services.settings.site / f"current/datasets/{SUPPORT}/london/support.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["ward_name"] == "Old Wharf"]
    assert (row["pension_age"], row["pension_age_status"]) == ("", "suppressed")


def test_rows_that_nothing_tells_apart_stop_the_file_and_show_nothing(services: Services, tmp_path: Path) -> None:
    rows = (*FIRST, FIRST[2])
    outcome = done(services, "camden", file_of(rows, tmp_path / "first.csv"))
    assert outcome.verdict == "blocked"
