"""Hostile files through the real command: what they cost all processes together, and what is said of them."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import pytest

from tests.enemy.hostile import HostileFile, cases
from tests.enemy.measure import PROGRAM, WALL, check_cost, cost_of, environment_of

FILES = list(cases())
FIRST = [file for file in FILES if not file.number]
QUICK = ("zip-of-overlapping-members-0", "csv-of-many-columns-0", "one-long-quotation-2", "xlsx-of-merged-cells-2",
    "json-of-empty-records-2", "gml-of-entities-0", "wkt-of-nested-collections-1")  # fmt: skip
"""Small ones of different kinds, for every run."""

SHARE = 2
"""Of the first files of all kinds, one of so many is in the slow run: every kind is in `make enemy`."""


def named(file: HostileFile) -> str:
    return file.name


def test_there_are_enough_of_them() -> None:
    assert len(FIRST) >= 60
    assert len(FILES) >= 500
    assert len({file.name for file in FILES}) == len(FILES)


def test_a_file_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("zip64-tricks-0", "turned-bits-3", "xlsx-of-merged-cells-3", "gml-of-deep-xml-3"):
        file = next(file for file in FILES if file.name == name)
        content = [file.write(tmp_path / again).read_bytes() for again in ("one", "two")]
        assert zlib.crc32(content[0]) == zlib.crc32(content[1]), name


def assert_cheap(file: HostileFile, folder: Path) -> None:
    cost = check_cost(file, folder)
    assert not cost.faults(), f"{cost}"


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.skipif(sys.platform != "linux", reason="costs are measured with /proc")
def test_a_hostile_file_is_cheap_and_told_in_words(name: str, tmp_path: Path) -> None:
    assert_cheap(next(file for file in FILES if file.name == name), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("file", FIRST[::SHARE], ids=named)
@pytest.mark.skipif(sys.platform != "linux", reason="costs are measured with /proc")
def test_every_kind_is_cheap_and_told_in_words(file: HostileFile, tmp_path: Path) -> None:
    assert_cheap(file, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("file", FIRST[7::20], ids=named)
@pytest.mark.skipif(sys.platform != "linux", reason="costs are measured with /proc")
def test_to_publish_one_is_as_cheap(file: HostileFile, tmp_path: Path) -> None:
    path = file.write(tmp_path)
    command = [sys.executable, "-c", PROGRAM, "publish", "spend-over-500/camden", "--file", str(path)]
    cost = cost_of(command, environment_of(tmp_path / "home"))
    assert not cost.faults(), f"{cost}"
    assert cost.wall < WALL
