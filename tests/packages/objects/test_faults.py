"""Every promise of an object store while its server fails: no write is lost, done twice or half, none is read half."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from packages.errors import TemporaryProblem
from packages.objects import AlreadyThere, ChangedMeanwhile, ObjectStore, StoreAddress, open_object_store
from tests.s3 import BUCKET, moto_server, radosgw_is_there, radosgw_server
from tests.s3_faults import Faults, faulty

Result = TypeVar("Result")


@pytest.fixture(scope="module")
def moto() -> Iterator[StoreAddress]:
    with moto_server() as address:
        yield address


@pytest.fixture(scope="module")
def radosgw() -> Iterator[StoreAddress]:
    if not radosgw_is_there():
        pytest.skip("needs Debian's radosgw, ceph-mon and ceph-osd, which are not installed")
    with radosgw_server() as address:
        yield address


def again(act: Callable[[], Result]) -> Result:
    """Do what was asked as the next run does, until it is not a temporary problem any more; ten times at most."""
    for _ in range(9):
        try:
            return act()
        except TemporaryProblem:
            continue
    return act()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["error", "error_after", "reset_after", "busy", "cut", "slow"])
def test_a_fault_changes_nothing_but_time(moto: StoreAddress, fault: str, tmp_path: Path) -> None:
    faults = Faults({fault: 0.4}, seed=7, seconds=0.1)
    place = replace(moto, url=f"s3://{BUCKET}/{fault}")
    content = bytes(range(256)) * 4_000
    with faulty(place, faults) as address:
        store = open_object_store(address)
        for number in range(6):
            write_and_read(store, number, content, tmp_path / str(number))
        listed = again(lambda: {one.key for one in store.list("files/")})
        assert listed == {f"files/{number}" for number in range(6)}
        again(lambda: store.delete(f"files/{number}" for number in range(6)))
    straight = open_object_store(place)
    assert faults.met[fault] > 3
    assert list(straight.list("files/")) == []
    manifests = [straight.get(f"manifest/{number}") for number in range(6)]
    assert [found.data for found in manifests if found] == [b"second"] * 6
    assert all(path.read_bytes() == content for path in tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["error", "error_after", "error_within", "reset_after", "busy", "cut"])
@pytest.mark.parametrize("server", ["moto", "radosgw"])
def test_a_file_in_parts_is_stored_whole_or_told_as_a_problem_that_passes(
    server: str, fault: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    faults = Faults({fault: 0.5}, seed=3)
    place = replace(request.getfixturevalue(server), url=f"s3://{BUCKET}/parts-{fault}")
    path, copy = tmp_path / "large", tmp_path / "copy"
    path.write_bytes(bytes(range(256)) * (1 << 16))
    with faulty(place, faults) as address:
        store = open_object_store(address)
        for number in range(6):
            etag = again(lambda key=f"files/{number}": store.put(key, path))  # type: ignore[misc]
            head = open_object_store(place).head(f"files/{number}")
            assert head is not None
            assert head.etag == etag
    assert faults.met[fault] > 3
    for number in range(6):
        open_object_store(place).download(f"files/{number}", copy, hashlib.sha256(path.read_bytes()).hexdigest())


def write_and_read(store: ObjectStore, number: int, content: bytes, path: Path) -> None:
    key, digest = f"manifest/{number}", hashlib.sha256(content).hexdigest()
    first = again(lambda: store.put_new(key, b"first"))
    with pytest.raises(AlreadyThere):
        again(lambda: store.put_new(key, b"other"))
    again(lambda: store.put_over(key, b"second", first))
    with pytest.raises(ChangedMeanwhile):
        again(lambda: store.put_over(key, b"third", first))
    again(lambda: store.put(f"files/{number}", content))
    again(lambda: store.download(f"files/{number}", path, digest))
