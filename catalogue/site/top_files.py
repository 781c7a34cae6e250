"""The files at the root of the site: the start page, the catalogue for machines, the feed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from catalogue import dcat
from catalogue.listing import Listing
from catalogue.metadata.catalogue_table import TABLE, catalogue_table
from catalogue.metadata.ckan_api import api_files
from catalogue.metadata.uk_exchange import uk_exchange_json
from catalogue.site.data_json import data_json
from catalogue.site.feed import FeedHeader, atom_feed
from catalogue.site.render import render
from catalogue.site.status import DatasetState, DatasetStatus, statuses_to_json
from catalogue.site.words import STATES, total_rows
from catalogue.tombstone import Tombstone
from packages.spec import LONDON
from packages.vocabulary import publishers

FEED = FeedHeader("London open data: new releases", "feed.xml")
COUNTED = tuple(state for state in STATES if state is not DatasetState.NOT_EXPECTED)
"""The states in the legend, with how often each occurs."""


@dataclass(frozen=True, slots=True)
class SiteTop:
    """The content of the root of the site.

    `publishers` (slug, name) are the rows of the table; without any, those that have a listing. `linked` are the
    publishers and datasets that have a page of their own.
    """

    listings: tuple[Listing, ...]
    statuses: tuple[DatasetStatus, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    publishers: tuple[tuple[str, str], ...] = ()
    linked: frozenset[str] = field(default_factory=frozenset)

    @property
    def cells(self) -> dict[tuple[str, str], DatasetStatus]:
        """The status of each dataset of each publisher; what is listed or withdrawn since then prevails."""
        statuses = {status.identity: status for status in self.statuses}
        statuses |= {
            listed.identity: DatasetStatus.of(listed, statuses.get(listed.identity)) for listed in self.listings
        }
        statuses |= {tombstone.identity: _withdrawn_status(tombstone) for tombstone in self.tombstones}
        return {(status.identity.dataset, status.identity.publisher): status for status in statuses.values()}

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Publishers (slug, name) in the order of their names; all of London together comes first."""
        names = dict(self.publishers) | {cell.identity.publisher: cell.publisher for cell in self.cells.values()}
        return sorted(names.items(), key=lambda row: (row[0] != LONDON, row[1]))

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Datasets (name, title) in the order of their titles."""
        titles = {cell.identity.dataset: cell.title for cell in self.cells.values()}
        return sorted(titles.items(), key=lambda column: column[1])


def site_files(top: SiteTop, fragments: Iterable[dcat.Fragment], *, public_url: str = "") -> dict[str, bytes]:
    """Return the files at the root by name; `fragments` are the DCAT of the listings, in their order."""
    catalogue = dcat.compose_catalogue(top.listings, fragments, public_url=public_url)
    return {
        "index.html": index_page(top),
        "london.json": statuses_to_json(top.cells.values(), top.publishers),
        "catalog.jsonld": catalogue.jsonld,
        "catalog.ttl": catalogue.turtle.encode(),
        "data.json": data_json(top.listings),
        "feed.xml": atom_feed(FEED, top.listings, public_url=public_url),
        "ukgov.jsonld": uk_exchange_json(top.listings),
        TABLE: catalogue_table(top.listings),
        **api_files(top.listings),
    }


def index_page(top: SiteTop) -> bytes:
    """Return the start page: publishers by datasets."""
    cells = top.cells
    counts = Counter(cell.state for cell in cells.values())
    return render(
        "index.html",
        top="",
        listings=top.listings,
        cells=cells,
        publishers=top.rows,
        datasets=top.columns,
        linked=top.linked,
        rows=sum(total_rows(listed) for listed in top.listings),
        changed=max((listed.modified for listed in top.listings), default=None),
        counts=[(state, counts[state]) for state in COUNTED if counts[state]],
        states=STATES,
        not_expected=DatasetState.NOT_EXPECTED,
    )


def _withdrawn_status(tombstone: Tombstone) -> DatasetStatus:
    """Return the cell of a withdrawn dataset."""
    slug = tombstone.identity.publisher
    # a tombstone has the long name; the table shows the short one, as long as the publisher is known
    name = publishers()[slug].name if slug in publishers() else tombstone.publisher
    title = tombstone.title.removesuffix(f" – {name}")
    since = tombstone.at.date().isoformat()
    return DatasetStatus(tombstone.identity, title, name, DatasetState.WITHDRAWN, since=since)
