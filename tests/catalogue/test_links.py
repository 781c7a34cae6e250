"""Every link of the catalogue answers, and one that does not is found wherever it stands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_of
from catalogue.web.link_check import LinksChecked, OutsideLinks, check_folder, check_web, files_of
from catalogue.web.link_words import links_in
from packages.errors import TemporaryProblem
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, ROWS, release, spec
from tests.catalogue.overviews import city, overview, release_summary
from tests.catalogue.web_server import served

CAMDEN = Identity("spend-over-500", "camden")
HACKNEY = Identity("brownfield-land", "hackney")
PUBLIC = "https://data.example/open"
FOLDER = "datasets/spend-over-500/camden/"


@pytest.fixture(scope="module", params=["", PUBLIC])
def made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a site of four releases, a withdrawn dataset and pages about several."""
    room = tmp_path_factory.mktemp("made")
    catalogue, digests = FolderCatalogue(room / "site", public_url=request.param), []
    for identity, rows in ((HACKNEY, ROWS), *((CAMDEN, ROWS[:number]) for number in (1, 2, 3))):
        sealed = release(room / "releases", identity, rows)
        described = listing_of(sealed, spec(identity), publisher(identity.publisher), public_url=request.param)
        catalogue.publish(described, sealed, now=LATER)
        digests.append(sealed.digest)
        catalogue.show(city(overview(HACKNEY), overview(CAMDEN, history=tuple(map(release_summary, digests[:0:-1])))))
    catalogue.withdraw(HACKNEY, reason="It named people.", now=LATER)
    catalogue.show(city(overview(CAMDEN, history=tuple(map(release_summary, digests[:0:-1])))))
    assert catalogue.current == room / "site/current"
    return room / "site"


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Path:
    """The site, for one test to spoil."""
    shutil.copytree(made, tmp_path / "site", symlinks=True)
    current = tmp_path / "site/current"
    assert current.resolve().is_relative_to(tmp_path)
    return current


def check(site: Path) -> LinksChecked:
    files = files_of(site)
    return check_folder(site, files, public_url=PUBLIC, outside=OutsideLinks(), on_progress=lambda _: None)


def test_every_link_of_a_site_answers(site: Path) -> None:
    checked = check(site)
    assert (checked.broken, checked.problems) == (0, [])
    assert checked.files > 30
    assert checked.links > 300
    assert checked.elsewhere > 10


BREAK = {
    "a page": ("index.html", '</main>', '<a href="datasets/nowhere/">x</a></main>'),
    "JSON-LD in a page": (f"{FOLDER}index.html", 'payments.csv", "dateMod', 'other.csv", "dateMod'),
    "DCAT as Turtle": ("catalog.ttl", "/latest/payments.parquet>", "/latest/other.parquet>"),
    "DCAT as JSON-LD": ("catalog.jsonld", "/latest/payments.parquet\"", "/latest/other.parquet\""),
    "data.json": ("data.json", "latest/payments.csv", "latest/other.csv"),
    "the feed": ("feed.xml", "latest/payments.csv", "latest/other.csv"),
    "the API": ("api/3/action/package_search", "latest/payments.csv", "latest/other.csv"),
    "the UK model": ("ukgov.jsonld", "latest/payments.csv", "latest/other.csv"),
    "a descriptor": (f"{FOLDER}latest/datapackage.json", '"payments.csv"', '"other.csv"'),
}  # fmt: skip


@pytest.mark.parametrize("where", BREAK)
def test_a_link_that_leads_nowhere_is_found(site: Path, where: str) -> None:
    name, right, wrong = BREAK[where]
    text = (site / name).read_text()
    assert right in text
    (site / name).write_text(text.replace(right, wrong))
    problems = check(site).problems
    assert name in {problem.source for problem in problems} or name.rpartition("/")[2] == "datapackage.json"
    assert {problem.what for problem in problems} == {"leads to nothing"}


def test_a_missing_file_is_found_wherever_it_is_named(site: Path) -> None:
    (site / FOLDER / "latest/payments.parquet").unlink()
    sources = {problem.source for problem in check(site).problems}
    assert sources >= {
        "catalog.ttl", "catalog.jsonld", "catalogue.parquet", "data.json", "feed.xml", "api/3/action/package_search",
        f"{FOLDER}index.html", f"{FOLDER}croissant.json", f"{FOLDER}ckan.json",
        "packages/spend-over-500-camden.json",
    }  # fmt: skip


def test_a_link_to_what_is_gone_is_found(site: Path) -> None:
    page = site / "index.html"
    gone = "datasets/brownfield-land/hackney/latest/sites.csv"
    page.write_text(page.read_text().replace("</main>", f'<a href="{gone}">x</a></main>'))
    (problem,) = check(site).problems
    assert (problem.target, problem.what) == (gone, "leads to a page that says that it is gone")


def test_the_web_is_checked_as_the_folder_is(site: Path) -> None:
    # what the site calls its public address is where it is served now
    with served(site) as server, httpx.Client(follow_redirects=True) as client:
        checked = check_web(server, client, outside=OutsideLinks(), on_progress=lambda _: None)
        assert checked.broken == 0
        assert checked.links > 50
        shutil.rmtree(site.resolve() / "api")
        broken = check_web(server, client, outside=OutsideLinks(), on_progress=lambda _: None)
    assert broken.broken > 0
    assert {problem.what for problem in broken.problems} == {"answers with 404"}


def test_an_address_without_a_server_is_said_so() -> None:
    with httpx.Client() as client, pytest.raises(TemporaryProblem, match="does not answer"):
        check_web("http://127.0.0.1:9", client, outside=OutsideLinks(), on_progress=lambda _: None)


def test_other_sites_are_asked_once_and_only_when_wanted(site: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(404 if "nationalarchives" in str(request.url) else 200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        files = files_of(site)
        outside = OutsideLinks(client)
        checked = check_folder(site, files, public_url=PUBLIC, outside=outside, on_progress=lambda _: None)
    assert len(asked) == len(set(asked)) > 2
    assert {problem.what for problem in checked.problems} == {"answers with 404"}
    assert {"nationalarchives" in problem.target for problem in checked.problems} == {True}


def test_a_file_that_is_not_what_its_name_says_is_found(site: Path) -> None:
    (site / "data.json").write_text("{")
    (site / "catalogue.parquet").write_bytes(b"PAR1")
    assert {(p.source, p.what) for p in check(site).problems} == {
        ("data.json", "cannot be read as what its name says"),
        ("catalogue.parquet", "cannot be read as what its name says"),
    }


def test_a_name_or_an_identifier_is_no_link() -> None:
    text = json.dumps({"@id": "sites/amount", "name": "a/b", "url": "x.csv", "dcat:downloadURL": {"@id": "y.csv"}})
    assert list(links_in("croissant.json", text.encode())) == ["x.csv", "y.csv"]
