"""A folder as catalogue: a static site that needs no server. The public sees `<site>/current/`.

    <site>/versions/<n>/     one complete site each; two are kept: the current one, and what was shown before it
    <site>/current           a symlink to one of them, swapped by rename: a reader sees the old site or the new one

A version is made beside the others, out of hard links to what did not change. Nothing in one is ever written over.
In a version the files of a dataset lie twice, as one inode: below `releases/<digest>/`, where they stay while that
release is one of the last two, and beside the page under names that are always the newest. Page and listing name the
former: somebody who reads a page, and its files after the next release, still gets what belongs together.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from catalogue import dcat, tombstone
from catalogue.backends.protocol import Intend, Progress
from catalogue.backends.site_version import (
    SiteVersion,
    common_digest,
    copy_release,
    folder_names,
    link_tree,
    release_file_names,
    sync_folder,
    sync_folders,
)
from catalogue.listing import (
    Distribution,
    Listing,
    dataset_id,
    dataset_path,
    history_path,
    listing_from_json,
    listing_to_json,
    release_path,
)
from catalogue.plan import Live, Revise, file_facts, listing_facts, make_plan
from catalogue.site.pages import (
    SiteTop,
    dataset_page,
    page_version,
    release_page,
    shared_files,
    site_files,
    waiting_page,
    withdrawn_page,
)
from catalogue.site.status import (
    DatasetOverview,
    DatasetStatus,
    SiteStatus,
    canonical_json,
    overview_from_json,
    statuses_from_json,
)
from catalogue.tombstone import Tombstone
from packages.errors import SetupProblem
from packages.model import Identity, Publication, Release

LISTING = "listing.json"
TOMBSTONE = "withdrawn.json"
GONE = frozenset({TOMBSTONE, "index.html"})
"""All that is left in the folder of a dataset that was withdrawn."""

HOLDING = "holding.json"
HISTORY = "history"
STAMP = ".made-from"
"""Says from what the pages of a dataset were made, so that they are not made again from the same."""

LONDON = "london.json"
DCAT = ("dcat.ttl", "dcat.jsonld")
KEPT = frozenset({HOLDING, HISTORY, *DCAT})
"""What stays beside the page of a dataset when a new release comes."""

SHOWN = ".shown"
"""Says which city, with which listings, the whole site shows."""


class FolderCatalogue:
    """Lists releases in a static site."""

    name = "folder"

    def __init__(self, site: Path, *, public_url: str = "") -> None:
        self._site = site.absolute()
        self._versions = self._site / "versions"
        self._public_url = public_url

    @property
    def current(self) -> Path:
        """What a web server should serve, and a browser can open as it is."""
        return self._site / "current"

    def live(self, identity: Identity) -> Live | None:
        """What the site shows now; None when the dataset was never listed."""
        folder = self._place(identity)
        if (folder / TOMBSTONE).is_file():
            return tombstone_to_live(tombstone.tombstone_from_json((folder / TOMBSTONE).read_bytes()), folder)
        listed = self._listed(identity)
        return None if listed is None else listing_to_live(listed, folder)

    def publish(
        self,
        listing: Listing,
        release: Release,
        *,
        now: dt.datetime,
        intend: Intend | None = None,
        on_progress: Progress | None = None,
    ) -> Publication:
        """List a release; SetupProblem when the folder cannot be written, with the old site intact."""
        writes = 0
        if self._wanted(listing) is not None:
            with self._locked():
                writes = self._bring_about(listing, release, intend, on_progress)
        page = self._place(listing.identity)
        return Publication(
            identity=listing.identity,
            catalogue=self.name,
            release=listing.release,
            page=listing.page or (page / "index.html").as_uri(),
            urls={file.file: _address(listing, file, page) for file in listing.files},
            ids={"dataset": listing.id} | {file.file: file.id for file in listing.files},
            read_back=self._read_back(listing),
            writes=writes,
            at=now,
        )

    def withdraw(
        self, identity: Identity, *, reason: str, now: dt.datetime, intend: Intend | None = None
    ) -> Publication:
        """Take a dataset away, with a page that says when and why in its place; SetupProblem when that cannot be done.

        The version that was shown before goes as well: it would keep the files.
        """
        writes = 0
        with self._locked():
            listed = self._listed(identity)
            if listed or self._left_behind(identity):
                if intend:
                    intend()
                writes = self._bury(Tombstone.of(listed, reason, now)) if listed else 0
                writes += self._forget(identity)
        return Publication(
            identity=identity,
            catalogue=self.name,
            release="",
            page=self._page(identity),
            urls={},
            ids={"dataset": dataset_id(identity)},
            read_back={},
            writes=writes,
            at=now,
        )

    def rebuild(self) -> int:
        """Make every page again from what is listed; gives how many files changed."""
        with self._locked(), self._version() as made:
            for gone in _all_gone(made.folder):
                made.write(made.folder / dataset_path(gone.identity) / "index.html", withdrawn_page(gone))
            for listed in _all_listed(made.folder):
                self._describe(made, listed, anew=True)
            for holding in _all_held(made.folder):
                self._page_of(made, holding)
            self._top(made)
        return made.writes

    def show(self, city: SiteStatus) -> int:
        """Show what is known of every dataset besides its listing; gives how many files changed.

        Only pages whose content, or the way in which they are made, is another than last time are made again.
        """
        known = {holding.identity: canonical_json(holding) for holding in city.holdings}
        mark = _mark(self.current, [canonical_json(city.publishers), *known.values()])
        shown = self.current / SHOWN
        if shown.is_file() and shown.read_bytes() == mark:
            return 0
        with self._locked(), self._version() as made:
            made.write(made.folder / SHOWN, mark)
            for holding in city.holdings:
                folder = made.folder / dataset_path(holding.identity)
                if not (folder / TOMBSTONE).is_file():
                    self._hold(made, holding, known[holding.identity])
            listings = _all_listed(made.folder)
            shared = shared_files(city, listings, public_url=self._public_url)
            for name, content in shared.items():
                made.write(made.folder / name, content)
            for page in _shared_pages(made.folder):
                if str(page.relative_to(made.folder)) not in shared:
                    made.keep_only(page.parent, folder_names(page.parent) - {page.name, "feed.xml"})
            self._top(made, tuple(holding.standing for holding in city.holdings), city.publishers)
        return made.writes

    def holding(self, identity: Identity) -> DatasetOverview | None:
        """What the site knew of a dataset when it was shown last; None when it never was."""
        return _held(self._place(identity))

    # --- reading ------------------------------------------------------------------------------------------------------

    def _place(self, identity: Identity) -> Path:
        return self.current / dataset_path(identity)

    def _page(self, identity: Identity) -> str:
        if self._public_url:
            return f"{self._public_url.rstrip('/')}/{dataset_path(identity)}"
        return (self._place(identity) / "index.html").as_uri()

    def _listed(self, identity: Identity) -> Listing | None:
        path = self._place(identity) / LISTING
        return listing_from_json(path.read_bytes()) if path.is_file() else None

    def _wanted(self, listing: Listing) -> Listing | None:
        """The listing to write, or None when the site already shows it and its files are whole."""
        live = self.live(listing.identity)
        if live is not None:
            found = self._read_back(listing)
            live = live.holding({file.id: found[file.file] for file in listing.files})
        revisions = [step for step in make_plan(listing, live).actions if isinstance(step, Revise)]
        return revisions[0].listing if revisions else None

    def _read_back(self, listing: Listing) -> dict[str, str]:
        """The sha256 of each file as the public gets it under both its names; empty where they do not agree."""
        newest = self._place(listing.identity)
        lasting = newest / release_path(listing.release)
        return {file.file: common_digest(newest / file.file, lasting / file.file) for file in listing.files}

    # --- writing ------------------------------------------------------------------------------------------------------

    def _bring_about(
        self, listing: Listing, release: Release, intend: Intend | None, on_progress: Progress | None
    ) -> int:
        """Put what is wanted and prove that the public gets it, or show the site as it was; how many files are new."""
        wanted, before = self._wanted(listing), self.current.resolve()
        if wanted is None:
            return 0
        if intend:
            intend()
        writes = self._put(wanted, release, on_progress)
        if self._read_back(listing) != {file.file: file.sha256 for file in listing.files}:
            if before.is_dir():
                self._point_to(before)
            raise self._not_read_back(listing)
        return writes

    def _put(self, listed: Listing, release: Release, on_progress: Progress | None) -> int:
        with self._version() as made:
            folder = made.folder / dataset_path(listed.identity)
            before = folder / LISTING
            last = listing_from_json(before.read_bytes()).release if before.is_file() else ""
            lasting = folder / release_path(listed.release)
            copy_release(made, lasting, release, on_progress)
            for name in release_file_names(release):
                made.link(lasting / name, folder / name)
            made.write(folder / LISTING, listing_to_json(listed))
            wanted = {*release_file_names(release), LISTING, "index.html", lasting.parent.name, *KEPT}
            made.keep_only(folder, wanted)
            self._describe(made, listed, anew=True)
            if last != listed.release:
                made.keep_only(lasting.parent, {lasting.name, Path(release_path(last)).name})
            self._top(made)
        return made.writes

    def _bury(self, gone: Tombstone) -> int:
        """Show the tombstone in the place of everything that was there; how many files came and went."""
        with self._version() as made:
            folder = made.folder / dataset_path(gone.identity)
            made.remove(folder)
            made.write(folder / TOMBSTONE, tombstone.tombstone_to_json(gone))
            made.write(folder / "index.html", withdrawn_page(gone))
            self._top(made)
        return made.writes

    def _left_behind(self, identity: Identity) -> list[Path]:
        """The versions besides the current one that still hold the dataset, with what a killed run left unfinished."""
        held = (path for path in self._versions.glob(f"*/{dataset_path(identity)}*") if path.name not in GONE)
        return sorted({path.parents[3] for path in held} - {self.current.resolve()})

    def _forget(self, identity: Identity) -> int:
        """Remove every other version that holds the dataset, and prove that none does; how many there were."""
        old = self._left_behind(identity)
        try:
            for version in old:
                shutil.rmtree(version)
            sync_folder(self._versions)
        except OSError as error:
            raise self._still_there(identity, error.strerror or "no reason given") from error
        shown = self._place(identity)
        if self._left_behind(identity) or not folder_names(shown) <= GONE:
            raise self._still_there(identity, "they were there again after they had been removed")
        return len(old)

    def _describe(self, made: SiteVersion, listed: Listing, *, anew: bool) -> dcat.Fragment:
        """The page of a listing and its DCAT fragment; the latter only `anew`, or when it is not there."""
        folder = made.folder / dataset_path(listed.identity)
        paths = [folder / name for name in DCAT]
        if anew or not all(path.is_file() for path in paths):
            fragment = dcat.describe_dataset(listed, public_url=self._public_url)
            for path, content in zip(paths, (fragment.turtle.encode(), fragment.jsonld), strict=True):
                made.write(path, content)
        if anew:
            holding = _held(folder)
            if holding:
                holding = holding.now_listed(listed)
                made.write(folder / HOLDING, canonical_json(holding))
            made.write(folder / "index.html", dataset_page(listed, folder_names(folder), holding))
        return dcat.read_fragment(*(path.read_bytes() for path in paths))

    def _hold(self, made: SiteVersion, holding: DatasetOverview, known: bytes) -> None:
        """Keep what is known of a dataset, and make its pages unless they were made from just that."""
        folder = made.folder / dataset_path(holding.identity)
        stamp = _stamp(folder, known)
        if (folder / STAMP).is_file() and (folder / STAMP).read_bytes() == stamp:
            return
        made.write(folder / HOLDING, known)
        self._page_of(made, holding)
        made.write(folder / STAMP, stamp)

    def _page_of(self, made: SiteVersion, holding: DatasetOverview) -> None:
        folder = made.folder / dataset_path(holding.identity)
        listed = listing_from_json((folder / LISTING).read_bytes()) if (folder / LISTING).is_file() else None
        page = dataset_page(listed, folder_names(folder), holding) if listed else waiting_page(holding)
        made.write(folder / "index.html", page)
        for past in holding.history:
            made.write(folder / history_path(past.release), release_page(past, holding, listed))
        made.keep_only(folder / HISTORY, {Path(history_path(past.release)).name for past in holding.history})

    def _top(
        self,
        made: SiteVersion,
        standings: tuple[DatasetStatus, ...] | None = None,
        publishers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """The top of the site; without standings, with those that it showed last and that still hold."""
        listings = tuple(_all_listed(made.folder))
        if standings is None:
            (made.folder / SHOWN).unlink(missing_ok=True)
            standings, publishers = _shown(made.folder, {one.identity for one in listings})
        parts = [self._describe(made, listed, anew=False) for listed in listings]
        known = frozenset(path.parent.name for path in _shared_pages(made.folder))
        top = SiteTop(listings, standings, tuple(_all_gone(made.folder)), publishers, known)
        for name, content in site_files(top, parts, public_url=self._public_url).items():
            made.write(made.folder / name, content)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, also among processes; the lock goes with the process."""
        try:
            self._versions.mkdir(parents=True, exist_ok=True)
            lock = (self._site / ".lock").open("a")
        except OSError as error:
            raise self._cannot_write(error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def _version(self) -> Iterator[SiteVersion]:
        """A new version to change; it becomes the current one at the end if anything did."""
        number = max(self._numbers(), default=0) + 1
        draft = self._versions / f"{number}.part"
        try:
            shutil.rmtree(draft, ignore_errors=True)
            link_tree(self.current, draft)
            made = SiteVersion(draft)
            yield made
            if made.writes:
                made.sync()
                sync_folders(draft)
                self._swap(draft, self._versions / str(number))
        except OSError as error:
            raise self._cannot_write(error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _swap(self, draft: Path, version: Path) -> None:
        kept = {version, self.current.resolve()}
        draft.rename(version)
        sync_folder(self._versions)
        self._point_to(version)
        for old in {self._versions / str(number) for number in self._numbers()} - kept:
            shutil.rmtree(old, ignore_errors=True)

    def _point_to(self, version: Path) -> None:
        pointer = self._site / "current.part"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(version.relative_to(self._site))
        os.replace(pointer, self.current)  # noqa: PTH105  # says what it is: one atomic step
        sync_folder(self._site)

    def _numbers(self) -> list[int]:
        return [int(path.name) for path in self._versions.glob("*") if path.name.isdigit()]

    def _not_read_back(self, listing: Listing) -> SetupProblem:
        return SetupProblem(
            f"The files of {listing.identity} did not read back as they were written to {self._site}.",
            fix="Have the disk checked, then publish again. The site shows what it showed before, if there was one.",
        )

    def _still_there(self, identity: Identity, reason: str) -> SetupProblem:
        return SetupProblem(
            f"Files of {identity} are still below {self._versions} ({reason}).",
            fix="Give the account that runs londata the right to remove files there, then withdraw again.",
            why="The page says that the dataset was withdrawn; older versions of the site must not keep it.",
        )

    def _cannot_write(self, error: OSError) -> SetupProblem:
        return SetupProblem(
            f"The site in {self._site} cannot be written ({error.strerror or 'no reason given'}). It is as it was.",
            fix="Give the account that runs londata the right to write there and free space on the disk, or choose "
            "another folder with LONDATA_HOME.",
        )


def listing_to_live(listed: Listing, folder: Path) -> Live:
    """What a listing of the site says. Nobody else writes there, so there is no stamp and nothing of theirs. Pure."""
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


def tombstone_to_live(gone: Tombstone, folder: Path) -> Live:
    """What the site says of a dataset that was withdrawn. Pure."""
    return Live(
        id=dataset_id(gone.identity),
        stamp="",
        organisation=gone.identity.publisher,
        facts={
            "identifier": dataset_id(gone.identity),
            "withdrawn": gone.at.isoformat(),
            "reason": gone.reason,
        },
        keywords=frozenset(),
        files={},
        state="deleted",
        page=(folder / "index.html").as_uri(),
    )


def _address(listed: Listing, file: Distribution, folder: Path) -> str:
    return file.url or (folder / release_path(listed.release) / file.file).as_uri()


def _all_listed(root: Path) -> list[Listing]:
    return [listing_from_json(path.read_bytes()) for path in sorted(root.glob(f"datasets/*/*/{LISTING}"))]


def _held(folder: Path) -> DatasetOverview | None:
    return overview_from_json((folder / HOLDING).read_bytes()) if (folder / HOLDING).is_file() else None


def _all_held(root: Path) -> list[DatasetOverview]:
    return [overview_from_json(path.read_bytes()) for path in sorted(root.glob(f"datasets/*/*/{HOLDING}"))]


def _shown(root: Path, listed: Collection[Identity]) -> tuple[tuple[DatasetStatus, ...], tuple[tuple[str, str], ...]]:
    """The standings and publishers that the site showed last, without what is not listed any more."""
    if not (root / LONDON).is_file():
        return (), ()
    standings, publishers = statuses_from_json((root / LONDON).read_bytes())
    return tuple(one for one in standings if one.identity in listed or not one.released), publishers


def _shared_pages(root: Path) -> list[Path]:
    """The pages that publishers and datasets of all publishers have."""
    return sorted((*root.glob("publishers/*/index.html"), *root.glob("datasets/*/index.html")))


def _stamp(folder: Path, holding: bytes) -> bytes:
    listed = folder / LISTING
    inputs = (page_version().encode(), holding, listed.read_bytes() if listed.is_file() else b"")
    digests = "".join(hashlib.sha256(content).hexdigest() for content in inputs)
    return hashlib.sha256(digests.encode()).hexdigest().encode() + b"\n"


def _mark(root: Path, known: Iterable[bytes]) -> bytes:
    listed = (path.read_bytes() for path in sorted(root.glob(f"datasets/*/*/{LISTING}")))
    inputs = (page_version().encode(), *known, *listed)
    digests = "".join(hashlib.sha256(content).hexdigest() for content in inputs)
    return hashlib.sha256(digests.encode()).hexdigest().encode() + b"\n"


def _all_gone(root: Path) -> list[Tombstone]:
    return [tombstone.tombstone_from_json(path.read_bytes()) for path in sorted(root.glob(f"datasets/*/*/{TOMBSTONE}"))]
