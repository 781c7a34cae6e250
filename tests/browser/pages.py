"""The pages that are opened in a browser: every kind of page that londata makes, on a small made-up site.

To add a kind of page: name it in PAGES with its address, and let one of the MAKERS write what belongs to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_of
from catalogue.look.look import LookSummary
from catalogue.site.pages import dataset_page
from catalogue.site.shared_files import overview_page
from catalogue.site.status import DatasetOverview, DatasetState, ReleaseSummary, SiteStatus
from packages.model import Identity, Report
from packages.vocabulary import publisher
from quality.report import for_public, report_to_html
from tests.catalogue import city, looks, overviews
from tests.quality import report_examples as examples
from tests.quality.test_report_page import SCRIPT, hostile

EXPLORE = "explore/index.html#spend-over-500/camden"

PAGES = {
    # kind of page: where it is
    "start": "index.html",
    "dataset": "datasets/spend-over-500/camden/index.html",
    "dataset full of markup": "datasets/brownfield-land/camden/index.html",
    "dataset that was withdrawn": "datasets/public-toilets/hackney/index.html",
    "word of a file that is gone": "datasets/public-toilets/hackney/latest/toilets.csv/index.html",
    "dataset that waits": "datasets/spend-over-500/bexley/index.html",
    "dataset of all publishers": "datasets/spend-over-500/index.html",
    "publisher": "publishers/bexley/index.html",
    "publisher full of markup": "publishers/newham/index.html",
    "release": f"datasets/spend-over-500/camden/history/{'c' * 16}.html",
    "register": "register/index.html",
    "part of the register": "register/openness/open/index.html",
    "whole entries of the register": "register/publisher/camden/index.html",
    "index of the register": "register/index-of-words/index.html",
    "metadata": "metadata/index.html",
    "transparency code": "transparency/index.html",
    "dataset with maps and a chart": "looks/dataset.html",
    "publishers side by side": "looks/overview.html",
    "explore": EXPLORE,
    "report of a release": "reports/published.html",
    "report of a file that is held": "reports/held.html",
    "report of a file that is blocked": "reports/blocked.html",
    "report of a file that could not be read": "reports/unreadable.html",
    "report of a check": "reports/check.html",
    "report full of markup": "reports/hostile.html",
    "report of 25 columns": "reports/wide.html",
}

PUBLISHERS = ("camden", "hackney", "islington", "westminster")
SPEND_TITLE = "Council spending over £500 – Camden"


def make(root: Path) -> Path:
    """Write the site below `root`; the folder to serve, in which the addresses of PAGES hold."""
    site = root / "site"
    for maker in MAKERS:
        maker(root, site)
    return site / "current"


def make_catalogue(root: Path, site: Path) -> None:
    """Three datasets of four publishers, one of them withdrawn, one with markup wherever a text may stand."""
    catalogue = FolderCatalogue(site)
    for dataset in city.PACKAGES:
        for slug in PUBLISHERS:
            _publish(root, catalogue, Identity(dataset, slug))
    gone = Identity("public-toilets", "hackney")
    catalogue.withdraw(gone, reason="It named the people who hold the keys.", now=city.LATER)
    catalogue.show(known(catalogue))


def known(catalogue: FolderCatalogue) -> SiteStatus:
    """What is known besides the listings: every state, a history, and markup in what a file made us say."""
    older = overviews.release_summary("c" * 64, city.SEALED - timedelta(days=40))
    public = [Identity(dataset, slug) for dataset in city.PACKAGES for slug in PUBLISHERS]
    states = itertools.cycle((DatasetState.UP_TO_DATE, DatasetState.OVERDUE, DatasetState.DUE_SOON, DatasetState.HELD))
    made = [_public(catalogue, one, state, older) for one, state in zip(public, states, strict=False)]
    nasty = replace(overviews.TASKS[0], what=SCRIPT, where="x" * 200, fix=SCRIPT)
    hostile_one = replace(overviews.overview(Identity("spend-over-500", "newham"), DatasetState.FAILED), tasks=(nasty,))
    failed = overviews.overview(Identity("spend-over-500", "bexley"), DatasetState.FAILED)
    awaited = overviews.overview(Identity("brownfield-land", "bexley"), DatasetState.AWAITED)
    return overviews.city(*made, failed, awaited, hostile_one)


def _public(
    catalogue: FolderCatalogue, identity: Identity, state: DatasetState, older: ReleaseSummary
) -> DatasetOverview:
    live = catalogue.live(identity)
    if live is None or not live.release:
        return overviews.overview(identity, DatasetState.WITHDRAWN)
    return overviews.overview(identity, state, (overviews.release_summary(live.release), older))


def _publish(root: Path, catalogue: FolderCatalogue, identity: Identity) -> None:
    words = {}
    if identity == Identity("brownfield-land", "camden"):
        words = {"title": SCRIPT, "description": SCRIPT, "keywords": [SCRIPT, "x" * 200]}
    release = city.release(root / "releases", identity)
    wanted = listing_of(release, city.spec(identity, **words), publisher(identity.publisher))
    catalogue.publish(wanted, release, now=city.LATER)


def make_looks(root: Path, site: Path) -> None:
    """A page with pictures of every kind, and publishers side by side."""
    folder = site / "current" / "looks"
    folder.mkdir()
    identity = Identity("spend-over-500", "camden")
    listed = listing_of(city.release(root / "looks", identity), city.spec(identity), publisher("camden"))
    look = looks.look(listed.release)
    (folder / "dataset.html").write_bytes(dataset_page(listed, ["report.html"], None, look))
    told = [overviews.overview(Identity("spend-over-500", slug), DatasetState.UP_TO_DATE) for slug in PUBLISHERS]
    summaries = {one.identity: LookSummary.of(look) for one in told}
    (folder / "overview.html").write_bytes(overview_page(told, [listed], summaries))


def make_reports(_root: Path, site: Path) -> None:
    """Reports in every state, with and without releases before them."""
    folder = site / "current" / "reports"
    folder.mkdir()
    before = examples.releases()
    reviewed: dict[str, tuple[Report, bool]] = {
        "held": (examples.held(), True),
        "blocked": (examples.blocked(), True),
        "unreadable": (examples.unreadable(), True),
        "check": (examples.published(), False),
        "hostile": (hostile(SCRIPT), True),
        "wide": (_wide(), True),
    }
    for name, (report, published) in reviewed.items():
        content = report_to_html(report, SPEND_TITLE, trend=before, published=published)
        (folder / f"{name}.html").write_bytes(content)
    public = report_to_html(for_public(examples.published()), SPEND_TITLE, trend=before)
    (folder / "published.html").write_bytes(public)


def _wide() -> Report:
    columns = tuple(replace(examples.SPEND[i % 6], name=f"column_{i}") for i in range(25))
    return replace(examples.held(), tables=(examples.table(columns, 1_000_000),))


MAKERS: tuple[Callable[[Path, Path], None], ...] = (make_catalogue, make_looks, make_reports)
"""Each takes the folder of the tests and the folder of the site, and adds to what those before it made."""
