"""Data that must go are gone everywhere: in no byte of the site, the store or what was received, and stay away."""

from __future__ import annotations

import datetime as dt
import os
import signal
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from flows.maintenance.versions import withdraw
from flows.outcome import PublishJob
from flows.privacy.exposures import PurgeTarget, row_numbers
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from flows.state.audit import read_entries, verify_chain
from flows.state.records import forget_chains
from flows.takedown.purge import finish_purges, purge, remove_sealed_copies
from packages.errors import ExitCode, SetupProblem
from packages.model import Identity, Verdict
from tests.flows.city import GOOD, make_city

NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
CAMDEN = Identity("street-trees", "camden")
LAMBETH = Identity("street-trees", "lambeth")
LONDON = Identity("street-trees", "london")
CANARY = "Quercus ottoliniana"
"""The value that must not stay anywhere."""


def after(days: int) -> dt.datetime:
    return NIGHT + dt.timedelta(days=days)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    datasets = make_city(tmp_path, "camden", "lambeth")
    package = datasets / "street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace("cadence: monthly", "cadence: monthly\nunion: true"))
    return Services(Settings(home=tmp_path / "home", datasets=datasets))


def with_canary(extra: str = "") -> str:
    return f"{GOOD}T099,{CANARY},01/05/2020,7.5\n{extra}"


def release(services: Services, tmp_path: Path, text: str, night: int) -> str:
    (tmp_path / "drop/camden/trees.csv").write_text(text)
    outcome = publish(PublishJob(CAMDEN), services, after(night))
    assert outcome.verdict == "publish", outcome
    return outcome.release


def history(services: Services, tmp_path: Path, releases: int = 4) -> list[str]:
    """Camden's releases with the canary in each, Lambeth's one, all of London, and the site as it is then."""
    publish(PublishJob(LAMBETH), services, NIGHT)
    made = []
    for night in range(releases):
        made.append(release(services, tmp_path, with_canary(f"T2{night:02},Tilia cordata,01/05/2021,3.5\n"), night))
        publish(PublishJob(LONDON), services, after(night))
    update_site(services, after(releases))
    return made


def holding(root: Path, text: str = CANARY) -> list[Path]:
    """Every file below a folder that holds a text, plain or in a page of a Parquet file."""
    import pyarrow.parquet as pq

    found = []
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += str(pq.read_table(path).to_pylist()).encode()
            if text.encode() in content:
                found.append(path)
    return found


def target(**what: object) -> PurgeTarget:
    return PurgeTarget(reason="It names a person.", **what)  # type: ignore[arg-type]


TARGETS = {
    "a column": target(field="species"),
    "a row": target(rows=(6,)),
    "everything": target(everything=True),
}


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_of_it_is_left(name: str, services: Services, tmp_path: Path) -> None:
    old = history(services, tmp_path)
    (services.store.root / "staging/street-trees.camden.abc").mkdir()
    assert len(holding(services.settings.home)) > 10
    purged = purge(CAMDEN, TARGETS[name], services, after(9))
    update_site(services, after(9))
    assert (purged.exit_code, purged.still_public) == (ExitCode.DONE, ())
    assert holding(services.settings.home) == []
    assert not set(old) & set(services.store.stored(CAMDEN))
    named = services.settings.home.rglob(f"*{old[-1][:16]}*")
    assert not [path for path in named if path.is_dir() and not path.is_symlink()]
    assert list((services.store.root / "staging").iterdir()) == []
    assert not verify_chain(read_entries(services.ledger.database)).broken_at
    assert [act["what"] for act in read_entries(services.ledger.database)][-1] == "purged"


def test_the_rest_stays_public(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path)
    purge(CAMDEN, target(rows=(6,)), services, after(9))
    csv = (services.settings.site / "current/datasets/street-trees/camden/trees.csv").read_text()
    assert csv.splitlines()[1:] == [
        "T001,Platanus x hispanica,2019-03-01,12.5",
        "T002,Tilia cordata,2020-11-15,4.0",
        "T003,Acer campestre,2021-02-02,3.5",
        "T004,Betula pendula,2021-11-30,2.5",
        "T203,Tilia cordata,2021-05-01,3.5",
    ]
    union = (services.settings.site / "current/datasets/street-trees/london/trees.csv").read_text()
    assert len(union.splitlines()) == 1 + 5 + 4
    report = (services.settings.site / "current/datasets/street-trees/camden/report.html").read_text()
    assert "one row had to go" in report


def test_a_column_is_emptied_and_the_others_are_as_they_were(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 1)
    purge(CAMDEN, target(field="species"), services, after(9))
    csv = (services.settings.site / "current/datasets/street-trees/camden/trees.csv").read_text()
    assert csv.splitlines()[1] == "T001,,2019-03-01,12.5"


def test_one_release_goes_and_the_one_before_it_is_public(services: Services, tmp_path: Path) -> None:
    clean = release(services, tmp_path, GOOD, 0)
    bad = release(services, tmp_path, with_canary(), 1)
    publish(PublishJob(LONDON), services, after(1))
    purged = purge(CAMDEN, target(release=bad[:12]), services, after(2))
    update_site(services, after(2))
    assert purged.release == clean
    assert services.store.stored(CAMDEN) == (clean,)
    assert holding(services.settings.home) == []


def test_what_was_withdrawn_goes_as_well(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 2)
    withdraw(CAMDEN, "It names a person.", services, after(3))
    assert holding(services.store.root / "withdrawn") != []
    purge(CAMDEN, target(everything=True), services, after(4))
    assert holding(services.settings.home) == []


def test_a_night_does_not_bring_it_back(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 2)
    purge(CAMDEN, target(field="species"), services, after(3))
    # the source is as it was
    assert publish(PublishJob(CAMDEN), services, after(4)).verdict == "unchanged"
    (tmp_path / "drop/camden/trees.csv").write_text(with_canary("T500,Tilia cordata,01/05/2021,3.5\n"))
    outcome = publish(PublishJob(CAMDEN), services, after(5))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.HELD, ExitCode.PERSONAL_DATA)
    assert holding(services.settings.site) == []


def test_the_same_row_is_known_when_it_comes_again(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 1)
    purge(CAMDEN, target(rows=(6,)), services, after(3))
    (tmp_path / "drop/camden/trees.csv").write_text(with_canary("T500,Tilia cordata,01/05/2021,3.5\n"))
    outcome = publish(PublishJob(CAMDEN), services, after(5))
    assert outcome.verdict == Verdict.HELD
    assert holding(services.settings.site) == []
    (tmp_path / "drop/camden/trees.csv").write_text(GOOD + "T500,Tilia cordata,01/05/2021,3.5\n")
    assert publish(PublishJob(CAMDEN), services, after(6)).verdict == "publish"


def test_the_records_hold_no_value(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 1)
    purge(CAMDEN, target(rows=(6,)), services, after(3))
    assert CANARY.encode() not in (services.settings.home / "ledger.sqlite").read_bytes()


def test_a_sealed_copy_stays_until_its_day(services: Services, tmp_path: Path) -> None:
    history(services, tmp_path, 2)
    purged = purge(CAMDEN, target(everything=True, days=30), services, after(3))
    copy = Path(purged.sealed_copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert remove_sealed_copies(services, after(33).date()) == ()
    assert remove_sealed_copies(services, after(34).date()) == (str(copy),)
    assert not copy.exists()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (target(field="height"), "no column"), (target(field="tree_id"), "tells the rows"),
        (target(rows=(2, 60)), "the last stands on row"), (target(release="abcdef0"), "does not name one"),
        (target(field="species", table="bushes"), "no table"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_away_changes_nothing(
    wanted: PurgeTarget, words: str, services: Services, tmp_path: Path
) -> None:
    (old,) = history(services, tmp_path, 1)
    with pytest.raises(SetupProblem, match=words):
        purge(CAMDEN, wanted, services, after(3))
    assert services.store.stored(CAMDEN) == (old,)
    assert finish_purges(services, after(4)) == ()


@pytest.mark.parametrize("text", ["1", "0", "7-3", "a", "7;8", "2-", "-4"])
def test_row_numbers_that_are_none(text: str) -> None:
    with pytest.raises(SetupProblem):
        row_numbers(text)


def test_row_numbers() -> None:
    assert row_numbers(" 7, 12-14,7 ") == (7, 12, 13, 14)


# --- killed anywhere --------------------------------------------------------------------------------------------------


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Act in a child that is killed before its n-th change to the disk or the ledger; whether it came so far."""
    child = os.fork()
    if child == 0:
        count = 0

        def counting(name: str, args: tuple[object, ...]) -> None:
            nonlocal count
            changes = name in ("os.rename", "os.remove", "shutil.rmtree", "os.mkdir", "os.link", "os.symlink")
            if changes or (name == "sqlite3.connect"):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        import sys

        sys.addaudithook(counting)
        # whatever happens, the child must not go on as a second run of the tests
        try:
            act()
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_purge_that_is_killed_anywhere_is_finished_later(name: str, services: Services, tmp_path: Path) -> None:
    import shutil

    history(services, tmp_path, 3)
    services.ledger.database.engine.dispose()
    home = services.settings.home
    shutil.copytree(home, tmp_path / "before", symlinks=True)
    step = 1
    while True:
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "before", home, symlinks=True)
        # the ledger is an earlier one again, which a process that knows the later one would not believe
        forget_chains()
        again = Services(services.settings)
        was_killed = killed_at(step, partial(purge, CAMDEN, TARGETS[name], again, after(9)))
        finisher = Services(services.settings)
        finished = finish_purges(finisher, after(10))
        update_site(finisher, after(10))
        if finished or not was_killed:
            assert holding(home) == [], step
        finisher.ledger.database.engine.dispose()
        if not was_killed:
            break
        step += 67
    assert step > 100
