"""What an object store promises: in memory, on moto, on Ceph, and looked at with another client where there is one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from packages.errors import SetupProblem, TemporaryProblem
from packages.objects import (
    UNCHANGED,
    AlreadyThere,
    ChangedMeanwhile,
    ObjectStore,
    StoreAddress,
    StoredContent,
    open_object_store,
)
from packages.objects.proof import prove_store
from tests.s3 import BUCKET, client, free_port, moto_server, radosgw_is_there, radosgw_server


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


@pytest.fixture(params=["memory", "moto", pytest.param("radosgw", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "memory":
        from obstore.store import MemoryStore

        return ObjectStore(MemoryStore(), "memory")
    address = request.getfixturevalue(request.param)
    # each test has a place of its own in the bucket
    return open_object_store(replace(address, url=f"s3://{BUCKET}/{abs(hash(request.node.name))}"))


def test_a_file_in_parts_is_called_what_the_store_calls_it(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(range(256)) * (3 << 13))
    etag = store.put("a/large", tmp_path / "large")
    head = store.head("a/large")
    assert head is not None
    assert etag == head.etag != ""
    assert [one.etag for one in store.list("a/")] == [etag]


def test_what_is_put_is_there_and_what_is_not_is_none(store: ObjectStore) -> None:
    assert store.get("a/b") is None
    assert store.head("a/b") is None
    assert store.read_range("a/b", 0, 1) == b""
    etag = store.put("a/b", b"content")
    assert store.get("a/b") == StoredContent(b"content", etag)
    head = store.head("a/b")
    assert head is not None
    assert (head.key, head.bytes, head.etag) == ("a/b", 7, etag)
    assert store.read_range("a/b", 3, 2) == b"te"


def test_an_object_that_has_not_changed_is_not_sent_again(store: ObjectStore) -> None:
    etag = store.put("a", b"1")
    assert store.get_if_changed("a", etag) is UNCHANGED
    other = store.put("a", b"2")
    assert store.get_if_changed("a", etag) == StoredContent(b"2", other)
    store.delete(["a"])
    assert store.get_if_changed("a", other) is None


def test_a_new_object_overwrites_none(store: ObjectStore) -> None:
    store.put_new("manifest", b"first")
    with pytest.raises(AlreadyThere):
        store.put_new("manifest", b"second")
    found = store.get("manifest")
    assert found is not None
    assert found.data == b"first"


def test_a_conditional_write_that_is_sent_again_meets_itself(store: ObjectStore) -> None:
    # so it looks when the answer to the first was lost
    etag = store.put_new("manifest", b"first")
    assert store.put_new("manifest", b"first") == etag
    newer = store.put_over("manifest", b"second", etag)
    assert store.put_over("manifest", b"second", etag) == newer


def test_what_was_read_is_written_over_only_while_it_is_there(store: ObjectStore) -> None:
    seen = store.put_new("pointer", b"1")
    store.put_over("pointer", b"2", seen)
    with pytest.raises(ChangedMeanwhile):
        store.put_over("pointer", b"3", seen)
    store.delete(["pointer"])
    with pytest.raises(ChangedMeanwhile):
        store.put_over("pointer", b"3", seen)
    assert store.get("pointer") is None


def test_of_many_writers_at_once_nobody_is_overwritten_unseen(store: ObjectStore) -> None:
    store.put_new("log", b"")

    def add_ten(writer: str) -> None:
        done = 0
        while done < 10:
            found = store.get("log")
            assert found is not None
            try:
                store.put_over("log", found.data + f"{writer} {done}\n".encode(), found.etag)
            except ChangedMeanwhile:
                continue
            done += 1

    writers = ("barnet", "brent", "camden", "ealing")
    threads = [threading.Thread(target=add_ten, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.get("log")
    assert found is not None
    lines = found.data.decode().splitlines()
    assert sorted(lines) == sorted(f"{writer} {number}" for writer in writers for number in range(10))


def test_a_list_has_everything_below_a_prefix_and_nothing_beside_it(store: ObjectStore) -> None:
    names = {f"releases/trees/camden/{number:04}" for number in range(1203)}
    for name in names:
        store.put(name, b"")
    store.put("releases/trees/camden-2/0", b"")
    store.put("other", b"")
    assert {one.key for one in store.list("releases/trees/camden/")} == names
    assert {one.key for one in store.list("nothing/")} == set()
    store.delete(sorted(names))
    assert {one.key for one in store.list("releases/")} == {"releases/trees/camden-2/0"}


def test_names_of_the_next_level_are_told_without_what_is_below(store: ObjectStore) -> None:
    for key in ("releases/trees/camden/1/a", "releases/trees/barnet/1/a", "releases/spend/camden/1/a", "other/x"):
        store.put(key, b"")
    assert store.folders("releases/") == ("spend", "trees")
    assert store.folders("releases/trees/") == ("barnet", "camden")
    assert store.folders("nothing/") == ()


def test_a_copy_has_the_same_bytes_under_another_key(store: ObjectStore) -> None:
    store.put("releases/a", b"content")
    store.copy("releases/a", "withdrawn/a")
    store.delete(["releases/a"])
    found = store.get("withdrawn/a")
    assert found is not None
    assert found.data == b"content"
    with pytest.raises(FileNotFoundError):
        store.copy("releases/a", "withdrawn/b")


def test_what_is_removed_is_gone_and_what_was_not_there_is_no_fault(store: ObjectStore) -> None:
    store.put("a", b"")
    store.put("b", b"")
    store.delete(["gone before", "a", "another", "b"])
    assert list(store.list("")) == []
    store.delete([])


def test_a_file_goes_up_in_parts_and_comes_down_whole(store: ObjectStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 80_000
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    store.put("large", source)
    store.download("large", target, hashlib.sha256(content).hexdigest())
    assert target.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "target"]


def test_other_bytes_than_were_stored_are_never_taken(store: ObjectStore, tmp_path: Path) -> None:
    store.put("file", b"changed by somebody")
    with pytest.raises(TemporaryProblem):
        store.download("file", tmp_path / "target", hashlib.sha256(b"as it was").hexdigest())
    with pytest.raises(FileNotFoundError):
        store.download("nothing", tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_keys_are_as_written_for_another_client(moto: StoreAddress) -> None:
    store = open_object_store(replace(moto, url=f"s3://{BUCKET}/keys/of a city"))
    store.put("releases/trees/city-of-london/Grüße +%20&.csv", b"x")
    listed = client(moto).list_objects_v2(Bucket=BUCKET, Prefix="keys/")["Contents"]
    assert [one["Key"] for one in listed] == ["keys/of a city/releases/trees/city-of-london/Grüße +%20&.csv"]
    assert [one.key for one in store.list("releases/")] == ["releases/trees/city-of-london/Grüße +%20&.csv"]


def test_a_bucket_that_is_not_there_is_a_set_up_problem(moto: StoreAddress) -> None:
    store = open_object_store(replace(moto, url="s3://another-bucket"))
    for act in (lambda: store.put("a", b""), lambda: list(store.list("")), lambda: store.get("a")):
        with pytest.raises(SetupProblem, match="no bucket s3://another-bucket"):
            act()


def test_a_server_that_does_not_answer_is_a_temporary_problem_without_a_secret() -> None:
    address = StoreAddress("s3://b", f"http://127.0.0.1:{free_port()}", key_id="id", secret="canary-31")
    store = open_object_store(address)
    with pytest.raises(TemporaryProblem, match="does not answer") as problem:
        store.get("a")
    assert "canary-31" not in repr(problem.value) + problem.value.fix
    assert "canary-31" not in repr(address)


@pytest.mark.parametrize("url", ["", "b/c", "https://bucket", "s3:///prefix", "file:///tmp"])
def test_an_address_that_is_none_is_told_in_words(url: str) -> None:
    with pytest.raises(SetupProblem, match="no address of an object store"):
        open_object_store(StoreAddress(url))


def test_a_store_is_proved_by_writing_and_nothing_is_left(store: ObjectStore) -> None:
    prove_store(store, "scratch/doctor/1")
    assert list(store.list("")) == []


class Forgetful(ObjectStore):
    """A service that takes conditions and does not keep them, as some do."""

    def put_new(self, key: str, content: bytes) -> str:
        return self.put(key, content)

    def put_over(self, key: str, content: bytes, etag: str) -> str:
        return self.put(key, content)


def test_a_store_that_keeps_no_conditions_is_found_out() -> None:
    from obstore.store import MemoryStore

    store = Forgetful(MemoryStore(), "s3://forgetful")
    with pytest.raises(SetupProblem, match="a new object overwrites one that is there"):
        prove_store(store, "scratch/doctor/1")
    assert list(store.list("")) == []


def test_a_bucket_that_keeps_versions_is_found_out(moto: StoreAddress) -> None:
    client(moto).create_bucket(Bucket="versions")
    client(moto).put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    store = open_object_store(replace(moto, url="s3://versions"))
    with pytest.raises(SetupProblem, match="keeps every version"):
        prove_store(store, "scratch/doctor/1")
