"""The pages of one version of the site, written where what they are made of has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalogue import dcat
from catalogue.backends.site_tree import (
    DCAT,
    HISTORY,
    OVERVIEW,
    SHOWN,
    STAMP,
    TOMBSTONE,
    all_listings,
    all_overviews,
    all_tombstones,
    dataset_stamp,
    last_statuses,
    listing_in,
    overview_in,
    shared_pages,
)
from catalogue.backends.site_version import SiteVersion, folder_names
from catalogue.listing import Listing, dataset_path, history_path
from catalogue.site.pages import dataset_page, release_page, waiting_page, withdrawn_page
from catalogue.site.shared_files import shared_files
from catalogue.site.status import DatasetOverview, DatasetStatus, SiteStatus, overview_to_json
from catalogue.site.top_files import SiteTop, site_files
from catalogue.tombstone import Tombstone
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class SitePages:
    """The pages of a version that is being made; its listings are in it already."""

    version: SiteVersion
    public_url: str

    def write_all(self) -> None:
        """Make every page again from what the version holds."""
        root = self.version.folder
        for tombstone in all_tombstones(root):
            self.write_withdrawn(tombstone)
        for listed in all_listings(root):
            self.write_listed(listed)
        for overview in all_overviews(root):
            self._write_dataset(overview)
        self.write_top()

    def write_known(self, site: SiteStatus, known: dict[Identity, bytes]) -> None:
        """Show what is known of every dataset (as JSON in `known`); pages that show the same are left alone."""
        root = self.version.folder
        for overview in site.overviews:
            # a withdrawn dataset keeps nothing but its tombstone
            if not (self._folder(overview.identity) / TOMBSTONE).is_file():
                self._keep_overview(overview, known[overview.identity])
        shared = shared_files(site, all_listings(root), public_url=self.public_url)
        for name, content in shared.items():
            self.version.write(root / name, content)
        for page in shared_pages(root):
            if str(page.relative_to(root)) not in shared:
                # the folder of a dataset also holds those of its publishers
                self.version.keep_only(page.parent, folder_names(page.parent) - {page.name, "feed.xml"})
        # the register has a page for each thing that its entries say, and they say something else now
        kept = {Path(name).parts[:3] for name in shared}
        for facet in (path for path in (root / "register").iterdir() if path.is_dir()):
            names = {name for name in folder_names(facet) if ("register", facet.name, name) in kept}
            self.version.keep_only(facet, names)
        self._write_top(tuple(overview.status for overview in site.overviews), site.publishers)

    def write_listed(self, listed: Listing) -> None:
        """Write the page and the DCAT of a listing."""
        folder = self._folder(listed.identity)
        self._write_dcat(listed)
        overview = overview_in(folder)
        if overview:
            overview = overview.now_listed(listed)
            self.version.write(folder / OVERVIEW, overview_to_json(overview))
        self.version.write(folder / "index.html", dataset_page(listed, folder_names(folder), overview))

    def write_withdrawn(self, tombstone: Tombstone) -> None:
        """Write the page that replaces a withdrawn dataset."""
        self.version.write(self._folder(tombstone.identity) / "index.html", withdrawn_page(tombstone))

    def write_top(self) -> None:
        """Write the files at the root, with the statuses that it showed last and that still hold."""
        root = self.version.folder
        # the site no longer shows what it was last made from, so the next update looks at everything
        (root / SHOWN).unlink(missing_ok=True)
        self._write_top(*last_statuses(root, {listed.identity for listed in all_listings(root)}))

    def _write_top(self, statuses: tuple[DatasetStatus, ...], publishers: tuple[tuple[str, str], ...]) -> None:
        root = self.version.folder
        listings = tuple(all_listings(root))
        fragments = [self._fragment(listed) for listed in listings]
        linked = frozenset(path.parent.name for path in shared_pages(root))
        top = SiteTop(listings, statuses, tuple(all_tombstones(root)), publishers, linked)
        for name, content in site_files(top, fragments, public_url=self.public_url).items():
            self.version.write(root / name, content)

    def _fragment(self, listed: Listing) -> dcat.Fragment:
        """Return the DCAT of a listing from its files: making it is the slow part of a page."""
        paths = [self._folder(listed.identity) / name for name in DCAT]
        if not all(path.is_file() for path in paths):
            self._write_dcat(listed)
        return dcat.read_fragment(*(path.read_bytes() for path in paths))

    def _write_dcat(self, listed: Listing) -> None:
        fragment = dcat.describe_dataset(listed, public_url=self.public_url)
        for name, content in zip(DCAT, (fragment.turtle.encode(), fragment.jsonld), strict=True):
            self.version.write(self._folder(listed.identity) / name, content)

    def _keep_overview(self, overview: DatasetOverview, content: bytes) -> None:
        """Keep an overview, and make its pages unless they were made from just that."""
        folder = self._folder(overview.identity)
        stamp = dataset_stamp(folder, content)
        if (folder / STAMP).is_file() and (folder / STAMP).read_bytes() == stamp:
            return
        self.version.write(folder / OVERVIEW, content)
        self._write_dataset(overview)
        # last: a stamp vouches for pages that are there
        self.version.write(folder / STAMP, stamp)

    def _write_dataset(self, overview: DatasetOverview) -> None:
        """Write the page of a dataset and those about its releases."""
        folder = self._folder(overview.identity)
        listed = listing_in(folder)
        page = dataset_page(listed, folder_names(folder), overview) if listed else waiting_page(overview)
        self.version.write(folder / "index.html", page)
        for summary in overview.history:
            page = release_page(summary, overview, listed)
            self.version.write(folder / history_path(summary.release), page)
        kept = {Path(history_path(summary.release)).name for summary in overview.history}
        self.version.keep_only(folder / HISTORY, kept)

    def _folder(self, identity: Identity) -> Path:
        return self.version.folder / dataset_path(identity)
