"""The static site on the disk: versioned folders, one for each dataset and for each page about several.

    <site>/current                   what the public sees: a symlink to one version of the files at the root
    <site>/pages/<n>/                start page, catalogue, feed, and links to the folders of pointers below
    <site>/datasets/<d>/<p>          the pointer of a dataset: a symlink to one version of its folder
    <site>/datasets/<d>/index.html   a symlink to the page of the dataset of all publishers
    <site>/packages/<name>.json      a symlink to what a CKAN would answer about a dataset; also by its id
    <site>/overviews/<d>, publishers/<p>, register, metadata …      the pointers of the pages about several datasets
    <site>/folders/<pointer>/<n>/    the versions: of a dataset its page, the files of the last two releases, and more

So a new release changes as many files in a city of any size: the folder of the dataset, and at the end of the run the
pages that name it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from catalogue.backends.folder_version import FolderVersion, link_tree, make_folder, sync_folder, sync_folders
from catalogue.backends.site_signing import FolderSigning
from catalogue.backends.site_tree import OVERVIEWS, PACKAGE, PUBLISHERS, SINGLE
from catalogue.backends.versioned_folder import LOCK, VersionedFolder, cannot_write
from catalogue.listing import dataset_id, dataset_name, dataset_path
from catalogue.metadata.ckan_api import PACKAGES
from catalogue.signing.signer import Signer
from catalogue.signing.sums import CATALOGUE, SIGNED, folder_name
from packages.model import Identity
from packages.release.public_files import make_public_folder

WHOLE_SITES = "versions"
"""The folder in which an earlier londata kept complete versions of the whole site."""

DATASETS = "datasets"


def public_path(pointer: str) -> str:
    """Return the path from the root of the site at which the public sees the folder of a pointer."""
    path = pointer.rstrip("/")
    # the pages of a dataset of all publishers are seen among the datasets
    return f"{DATASETS}/{path.removeprefix(f'{OVERVIEWS}/')}" if path.startswith(f"{OVERVIEWS}/") else path


class SiteFolder:
    """The folders of a site.

    `root` has the files at the root; its lock is also that of all pages about several datasets. Whoever needs that lock
    and the one of a dataset takes the one of the dataset first.
    """

    def __init__(self, path: Path, signer: Signer | None = None) -> None:
        self.path = path.absolute()
        self.signer = signer

    @property
    def root(self) -> VersionedFolder:
        """The versioned folder of the files at the root."""
        return VersionedFolder(self.current, self.path / "pages", signing=self._root_signing())

    @property
    def current(self) -> Path:
        """The site that a web server should serve, and that a browser can open as it is."""
        return self.path / "current"

    def folder(self, path: str) -> VersionedFolder:
        """Return the versioned folder with a pointer at `path`, relative to the site; it need not exist yet."""
        return VersionedFolder(self.path / path, self.path / "folders" / path, signing=self._signing_of(path))

    def _signing_of(self, path: str) -> FolderSigning:
        return FolderSigning(folder_name(public_path(path)), self.signer)

    def _root_signing(self) -> FolderSigning:
        return FolderSigning(CATALOGUE, self.signer, self._signed_folders)

    def _signed_folders(self) -> dict[str, Path]:
        """Return every folder that the public sees below the root, by its public path."""
        datasets = (dataset_path(identity).rstrip("/") for identity in self.identities())
        return {public_path(pointer): self.path / pointer for pointer in (*datasets, *self.shared_pointers())}

    def shared_pointers(self) -> set[str]:
        """Return the pointers of the pages about several datasets."""
        many = (*self.path.glob(f"{OVERVIEWS}/*"), *self.path.glob(f"{PUBLISHERS}/*"), *map(self.path.joinpath, SINGLE))
        return {path.relative_to(self.path).as_posix() for path in many if path.is_dir() and path.suffix != ".part"}

    def dataset(self, identity: Identity) -> VersionedFolder:
        """Return the versioned folder of a dataset, which need not exist yet."""
        return self.folder(dataset_path(identity))

    def identities(self) -> Iterator[Identity]:
        """Yield every dataset that the site has a folder for, in the order of the folders."""
        for pointer in sorted((self.path / DATASETS).glob("*/*")):
            # a killed run may have left a pointer that it was about to swap in
            if pointer.is_dir() and pointer.suffix != ".part":
                yield Identity(pointer.parent.name, pointer.name)

    def shared(self) -> set[str]:
        """Return the files about several datasets, by the path that the public sees from the root of the site."""
        found = set()
        for pointer in map(self.path.joinpath, self.shared_pointers()):
            # the pages of a dataset of all publishers are seen among the datasets
            seen = Path(DATASETS, pointer.name) if pointer.parent.name == OVERVIEWS else pointer.relative_to(self.path)
            shown = pointer.resolve()
            files = (path for path in shown.rglob("*") if path.is_file() and path.name not in SIGNED)
            found |= {str(seen / path.relative_to(shown)) for path in files}
        return found

    def prepare(self) -> None:
        """Make the site ready to be written; that of an earlier londata is moved into these folders.

        Raises SetupProblem when the disk refuses; the public sees the old site until all of it is moved.
        """
        whole_sites = self.path / WHOLE_SITES
        if self.current.is_dir() and not whole_sites.is_dir():
            return
        with self.root.locked():
            try:
                # another process may have done it meanwhile
                if not self.current.is_dir() or self.root.shown.is_relative_to(whole_sites.resolve()):
                    self._show_first(self.root.shown)
                if whole_sites.is_dir():
                    shutil.rmtree(whole_sites)
                (self.path / LOCK).unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(self.path, error) from error

    def _show_first(self, whole: Path) -> None:
        """Show the first version of the root, made out of a complete version of the site if there is one."""
        for shown in sorted((*whole.glob("datasets/*/*"), *whole.glob("publishers/*"), *map(whole.joinpath, SINGLE))):
            if shown.is_dir():
                self._move(shown, self.folder(str(shown.relative_to(whole))))
        for shown in sorted(path for path in whole.glob("datasets/*") if path.is_dir()):
            pages = [path.name for path in shown.iterdir() if path.is_file()]
            if pages:
                self._move(shown, self.folder(f"{OVERVIEWS}/{shown.name}"), pages)
                self.link_overview(shown.name, pages)
        with self.root.new_version(empty=True) as version:
            for name in (DATASETS, PUBLISHERS, OVERVIEWS, PACKAGES):
                make_folder(self.path / name)
            for name in (DATASETS, PUBLISHERS, *SINGLE):
                version.lead(version.folder / name, f"../../{name}")
            for path in (path for path in whole.glob("*") if path.is_file()):
                version.link(path, version.folder / path.name)

    def _move(self, shown: Path, folder: VersionedFolder, pages: Iterable[str] = ()) -> None:
        # there is one if an earlier londata worked here again after this one
        shutil.rmtree(folder.versions, ignore_errors=True)
        first = folder.versions / "1"
        if pages:
            make_public_folder(first)
            version = FolderVersion(first)
            for name in pages:
                version.link(shown / name, first / name)
        else:
            link_tree(shown, first)
        sync_folders(folder.versions)
        folder.point_to(first)

    def link_package(self, identity: Identity) -> None:
        """Let the answer of a CKAN about a dataset be found by its name and by its id."""
        for name in (dataset_name(identity), dataset_id(identity)):
            place = self.path / PACKAGES / f"{name}.json"
            if not place.is_symlink():
                make_folder(place.parent)
                place.symlink_to(os.path.join("..", dataset_path(identity), PACKAGE))  # noqa: PTH118
                sync_folder(place.parent)

    def link_overview(self, dataset: str, names: Collection[str]) -> None:
        """Let the folder of a dataset lead to its pages about all publishers, in whatever version is shown."""
        for name in names:
            place = self.path / DATASETS / dataset / name
            if not place.is_symlink():
                make_folder(place.parent)
                place.symlink_to(os.path.join("../..", OVERVIEWS, dataset, name))  # noqa: PTH118
                sync_folder(place.parent)
        for place in (self.path / DATASETS / dataset / name for name in SIGNED - set(names)):
            # nobody signs any more
            place.unlink(missing_ok=True)
