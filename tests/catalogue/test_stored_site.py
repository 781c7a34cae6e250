"""The site in an object store: two hosts make what one makes in a folder, and a reader never gets half of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from catalogue.backends.folder import FolderCatalogue
from catalogue.backends.mirrored_folder import MirroredFolder
from catalogue.backends.stored import StoredCatalogue
from catalogue.backends.stored_site import StoredSite
from catalogue.listing import listing_of, release_path
from catalogue.trees.again import LostRace
from catalogue.trees.shelf import TreeShelf
from catalogue.web.front import SiteFront
from catalogue.web.public_site import FolderSite, PublicFile
from catalogue.web.server import site_server
from packages.errors import TemporaryProblem
from packages.model import Identity
from packages.objects import ObjectStore
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec
from tests.catalogue.overviews import city, overview, release_summary
from tests.catalogue.public_site import public_files

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("spend-over-500", "hackney")
SECRET = "Somebody Private"
PAGE = "datasets/spend-over-500/camden/"


@dataclass
class Counted(ObjectStore):
    """A store in memory that counts requests; `before` is called with the name of each one before it is sent."""

    memory: MemoryStore
    counts: Counter[str] = field(default_factory=Counter)
    before: Callable[[str, str], None] = lambda call, key: None
    after: Callable[[str, str], None] = lambda call, key: None

    def __post_init__(self) -> None:
        super().__init__(self.memory, "memory")

    def get(self, key: str):  # type: ignore[no-untyped-def]
        return self._count("get", key)

    def get_if_changed(self, key: str, etag: str):  # type: ignore[no-untyped-def]
        return self._count("get_if_changed", key, etag)

    def list(self, prefix: str):  # type: ignore[no-untyped-def]
        return list(self._count("list", prefix))

    def put(self, key: str, content):  # type: ignore[no-untyped-def]
        return self._count("put", key, content)

    def put_new(self, key: str, content: bytes) -> str:
        return self._count("put_new", key, content)

    def put_over(self, key: str, content: bytes, etag: str) -> str:
        return self._count("put_over", key, content, etag)

    def delete(self, keys) -> None:  # type: ignore[no-untyped-def]
        self._count("delete", keys)

    def head(self, key: str):  # type: ignore[no-untyped-def]
        return self._count("head", key)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        return self._count("read_range", key, start, length)

    def download(self, key: str, path: Path, sha256: str = "") -> None:
        self._count("download", key, path, sha256)

    def _count(self, call: str, *told):  # type: ignore[no-untyped-def]
        self.counts[call] += 1
        self.before(call, str(told[0]))
        answer = getattr(ObjectStore, call)(self, *told)
        self.after(call, str(told[0]))
        return answer


@dataclass
class World:
    """Two hosts with one store, beside a folder site that gets the same."""

    root: Path
    store: Counted

    @property
    def shelf(self) -> TreeShelf:
        return TreeShelf(self.store)

    def host(self, name: str) -> StoredCatalogue:
        return StoredCatalogue(self.root / name / "site", self.shelf)

    @property
    def front(self) -> SiteFront:
        return SiteFront(self.shelf)

    def publish(self, catalogue: FolderCatalogue, number: int, identity: Identity = CAMDEN) -> str:
        rows = (*ROWS, ("2026-03-01", f"{SECRET} {number}", "501.00"))
        sealed = release(self.root / "releases", identity, rows, SEALED + dt.timedelta(days=number))
        wanted = listing_of(sealed, spec(identity), publisher(identity.publisher))
        catalogue.publish(wanted, sealed, now=LATER)
        return sealed.digest

    def keys(self, below: str = "") -> dict[str, bytes]:
        found = {one.key for one in ObjectStore.list(self.store, below)}
        return {key: ObjectStore.get(self.store, key).data for key in found}  # type: ignore[union-attr]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Counted(MemoryStore()))


def given(answer: PublicFile | None) -> tuple[str, bool, str] | None:
    return answer and (answer.media_type, answer.is_gone, hashlib.sha256(answer.content).hexdigest())


def addresses(current: Path) -> set[str]:
    """Every address of a folder site, those that lead to word of what is gone included."""
    return {path for path in public_files(current) if "/." not in f"/{path}"} | {"", "datasets/", "nothing", "../x"}


def known(digests: list[str]):  # type: ignore[no-untyped-def]
    history = tuple(release_summary(digest) for digest in reversed(digests[-3:]))
    return city(overview(CAMDEN, history=history), overview(HACKNEY))


def test_two_hosts_in_turn_make_the_site_that_one_makes_in_a_folder(world: World) -> None:
    folder = FolderCatalogue(world.root / "folder")
    digests = []
    for number in range(4):
        host = world.host("ab"[number % 2])
        if number == 2:
            shutil.rmtree(world.root / "a")  # the copy is never the truth
        digests.append(world.publish(folder, number))
        assert world.publish(host, number) == digests[-1]
        if number == 1:
            world.publish(folder, 0, HACKNEY)
            world.publish(host, 0, HACKNEY)
        for one in (folder, host):
            one.refresh()
            one.show(known(digests))
    for one in (folder, world.host("c")):
        one.withdraw(HACKNEY, reason="It named people.", now=LATER)
    for one in (folder, world.host("a")):
        one.refresh()
        one.show(known(digests))
    folder_site, front = FolderSite(folder.current), world.front
    found = addresses(folder.current)
    assert len(found) > 60
    for address in sorted(found):
        assert given(front.find(address)) == given(folder_site.find(address)), address
    export = StoredSite(world.root / "export", world.shelf, is_whole=True)
    export.export()
    exported, written = (
        {path: real.read_bytes() for path, real in public_files(current).items()}
        for current in (export.current, folder.current)
    )
    # only a root in an object store says which trees it was made from
    assert exported.pop(".seen")
    assert exported == written


def test_what_is_up_to_date_costs_three_requests_and_an_update_two_lists(world: World) -> None:
    world.publish(world.host("a"), 0)
    site = known([])
    world.host("a").show(site)
    world.store.counts.clear()
    world.publish(world.host("a"), 0)
    assert world.store.counts == {"get_if_changed": 2, "list": 1}
    world.store.counts.clear()
    host = world.host("a")
    host.refresh()
    assert host.show(site) == 0
    assert world.store.counts == {"get_if_changed": 1, "list": 2}


def test_a_host_keeps_no_data_in_its_copy(world: World) -> None:
    digest = world.publish(world.host("a"), 0)
    world.host("b").refresh()
    for host in "ab":
        found = [path for path in (world.root / host).rglob("*.csv") if path.is_file()]
        assert found
        assert all(path.read_bytes().startswith(b"\0") for path in found)
    # it is there for everybody else
    answer = world.front.find(f"{PAGE}{release_path(digest)}payments.csv")
    assert answer is not None
    assert SECRET.encode() in answer.content


def test_whoever_comes_second_begins_again_and_both_are_shown(world: World) -> None:
    first, second = world.host("a"), world.host("b")
    world.publish(first, 0)
    second.refresh()
    turns = iter([True])

    def meanwhile(call: str, key: str) -> None:
        if call == "put_over" and key.endswith("camden.json") and next(turns, False):
            world.publish(first, 1)

    world.store.before = meanwhile
    digest = world.publish(second, 2)
    listing = world.front.find(f"{PAGE}listing.json")
    assert listing is not None
    assert digest.encode() in listing.content
    # the release of the other one was public: its address still leads to its file
    assert world.store.counts["put_over"] >= 3
    stored = world.shelf.read("datasets/spend-over-500/camden")
    assert stored is not None
    paths = set(stored.tree.files)
    assert sum(path.startswith("releases/") and path.endswith(".csv") for path in paths) == 2


def test_pages_about_several_datasets_never_go_back(world: World) -> None:
    """A host that has looked before another one published writes its old pages over no newer ones."""
    a, b = world.host("a"), world.host("b")
    world.publish(a, 0)
    b.refresh()
    world.publish(a, 1)
    a.refresh()
    a.show(known([]))
    with pytest.raises(LostRace):
        b.show(known([]))
    b.refresh()
    assert b.show(known([])) == 0


def test_an_old_list_lets_no_page_about_several_datasets_go_back(world: World) -> None:
    a, b = world.host("a"), world.host("b")
    for host, identity in ((a, CAMDEN), (b, HACKNEY)):
        world.publish(host, 0, identity)
    for host in (a, b):
        host.refresh()
        host.show(known([]))
    old = list(ObjectStore.list(world.store, ""))
    world.publish(a, 1)
    a.refresh()
    a.show(known([]))
    world.store.list = lambda prefix: [one for one in old if one.key.startswith(prefix)]  # type: ignore[method-assign]
    world.publish(b, 1, HACKNEY)
    b.refresh()
    b.show(known([]))
    del world.store.list
    fresh = world.host("c")
    fresh.refresh()
    assert fresh.show(known([])) == 0


def test_what_is_withdrawn_is_in_no_object_any_more(world: World) -> None:
    for number in range(3):
        world.publish(world.host("a"), number)
    world.publish(world.host("a"), 0, HACKNEY)
    world.host("b").withdraw(CAMDEN, reason="It named people.", now=LATER)
    below = world.keys("site/files/datasets/spend-over-500/camden/")
    assert below
    assert not [key for key, content in below.items() if SECRET.encode() in content or b"PAR1" in content]
    # the same bytes of another publisher are no business of theirs
    answer = world.front.find("datasets/spend-over-500/hackney/payments.csv")
    assert answer is not None
    assert SECRET.encode() in answer.content
    assert world.host("a").withdraw(CAMDEN, reason="Again.", now=LATER).writes == 0
    world.host("a").refresh()
    left = [path for path in (world.root / "a/site").rglob("*") if path.is_file() and "hackney" not in str(path)]
    assert not [path for path in left if b"Somebody Private 2" in path.read_bytes()]


def test_a_withdrawal_that_was_cut_short_is_finished_on_another_host(world: World) -> None:
    world.publish(world.host("a"), 0)

    def refuse(self: object) -> int:
        raise TemporaryProblem("The store is away.", fix="Wait.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MirroredFolder, "purge", refuse)
        with pytest.raises(TemporaryProblem):
            world.host("a").withdraw(CAMDEN, reason="It named people.", now=LATER)
    assert any(SECRET.encode() in content for content in world.keys("site/files").values())
    assert world.host("b").withdraw(CAMDEN, reason="It named people.", now=LATER).writes > 0
    assert not any(SECRET.encode() in content for content in world.keys("site/files").values())


def test_what_has_to_go_is_in_no_object_any_more(world: World) -> None:
    doomed = world.publish(world.host("a"), 0)
    world.publish(world.host("a"), 1)
    world.host("b").erase(CAMDEN, [doomed], ())
    contents = world.keys("site/files").values()
    assert not [content for content in contents if b"Somebody Private 0" in content]
    assert [content for content in contents if b"Somebody Private 1" in content]


@pytest.mark.parametrize("path", ["payments.parquet", "index.html", "croissant.json"])
def test_an_object_that_somebody_spoilt_or_removed_is_made_again(world: World, path: str) -> None:
    world.publish(world.host("a"), 0)
    tree = world.shelf.read("datasets/spend-over-500/camden")
    assert tree is not None
    sha256 = tree.tree.files[path].sha256
    world.store.delete([f"site/files/{PAGE}{tree.tree.files[path].object}"])
    world.publish(world.host("b"), 0)
    answer = world.front.find(f"{PAGE}{path}")
    assert answer is not None
    assert hashlib.sha256(answer.content).hexdigest() == sha256


def test_a_run_that_ends_between_store_and_copy_leaves_nothing_behind(world: World) -> None:
    world.publish(world.host("a"), 0)

    def killed(self: object, version: Path, stored: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MirroredFolder, "_note", killed)
        with pytest.raises(KeyboardInterrupt):
            world.publish(world.host("a"), 1)
    world.publish(world.host("a"), 1)
    digest = world.publish(world.host("a"), 2)
    listing = world.front.find(f"{PAGE}listing.json")
    assert listing is not None
    assert digest.encode() in listing.content


def test_what_a_killed_run_uploaded_is_removed_by_the_next_version(world: World) -> None:
    world.publish(world.host("a"), 0)

    def killed(call: str, key: str) -> None:
        if call == "put_over":
            raise KeyboardInterrupt

    world.store.before = killed
    with pytest.raises(KeyboardInterrupt):
        world.publish(world.host("a"), 1)
    world.store.before = lambda call, key: None
    assert any(b"Somebody Private 1" in content for content in world.keys("site/files").values())
    world.publish(world.host("b"), 2)
    assert not any(b"Somebody Private 1" in content for content in world.keys("site/files").values())


def test_a_folder_site_moves_into_the_store_as_it_is(world: World) -> None:
    folder = FolderCatalogue(world.root / "a/site")
    for number in range(3):
        world.publish(folder, number)
    folder.show(known([]))
    before = {address: given(FolderSite(folder.current).find(address)) for address in addresses(folder.current)}
    host = world.host("a")
    host.refresh()
    assert {address: given(world.front.find(address)) for address in before} == before


def test_a_copy_for_readers_never_goes_into_the_store(world: World) -> None:
    world.publish(FolderCatalogue(world.root / "export"), 0)
    StoredSite(world.root / "export", world.shelf, is_whole=True).export()
    assert world.keys() == {}


def fail_at(store: Counted, number: int, when: str) -> Callable[[], bool]:
    """Let the n-th request from here on fail, and all that follow; return a call that says whether it came so far."""
    count = iter(range(1, 1_000_000))

    def fail(call: str, key: str) -> None:
        if next(count) >= number:
            raise TemporaryProblem("The object store does not answer.", fix="Wait.")

    setattr(store, when, fail)
    return lambda: next(count) > number


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("act", ["publish", "withdraw"])
def test_a_store_that_fails_at_any_request_leaves_nothing_half_done(world: World, act: str, when: str) -> None:
    """The n-th request, and all after it, are not sent, or done with their answers lost; another host takes over."""
    for number in range(1, 1000):
        one = World(world.root / str(number), Counted(MemoryStore()))
        digests = [one.publish(one.host("a"), turn) for turn in (0, 1)]

        def do(host: str, one: World = one) -> str:
            if act == "publish":
                return one.publish(one.host(host), 2)
            return one.host(host).withdraw(CAMDEN, reason="It named people.", now=LATER).release

        has_failed = fail_at(one.store, number, when)
        with contextlib.suppress(TemporaryProblem):
            do("a")
        stop = not has_failed()
        setattr(one.store, when, lambda call, key: None)
        meanwhile = shown_whole(one)
        digest = do("b")
        assert meanwhile in (digests[-1], digest)
        assert shown_whole(one) == digest
        if act == "withdraw":
            assert not any(SECRET.encode() in content for content in one.keys("site/files").values()), number
        if stop:
            assert number > 15
            print(f"{act}, {when}: {number} requests")
            return
    raise AssertionError("it never came to an end")


def shown_whole(world: World) -> str:
    """The release that the public gets, all of it with the bytes that its listing names; empty when it is gone."""
    front = world.front
    listing = front.find(f"{PAGE}listing.json")
    if listing is None or listing.is_gone:
        return ""
    said = json.loads(listing.content)
    for file in (*said["distributions"], *said["documents"]):
        for name in (file["file"], f"latest/{file['file']}", f"{release_path(said['release'])}{file['file']}"):
            answer = front.find(PAGE + name)
            assert answer is not None
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
    page = front.find(f"{PAGE}index.html")
    assert page is not None
    assert said["release"].encode() in page.content
    return str(said["release"])


# --- the front --------------------------------------------------------------------------------------------------------


@pytest.fixture
def port(world: World) -> Iterator[int]:
    with site_server(world.front, 0, quiet=True) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content


def test_whoever_has_the_bytes_already_is_told_so(world: World, port: int) -> None:
    digest = world.publish(world.host("a"), 0)
    address = f"/{PAGE}{release_path(digest)}payments.csv"
    status, headers, content = ask(port, address)
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    assert (status, headers["etag"]) == (200, tag)
    assert headers["cache-control"] == "max-age=300"
    assert ask(port, f"/{PAGE}payments.csv")[1]["cache-control"] == "no-cache"
    assert ask(port, address, If_None_Match=tag)[::2] == (304, b"")
    assert ask(port, address, Range="bytes=3-9")[::2] == (206, content[3:10])
    assert ask(port, address, Range="bytes=3-9", If_Range=tag)[::2] == (206, content[3:10])
    # a part of other bytes than the visitor has would fit nothing
    assert ask(port, address, Range="bytes=3-9", If_Range='"other"')[::2] == (200, content)
    assert ask(port, address, Range="bytes=9999999-")[0] == 416


def test_what_is_gone_says_so_and_is_kept_by_nobody(world: World, port: int) -> None:
    world.publish(world.host("a"), 0)
    world.host("a").withdraw(CAMDEN, reason="It named people.", now=LATER)
    status, headers, content = ask(port, f"/{PAGE}payments.csv/")
    assert status == 410
    assert "etag" not in headers
    assert headers["cache-control"] == "no-cache"
    assert SECRET.encode() not in content


@pytest.mark.parametrize("name", ["spend-over-500-camden", "nobody", "../../x"])
def test_a_ckan_is_asked_about_one_dataset(world: World, port: int, name: str) -> None:
    world.publish(world.host("a"), 0)
    status, _, content = ask(port, f"/api/3/action/package_show?id={name}")
    assert status == (200 if "camden" in name else 404)
    assert (b'"success": true' in content) == ("camden" in name)


def test_a_store_that_does_not_answer_is_no_secret_and_no_stack(world: World, port: int) -> None:
    world.publish(world.host("a"), 0)

    def away(call: str, key: str) -> None:
        raise TemporaryProblem("The object store s3://secret-place does not answer.", fix="Wait.")

    world.store.before = away
    status, headers, content = ask(port, f"/{PAGE}")
    assert (status, headers["retry-after"], content) == (503, "5", b"")


def test_a_reader_who_comes_late_gets_the_old_page_or_the_new_one(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the front takes its trees for fresh, whatever happens meanwhile
    monkeypatch.setattr("catalogue.web.front.FRESH", 1000.0)
    first = world.publish(world.host("a"), 0)
    status, _, page = ask(port, f"/{PAGE}index.html")
    assert status == 200
    assert first.encode() in page
    world.publish(world.host("a"), 1)
    # one version later everything that the old page names is there
    assert ask(port, f"/{PAGE}index.html")[2] == page
    assert ask(port, f"/{PAGE}{release_path(first)}payments.csv")[0] == 200
    newest = [world.publish(world.host("a"), number) for number in (2, 3)][-1]
    status, _, page = ask(port, f"/{PAGE}index.html")
    assert status == 200
    assert newest.encode() in page


def test_no_address_leads_out_of_the_site(world: World) -> None:
    world.publish(world.host("a"), 0)
    for address in ("../secret", "/etc/passwd", f"{PAGE}.made-from", f"{PAGE}releases/../../../../x", "current.json",
                    f"{PAGE}%2e%2e/%2e%2e/x", "shared/current", "overviews/spend-over-500/", "a\0b"):  # fmt: skip
        assert world.front.find(address) is None, address


def test_the_default_imports_no_object_store() -> None:
    code = "import sys, catalogue.backends.folder, flows.cli.app; assert 'obstore' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )


def test_a_receipt_leads_to_the_site_and_not_into_a_copy(world: World) -> None:
    sealed = release(world.root / "releases", CAMDEN, ROWS)
    wanted = listing_of(sealed, spec(CAMDEN), publisher("camden"))
    receipt = world.host("a").publish(wanted, sealed, now=LATER)
    for address in (receipt.page, *receipt.urls.values()):
        assert address.startswith("http://127.0.0.1:8000/datasets/")
        assert world.front.find(address.removeprefix("http://127.0.0.1:8000/")) is not None
