from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_from_json, listing_of
from packages.errors import SetupProblem, WaitingForPerson
from packages.model import Identity, Publication
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, Row, release, spec
from tests.catalogue.overviews import city, overview
from tests.catalogue.public_site import files_left, linked_file, public_files

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("brownfield-land", "hackney")
MORE = (*ROWS, ("2026-03-01", "New Ltd", "501.00"))


def publish(root: Path, identity: Identity = CAMDEN, rows: tuple[Row, ...] = ROWS, **how: object) -> Publication:
    sealed = release(root / "releases", identity, rows)
    wanted = listing_of(sealed, spec(identity), publisher(identity.publisher), **how)
    return FolderCatalogue(root / "site").publish(wanted, sealed, now=LATER)


def renew(root: Path) -> int:
    """Bring the pages about several datasets up to date, as every run does at its end."""
    return FolderCatalogue(root / "site").rebuild()


def state(root: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below a folder with inode, time and content, to show that nothing was touched."""
    found = {}
    for path in sorted(root.rglob("*")):
        told = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(root))] = (told.st_ino, told.st_mtime_ns, digest)
    return found


def contents(root: Path) -> dict[str, str]:
    """Everything below a folder with the digest of its content."""
    return {name: digest for name, (_, _, digest) in state(root).items()}


def test_a_site_that_can_be_browsed(tmp_path: Path) -> None:
    receipt = publish(tmp_path)
    publish(tmp_path, HACKNEY)
    renew(tmp_path)

    current = tmp_path / "site" / "current"
    assert {p.name for p in current.iterdir() if p.is_file()} == {
        "index.html",
        "catalog.jsonld",
        "catalog.ttl",
        "data.json",
        "feed.xml",
        "london.json",
        "ukgov.jsonld",
        "catalogue.parquet",
    }
    assert {p.name for p in (current / "datasets/spend-over-500/camden").iterdir()} == {
        "index.html", "look.json", "payments.csv", "payments.parquet", "datapackage.json", "report.html", "report.json",
        "manifest.json", "listing.json", "releases", "latest", "dcat.jsonld", "dcat.ttl", "croissant.json", "ckan.json",
        ".described-from",
    }  # fmt: skip
    sealed = release(tmp_path / "again", CAMDEN)
    assert receipt.read_back["payments.csv"] == sealed.file("payments.csv").sha256
    assert receipt.writes > 0
    assert receipt.page.startswith("file:///")
    index = (current / "index.html").read_text()
    assert "Camden" in index
    assert "Hackney" in index


def test_a_page_comes_without_pictures_where_its_files_are_damaged(tmp_path: Path) -> None:
    publish(tmp_path)
    folder = tmp_path / "site/current/datasets/spend-over-500/camden"
    assert 'id="look"' in (folder / "index.html").read_text()
    (folder / "look.json").write_text('{"release": 7}')
    for lost in (folder.resolve() / "releases").glob("*/payments.csv"):
        lost.unlink()
    FolderCatalogue(tmp_path / "site").rebuild()
    assert 'id="look"' not in (folder / "index.html").read_text()


def test_every_link_leads_somewhere_and_nothing_is_fetched_from_outside(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, HACKNEY)
    renew(tmp_path)
    pages = [path for path in public_files(tmp_path / "site/current").values() if path.name == "index.html"]
    assert len(pages) == 3
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<link[^>]+stylesheet|src=|@import|url\(", text)
        assert "default-src 'none'" in text
        for address in re.findall(r'href="([^"]+)"', text):
            if not address.startswith(("https://", "mailto:", "#")):
                assert linked_file(page, address).is_file(), (page, address)


def test_publishing_what_did_not_change_touches_nothing(tmp_path: Path) -> None:
    publish(tmp_path)
    before = state(tmp_path / "site")
    assert publish(tmp_path).writes == 0
    assert state(tmp_path / "site") == before


def test_a_new_release_is_a_new_version_of_one_folder(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, HACKNEY)
    renew(tmp_path)
    shown = tmp_path / "site/current/datasets/spend-over-500/camden"
    before, others = shown.resolve(), state_of_others(tmp_path)

    publish(tmp_path, rows=MORE)

    assert shown.resolve() != before
    assert state_of_others(tmp_path) == others
    assert (before / "payments.csv").read_text().count("\n") == 4
    assert (shown / "payments.csv").read_text().count("\n") == 5
    for _ in range(2):
        publish(tmp_path)
        publish(tmp_path, rows=MORE)
    assert len([path for path in before.parent.iterdir() if path.is_dir()]) == 2


def state_of_others(root: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below the site but for the folder of Camden's spend and what leads there."""
    mine = ("datasets/spend-over-500", "folders/datasets/spend-over-500/camden", "packages/")
    return {name: known for name, known in state(root / "site").items() if not name.startswith(mine)}


def test_a_publish_touches_as_many_files_in_a_large_city_as_in_a_small_one(tmp_path: Path) -> None:
    slugs = ["barnet", "bexley", "brent", "hackney", "lambeth", "merton"]
    touched = []
    for more in (slugs[:1], slugs[1:]):
        for slug in more:
            publish(tmp_path, Identity("public-toilets", slug))
        # from here on, each publish removes a version as well
        for _ in range(2):
            publish(tmp_path, rows=MORE)
            publish(tmp_path)
        renew(tmp_path)
        before = state(tmp_path / "site")
        publish(tmp_path, rows=MORE)
        after = state(tmp_path / "site")
        touched.append(len({name for name in before | after if before.get(name) != after.get(name)}))
    assert touched[0] == touched[1]


def test_what_the_shared_pages_name_is_there_until_they_are_renewed(tmp_path: Path) -> None:
    publish(tmp_path)
    renew(tmp_path)
    publish(tmp_path, rows=MORE)
    current = tmp_path / "site/current"
    files = json.loads((current / "catalog.jsonld").read_text())["@graph"]
    named = {node["dcat:downloadURL"]["@id"] for node in files if "dcat:downloadURL" in node}
    assert named
    assert all((current / name).is_file() for name in named)
    before = (current / "index.html").read_bytes()
    renew(tmp_path)
    assert (current / "index.html").read_bytes() != before


def test_whoever_holds_an_old_page_gets_the_files_of_that_release(tmp_path: Path) -> None:
    shown = tmp_path / "site/current/datasets/spend-over-500/camden"
    held = []
    for more in range(3):
        publish(tmp_path, rows=ROWS + MORE[-1:] * more)
        held.append((shown / "index.html").read_text())
    for page, lines in zip(held[1:], (5, 6), strict=True):
        (lasting,) = re.findall(r'href="(releases/[0-9a-f]{16}/payments.csv)"', page)
        assert (shown / lasting).read_text().count("\n") == lines
    assert len([path for path in (shown / "releases").iterdir() if not path.is_symlink()]) == 2
    newest = max(files_left(shown / "releases", "payments.csv"), key=lambda path: path.stat().st_size)
    assert newest.samefile(shown / "payments.csv")


def test_a_file_that_was_damaged_in_the_site_is_put_back(tmp_path: Path) -> None:
    publish(tmp_path)
    path = tmp_path / "site/current/datasets/spend-over-500/camden/payments.csv"
    good = path.read_bytes()
    path.write_bytes(b"something else")
    assert publish(tmp_path).writes > 0
    assert path.read_bytes() == good
    for lost in (path, path.parent / "latest/payments.csv"):
        lost.unlink()
        assert publish(tmp_path).writes == 1
        assert lost.read_bytes() == good


def test_an_intent_is_told_once_before_the_first_write_and_not_without_one(tmp_path: Path) -> None:
    sealed = release(tmp_path / "releases", CAMDEN)
    wanted = listing_of(sealed, spec(CAMDEN), publisher("camden"))
    catalogue, told = FolderCatalogue(tmp_path / "site"), []
    for _ in range(2):
        catalogue.publish(wanted, sealed, now=LATER, intend=lambda: told.append(catalogue.live(CAMDEN)))
    assert told == [None]


def test_live_is_what_was_published(tmp_path: Path) -> None:
    catalogue = FolderCatalogue(tmp_path / "site")
    assert catalogue.live(CAMDEN) is None
    publish(tmp_path)
    live = catalogue.live(CAMDEN)
    assert live is not None
    assert live.release == release(tmp_path / "again", CAMDEN).digest


def test_a_public_address_is_named_in_receipt_and_catalogue(tmp_path: Path) -> None:
    receipt = publish(tmp_path, public_url="https://data.example")
    assert receipt.page == "https://data.example/datasets/spend-over-500/camden/"
    assert receipt.urls["payments.csv"] == f"{receipt.page}releases/{receipt.release[:16]}/payments.csv"
    listed = listing_from_json((tmp_path / "site/current/datasets/spend-over-500/camden/listing.json").read_bytes())
    assert listed.distributions[0].url == receipt.urls["payments.csv"]


def test_rebuild_makes_the_pages_again_and_only_then_writes(tmp_path: Path) -> None:
    publish(tmp_path)
    catalogue = FolderCatalogue(tmp_path / "site")
    assert catalogue.rebuild() == 19
    assert catalogue.rebuild() == 0
    index = tmp_path / "site/current/index.html"
    good = index.read_bytes()
    index.write_text("an older look")
    assert catalogue.rebuild() == 1
    assert index.read_bytes() == good


def test_rebuild_of_an_empty_site(tmp_path: Path) -> None:
    assert FolderCatalogue(tmp_path / "site").rebuild() == 19
    assert "Nothing is published yet" in (tmp_path / "site/current/index.html").read_text()
    assert json.loads((tmp_path / "site/current/data.json").read_text())["dataset"] == []


def test_a_damaged_release_is_not_published(tmp_path: Path) -> None:
    publish(tmp_path)
    before = contents(tmp_path / "site")
    sealed = release(tmp_path / "releases", CAMDEN, MORE)
    (sealed.folder / "payments.parquet").write_bytes(b"broken")
    wanted = listing_of(sealed, spec(CAMDEN), publisher("camden"))
    with pytest.raises(SetupProblem, match="The stored release is not whole"):
        FolderCatalogue(tmp_path / "site").publish(wanted, sealed, now=LATER)
    assert contents(tmp_path / "site") == before


@pytest.fixture
def small_disk() -> Iterator[Callable[[], None]]:
    """Call it, and no file can grow beyond 100 kB any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_site(tmp_path: Path, small_disk: Callable[[], None]) -> None:
    publish(tmp_path)
    before = contents(tmp_path / "site")
    rows = tuple(("2026-01-05", f"Supplier {n}", "612.50") for n in range(20_000))
    sealed = release(tmp_path / "releases", CAMDEN, rows)
    small_disk()
    with pytest.raises(SetupProblem, match="cannot be written") as caught:
        FolderCatalogue(tmp_path / "site").publish(
            listing_of(sealed, spec(CAMDEN), publisher("camden")), sealed, now=LATER
        )
    assert "free space" in caught.value.fix
    assert contents(tmp_path / "site") == before


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that we cannot write: root could, so the test steps down."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    if os.geteuid() == 0:
        os.seteuid(65534)
    else:
        root.chmod(0o555)
    yield root
    if os.getuid() == 0:
        os.seteuid(0)
    root.chmod(0o755)
    shutil.rmtree(root)


def test_a_folder_that_cannot_be_written(tmp_path: Path, as_nobody: Path) -> None:
    with pytest.raises(SetupProblem, match="cannot be written") as caught:
        FolderCatalogue(as_nobody / "site").rebuild()
    assert str(as_nobody) in caught.value.what
    assert "right to write" in caught.value.fix


def withdraw(root: Path, identity: Identity = CAMDEN, **how: object) -> Publication:
    return FolderCatalogue(root / "site").withdraw(identity, reason="It named people.", now=LATER, **how)


def test_a_withdrawn_dataset_leaves_a_page_that_says_when_and_why_and_no_file_anywhere(tmp_path: Path) -> None:
    publish(tmp_path, HACKNEY)
    publish(tmp_path)
    publish(tmp_path, rows=MORE)
    told: list[int] = []

    receipt = withdraw(tmp_path, intend=lambda: told.append(1))

    shown = tmp_path / "site/current/datasets/spend-over-500/camden"
    assert told == [1]
    assert (receipt.release, receipt.urls, receipt.writes > 0) == ("", {}, True)
    files = {str(path.relative_to(shown)) for path in shown.rglob("*") if path.is_file() and not path.is_symlink()}
    assert {name for name in files if not re.fullmatch(r"gone/withdrawn/(\w+/)?\w+\.html", name)} == {
        "index.html",
        "withdrawn.json",
        "ckan.json",
    }
    page = (shown / "index.html").read_text()
    assert "It named people." in page
    assert f"on {LATER.day} {LATER:%B %Y}" in page
    assert "Withdrawn" in (tmp_path / "site/current/index.html").read_text()
    assert "payments.csv" not in (tmp_path / "site/current/catalog.ttl").read_text()
    assert "Hackney" in (tmp_path / "site/current/index.html").read_text()
    assert files_left(tmp_path / "site", "payments.*") == []


def test_withdrawing_again_touches_nothing(tmp_path: Path) -> None:
    publish(tmp_path)
    withdraw(tmp_path)
    before = state(tmp_path / "site")
    assert withdraw(tmp_path).writes == 0
    assert withdraw(tmp_path, HACKNEY).writes == 0
    assert state(tmp_path / "site") == before


def test_what_was_withdrawn_is_not_put_back(tmp_path: Path) -> None:
    publish(tmp_path)
    withdraw(tmp_path)
    live = FolderCatalogue(tmp_path / "site").live(CAMDEN)
    assert live is not None
    assert (live.state, live.release, dict(live.files)) == ("deleted", "", {})
    with pytest.raises(WaitingForPerson, match=f"withdrawn on {LATER.date()} .It named people"):
        publish(tmp_path)
    FolderCatalogue(tmp_path / "site").rebuild()
    publish(tmp_path, HACKNEY)
    assert files_left(tmp_path / "site", "payments.*") == []


def test_a_withdrawal_that_was_cut_short_is_finished_by_the_next(tmp_path: Path) -> None:
    publish(tmp_path)
    folders = tmp_path / "site/folders/datasets/spend-over-500/camden"
    shutil.copytree(folders / "1", tmp_path / "kept")
    withdraw(tmp_path)
    shutil.copytree(tmp_path / "kept", folders / "1")
    shutil.copytree(tmp_path / "kept", folders / "7.part")
    assert withdraw(tmp_path).writes == 2
    assert files_left(tmp_path / "site", "payments.*") == []


def test_the_site_of_an_earlier_londata_is_moved_at_the_first_write(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, HACKNEY)
    FolderCatalogue(tmp_path / "site").show(city(overview(CAMDEN), overview(HACKNEY)))
    files = {name: path.read_bytes() for name, path in public_files(tmp_path / "site/current").items()}
    # an earlier londata had no answers of a CKAN
    seen = {name: content for name, content in files.items() if not name.startswith(("api/", "packages/"))}
    shutil.rmtree(tmp_path / "site")
    for number in ("1", "2"):
        for name, content in seen.items():
            path = tmp_path / "site/versions" / number / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    (tmp_path / "site/.lock").touch()
    (tmp_path / "site/current").symlink_to("versions/2")
    assert FolderCatalogue(tmp_path / "site").live(CAMDEN)

    publish(tmp_path, rows=MORE)

    moved = {name: path.read_bytes() for name, path in public_files(tmp_path / "site/current").items()}
    mine = "datasets/spend-over-500/camden/"
    assert {n: c for n, c in moved.items() if not n.startswith((mine, "packages/"))} == {
        n: c for n, c in seen.items() if not n.startswith(mine)
    }
    assert moved[f"{mine}payments.csv"].count(b"\n") == 5
    assert not {path.name for path in (tmp_path / "site").iterdir()} & {"versions", ".lock"}
    withdraw(tmp_path)
    assert files_left(tmp_path / "site", "payments.*") == []


EFFECTS = ("open", "os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir")


def publish_and_die(root: Path, at: int) -> bool:
    """Publish in a process that is killed before its step number `at` in the site; whether it was."""
    child = os.fork()
    if child == 0:
        left = itertools.count(at, -1)

        def count_down(event: str, arguments: tuple) -> None:
            if event in EFFECTS and str(root / "site") in str(arguments) and next(left) == 1:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count_down)
        publish(root, rows=MORE)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_killed_at_any_step_the_site_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    publish(tmp_path / "start")
    publish(tmp_path / "start", HACKNEY)
    sealed = [release(tmp_path / "start/releases", CAMDEN, rows) for rows in (ROWS, MORE)]
    known = {one.digest: one for one in sealed}
    killed = True
    for at in itertools.count(1):
        root = tmp_path / str(at)
        shutil.copytree(tmp_path / "start", root, symlinks=True)
        killed = publish_and_die(root, at)

        shown = root / "site/current/datasets/spend-over-500/camden"
        listed = listing_from_json((shown / "listing.json").read_bytes())
        for entry in known[listed.release].manifest:
            assert hashlib.sha256((shown / entry.name).read_bytes()).hexdigest() == entry.sha256, at
        publish(root, rows=MORE)
        assert listing_from_json((shown / "listing.json").read_bytes()).release == sealed[1].digest
        assert not list((root / "site").rglob("*.part"))
        shutil.rmtree(root)
        if not killed:
            break
    assert at > 50


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    slugs = ["barnet", "bexley", "brent", "camden", "hackney", "lambeth"]
    threads = [threading.Thread(target=publish, args=(tmp_path, Identity("public-toilets", slug))) for slug in slugs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    renew(tmp_path)
    index = (tmp_path / "site/current/index.html").read_text()
    assert all(publisher(slug).name in index for slug in slugs)
    assert len(json.loads((tmp_path / "site/current/data.json").read_text())["dataset"]) == 6
