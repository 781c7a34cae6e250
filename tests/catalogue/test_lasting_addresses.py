"""Every address that was ever given answers: with the data, or with a page that says why it is gone."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_of, release_path
from catalogue.site.status import DatasetOverview
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, SEALED, release, spec
from tests.catalogue.overviews import city, overview, release_summary
from tests.catalogue.public_site import public_files
from tests.catalogue.web_server import Answer, ask, served

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("brownfield-land", "hackney")
SECRET = "Somebody Private"


def publish(root: Path, number: int, identity: Identity = CAMDEN) -> str:
    """Publish release `number`, which differs from every other one; return its digest."""
    rows = (*ROWS, ("2026-03-01", f"{SECRET} {number}", "501.00"))
    sealed = release(root / "releases", identity, rows, SEALED + dt.timedelta(days=number))
    wanted = listing_of(sealed, spec(identity), publisher(identity.publisher))
    FolderCatalogue(root / "site").publish(wanted, sealed, now=LATER)
    return sealed.digest


def show(root: Path, *overviews: DatasetOverview) -> None:
    FolderCatalogue(root / "site").show(city(*overviews))


def with_history(digests: Sequence[str]) -> DatasetOverview:
    """What is known of Camden's dataset, with a page for each of the last releases."""
    return overview(CAMDEN, history=tuple(release_summary(digest) for digest in reversed(digests[-3:])))


def addresses(root: Path) -> dict[str, str]:
    """Every address that the site gives now, with the sha256 of what is there."""
    found = public_files(root / "site/current")
    # what is hidden or in the folder of tombstones is linked from nowhere
    named = {name: path for name, path in found.items() if "/." not in name and "/gone/" not in name and path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


def is_word_of_what_is_gone(answer: Answer) -> bool:
    return answer.kind.startswith("text/html") and b'name="robots" content="noindex"' in answer.body


def test_twelve_releases_later_every_address_ever_given_still_answers(tmp_path: Path) -> None:
    publish(tmp_path, 0, HACKNEY)
    given: dict[str, set[str]] = {}
    digests = []
    for number in range(12):
        digests.append(publish(tmp_path, number))
        show(tmp_path, overview(HACKNEY), with_history(digests))
        for name, sha256 in addresses(tmp_path).items():
            given.setdefault(name, set()).add(sha256)

    newest = [release_path(digest) for digest in digests[-2:]]
    with served(tmp_path / "site/current") as server:
        for name, contents in given.items():
            answer = ask(server, name)
            assert answer.status == 200, name
            if "/releases/" in name and not any(part in name for part in newest) and "camden" in name:
                assert is_word_of_what_is_gone(answer), name
                assert b"newer release" in answer.body
            else:
                assert hashlib.sha256(answer.body).hexdigest() in contents, name
            if name.endswith((".csv", ".parquet")) and "/releases/" in name and "hackney" not in name:
                assert len(contents) == 1, "an address of one release never has the bytes of another"


def test_the_latest_addresses_give_the_newest_release(tmp_path: Path) -> None:
    for number in range(3):
        publish(tmp_path, number)
        shown = tmp_path / "site/current/datasets/spend-over-500/camden"
        listed = {path.name for path in (shown / "latest").iterdir()}
        assert listed == {
            "payments.csv", "payments.parquet", "datapackage.json", "report.html", "report.json", "manifest.json",
        }  # fmt: skip
        assert f"{SECRET} {number}" in (shown / "latest/payments.csv").read_text()
        assert (shown / "latest/payments.csv").samefile(shown / "payments.csv")


def test_every_address_of_a_withdrawn_dataset_says_that_it_was_withdrawn(tmp_path: Path) -> None:
    digests = []
    for number in range(5):
        digests.append(publish(tmp_path, number))
        show(tmp_path, with_history(digests))
    given = [name for name in addresses(tmp_path) if name.startswith("datasets/spend-over-500/camden/")]
    for digest in digests:
        given += [f"datasets/spend-over-500/camden/{release_path(digest)}{name}" for name in ("", "payments.csv")]

    FolderCatalogue(tmp_path / "site").withdraw(CAMDEN, reason="It named people.", now=LATER)
    FolderCatalogue(tmp_path / "site").rebuild()

    assert len(given) > 40
    with served(tmp_path / "site/current") as server:
        for name in given:
            answer = ask(server, name)
            assert answer.status == 200, name
            assert is_word_of_what_is_gone(answer) or name.endswith("/ckan.json"), name
            assert b"It named people." in answer.body, name
    for path in (tmp_path / "site").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_every_address_of_an_erased_release_says_that_it_was_taken_away(tmp_path: Path) -> None:
    digests = [publish(tmp_path, number) for number in range(4)]
    show(tmp_path, overview(CAMDEN, history=tuple(release_summary(digest) for digest in reversed(digests))))
    folder = "datasets/spend-over-500/camden/"
    # one that was replaced long ago, and one whose files are still there
    doomed = [digests[0], digests[2]]

    FolderCatalogue(tmp_path / "site").erase(CAMDEN, doomed, ())

    with served(tmp_path / "site/current") as server:
        for digest in doomed:
            for name in (f"{release_path(digest)}payments.csv", f"history/{digest[:16]}.html"):
                answer = ask(server, folder + name)
                assert (answer.status, is_word_of_what_is_gone(answer)) == (200, True), name
                assert b"taken away for good" in answer.body
        for name in (f"{release_path(digests[1])}payments.csv", f"history/{digests[3][:16]}.html"):
            assert b"taken away" not in ask(server, folder + name).body
        assert f"{SECRET} 3".encode() in ask(server, f"{folder}{release_path(digests[3])}payments.csv").body
    left = {path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    assert not [content for content in left if f"{SECRET} 0".encode() in content or f"{SECRET} 2".encode() in content]


def test_an_earlier_release_that_comes_back_has_its_files_at_its_address_again(tmp_path: Path) -> None:
    first = publish(tmp_path, 0)
    for number in range(1, 5):
        publish(tmp_path, number)
    publish(tmp_path, 0)

    shown = tmp_path / "site/current/datasets/spend-over-500/camden"
    for place in (shown, shown / "latest", shown / release_path(first)):
        assert f"{SECRET} 0" in (place / "payments.csv").read_text()


def test_a_publish_costs_one_link_for_each_release_before(tmp_path: Path) -> None:
    versions = []
    for number in range(9):
        publish(tmp_path, number)
        shown = (tmp_path / "site/current/datasets/spend-over-500/camden").resolve()
        versions.append(len(list(shown.rglob("*"))))
    # from the fourth on, a release more is one name more
    assert [after - before for before, after in itertools.pairwise(versions[3:])] == [1] * 5


def test_a_page_about_several_datasets_that_has_nothing_to_show_still_answers(tmp_path: Path) -> None:
    publish(tmp_path, 0)
    publish(tmp_path, 0, HACKNEY)
    show(tmp_path, overview(CAMDEN), overview(HACKNEY))
    given = addresses(tmp_path)
    show(tmp_path, overview(CAMDEN))

    with served(tmp_path / "site/current") as server:
        for name in given:
            assert ask(server, name).status == 200, name
        assert is_word_of_what_is_gone(ask(server, "publishers/hackney/index.html"))


def test_erasing_twice_and_erasing_what_was_withdrawn_changes_nothing(tmp_path: Path) -> None:
    digests = [publish(tmp_path, number) for number in range(3)]
    catalogue = FolderCatalogue(tmp_path / "site")
    catalogue.erase(CAMDEN, digests[:2], ())
    before = addresses(tmp_path)
    catalogue.erase(CAMDEN, digests[:2], ())
    assert addresses(tmp_path) == before
    catalogue.withdraw(CAMDEN, reason="It named people.", now=LATER)
    before = addresses(tmp_path)
    catalogue.erase(CAMDEN, digests, ())
    assert addresses(tmp_path) == before
