"""The pages of the site: HTML that is complete without scripts. The same values give the same bytes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalogue import dcat
from catalogue.dcat_completeness import metadata_properties, missing_properties, open_data_stars, stars_reached
from catalogue.listing import (
    Listing,
    dataset_overview_path,
    dataset_path,
    file_path,
    history_path,
    publisher_path,
    release_path,
)
from catalogue.site import register
from catalogue.site.feed import FeedHeader, atom_feed
from catalogue.site.status import (
    DatasetOverview,
    DatasetState,
    DatasetStatus,
    DimensionTally,
    ReleaseSummary,
    SiteStatus,
    statuses_to_json,
)
from catalogue.site.words import FILTERS, STATES, byte_size, long_day, total_rows
from catalogue.tombstone import Tombstone
from packages.html import csp_hash, package_text, template_environment
from packages.model import Identity
from packages.spec import LONDON
from packages.vocabulary import publishers

if TYPE_CHECKING:
    from jinja2 import Environment

FILES = {
    "datapackage.json": "Data Package descriptor with the schema",
    "report.html": "quality report",
    "report.json": "quality report for machines",
    "manifest.json": "sha256 and size of each file",
    "listing.json": "what this page says, for machines",
    "holding.json": "how it stands, its history and what is to do, for machines",
    "dcat.jsonld": "DCAT description as JSON-LD",
    "dcat.ttl": "DCAT description as Turtle",
}

URGENT = (
    DatasetState.FAILED,
    DatasetState.HELD,
    DatasetState.OVERDUE,
    DatasetState.AWAITED,
    DatasetState.DUE_SOON,
    DatasetState.UP_TO_DATE,
    DatasetState.WITHDRAWN,
    DatasetState.NOT_EXPECTED,
)
"""In which order a publisher looks at its datasets."""

COUNTED = tuple(state for state in STATES if state is not DatasetState.NOT_EXPECTED)


@dataclass(frozen=True, slots=True)
class SiteTop:
    """What the top of the site is made of. `known` are the pages of publishers and datasets that are there to link to.

    `publishers` (slug, name) are the rows of London on one page; without any, those that have a listing.
    """

    listings: tuple[Listing, ...]
    standings: tuple[DatasetStatus, ...] = ()
    gone: tuple[Tombstone, ...] = ()
    publishers: tuple[tuple[str, str], ...] = ()
    known: frozenset[str] = field(default_factory=frozenset)

    @property
    def cells(self) -> dict[tuple[str, str], DatasetStatus]:
        """How each dataset of each publisher stands, with what was listed since anybody looked."""
        held = {one.identity: one for one in self.standings}
        held |= {one.identity: DatasetStatus.of(one, held.get(one.identity)) for one in self.listings}
        held |= {one.identity: _withdrawn(one) for one in self.gone}
        return {(one.identity.dataset, one.identity.publisher): one for one in held.values()}

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Publishers by slug and name, in the order of their names; all of London together comes first."""
        told = dict(self.publishers) | {one.identity.publisher: one.publisher for one in self.cells.values()}
        return sorted(told.items(), key=lambda one: (one[0] != LONDON, one[1]))

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Datasets by name and title, in the order of their titles."""
        return sorted({one.identity.dataset: one.title for one in self.cells.values()}.items(), key=lambda d: d[1])


def site_files(top: SiteTop, parts: Iterable[dcat.Fragment], *, public_url: str = "") -> dict[str, bytes]:
    """The files at the top of the site: London on one page, the catalogue for machines, the feed.

    `parts` are the DCAT fragments of the listings in their order.
    """
    whole = dcat.compose_catalogue(top.listings, parts, public_url=public_url)
    return {
        "index.html": index_page(top),
        "london.json": statuses_to_json(top.cells.values(), top.publishers),
        "catalog.jsonld": whole.jsonld,
        "catalog.ttl": whole.turtle.encode(),
        "data.json": data_json(top.listings),
        "feed.xml": atom_feed(
            FeedHeader("London open data: new releases", "feed.xml"), top.listings, public_url=public_url
        ),
    }


def index_page(top: SiteTop) -> bytes:
    """London on one page: publishers by datasets."""
    cells = top.cells
    counts = Counter(one.state for one in cells.values())
    return _render(
        "index.html",
        top="",
        listings=top.listings,
        cells=cells,
        publishers=top.rows,
        datasets=top.columns,
        known=top.known,
        rows=sum(total_rows(one) for one in top.listings),
        changed=max((one.modified for one in top.listings), default=None),
        counts=[(state, counts[state]) for state in COUNTED if counts[state]],
        states=STATES,
        nowhere=DatasetState.NOT_EXPECTED,
    )


def dataset_page(listed: Listing, files: Iterable[str], holding: DatasetOverview | None = None) -> bytes:
    """The page of one dataset of one publisher; `files` are the names of everything that lies beside it."""
    names = set(files)
    data = {file.file: f"{file.title}, {byte_size(file.bytes)}" for file in listed.distributions}
    return _render(
        "dataset.html",
        listing=listed,
        holding=holding,
        top="../" * dataset_path(listed.identity).count("/"),
        tables=[file for file in listed.distributions if file.format == "CSV"],
        here=release_path(listed.release),
        has_report="report.html" in names,
        files=[(name, what) for name, what in (data | FILES).items() if name in names],
        attribution=_attribution(listed),
        citation=_citation(listed),
        properties=metadata_properties(listed),
        stars=open_data_stars(listed),
        reached=stars_reached(listed),
    )


def waiting_page(holding: DatasetOverview) -> bytes:
    """The page of a dataset that is described and has no release yet."""
    return _render("waiting.html", holding=holding, top="../" * dataset_path(holding.identity).count("/"))


def release_page(past: ReleaseSummary, holding: DatasetOverview, listed: Listing | None) -> bytes:
    """The page about one release; its files can be had from there while they are kept."""
    newest = [one.release for one in holding.history]
    return _render(
        "release.html",
        past=past,
        holding=holding,
        public=listed is not None and listed.release == past.release,
        older=_neighbour(newest, past.release, 1),
        newer=_neighbour(newest, past.release, -1),
        top="../" * (dataset_path(holding.identity).count("/") + 1),
    )


def publisher_page(slug: str, name: str, holdings: Collection[DatasetOverview], listings: Collection[Listing]) -> bytes:
    """The page of one publisher: how its datasets stand, what to do, in order, and its quality by dimension."""
    ordered = sorted(holdings, key=lambda one: (URGENT.index(one.standing.state), one.standing.title))
    return _render(
        "publisher.html",
        slug=slug,
        name=name,
        holdings=sorted(holdings, key=lambda one: one.standing.title),
        urgent=[(one, task) for one in ordered for task in one.tasks if task.must],
        wanted=[(one, task) for one in ordered for task in one.tasks if not task.must],
        gaps=[(one, gap) for one in sorted(listings, key=lambda one: one.title) for gap in missing_properties(one)],
        unsaid=[(one, said) for one in ordered if (said := register.missing_headings(one))],
        listed={one.identity for one in listings},
        top="../../",
    )


def overview_page(dataset: str, holdings: Collection[DatasetOverview], listings: Collection[Listing]) -> bytes:
    """The page of one dataset of all publishers: what it is, its columns, and how it stands with each."""
    about = next((one for one in sorted(listings, key=lambda one: one.identity)), None)
    ordered = sorted(holdings, key=lambda one: one.standing.publisher)
    return _render(
        "overview.html",
        dataset=dataset,
        title=ordered[0].standing.title,
        first=ordered[0],
        holdings=ordered,
        listings={one.identity: one for one in listings},
        tables=[file for file in about.distributions if file.format == "CSV"] if about else [],
        top="../../",
    )


def register_page(holdings: Collection[DatasetOverview]) -> bytes:
    """The information asset register as a page."""
    ordered = sorted(holdings, key=lambda one: (one.standing.title, one.standing.publisher))
    return _render(
        "register.html",
        top="../",
        holdings=ordered,
        missing={one.identity: register.missing_headings(one) for one in ordered},
        closed=sum(one.asset.openness != "open" for one in ordered),
    )


def metadata_page(listings: Collection[Listing]) -> bytes:
    """How complete the metadata of each dataset are, what is missing, and who can add it."""
    ordered = sorted(listings, key=lambda one: one.title)
    return _render(
        "metadata.html",
        top="../",
        listings=ordered,
        missing={one.identity: missing_properties(one) for one in ordered},
        stars={one.identity: open_data_stars(one) for one in ordered},
        reached={one.identity: stars_reached(one) for one in ordered},
    )


def withdrawn_page(gone: Tombstone) -> bytes:
    """What stands in the place of a dataset that was withdrawn."""
    return _render("withdrawn.html", gone=gone, top="../" * dataset_path(gone.identity).count("/"))


def shared_files(city: SiteStatus, listings: Iterable[Listing], *, public_url: str = "") -> dict[str, bytes]:
    """The pages and files about several datasets at once, by their place below the address of the site."""
    listed = {one.identity: one for one in listings}
    holdings = sorted(city.holdings, key=lambda one: one.identity)
    made = {
        "register/index.html": register_page(holdings),
        "register/register.csv": register.register_to_csv(holdings),
        "register/register.json": register.register_to_json(holdings),
        "metadata/index.html": metadata_page(listed.values()),
    }
    together = {one.identity.publisher: one.standing.publisher for one in holdings if one.identity.publisher == LONDON}
    for slug, name in (*city.publishers, *together.items()):
        mine = [one for one in holdings if one.identity.publisher == slug]
        if mine:
            made |= _publisher_files(slug, name, mine, _of(listed, mine), public_url)
    for dataset in sorted({one.identity.dataset for one in holdings}):
        mine = [one for one in holdings if one.identity.dataset == dataset]
        made |= _dataset_files(dataset, mine, _of(listed, mine), public_url)
    return made


def _withdrawn(gone: Tombstone) -> DatasetStatus:
    slug = gone.identity.publisher
    name = publishers()[slug].name if slug in publishers() else gone.publisher
    title = gone.title.removesuffix(f" – {name}")
    return DatasetStatus(gone.identity, title, name, DatasetState.WITHDRAWN, since=gone.at.date().isoformat())


def _of(listed: Mapping[Identity, Listing], holdings: Iterable[DatasetOverview]) -> list[Listing]:
    return [listed[one.identity] for one in holdings if one.identity in listed]


def _publisher_files(
    slug: str, name: str, holdings: list[DatasetOverview], listings: list[Listing], public_url: str
) -> dict[str, bytes]:
    folder = publisher_path(slug)
    feed = FeedHeader(f"{name}: new releases", f"{folder}feed.xml", f"{folder}index.html")
    return {
        feed.page: publisher_page(slug, name, holdings, listings),
        feed.path: atom_feed(feed, listings, public_url=public_url),
    }


def _dataset_files(
    dataset: str, holdings: list[DatasetOverview], listings: list[Listing], public_url: str
) -> dict[str, bytes]:
    folder = dataset_overview_path(dataset)
    title = f"{holdings[0].standing.title}: new releases"
    feed = FeedHeader(title, f"{folder}feed.xml", f"{folder}index.html")
    return {
        feed.page: overview_page(dataset, holdings, listings),
        feed.path: atom_feed(feed, listings, public_url=public_url),
    }


def _neighbour(newest: list[str], release: str, step: int) -> str:
    index = newest.index(release) + step
    return history_path(newest[index]).removeprefix("history/") if 0 <= index < len(newest) else ""


def _attribution(listed: Listing) -> str:
    if listed.licence.name == "OGL-UK-3.0":
        return (
            f"Source: {listed.publisher.title}. Contains public sector information licensed under the "
            "Open Government Licence v3.0."
        )
    return f"Source: {listed.publisher.title}, “{listed.title}”, licensed under {listed.licence.title}."


def _citation(listed: Listing) -> str:
    where = f" {listed.page}" if listed.page else ""
    return (
        f"{listed.publisher.title} ({listed.modified.year}): {listed.title}. "
        f"Release {listed.release[:12]}, {long_day(listed.modified)}.{where}"
    )


# --- data.json --------------------------------------------------------------------------------------------------------


def data_json(listed: Iterable[Listing]) -> bytes:
    """The catalogue in the `data.json` form (DCAT-US 1.1) that many harvesters read."""
    entries = [_entry(one) for one in listed]
    catalogue = {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": entries}
    return (json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n").encode()


def _entry(listed: Listing) -> dict[str, Any]:
    entry = {
        "@type": "dcat:Dataset",
        "accessLevel": "public",
        "identifier": listed.id,
        "title": listed.title,
        "description": listed.description,
        "keyword": list(listed.keywords),
        "theme": [listed.theme.title],
        "issued": listed.issued.isoformat(),
        "modified": listed.modified.isoformat(),
        "license": listed.licence.url,
        "publisher": {"@type": "org:Organization", "name": listed.publisher.title},
        "contactPoint": {"@type": "vcard:Contact", "fn": listed.contact.name, "hasEmail": _mail(listed)},
        "accrualPeriodicity": f"R/{listed.frequency.iso}" if listed.frequency.iso else "irregular",
        "temporal": f"{listed.period.start}/{listed.period.end}" if listed.period.start else "",
        "spatial": listed.publisher.name,
        "landingPage": listed.page or f"{dataset_path(listed.identity)}index.html",
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": file.title,
                "format": file.format,
                "mediaType": file.media_type,
                "downloadURL": file.url or file_path(listed, file),
            }
            for file in listed.distributions
        ],
    }
    return {key: value for key, value in entry.items() if value}


def _mail(listed: Listing) -> str:
    return f"mailto:{listed.contact.email}" if listed.contact.email else ""


# --- rendering --------------------------------------------------------------------------------------------------------


def _render(template: str, **known: object) -> bytes:
    return _templates().get_template(template).render(**known).encode()


def _ended(tally: DimensionTally) -> str:
    """A dimension of a release in a few words, never as a number out of something."""
    if tally.failed:
        return f"{len(tally.failed)} found something"
    if tally.passed:
        return "nothing found" if not tally.not_run else f"nothing found; {len(tally.not_run)} did not run"
    return "not measured"


@cache
def page_version() -> str:
    """A digest that is another when the pages are made in another way."""
    parts = sorted(resources.files("catalogue.site").joinpath("templates").iterdir(), key=lambda part: part.name)
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


@cache
def _templates() -> Environment:
    made = template_environment("catalogue.site", {**FILTERS, "ended": _ended})
    for name in ("style.css", "script.js"):
        text = package_text("catalogue.site", f"templates/{name}")
        made.globals[name.partition(".")[0]] = text
        made.globals[f"{name.partition('.')[0]}_hash"] = csp_hash(text)
    return made
