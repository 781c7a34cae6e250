"""The pages and files about several datasets: publishers, datasets of all publishers, register, metadata. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from catalogue.dcat_completeness import missing_properties, open_data_stars, stars_reached
from catalogue.listing import Listing, dataset_overview_path, publisher_path
from catalogue.look.look import LookSummary
from catalogue.look.side_by_side import side_by_side
from catalogue.site import register
from catalogue.site.feed import FeedHeader, atom_feed
from catalogue.site.render import render
from catalogue.site.status import DatasetOverview, DatasetState, SiteStatus
from catalogue.site.transparency import transparency_files
from packages.model import Identity
from packages.spec import LONDON

NO_SUMMARIES: Mapping[Identity, LookSummary] = {}

URGENCY = (
    DatasetState.FAILED,
    DatasetState.HELD,
    DatasetState.OVERDUE,
    DatasetState.AWAITED,
    DatasetState.DUE_SOON,
    DatasetState.UP_TO_DATE,
    DatasetState.WITHDRAWN,
    DatasetState.NOT_EXPECTED,
)
"""The order in which a publisher sees the tasks of its datasets."""


def shared_files(
    site: SiteStatus,
    listings: Iterable[Listing],
    summaries: Mapping[Identity, LookSummary] = NO_SUMMARIES,
    *,
    public_url: str = "",
) -> dict[str, bytes]:
    """Return the files about several datasets by their path, relative to the root of the site.

    `summaries` are of the looks at the data of listings.
    """
    listed = {listing.identity: listing for listing in listings}
    overviews = sorted(site.overviews, key=lambda overview: overview.identity)
    files = {
        **{f"register/{name}": content for name, content in register_files(overviews).items()},
        "metadata/index.html": metadata_page(listed.values()),
        **transparency_files(overviews),
        "explore/index.html": render("explore.html", top="../"),
    }
    # all of London together is no publisher of the vocabulary
    unions = {o.identity.publisher: o.status.publisher for o in overviews if o.identity.publisher == LONDON}
    for slug, name in (*site.publishers, *unions.items()):
        own = [overview for overview in overviews if overview.identity.publisher == slug]
        if own:
            own_listings = _listings_of(own, listed)
            page = publisher_page(name, own, own_listings)
            files |= _page_and_feed(publisher_path(slug), name, page, own_listings, public_url)
    for dataset in sorted({overview.identity.dataset for overview in overviews}):
        own = [overview for overview in overviews if overview.identity.dataset == dataset]
        own_listings = _listings_of(own, listed)
        page = overview_page(own, own_listings, summaries)
        title = own[0].status.title
        files |= _page_and_feed(dataset_overview_path(dataset), title, page, own_listings, public_url)
    return files


def _listings_of(overviews: Iterable[DatasetOverview], listed: Mapping[Identity, Listing]) -> list[Listing]:
    return [listed[overview.identity] for overview in overviews if overview.identity in listed]


def _page_and_feed(folder: str, title: str, page: bytes, listings: list[Listing], public_url: str) -> dict[str, bytes]:
    feed = FeedHeader(f"{title}: new releases", f"{folder}feed.xml", f"{folder}index.html")
    return {feed.page: page, feed.path: atom_feed(feed, listings, public_url=public_url)}


def publisher_page(name: str, overviews: Collection[DatasetOverview], listings: Collection[Listing]) -> bytes:
    """Return the page of one publisher: the state of its datasets, its tasks in order, its quality by dimension."""
    by_urgency = sorted(overviews, key=lambda o: (URGENCY.index(o.status.state), o.status.title))
    by_title = sorted(listings, key=lambda listed: listed.title)
    return render(
        "publisher.html",
        name=name,
        overviews=sorted(overviews, key=lambda overview: overview.status.title),
        urgent=[(overview, task) for overview in by_urgency for task in overview.tasks if task.must],
        other_tasks=[(overview, task) for overview in by_urgency for task in overview.tasks if not task.must],
        gaps=[(listed, gap) for listed in by_title for gap in missing_properties(listed)],
        register_gaps=[(overview, gaps) for overview in by_urgency if (gaps := register.missing_headings(overview))],
        listed={listing.identity for listing in listings},
        top="../../",
    )


def overview_page(
    overviews: Collection[DatasetOverview],
    listings: Collection[Listing],
    summaries: Mapping[Identity, LookSummary] = NO_SUMMARIES,
) -> bytes:
    """Return the page of one dataset of all publishers: what it is, its columns, and its state with each."""
    by_publisher = sorted(overviews, key=lambda overview: overview.status.publisher)
    # the columns are the same with all publishers
    example = min(listings, key=lambda listed: listed.identity, default=None)
    return render(
        "overview.html",
        side_by_side=side_by_side(
            {
                overview.identity.publisher: summaries[overview.identity]
                for overview in by_publisher
                if overview.identity in summaries and overview.identity.publisher != LONDON
            }
        ),
        title=by_publisher[0].status.title,
        description=by_publisher[0].description,
        overviews=by_publisher,
        listings={listed.identity: listed for listed in listings},
        tables=[file for file in example.distributions if file.format == "CSV"] if example else [],
        top="../../",
    )


def register_files(overviews: Collection[DatasetOverview]) -> dict[str, bytes]:
    """Return the information asset register by path, relative to its folder: for people, and for programs."""
    by_title = sorted(overviews, key=lambda overview: (overview.status.title, overview.status.publisher))
    parts = register.register_parts(by_title)
    return {
        "index.html": render(
            "register.html",
            top="../",
            overviews=by_title,
            closed=sum(overview.asset.openness != "open" for overview in overviews),
            parts_by_facet=parts,
            columns=register.COLUMNS,
            schema=register.SCHEMA,
            yaml_schema=register.YAML_SCHEMA,
            words=register.WORDS,
        ),
        f"{register.WORDS}index.html": render(
            "register_index.html", top="../../", letters=register.register_index(parts)
        ),
        **{
            f"{part.folder}index.html": render(
                "register_part.html",
                top="../../../",
                part=part,
                heading=register.COLUMNS[facet],
                # Article 30 asks each controller for a record of its own
                is_whole=facet == "publisher",
            )
            for facet, found in parts.items()
            for part in found
        },
        "register.csv": register.register_to_csv(overviews),
        "register.json": register.register_to_json(overviews),
        **register.register_schemas(),
    }


def metadata_page(listings: Collection[Listing]) -> bytes:
    """Return the page on the metadata of each dataset: what is missing, and who can add it."""
    return render(
        "metadata.html",
        top="../",
        listings=sorted(listings, key=lambda listed: listed.title),
        missing={listed.identity: missing_properties(listed) for listed in listings},
        stars={listed.identity: open_data_stars(listed) for listed in listings},
        reached={listed.identity: stars_reached(listed) for listed in listings},
    )
