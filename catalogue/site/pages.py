"""The pages about one dataset of one publisher: HTML that is complete without scripts.

The same values give the same bytes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.dcat_completeness import metadata_properties, open_data_stars, stars_reached
from catalogue.listing import LATEST, Listing, dataset_path, history_path, release_path
from catalogue.look.look import DataLook
from catalogue.look.map_drawing import draw_places
from catalogue.look.time_drawing import draw_over_time
from catalogue.metadata.schema_org import schema_org_script
from catalogue.site.problem import problem_report
from catalogue.site.render import render
from catalogue.site.status import DatasetOverview, ReleaseSummary
from catalogue.site.words import byte_size, long_day
from catalogue.tombstone import Tombstone
from packages.model import Identity

FILES = {
    "datapackage.json": "Data Package descriptor with the schema",
    "report.html": "quality report",
    "report.json": "quality report for machines",
    "manifest.json": "sha256 and size of each file",
    "listing.json": "what this page says, for machines",
    "holding.json": "how it stands, its history and what is to do, for machines",
    "croissant.json": "Croissant description, for machine learning",
    "ckan.json": "what a CKAN would answer to package_show",
    "look.json": "what the pictures on this page are drawn from, for machines",
    "dcat.jsonld": "DCAT description as JSON-LD",
    "dcat.ttl": "DCAT description as Turtle",
}
"""How the page explains each file that is not data, in the order of the page."""


OF_RELEASE = frozenset({"datapackage.json", "report.html", "report.json", "manifest.json"})
"""Those of these files that belong to a release, besides the data; they have addresses that last."""


def dataset_page(
    listed: Listing, files: Iterable[str], overview: DatasetOverview | None = None, look: DataLook | None = None
) -> bytes:
    """Return the page of a listed dataset; `files` are the names of everything in its folder."""
    names = set(files)
    data = {file.file: f"{file.title}, {byte_size(file.bytes)}" for file in listed.distributions}
    return render(
        "dataset.html",
        listing=listed,
        overview=overview,
        look=look,
        maps=[(places, draw_places(places.places, listed.identity.publisher)) for places in look.places]
        if look
        else [],
        chart=draw_over_time(look.over_time) if look and look.over_time else None,
        problem=problem_report(listed),
        top=_way_to_top(listed.identity),
        # CSV and Parquet have the same columns
        tables=[file for file in listed.distributions if file.format == "CSV"],
        files_folder=release_path(listed.release),
        has_report="report.html" in names,
        files=[
            (f"{LATEST}{name}" if name in OF_RELEASE or name in data else name, name, meaning)
            for name, meaning in (data | FILES).items()
            if name in names
        ],
        structured=schema_org_script(listed),
        attribution=_attribution(listed),
        citation=_citation(listed),
        properties=metadata_properties(listed),
        stars=open_data_stars(listed),
        reached=stars_reached(listed),
    )


def waiting_page(overview: DatasetOverview) -> bytes:
    """Return the page of a dataset that is described and has no release yet."""
    return render("waiting.html", overview=overview, top=_way_to_top(overview.identity))


def withdrawn_page(tombstone: Tombstone) -> bytes:
    """Return the page that replaces a withdrawn dataset."""
    return render("withdrawn.html", tombstone=tombstone, top=_way_to_top(tombstone.identity))


def release_page(summary: ReleaseSummary, overview: DatasetOverview, listed: Listing | None) -> bytes:
    """Return the page about one release; it stays when the files of that release are gone."""
    pages = [history_path(earlier.release).removeprefix("history/") for earlier in overview.history]
    # the history has the newest first
    index = [earlier.release for earlier in overview.history].index(summary.release)
    return render(
        "release.html",
        summary=summary,
        overview=overview,
        public=listed is not None and listed.release == summary.release,
        older=pages[index + 1] if index + 1 < len(pages) else "",
        newer=pages[index - 1] if index > 0 else "",
        top="../" + _way_to_top(overview.identity),
    )


def _way_to_top(identity: Identity) -> str:
    """Return the way from the page of a dataset to the root: relative links work wherever the site is put."""
    return "../" * dataset_path(identity).count("/")


def _attribution(listed: Listing) -> str:
    if listed.licence.name == "OGL-UK-3.0":
        # the licence prescribes this sentence
        return (
            f"Source: {listed.publisher.title}. Contains public sector information licensed under the "
            "Open Government Licence v3.0."
        )
    return f"Source: {listed.publisher.title}, “{listed.title}”, licensed under {listed.licence.title}."


def _citation(listed: Listing) -> str:
    address = f" {listed.page}" if listed.page else ""
    return (
        f"{listed.publisher.title} ({listed.modified.year}): {listed.title}. "
        f"Release {listed.release[:12]}, {long_day(listed.modified)}.{address}"
    )
