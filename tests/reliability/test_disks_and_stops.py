"""A disk that is full, one that is read-only, and a run that stands still while another one takes its place."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.flows.city import GOOD
from tests.reliability.attacked import STREETS, TROUBLE, WORKED, Attacked, Refusing, some
from tests.reliability.effects import Effects, counted
from tests.reliability.site import shown

pytestmark = pytest.mark.slow

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount something for a test; where the system does not let us, the test is skipped."""
    mounted: list[Path] = []

    def mount(folder: Path, *options: str) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a disk")
        done = subprocess.run(["mount", *options, folder], check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", folder], check=False)


@pytest.mark.parametrize("free", some([0, 8, 30, 60, 100, 150, 300, 600, 1_200, 2_500], 6))
def test_a_disk_that_is_full_is_told_and_the_next_run_has_room(free: int, city: Attacked, mount: Mount) -> None:
    """The home is on a disk of its own, with so many KiB left."""
    before, kept = shown(city.page), city.root / "kept"
    city.home.rename(kept)
    city.home.mkdir()
    mount(city.home, "-t", "tmpfs", "-o", "size=64m", "none")
    shutil.copytree(kept, city.home, symlinks=True, dirs_exist_ok=True)
    filler = city.home / "filler"
    filler.write_bytes(b"\0" * (shutil.disk_usage(city.home).free - free * 1024))
    said = city.londata("publish", STREETS)
    assert said.code in WORKED | TROUBLE, said
    assert said.code in WORKED or "space" in said.words or "disk" in said.words, said
    assert shown(city.page)
    city.londata("doctor")
    city.londata("status")
    assert city.londata("reconcile").code in WORKED | TROUBLE
    assert shown(city.page)
    filler.unlink()
    assert city.londata("publish", STREETS).code in WORKED
    assert shown(city.page) not in ("", before)
    assert city.londata("audit", "verify").code == 0
    assert not list((city.home / "staging").iterdir())


@pytest.mark.parametrize("place", some([".", "extracts", "staging", "releases", "site", "site/folders"], 3))
def test_a_place_that_is_read_only_is_told(place: str, city: Attacked, mount: Mount) -> None:
    before, folder = shown(city.page), (city.home / place).resolve()
    mount(folder, "--bind", folder)  # type: ignore[arg-type]
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    said = city.londata("publish", STREETS)
    assert said.code in TROUBLE, said
    # a mount of its own is a disk of its own, which a rename finds out first
    assert "read-only" in said.words.lower() or "different disks" in said.words, said
    assert shown(city.page) == before
    doctor = city.londata("doctor")
    assert (doctor.code, "read-only" in doctor.words.lower()) == (60, True), doctor
    assert city.londata("reconcile").code in WORKED | TROUBLE
    assert shown(city.page) == before
    subprocess.run(["mount", "-o", "remount,bind,rw", folder], check=True)
    subprocess.run(["umount", "-l", folder], check=True)
    assert city.londata("publish", STREETS).code in WORKED
    assert shown(city.page) not in ("", before)


STANDING: list[AbstractContextManager[Effects]] = []
"""In the process of a command: what counts its effects, for as long as it lives."""


def stopping(root: Path, at: int) -> None:
    """The process stops before its `at`-th effect."""
    STANDING.append(counted(Effects(root, at, "stop")))
    STANDING[0].__enter__()


def impatient() -> None:
    """The process waits two seconds for whoever writes in the site."""
    from catalogue.backends import versioned_folder

    versioned_folder.LOCK_WAIT = 2.0


SHORT = {"LONDATA_LEASE_SECONDS": "1", "LONDATA_LEASE_WAIT": "30"}


@pytest.mark.parametrize("at", some(range(5, 300, 10), 15))
def test_a_run_that_stood_still_beyond_its_lease_takes_nothing_back(at: int, city: Attacked) -> None:
    """Another one publishes what is newer meanwhile; then the first one goes on."""
    first = city.start("publish", STREETS, before=Refusing(stopping, (city.home, at)), **SHORT)
    if not first.stands():
        assert first.end().code in WORKED
        return
    (city.root / "drop/camden/trees.csv").write_text(GOOD + "LAST,Betula pendula,30/11/2021,2.5\n")
    second = city.londata("publish", STREETS, before=impatient, **SHORT)
    # the first may stand in the middle of a transaction or within a lock, for which all others wait
    assert second.code in WORKED | {50}, second
    newest = shown(city.page) if second.code in WORKED else ""
    first.go_on()
    said = first.end()
    assert said.code in WORKED | {50}, said
    if newest:
        assert shown(city.page) == newest
        assert "LAST" in (city.page / "trees.csv").read_text()
    assert city.londata("reconcile").code in WORKED
    assert city.londata("publish", STREETS).code in WORKED
    assert "LAST" in (city.page / "trees.csv").read_text()
    assert not newest or shown(city.page) == newest
    assert city.londata("audit", "verify").code == 0
