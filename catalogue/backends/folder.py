"""A folder as catalogue: a static site that needs no server. The public sees `<site>/current/`.

Each dataset has a folder that is replaced as a whole (see `site_folder`). In it each file has three names: one below
`releases/<digest>/`, where it stays while that release is one of the last two, one below `latest/`, which always gives
the newest release, and one beside the page, as it was before there was `latest/`. Page and listing use the first:
whoever downloads from an old page after the next release still gets files that belong together. Addresses whose files
are gone answer with a page that says why (see `site_gone`). The pages about several datasets follow when the run ends
(`show`), so they too may name the release before the newest.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from catalogue.backends.folder_version import (
    NOTHING_READ,
    Digests,
    FolderVersion,
    common_digest,
    copy_release,
    folder_names,
    release_file_names,
    sync_folder,
    sync_versions,
)
from catalogue.backends.protocol import Intend, Progress
from catalogue.backends.site_folder import SiteFolder
from catalogue.backends.site_gone import GivenAddresses, GoneAddresses, holds_data
from catalogue.backends.site_pages import DatasetPages, RootPages, holds_all, is_shown, shared_folders
from catalogue.backends.site_signing import has_fresh_sums
from catalogue.backends.site_tree import (
    CROISSANT,
    DCAT,
    DESCRIBED,
    HISTORY,
    LISTING,
    LOOK,
    OVERVIEW,
    OVERVIEWS,
    PACKAGE,
    SHOWN,
    STAMP,
    TOMBSTONE,
    all_listings,
    all_summaries,
    listing_in,
    overview_in,
    site_stamp,
    tombstone_in,
)
from catalogue.backends.versioned_folder import VersionedFolder, cannot_write
from catalogue.listing import (
    LATEST,
    Distribution,
    Listing,
    dataset_id,
    dataset_path,
    listing_to_json,
    release_path,
)
from catalogue.plan import Live, Revise, file_facts, listing_facts, make_plan
from catalogue.signing.signer import Signer
from catalogue.signing.sums import SIGNED
from catalogue.site.gone import GONE, emptied_pages
from catalogue.site.shared_files import shared_files
from catalogue.site.status import DatasetOverview, SiteStatus, overview_to_json, statuses_to_json
from catalogue.tombstone import Tombstone, tombstone_to_json
from packages.errors import SetupProblem
from packages.model import Identity, Publication, Release

SHOWN_AT_ONCE = 100
"""Folders of datasets that are made before one wait for the disk: each is locked until then, which takes a handle."""

KEPT = frozenset({OVERVIEW, HISTORY, LOOK, GONE, LATEST.rstrip("/"), CROISSANT, PACKAGE, DESCRIBED, *DCAT})
"""What stays in the folder of a dataset when a new release comes, besides the release itself."""


class FolderCatalogue:
    """Lists releases in a static site."""

    name = "folder"

    def __init__(self, site: Path, *, public_url: str = "", signer: Signer | None = None) -> None:
        self._site = SiteFolder(site, signer)
        self._public_url = public_url

    def refresh(self) -> None:
        """Make the folder what the public sees: here it is that already."""

    def fetch(self, paths: Iterable[str]) -> None:
        """Make sure that these files, by their path from the root of the site, have their contents in the folder."""

    @property
    def current(self) -> Path:
        """The site that a web server should serve, and that a browser can open as it is."""
        return self._site.current

    def prove_access(self) -> str:
        """Return that the site can be written; SetupProblem when its rights do not let us."""
        # what is not there yet is made in the nearest folder above it
        place = next(path for path in (self._site.path, *self._site.path.parents) if path.exists())
        if not os.access(place, os.W_OK | os.X_OK):
            raise cannot_write(place, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
        return f"The site at {self.current} can be written."

    def live(self, identity: Identity) -> Live | None:
        """Return what the site shows now; None when the dataset was never listed."""
        return self._live_here(identity)

    def _live_here(self, identity: Identity) -> Live | None:
        folder = self._shown_folder(identity)
        if tombstone := tombstone_in(folder):
            return tombstone_to_live(tombstone, folder)
        listed = listing_in(folder)
        return None if listed is None else listing_to_live(listed, folder)

    def overview(self, identity: Identity) -> DatasetOverview | None:
        """Return what was known of a dataset when the site was last updated; None when nothing was."""
        return overview_in(self._shown_folder(identity))

    # --- publishing ---------------------------------------------------------------------------------------------------

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release; SetupProblem when the folder cannot be written, with the old one intact."""
        self._site.prepare()
        writes, read_back = 0, self._read_back(listing)
        # first without the lock: on most nights there is nothing to do
        if self._needed_listing(listing, read_back) is not None:
            with self._site.dataset(listing.identity).locked():
                writes, read_back = self._publish_locked(listing, release, intend, on_progress)
        folder = self._shown_folder(listing.identity)
        return Publication(
            identity=listing.identity,
            catalogue=self.name,
            release=listing.release,
            page=listing.page or (folder / "index.html").as_uri(),
            urls={file.file: _address(listing, file, folder) for file in listing.files},
            ids={"dataset": listing.id} | {file.file: file.id for file in listing.files},
            read_back=read_back,
            writes=writes,
            at=now,
        )

    def _needed_listing(self, listing: Listing, read_back: Mapping[str, str]) -> Listing | None:
        """Return the listing to write, or None when the site already shows it and its files are intact."""
        live = self._live_here(listing.identity)
        if live is not None:
            live = live.with_digests({file.id: read_back[file.file] for file in listing.files})
        revisions = [action for action in make_plan(listing, live).actions if isinstance(action, Revise)]
        return revisions[0].listing if revisions else None

    def _publish_locked(
        self, listing: Listing, release: Release, intend: Intend | None, on_progress: Progress | None
    ) -> tuple[int, dict[str, str]]:
        """Write the release and read it back; return how many files are new, and the digests of all of them.

        If that fails, the old folder is shown again.
        """
        # again: another process may have written before we had the lock
        read_back = self._read_back(listing)
        needed = self._needed_listing(listing, read_back)
        if needed is None:
            return 0, read_back
        if intend:
            intend()
        folder = self._site.dataset(listing.identity)
        before = folder.shown
        self._site.link_package(listing.identity)
        writes, digests = self._write_release(needed, release, folder, on_progress)
        read_back = self._read_back(listing, digests)
        if read_back != {file.file: file.sha256 for file in listing.files}:
            folder.take_back(before)
            raise SetupProblem(
                f"The files of {listing.identity} did not read back as they were written to {self._site.path}.",
                fix="Have the disk checked, then publish again. The site shows what it showed before, if there was "
                "one.",
            )
        return writes, read_back

    def _write_release(
        self, listed: Listing, release: Release, folder: VersionedFolder, on_progress: Progress | None
    ) -> tuple[int, Digests]:
        """Show a new version of the folder; return how many files are new, and the digests of those of the release."""
        with folder.new_version() as version:
            root = version.folder
            replaced, given = listing_in(root), GivenAddresses.of(root)
            lasting = root / release_path(listed.release)
            # an earlier release comes back: its address leads to its files again
            if lasting.is_symlink():
                version.remove(lasting)
            digests = copy_release(version, lasting, release, on_progress)
            for name in release_file_names(release):
                version.link(lasting / name, root / name)
                version.link(lasting / name, root / LATEST / name)
            version.write(root / LISTING, listing_to_json(listed))
            kept = {*release_file_names(release), LISTING, "index.html", lasting.parent.name, *KEPT}
            version.keep_only(root, kept)
            DatasetPages(version, self._public_url).write_listed(listed)
            # the same release again (a repair) must not push the one before it out
            if replaced is None or replaced.release != listed.release:
                last = {Path(release_path(replaced.release)).name} if replaced else set()
                GoneAddresses(version).replace(listed, given, {lasting.name} | last)
        return version.writes, digests

    def _read_back(self, listing: Listing, known: Digests = NOTHING_READ) -> dict[str, str]:
        """Return the sha256 of each file as the public gets it; empty where its names do not agree.

        Files whose digests are `known` were read where they lie, and have not changed since.
        """
        newest = self._shown_folder(listing.identity)
        places = (newest, newest / LATEST, newest / release_path(listing.release))
        return {file.file: common_digest([place / file.file for place in places], known) for file in listing.files}

    # --- withdrawing --------------------------------------------------------------------------------------------------

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Replace a dataset by a page that says when and why it was withdrawn; SetupProblem when files would remain.

        The versions of its folder that were shown before are removed as well: they would keep the files. The pages
        about several datasets say at once that it was withdrawn.
        """
        self._site.prepare()
        writes, folder = 0, self._site.dataset(identity)
        if self._is_left_over(identity) or listing_in(self._shown_folder(identity)):
            with folder.locked():
                writes = self._withdraw_locked(identity, reason, now, intend)
        page = (self._shown_folder(identity) / "index.html").as_uri()
        if self._public_url:
            page = f"{self._public_url.rstrip('/')}/{dataset_path(identity)}"
        return Publication(
            identity=identity,
            catalogue=self.name,
            release="",
            page=page,
            urls={},
            ids={"dataset": dataset_id(identity)},
            read_back={},
            writes=writes,
            at=now,
        )

    def _is_left_over(self, identity: Identity) -> bool:
        """Return whether a version that is not shown any more still holds data."""
        return any(holds_data(version) for version in self._site.dataset(identity).others())

    def _withdraw_locked(self, identity: Identity, reason: str, now: dt.datetime, intend: Intend | None) -> int:
        """Return how many files were written, and versions of the folder removed."""
        if intend:
            intend()
        writes = 0
        if listed := listing_in(self._shown_folder(identity)):
            tombstone = Tombstone.of(listed, reason, now)
            given = GivenAddresses.of(self._shown_folder(identity))
            with self._site.dataset(identity).new_version(empty=True) as version:
                version.write(version.folder / TOMBSTONE, tombstone_to_json(tombstone))
                DatasetPages(version, self._public_url).write_withdrawn(tombstone)
                GoneAddresses(version).withdraw(tombstone, given)
            writes = version.writes
        writes += self._renew_root(identity) + self._remove_other_versions(identity)
        if holds_data(self._site.dataset(identity).shown):
            raise self._still_there(identity, "they were there again after they had been removed")
        return writes

    def _remove_other_versions(self, identity: Identity) -> int:
        """Remove every version of the folder of a dataset but the one shown, and prove it; return their number."""
        folder = self._site.dataset(identity)
        others = folder.others()
        try:
            for version in others:
                shutil.rmtree(version)
            sync_folder(folder.versions)
        except OSError as error:
            raise self._still_there(identity, error.strerror or "no reason given") from error
        if folder.others():
            raise self._still_there(identity, "they were there again after they had been removed")
        return len(others)

    def _still_there(self, identity: Identity, reason: str) -> SetupProblem:
        return SetupProblem(
            f"Files of {identity} are still below {self._site.dataset(identity).versions} ({reason}).",
            fix="Give the account that runs londata the right to remove files there, then withdraw again.",
            why="The page says that the dataset was withdrawn; older versions of its folder must not keep it.",
        )

    def erase(
        self,
        identity: Identity,
        releases: Collection[str],
        addresses: Sequence[str],  # noqa: ARG002 - those of a CKAN have to be read
    ) -> Mapping[str, str]:
        """Remove the files and pages of releases that are not shown any more, in every version of the folder.

        Other addresses than those in the site are not ours to read: a copy in front of it is emptied by its owner.
        """
        self._site.prepare()
        folder = self._site.dataset(identity)
        gone = {Path(release_path(digest)).name for digest in releases}
        with folder.locked():
            with folder.new_version() as version:
                GoneAddresses(version).erase(gone)
                # what is known of the dataset tells of those releases, too; the next update makes it anew
                version.keep_only(version.folder, folder_names(version.folder) - {OVERVIEW, STAMP})
            self._remove_other_versions(identity)
            self._renew_root(identity)
        left = (path for name in gone for path in folder.versions.glob(f"*/*/{name}*") if not path.is_symlink())
        if any(left):
            raise self._still_there(identity, "they were there again after they had been removed")
        return {}

    # --- showing ------------------------------------------------------------------------------------------------------

    def rebuild(self) -> int:
        """Make every page again from what is listed; return how many files changed."""
        self._site.prepare()
        writes = 0
        for identity in self._site.identities():
            folder = self._site.dataset(identity)
            with folder.locked(), folder.new_version() as version:
                DatasetPages(version, self._public_url).write_all()
            writes += version.writes
        return writes + self._renew_root()

    def _renew_root(self, locked: Identity | None = None) -> int:  # noqa: ARG002 - where it matters
        """Make the files at the root again from what is listed; return how many changed.

        The folder of the `locked` dataset is the caller's.
        """
        with self._site.root.locked(), self._new_root() as version:
            RootPages(version, self._public_url).write_top()
        return version.writes

    @contextlib.contextmanager
    def _new_root(self) -> Iterator[FolderVersion]:
        """Give a version of the root to write to, as `new_version` does."""
        with self._site.root.new_version() as version:
            yield version

    def show(self, site: SiteStatus) -> int:
        """Show what is known of every dataset besides its listing; return how many files changed.

        Only pages are made again whose content or templates changed since the last time.
        """
        self._site.prepare()
        known = {overview.identity: overview_to_json(overview) for overview in site.overviews}
        stamp = site_stamp(self.current, [statuses_to_json((), site.publishers), *known.values()])
        writes = self._show_overviews(sorted(site.overviews, key=lambda overview: overview.identity), known)
        shown = self.current / SHOWN
        is_known = shown.is_file() and shown.read_bytes() == stamp
        if not writes and is_known and has_fresh_sums(self.current, self._site.signer):
            return 0
        with self._site.root.locked():
            listings = tuple(all_listings(self.current))
            summaries = all_summaries(self.current, listings)
            writes += self._show_shared(shared_files(site, listings, summaries, public_url=self._public_url))
            with self._new_root() as version:
                RootPages(version, self._public_url).write_known(site, listings, stamp)
                # whatever is at the root, its list says anew until when it holds: that alone makes a new version
                version.sign(version)
        return writes + version.writes

    def _show_shared(self, files: Mapping[str, bytes]) -> int:
        """Show the pages about several datasets that have changed; return the writes.

        Others, of which nothing is known any more, say so: their addresses were public.
        """
        folders = shared_folders({**emptied_pages(self._site.shared() - set(files)), **files})
        with contextlib.ExitStack() as stack:
            drafts = []
            for pointer, content in folders.items():
                folder = self._site.folder(pointer)
                if not holds_all(folder.pointer, content, self._site.signer):
                    version = stack.enter_context(folder.draft())
                    version.write_all(content)
                    drafts.append((folder, version))
            writes = _show_drafts(drafts)
        for path in folders:
            kind, _, name = path.partition("/")
            if kind == OVERVIEWS:
                self._site.link_overview(name, {*folders[path], *(SIGNED if self._site.signer else ())})
        return writes

    def _show_overviews(self, overviews: Sequence[DatasetOverview], known: Mapping[Identity, bytes]) -> int:
        """Show what is known of datasets (`known` as JSON, in the order of the identities, as everybody locks them)."""
        signer = self._site.signer
        changed = [
            one for one in overviews if not is_shown(known[one.identity], self._shown_folder(one.identity), signer)
        ]
        writes = 0
        for begin in range(0, len(changed), SHOWN_AT_ONCE):
            with contextlib.ExitStack() as stack:
                drafts = []
                for overview in changed[begin : begin + SHOWN_AT_ONCE]:
                    folder, content = self._site.dataset(overview.identity), known[overview.identity]
                    stack.enter_context(folder.locked())
                    # again: it may have been withdrawn since
                    if not is_shown(content, self._shown_folder(overview.identity), signer):
                        version = stack.enter_context(folder.draft())
                        # of what was withdrawn, only the signature can be missing
                        if not (version.folder / TOMBSTONE).is_file():
                            DatasetPages(version, self._public_url).write_overview(overview, content)
                        drafts.append((folder, version))
                writes += _show_drafts(drafts)
        return writes

    def _shown_folder(self, identity: Identity) -> Path:
        return self.current / dataset_path(identity)


def _show_drafts(drafts: Sequence[tuple[VersionedFolder, FolderVersion]]) -> int:
    """Show drafts after one wait for the disk; return how many files were written."""
    sync_versions([version for _, version in drafts])
    for folder, version in drafts:
        folder.show(version)
    return sum(version.writes for _, version in drafts)


def listing_to_live(listed: Listing, folder: Path) -> Live:
    """Return what a listing of the site says. Nobody else writes there, so there is no stamp to compare. Pure."""
    return Live(
        id=listed.id,
        stamp="",
        organisation=listed.publisher.slug,
        facts=listing_facts(listed),
        keywords=frozenset(listed.keywords),
        files={file.id: file_facts(file, listed.release) for file in listed.files},
        page=listed.page or (folder / "index.html").as_uri(),
        urls={file.id: _address(listed, file, folder) for file in listed.files},
    )


def tombstone_to_live(tombstone: Tombstone, folder: Path) -> Live:
    """Return what the site says of a withdrawn dataset. Pure."""
    return Live(
        id=dataset_id(tombstone.identity),
        stamp="",
        organisation=tombstone.identity.publisher,
        facts={
            "identifier": dataset_id(tombstone.identity),
            "withdrawn": tombstone.at.isoformat(),
            "reason": tombstone.reason,
        },
        keywords=frozenset(),
        files={},
        state="deleted",
        page=(folder / "index.html").as_uri(),
    )


def _address(listed: Listing, file: Distribution, folder: Path) -> str:
    return file.url or (folder / release_path(listed.release) / file.file).as_uri()
