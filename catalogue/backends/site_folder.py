"""The static site on the disk: a versioned folder for each dataset, and one for the pages about several.

    <site>/current                   what the public sees: a symlink to one version of the shared pages
    <site>/pages/<n>/                the shared pages: start page, publishers, datasets, register, catalogue
    <site>/pages/<n>/datasets        a symlink to the folder of pointers
    <site>/datasets/<d>/<p>          the pointer of one dataset: a symlink to one version of its folder
    <site>/datasets/<d>/index.html   a symlink to the page of the dataset of all publishers, in what is shown
    <site>/folders/<d>/<p>/<n>/      the folder: page, files of the last two releases, what they say for machines

So a new release changes one folder and swaps one pointer, however large the city is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from catalogue.backends.folder_version import link_tree, make_folder, sync_folder, sync_folders
from catalogue.backends.site_tree import OVERVIEWS
from catalogue.backends.versioned_folder import LOCK, VersionedFolder, cannot_write
from catalogue.listing import dataset_path
from packages.model import Identity

WHOLE_SITES = "versions"
"""The folder in which an earlier londata kept complete versions of the whole site."""

POINTERS = "datasets"


class SiteFolder:
    """The folders of a site. Whoever needs the locks of both takes that of the dataset before the shared one."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.shared = VersionedFolder(self.current, self.path / "pages")

    @property
    def current(self) -> Path:
        """The site that a web server should serve, and that a browser can open as it is."""
        return self.path / "current"

    def dataset(self, identity: Identity) -> VersionedFolder:
        """Return the versioned folder of a dataset, which need not exist yet."""
        versions = self.path / "folders" / identity.dataset / identity.publisher
        return VersionedFolder(self.path / dataset_path(identity), versions)

    def identities(self) -> Iterator[Identity]:
        """Yield every dataset that the site has a folder for, in the order of the folders."""
        for pointer in sorted((self.path / POINTERS).glob("*/*")):
            # a killed run may have left a pointer that it was about to swap in
            if pointer.is_dir() and pointer.suffix != ".part":
                yield Identity(pointer.parent.name, pointer.name)

    def prepare(self) -> None:
        """Make the site ready to be written; that of an earlier londata is moved into these folders.

        Raises SetupProblem when the disk refuses; the public sees the old site until all of it is moved.
        """
        whole_sites = self.path / WHOLE_SITES
        if self.current.is_dir() and not whole_sites.is_dir():
            return
        with self.shared.locked():
            try:
                # another process may have done it meanwhile
                if not self.current.is_dir() or self.shared.shown.is_relative_to(whole_sites.resolve()):
                    self._show_first(self.shared.shown)
                if whole_sites.is_dir():
                    shutil.rmtree(whole_sites)
                (self.path / LOCK).unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(self.path, error) from error

    def _show_first(self, whole: Path) -> None:
        """Show the first version of the shared pages, made out of a complete version of the site if there is one."""
        for shown in sorted(path for path in whole.glob("datasets/*/*") if path.is_dir()):
            folder = self.dataset(Identity(shown.parent.name, shown.name))
            # there is one if an earlier londata worked here again after this one
            shutil.rmtree(folder.versions, ignore_errors=True)
            link_tree(shown, folder.versions / "1")
            sync_folders(folder.versions)
            folder.point_to(folder.versions / "1")
        make_folder(self.path / POINTERS)
        with self.shared.new_version() as version:
            for overview in sorted(version.folder.glob("datasets/*/")):
                kept = version.folder / OVERVIEWS / overview.name
                for page in (path for path in overview.iterdir() if path.is_file()):
                    version.move(page, kept / page.name)
                self.link_overview(overview.name, (path.name for path in kept.glob("*")))
            shutil.rmtree(version.folder / POINTERS, ignore_errors=True)
            version.link_folder(version.folder / POINTERS, Path("../../datasets"))

    def link_overview(self, dataset: str, names: Iterable[str]) -> None:
        """Let the folder of a dataset lead to its pages about all publishers, in whatever version is shown."""
        for name in names:
            place = self.path / POINTERS / dataset / name
            if not place.is_symlink():
                make_folder(place.parent)
                place.symlink_to(os.path.join("../../current", OVERVIEWS, dataset, name))  # noqa: PTH118
                sync_folder(place.parent)
