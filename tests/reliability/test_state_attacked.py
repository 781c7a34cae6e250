"""What londata keeps is damaged, swapped or refused: told in words, nothing lost, nothing half public, nothing outside.

Every command is a process of its own. The same city is attacked in each way: it shows one release, and a new file has
come, so that the next publish has everything to do.
"""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.city import GOOD, make_city
from tests.reliability.attacked import (
    CHANGED,
    STREETS,
    TROUBLE,
    WORKED,
    Attacked,
    Refusing,
    some,
    tree_of,
    wrong_rights,
)
from tests.reliability.site import Mixed, shown

Damage = Callable[[Path], None]


def ledger_of(home: Path) -> Path:
    return home / "ledger.sqlite"


def whole_ledger(home: Path) -> bytes:
    """The bytes of the ledger with nothing left in the journal beside it."""
    with sqlite3.connect(ledger_of(home)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for beside in ("-wal", "-shm"):
        ledger_of(home).with_name(f"ledger.sqlite{beside}").unlink(missing_ok=True)
    return ledger_of(home).read_bytes()


def release_of(home: Path) -> Path:
    return next(path for path in (home / "releases/street-trees/camden").iterdir())


def replace(path: Path, content: bytes) -> None:
    path.touch()
    path.chmod(0o644)
    path.write_bytes(content)


# --- the ledger -------------------------------------------------------------------------------------------------------


def _rewritten(change: Callable[[bytes], bytes]) -> Damage:
    return lambda home: replace(ledger_of(home), change(whole_ledger(home)))


def _ledger_is_a_folder(home: Path) -> None:
    whole_ledger(home)
    ledger_of(home).unlink()
    ledger_of(home).mkdir()


def _ledger_leads_nowhere(home: Path) -> None:
    whole_ledger(home)
    ledger_of(home).unlink()
    ledger_of(home).symlink_to("/nonexistent/folder/ledger.sqlite")


def _of_another_database(ending: str) -> Damage:
    """What SQLite left beside another database, beside ours."""

    def damage(home: Path) -> None:
        whole_ledger(home)
        other = home.parent / "other.sqlite"
        mode = "WAL" if ending == "-wal" else "PERSIST"
        connection = sqlite3.connect(other)
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE other (a)")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO other VALUES (?)", [("x" * 3_000,)] * 200)
        shutil.copy(other.with_name(f"other.sqlite{ending}"), ledger_of(home).with_name(f"ledger.sqlite{ending}"))
        connection.rollback()
        connection.close()

    return damage


def _flipped(seed: int) -> Damage:
    def change(content: bytes) -> bytes:
        dice, changed = random.Random(seed), bytearray(content)
        for _ in range(dice.choice((1, 4, 40))):
            changed[dice.randrange(len(changed))] ^= dice.randrange(1, 256)
        return bytes(changed)

    return _rewritten(change)


LEDGERS: dict[str, Damage] = {
    "no database": _rewritten(lambda _: b"Dear reader,\n" * 900),
    "a header of zeros": _rewritten(lambda content: b"\0" * 100 + content[100:]),
    "half of it": _rewritten(lambda content: content[: len(content) // 2]),
    "cut within a page": _rewritten(lambda content: content[:10_000]),
    "a folder": _ledger_is_a_folder,
    "a link to nowhere": _ledger_leads_nowhere,
}
"""What nobody can work with: refused, and named."""

DOUBTFUL: dict[str, Damage] = {
    "a page of noise": _rewritten(lambda content: content[:8192] + random.Random(1).randbytes(4096) + content[12288:]),
    "every page but the first zero": _rewritten(lambda content: content[:4096] + b"\0" * (len(content) - 4096)),
    "no bytes": _rewritten(lambda _: b""),
    "gone": lambda home: (whole_ledger(home), ledger_of(home).unlink())[1],
    "the write-ahead log of another": _of_another_database("-wal"),
    "the journal of another": _of_another_database("-journal"),
    "a log of noise": lambda home: replace(ledger_of(home).with_name("ledger.sqlite-wal"), b"\x37\x7f" * 9_000),
} | {f"bytes flipped, {seed}": _flipped(seed) for seed in range(8)}  # fmt: skip
"""What SQLite may work with, or not; what is public is whole in either case."""


@pytest.mark.parametrize("kind", some(LEDGERS, 6))
def test_a_damaged_ledger_is_refused_and_named(kind: str, city: Attacked) -> None:
    good, before = whole_ledger(city.home), shown(city.page)
    LEDGERS[kind](city.home)
    for words in (("publish", STREETS), ("reconcile",), ("status",)):
        said = city.londata(*words)
        assert said.code == 60, (words, said)
        assert "ledger" in said.words
        assert shown(city.page) == before
    doctor = city.londata("doctor")
    assert (doctor.code, "ledger" in doctor.words) == (60, True)
    # the copy comes back, and the next run does what this one could not
    remove(ledger_of(city.home))
    ledger_of(city.home).write_bytes(good)
    assert city.londata("publish", STREETS).code == 0
    assert shown(city.page) not in ("", before)


@pytest.mark.parametrize("kind", some(DOUBTFUL, 15))
def test_with_a_doubtful_ledger_nothing_is_lost_or_half_public(kind: str, city: Attacked) -> None:
    before, releases = shown(city.page), tree_of(city.home / "releases")
    DOUBTFUL[kind](city.home)
    for words in (("doctor",), ("status",), ("reconcile",), ("publish", STREETS), ("reconcile",), ("audit", "verify")):
        city.londata(*words)
        assert shown(city.page)
    kept = tree_of(city.home / "releases")
    assert {name: kept.get(name) for name in releases} == releases
    assert before in {path.name for path in (city.home / "releases/street-trees/camden").iterdir()}


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# --- releases and received files --------------------------------------------------------------------------------------


def _in_release(name: str, change: Callable[[bytes], bytes]) -> Damage:
    def damage(home: Path) -> None:
        replace(release_of(home) / name, change((release_of(home) / name).read_bytes()))

    return damage


def _traversing(content: bytes) -> bytes:
    told = json.loads(content)
    told["files"][0]["name"] = "../../../../../outside/1/kept.txt"
    return json.dumps(told).encode()


def _led_elsewhere(name: str) -> Damage:
    """A folder of ours is moved away, and a link to a folder of others stands in its place."""

    def damage(home: Path) -> None:
        place = release_of(home) if name == "release" else home / name
        place.rename(home.parent / "moved")
        place.symlink_to(home.parent / "outside")

    return damage


RELEASES: dict[str, Damage] = {
    "no manifest": lambda home: (release_of(home) / "manifest.json").unlink(),
    "half a manifest": _in_release("manifest.json", lambda content: content[: len(content) // 2]),
    "a manifest that is a list": _in_release("manifest.json", lambda _: b"[]"),
    "a manifest that is deep": _in_release("manifest.json", lambda _: b"[" * 100_000),
    "a manifest of no files": _in_release("manifest.json", lambda content: content.replace(b'"files"', b'"flies"')),
    "a manifest that leads outside": _in_release("manifest.json", _traversing),
    "no descriptor": lambda home: (release_of(home) / "datapackage.json").unlink(),
    "a descriptor of noise": _in_release("datapackage.json", lambda _: b"\xff\xfe\x00"),
    "half of the data": _in_release("trees.csv", lambda content: content[: len(content) // 2]),
    "one byte of the data": _in_release("trees.parquet", lambda content: content[:40] + b"\x01" + content[41:]),
    "no data": lambda home: (release_of(home) / "trees.csv").unlink(),
    "a file in place of the folder": lambda home: (shutil.rmtree(release_of(home)), (home / "x").touch())[1],
    "a link to a folder of others": _led_elsewhere("release"),
}


@pytest.mark.parametrize("kind", some(RELEASES, 13))
def test_a_damaged_release_never_becomes_public_and_the_next_file_does(kind: str, city: Attacked) -> None:
    outside, before = tree_of(city.outside), shown(city.page)
    RELEASES[kind](city.home)
    said = city.londata("reconcile")
    assert shown(city.page) == before
    assert said.code in WORKED | {30, 50, 60}
    # the site is lost as well: what is damaged must not come back
    if kind != "a file in place of the folder":
        shutil.rmtree(city.home / "site")
        said = city.londata("reconcile")
        assert said.code in {30, 50, 60} or (said.code, kind) == (0, "one byte of the data"), said
        assert not (city.page / "trees.csv").exists()
    for words in (("doctor",), ("tidy",), ("publish", STREETS)):
        city.londata(*words)
    assert tree_of(city.outside) == outside


@pytest.mark.parametrize("kind", some(["other bytes", "cut", "gone", "a link elsewhere"], 4))
def test_a_received_file_that_was_changed_is_received_again(kind: str, city: Attacked) -> None:
    (city.root / "drop/camden/trees.csv").write_text(GOOD)
    blob = next(path for path in (city.home / "extracts").rglob("*") if path.is_file())
    good = blob.read_bytes()
    changes: dict[str, Callable[[], object]] = {
        "cut": lambda: blob.write_bytes(good[:-40]),
        "other bytes": lambda: blob.write_bytes(good.replace(b"12.5", b"99.5")),
        "gone": blob.unlink,
        "a link elsewhere": lambda: (blob.unlink(), blob.symlink_to(city.outside / "1/kept.txt")),
    }
    changes[kind]()
    # the description changes, so that the same file is read and judged again
    package = city.root / "datasets/street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace("In metres.", "In metres above the ground."))
    outside = tree_of(city.outside)
    codes = [city.londata("publish", STREETS).code for _ in range(2)]
    assert codes[-1] in WORKED, codes
    assert "99.5" not in (city.page / "trees.csv").read_text()
    assert shown(city.page)
    assert tree_of(city.outside) == outside


ELSEWHERE = (
    "releases",
    "extracts",
    "staging",
    "reports",
    "withdrawn",
    "site",
    "site/pages",
    "site/folders",
    "site/datasets",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", some(ELSEWHERE, 9))
def test_nothing_is_written_or_removed_where_a_link_leads_outside(name: str, city: Attacked) -> None:
    outside = tree_of(city.outside)
    _led_elsewhere(name)(city.home)
    for words in (("doctor",), ("publish", STREETS), ("reconcile",), ("tidy",), ("site",),
                  ("withdraw", STREETS, "--reason", "A test of links.")):  # fmt: skip
        said = city.londata(*words)
        assert tree_of(city.outside) == outside, words
    assert city.londata("doctor").code == 60
    # the folder comes back, and all is as it was
    place = city.home / name
    place.unlink()
    (city.root / "moved").rename(place)
    said = city.londata("publish", STREETS)
    assert said.code in WORKED, said
    assert shown(city.page)


# --- what the system refuses ------------------------------------------------------------------------------------------


def few_files(number: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def small_files(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def failing(name: str, number: int, at: int, is_done: bool = False) -> None:
    """The `at`-th call of a function of the system fails, and all after it; `is_done`: it did its work all the same."""
    real, count = getattr(os, name), iter(range(1_000_000))

    def call(*arguments: Any, **named: Any) -> Any:
        if next(count) < at or "/proc/" in str(arguments):
            return real(*arguments, **named)
        if is_done:
            real(*arguments, **named)
        raise OSError(number, os.strerror(number), str(arguments[0]) if isinstance(arguments[0], str | Path) else None)

    setattr(os, name, call)


REFUSED: dict[str, Refusing] = (
    {f"{number} files": Refusing(few_files, (number,)) for number in (8, 12, 16, 20, 24, 32, 48)}
    | {f"files of {size} bytes": Refusing(small_files, (size,)) for size in (300, 5_000, 40_000, 200_000)}
    | {
        f"{name}: {errno.errorcode[number]} from the {at}th on{' though done' if is_done else ''}": Refusing(
            failing, (name, number, at, is_done)
        )
        for name, number, at, is_done in (
            ("rename", errno.EXDEV, 0, False), ("rename", errno.EXDEV, 2, False), ("rename", errno.ENOENT, 0, True),
            ("rename", errno.ENOENT, 3, True), ("rename", errno.ESTALE, 1, False), ("rename", errno.EBUSY, 4, False),
            ("replace", errno.EXDEV, 0, False), ("replace", errno.ENOENT, 0, True), ("replace", errno.ESTALE, 0, False),
            ("link", errno.EXDEV, 0, False), ("link", errno.EMLINK, 0, False), ("symlink", errno.EROFS, 0, False),
            ("fsync", errno.EIO, 0, False), ("fsync", errno.EIO, 9, False), ("mkdir", errno.ENOSPC, 3, False),
            ("mkdir", errno.EROFS, 0, False), ("unlink", errno.EBUSY, 0, False), ("open", errno.ENFILE, 2, False),
            ("stat", errno.ESTALE, 400, False), ("listdir", errno.ESTALE, 0, False), ("chmod", errno.EPERM, 0, False),
        )
    }
)  # fmt: skip


@pytest.mark.parametrize("kind", some(REFUSED, 16))
def test_what_the_system_refuses_is_told_and_the_next_run_does_it(kind: str, city: Attacked) -> None:
    before = shown(city.page)
    said = city.londata("publish", STREETS, before=REFUSED[kind])
    assert said.code in WORKED | TROUBLE, said
    assert shown(city.page)
    if said.code in TROUBLE:
        assert city.londata("reconcile").code in WORKED
        assert shown(city.page)
    assert city.londata("publish", STREETS).code in WORKED
    assert shown(city.page) not in ("", before)
    assert city.londata("doctor").code == 0


def test_where_nothing_can_be_said_the_exit_code_says_it(city: Attacked) -> None:
    before = shown(city.page)
    said = city.start("publish", STREETS, before=Refusing(small_files, (0,))).end(is_mute=True)
    assert (said.code in TROUBLE, said.words.strip()) == (True, "")
    assert shown(city.page) == before
    assert city.londata("publish", STREETS).code in WORKED


# --- time -------------------------------------------------------------------------------------------------------------


def shifted(seconds: float) -> None:
    """The clock of the process is off by so many seconds, for whoever asks."""
    import datetime as dt

    from flows.cli import commands, maintenance_commands, results

    real, now = time.time, results.now
    time.time = lambda: real() + seconds
    for module in (commands, maintenance_commands, results):
        if hasattr(module, "now"):
            module.now = lambda: now() + dt.timedelta(seconds=seconds)  # type: ignore[attr-defined]


DAY, YEARS = 86_400, 10 * 365 * 86_400


OFF = {"a day back": -DAY, "ten years back": -YEARS, "a day on": DAY, "ten years on": YEARS}


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(OFF, 4))
def test_a_clock_that_is_wrong_loses_nothing(kind: str, city: Attacked) -> None:
    before = shown(city.page)
    said = city.londata("publish", STREETS, before=Refusing(shifted, (OFF[kind],)))
    # ten years ago, every date of the file lay in the future: it is held
    assert said.code == (30 if kind == "ten years back" else 0), said
    then = shown(city.page)
    assert then
    assert (then == before) == (said.code == 30)
    # and right again: the newest is what came last, whatever its date says
    (city.root / "drop/camden/trees.csv").write_text(CHANGED + "T006,Betula pendula,30/11/2021,2.5\n")
    assert city.londata("publish", STREETS).code in WORKED
    assert shown(city.page) not in ("", before, then)
    assert city.londata("reconcile").code in WORKED
    assert city.londata("audit", "verify").code == 0
    assert city.londata("tidy").code in WORKED
    assert shown(city.page)


# --- rights -----------------------------------------------------------------------------------------------------------

UMASK = {"nobody is kept out": 0o000, "everybody is kept out": 0o077}


@pytest.mark.slow
@pytest.mark.parametrize("umask", some(UMASK, 2))
def test_what_is_not_public_is_for_our_account_alone(umask: str, tmp_path: Path) -> None:
    city = Attacked(tmp_path)
    make_city(tmp_path, "camden", "barnet", "merton")
    (tmp_path / "drop/barnet/trees.csv").write_text(GOOD.replace("02/02/2021", "31/02/2021"))
    open_to_all = Refusing(os.umask, (UMASK[umask],))  # type: ignore[arg-type]
    night = [("nightly", "--all"), ("withdraw", "street-trees/merton", "--reason", "A test of rights.")]
    for words in night:
        city.londata(*words, before=open_to_all)
    assert shown(city.page)
    assert list(wrong_rights(city.home)) == []
    doctor = city.londata("doctor")
    assert doctor.code == 0, doctor


@pytest.mark.parametrize(
    ("name", "rights", "words"),
    [
        ("ledger.sqlite", 0o644, "chmod -R go="),
        ("instance.key", 0o640, "chmod"),
        ("", 0o777, "chmod go-w"),
        ("site", 0o775, "chmod go-w"),
    ],
)
def test_doctor_tells_when_a_home_is_open_to_others(name: str, rights: int, words: str, city: Attacked) -> None:
    assert city.londata("doctor").code == 0
    if name == "instance.key":
        (city.home / name).write_text("0" * 64)
    (city.home / name).chmod(rights)
    said = city.londata("doctor")
    assert said.code == 60
    assert words in said.words


def test_the_eye_of_these_tests_sees_what_is_mixed(city: Attacked) -> None:
    (city.page / "trees.csv").unlink()
    (city.page / "trees.csv").write_text("other bytes")
    with pytest.raises(Mixed):
        shown(city.page)
