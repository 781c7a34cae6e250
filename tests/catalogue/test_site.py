"""The site around the listings: every link leads somewhere, the same city is written once, nothing is added up."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.backends.site_gone import holds_data
from catalogue.listing import listing_from_json, listing_of
from catalogue.site.register import COLUMNS, missing_headings
from catalogue.site.shared_files import publisher_page
from catalogue.site.status import (
    DatasetOverview,
    DatasetState,
    DatasetStatus,
    InformationAsset,
    overview_from_json,
    overview_to_json,
    statuses_from_json,
    statuses_to_json,
)
from catalogue.tombstone import Tombstone, tombstone_from_json, tombstone_to_json
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import ROWS, SEALED, release, spec
from tests.catalogue.overviews import city, overview, release_summary
from tests.catalogue.public_site import linked_file, public_files
from tests.catalogue.test_folder import (
    CAMDEN,
    HACKNEY,
    MORE,
    publish,
    renew,
    state,
    withdraw,
)

BEXLEY = Identity("spend-over-500", "bexley")
NEWHAM = Identity("public-toilets", "newham")


def digest(root: Path, identity: Identity) -> str:
    path = root / f"site/current/datasets/{identity.dataset}/{identity.publisher}/listing.json"
    return str(json.loads(path.read_text())["release"])


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A site of two listings, one failed file and one that is awaited; gives the folder of the test."""
    publish(tmp_path)
    publish(tmp_path, HACKNEY)
    show(tmp_path)
    return tmp_path


def show(root: Path, **changed: DatasetState) -> int:
    older = release_summary("c" * 64, SEALED - dt.timedelta(days=30))
    history = (release_summary(digest(root, CAMDEN)), older)
    known = (
        overview(CAMDEN, changed.get("camden", DatasetState.UP_TO_DATE), history),
        overview(HACKNEY, changed.get("hackney", DatasetState.OVERDUE), (release_summary(digest(root, HACKNEY)),)),
        overview(BEXLEY, DatasetState.FAILED),
        overview(NEWHAM, DatasetState.AWAITED),
    )
    return FolderCatalogue(root / "site").show(city(*known))


def test_every_kind_of_page_is_there_and_every_link_leads_somewhere(shown: Path) -> None:
    current = shown / "site/current"
    pages = {name for name in public_files(shown / "site/current") if name.endswith(".html")}
    assert {
        "index.html",
        "register/index.html",
        "metadata/index.html",
        "publishers/camden/index.html",
        "publishers/bexley/index.html",
        "datasets/spend-over-500/index.html",
        "datasets/spend-over-500/camden/index.html",
        "datasets/spend-over-500/camden/history/cccccccccccccccc.html",
        "datasets/spend-over-500/bexley/index.html",
    } <= pages
    for name in pages:
        if name.endswith("report.html"):
            continue
        text = (current / name).read_text()
        for address in re.findall(r'href="([^"#][^"]*)"', text):
            if not address.startswith(("https://", "mailto:")):
                assert linked_file(current / name, address).is_file(), (name, address)
        for place in re.findall(r'(?<!use )href="#([^"]+)"', text):
            assert f'id="{place}"' in text, (name, place)


def test_the_same_city_is_written_once(shown: Path) -> None:
    before = state(shown / "site")
    assert show(shown) == 0
    assert state(shown / "site") == before


def test_a_publication_in_between_is_shown_again_as_it_is_known(shown: Path) -> None:
    publish(shown, rows=MORE)
    publish(shown)
    assert show(shown) > 0
    assert show(shown) == 0


def test_only_what_changed_is_made_again(shown: Path) -> None:
    before = {name: path.stat().st_ino for name, path in public_files(shown / "site/current").items()}
    show(shown, hackney=DatasetState.HELD)
    after = {name: path.stat().st_ino for name, path in public_files(shown / "site/current").items()}
    changed = {name for name in after if before.get(name) != after[name]}
    assert not [name for name in changed if "camden" in name or "bexley" in name]
    assert {"index.html", "london.json", "publishers/hackney/index.html"} <= changed


def test_a_release_and_its_pages_touch_as_many_files_in_a_large_city_as_in_a_small_one(tmp_path: Path) -> None:
    others: list[Identity] = []
    touched = []
    for more in (["barnet"], ["bexley", "brent", "hackney", "lambeth", "merton"]):
        others += [Identity("public-toilets", slug) for slug in more]
        for identity in others:
            publish(tmp_path, identity)
        for rows in (MORE, ROWS, MORE, ROWS):
            before = state(tmp_path / "site")
            publish(tmp_path, rows=rows)
            known = [overview(one, DatasetState.UP_TO_DATE) for one in (CAMDEN, *others)]
            FolderCatalogue(tmp_path / "site").show(city(*known))
        after = state(tmp_path / "site")
        touched.append(len({name for name in before | after if before.get(name) != after.get(name)}))
    assert touched[0] == touched[1]


def test_a_cell_is_a_word_a_shape_and_a_day(shown: Path) -> None:
    page = (shown / "site/current/index.html").read_text()
    (cell,) = re.findall(r'<td data-label="Brownfield land register".*?</td>', page, re.DOTALL)
    assert 'href="#late"' in cell
    assert "Overdue" in cell
    assert '<time datetime="2026-03-02">2 Mar 2026</time>' in cell
    assert page.count("Not expected</span></td>") == 36 * 3 - 4
    assert "nothing has been received yet" in page


def test_publishers_are_in_the_order_of_names_and_nobody_is_ranked(shown: Path) -> None:
    page = (shown / "site/current/index.html").read_text()
    names = [re.sub("<[^>]+>", "", name) for name in re.findall(r'<th scope="row">(.*?)</th>', page)]
    assert names == sorted(names)
    assert len(names) == 36
    assert "%" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL)


def test_a_new_release_is_up_to_date_at_once_and_keeps_what_is_known(shown: Path) -> None:
    show(shown, camden=DatasetState.FAILED)
    publish(shown, rows=MORE)
    renew(shown)
    statuses, _ = statuses_from_json((shown / "site/current/london.json").read_bytes())
    states = {status.identity: status.state for status in statuses}
    assert states == {
        CAMDEN: DatasetState.UP_TO_DATE,
        HACKNEY: DatasetState.OVERDUE,
        BEXLEY: DatasetState.FAILED,
        NEWHAM: DatasetState.AWAITED,
    }
    page = (shown / "site/current/datasets/spend-over-500/camden/index.html").read_text()
    assert "Head of finance" in page
    assert "is not a date in 3 rows" not in page


def test_what_is_withdrawn_leaves_nothing_but_word_of_it(shown: Path) -> None:
    withdraw(shown)
    withdrawn = overview(CAMDEN, DatasetState.WITHDRAWN)
    FolderCatalogue(shown / "site").show(city(withdrawn))
    current = shown / "site/current"
    folder = current / "datasets/spend-over-500/camden"
    assert {name for name in public_files(folder) if not name.endswith(".html")} == {"withdrawn.json", "ckan.json"}
    assert not holds_data(folder)
    assert "Withdrawn" in (current / "index.html").read_text()
    assert "Nothing is listed here any more" in (current / "publishers/hackney/index.html").read_text()


def test_a_damaged_page_is_made_again(shown: Path) -> None:
    page = shown / "site/current/datasets/spend-over-500/camden/history/cccccccccccccccc.html"
    good = page.read_bytes()
    page.unlink()
    page.write_bytes(b"gone")
    assert FolderCatalogue(shown / "site").rebuild() == 2
    assert page.read_bytes() == good


def test_values_come_back_from_json_as_they_were() -> None:
    history = (release_summary("a" * 64), replace(release_summary("b" * 64), taken_back=True))
    known = overview(CAMDEN, DatasetState.HELD, history)
    assert overview_from_json(overview_to_json(known)) == known
    statuses, names = (known.status,), (("camden", "Camden"),)
    assert statuses_from_json(statuses_to_json(statuses, names)) == (statuses, names)


def test_the_json_of_the_site_has_these_bytes() -> None:
    status = DatasetStatus(CAMDEN, "Spending – £", "Camden", DatasetState.DUE_SOON, due="2026-04-02")
    written = (
        '{"due": "2026-04-02", "identity": "spend-over-500/camden", "publisher": "Camden", "release": "", '
        '"released": "", "since": "", "state": "due soon", "title": "Spending – £"}'
    )
    assert statuses_to_json([status], [("camden", "Camden")]).decode() == (
        f'{{"datasets": [{written}], "publishers": [["camden", "Camden"]]}}\n'
    )
    known = DatasetOverview(status, "Monthly", "", InformationAsset(), (("Received", "by hand"),))
    asset = (
        '{"dpia": "", "lawful_basis": "", "licence": "", "openness": "open", "owner": "", "personal_data": "", '
        '"purpose": "", "reason": "", "retention": "", "reviewed": "", "sharing_agreement": ""}'
    )
    assert overview_to_json(known).decode() == (
        f'{{"asset": {asset}, "cadence": "Monthly", "description": "", "dimensions": [], "history": [], "judged": "", '
        f'"page": "", "standing": {written}, "steps": [["Received", "by hand"]], "tasks": []}}\n'
    )


def test_the_json_of_a_tombstone_has_these_bytes() -> None:
    tombstone = Tombstone(CAMDEN, "Spending – £", "Camden", "Open data team", "a", "It named people.", SEALED)
    text = tombstone_to_json(tombstone)
    assert text.decode() == (
        '{\n  "at": "2026-03-02T04:30:00+00:00",\n  "contact": "Open data team",\n  "identity": {\n'
        '    "dataset": "spend-over-500",\n    "publisher": "camden"\n  },\n  "publisher": "Camden",\n'
        '  "reason": "It named people.",\n  "release": "a",\n  "title": "Spending – £"\n}\n'
    )
    assert tombstone_from_json(text) == tombstone


@pytest.mark.parametrize("read", [listing_from_json, tombstone_from_json, overview_from_json, statuses_from_json])
@pytest.mark.parametrize("text", [b"", b"no JSON", b"[]", b"{}", b'{"identity": 1}', b'{"datasets": 1}'])
def test_json_of_something_else_is_refused(read: Callable[[bytes], object], text: bytes) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read(text)


def test_what_a_publisher_must_do_first_stands_first() -> None:
    failed, late = (
        overview(BEXLEY, DatasetState.FAILED),
        overview(Identity("brownfield-land", "bexley"), DatasetState.OVERDUE),
    )
    page = publisher_page("Bexley", [late, failed], []).decode()
    assert page.index("is not a date in 3 rows") < page.index("The purpose is missing")
    assert "lacks owner, purpose, lawful basis" in page


def test_the_register_as_a_page_csv_and_json_says_the_same(shown: Path) -> None:
    folder = shown / "site/current/register"
    rows = list(csv.DictReader(io.StringIO((folder / "register.csv").read_text())))
    held = json.loads((folder / "register.json").read_text())
    assert rows == held["datasets"]
    assert list(rows[0]) == list(COLUMNS)
    page = (folder / "index.html").read_text()
    for row in rows:
        assert row["publisher_name"] in page
    by = {(row["dataset"], row["publisher"]): row for row in rows}
    assert by["spend-over-500", "camden"]["owner"] == "Head of finance"
    assert by["brownfield-land", "hackney"]["reason"] == "It names people."


def test_what_the_register_lacks_is_named() -> None:
    assert missing_headings(overview(CAMDEN)) == ()
    assert missing_headings(overview(HACKNEY))[:2] == ("Owner", "Purpose")


def test_how_a_listing_changes_a_status(tmp_path: Path) -> None:
    listed = listing_of(release(tmp_path, CAMDEN), spec(CAMDEN), publisher("camden"))
    late = DatasetStatus(CAMDEN, "Spending", "Camden", DatasetState.OVERDUE, since="2026-04-01", release=listed.release)
    assert DatasetStatus.of(listed, late) == late
    assert DatasetStatus.of(listed, replace(late, release="0" * 64)).state is DatasetState.UP_TO_DATE
    assert DatasetStatus.of(listed, None).publisher == "Camden"
