"""All of London in one release: whole, fresh as its members, never emptied, and gone when a member had to go."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.maintenance.versions import rollback, withdraw
from flows.nightly import due_unions
from flows.outcome import Outcome, PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.union import public_members
from packages.errors import SetupProblem, WaitingForPerson
from packages.model import Identity
from packages.release.seal import open_release, prove_files_equal
from tests.flows.city import GOOD, make_city

TREES = "street-trees"
LONDON = Identity(TREES, "london")
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    datasets = make_city(tmp_path, "barnet", "camden", "lldc")
    described = datasets / TREES / "datapackage.yaml"
    described.write_text(described.read_text().replace("cadence:", "union: true\ncadence:"))
    return Services(Settings(home=tmp_path / "home", datasets=datasets))


def drop(services: Services, publisher: str, content: str) -> None:
    (services.settings.datasets.parent / "drop" / publisher / "trees.csv").write_text(content)


def done(services: Services, publisher: str, days: int = 0, yes: bool = False) -> Outcome:
    return publish(PublishJob(Identity(TREES, publisher), yes=yes), services, NOW + dt.timedelta(days=days))


def everybody(services: Services) -> None:
    for publisher in ("barnet", "camden", "lldc"):
        assert done(services, publisher).verdict == "publish"


def listed(services: Services, table: str = "trees") -> list[dict[str, str]]:
    """The rows as the public gets them."""
    path = services.settings.site / f"current/datasets/{TREES}/london/{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_holds_the_rows_of_everybody_with_publisher_and_code(services: Services) -> None:
    everybody(services)
    outcome = done(services, "london", days=1)
    assert (outcome.verdict, outcome.rows) == ("publish", 12 + 3)
    rows = listed(services)
    assert {(row["publisher"], row["gss_code"]) for row in rows} == {
        ("barnet", "E09000003"),
        ("camden", "E09000007"),
        ("lldc", ""),
    }
    assert [row["tree_id"] for row in rows[:4]] == ["T001", "T002", "T003", "T004"]
    release = open_release(services.store.release_folder(LONDON, outcome.release))
    for table in release.tables:
        prove_files_equal(table, release.folder)
    assert pq.read_table(release.folder / "trees.parquet").num_rows == 12
    assert done(services, "london", days=2).verdict == "unchanged"


def test_it_says_how_fresh_each_publisher_is(services: Services) -> None:
    everybody(services)
    done(services, "london")
    drop(services, "camden", GOOD.replace("02/02/2021", "31/02/2021"))
    assert done(services, "camden", days=3).verdict == "blocked"
    drop(services, "barnet", GOOD.replace("12.5", "13.5"))
    assert done(services, "barnet", days=3).verdict == "publish"
    assert done(services, "london", days=3).verdict == "publish"
    fresh = {row["publisher"]: row for row in listed(services, "publishers")}
    assert {p: (r["released"], r["latest_file"], r["rows"]) for p, r in fresh.items()} == {
        "barnet": ("2026-11-23", "published", "4"),
        "camden": ("2026-11-20", "blocked", "4"),
        "lldc": ("2026-11-20", "published", "4"),
    }
    assert fresh["camden"]["covers_until"] == "2021-11-30"
    # the borough that failed is there as it was, and the one that is new is new
    heights = {(row["publisher"], row["tree_id"]): row["height_m"] for row in listed(services)}
    assert (heights["camden", "T001"], heights["barnet", "T001"]) == ("12.5", "13.5")


def test_a_lost_release_is_taken_from_the_last_union_and_nothing_gets_lost(services: Services) -> None:
    everybody(services)
    done(services, "london")
    shutil.rmtree(services.store.releases / TREES / "camden")
    drop(services, "barnet", GOOD.replace("12.5", "13.5"))
    done(services, "barnet", days=1)
    assert done(services, "london", days=1).verdict == "publish"
    assert len(listed(services)) == 12
    shutil.rmtree(services.store.releases / TREES / "lldc")
    shutil.rmtree(services.store.releases / TREES / "london")
    with pytest.raises(WaitingForPerson, match="cannot be found"):
        done(services, "london", days=2)
    assert len(listed(services)) == 12


def test_what_is_withdrawn_takes_the_union_with_it(services: Services) -> None:
    everybody(services)
    done(services, "london")
    withdraw(Identity(TREES, "camden"), "It named a gardener.", services, NOW)
    site = services.settings.site
    # where a file was, a folder of its name says that it is gone
    assert not [path for path in site.glob(f"folders/datasets/{TREES}/london/**/*.csv") if path.is_file()]
    assert not services.store.stored(LONDON)
    assert done(services, "london", days=1).verdict == "held"
    # two acts bring it back, without what was withdrawn
    (site / f"current/datasets/{TREES}/london/withdrawn.json").unlink()
    assert done(services, "london", days=1, yes=True).verdict == "publish"
    assert {row["publisher"] for row in listed(services)} == {"barnet", "lldc"}


def test_it_follows_a_rollback(services: Services) -> None:
    everybody(services)
    first = done(services, "barnet").release or public_members(TREES, services)[0].release
    drop(services, "barnet", GOOD.replace("12.5", "13.5"))
    done(services, "barnet", days=1)
    done(services, "london", days=1)
    rollback(Identity(TREES, "barnet"), first, services, NOW + dt.timedelta(days=2))
    done(services, "london", days=2)
    assert {row["height_m"] for row in listed(services) if row["tree_id"] == "T001"} == {"12.5"}


def test_rows_released_under_older_rules_are_not_judged_by_new_ones(services: Services) -> None:
    everybody(services)
    described = services.settings.datasets / TREES / "datapackage.yaml"
    described.write_text(
        described.read_text().replace("title: Species,", "title: Species, constraints: {enum: [Tilia cordata]},")
    )
    assert done(services, "london", days=1).verdict == "publish"


def test_nothing_public_is_no_union(services: Services) -> None:
    with pytest.raises(SetupProblem, match="No publisher"):
        done(services, "london")
    assert due_unions(services.settings, "*", [Identity(TREES, "camden")]) == ()
    done(services, "camden")
    assert due_unions(services.settings, "*", [Identity(TREES, "camden")]) == (LONDON,)
    assert due_unions(services.settings, "*/london", []) == (LONDON,)
    assert due_unions(services.settings, "other", []) == ()


def test_a_dataset_that_asks_for_no_union_has_none(tmp_path: Path) -> None:
    plain = Services(Settings(home=tmp_path / "home", datasets=make_city(tmp_path, "camden")))
    assert due_unions(plain.settings, "*", [Identity(TREES, "camden")]) == ()
    with pytest.raises(SetupProblem, match="not put together"):
        done(plain, "london")
