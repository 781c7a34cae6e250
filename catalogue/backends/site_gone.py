"""The addresses of one dataset whose files are gone: each leads to a page that says why, and to no data."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalogue.backends.folder_version import FolderVersion, folder_names
from catalogue.backends.site_tree import HISTORY, PACKAGE, TOMBSTONE, listing_in, tombstone_in
from catalogue.listing import LATEST, Listing
from catalogue.signing.sums import SIGNED
from catalogue.site.gone import (
    GONE,
    GoneNote,
    GoneReason,
    file_links,
    gone_note,
    gone_pages,
    history_links,
    release_links,
    withdrawn_note,
)
from catalogue.tombstone import Tombstone

RELEASES = "releases"
FOLDERS = frozenset({RELEASES, HISTORY, GONE, LATEST.rstrip("/")})
PAGE = "index.html"
TOLD = frozenset({PAGE, TOMBSTONE, PACKAGE}) | SIGNED
"""The files in the folder of a withdrawn dataset that say so: to people, to programs, as a CKAN would, and signed."""


@dataclass(frozen=True, slots=True)
class GivenAddresses:
    """Every address that was ever given in the folder of a dataset, by name.

    `files` are those of any release, `beside` and `latest` what stands there now, `releases` the names of the folders
    of all releases, `history` those among them that have a page.
    """

    files: frozenset[str]
    beside: frozenset[str]
    latest: frozenset[str]
    releases: frozenset[str]
    history: frozenset[str]

    @classmethod
    def of(cls, folder: Path) -> GivenAddresses:
        """Return the addresses that a version of the folder answers."""
        # a release that was replaced is a link to the names below `gone`: it need not be opened
        whole = (path for path in (folder / RELEASES).glob("*") if not path.is_symlink())
        of_releases = (*whole, *(folder / GONE).glob("*/release"), folder / LATEST)
        history = frozenset(name.removesuffix(".html") for name in folder_names(folder / HISTORY))
        return cls(
            files=frozenset(name for one in of_releases for name in folder_names(one)) - {PAGE},
            beside=frozenset(name for name in folder_names(folder) - FOLDERS - TOLD if not name.startswith(".")),
            latest=frozenset(folder_names(folder / LATEST)),
            releases=frozenset(folder_names(folder / RELEASES)) | history,
            history=history,
        )


@dataclass(frozen=True, slots=True)
class GoneAddresses:
    """What becomes of addresses in a version of the folder of a dataset that is being made."""

    version: FolderVersion

    def replace(self, listed: Listing, given: GivenAddresses, kept: Collection[str]) -> None:
        """Let the addresses of all releases but `kept` say that a newer one is out.

        `given` are the addresses before this release. Files that it does not have say so, too.
        """
        folder = self.version.folder
        old = [name for name in given.releases - set(kept) if not (folder / RELEASES / name).is_symlink()]
        if old:
            self._write_pages(GoneReason.REPLACED, gone_note(listed.title, GoneReason.REPLACED))
            self._lead(release_links(GoneReason.REPLACED, old, given.files))
        now = folder_names(folder / RELEASES / listed.release[:16])
        beside, latest = given.beside & given.files - now, given.latest - now
        if beside or latest:
            self._write_pages(GoneReason.UNLISTED, gone_note(listed.title, GoneReason.UNLISTED))
            self._lead(file_links(GoneReason.UNLISTED, beside, latest))

    def erase(self, releases: Collection[str]) -> None:
        """Let the addresses of these releases, by the names of their folders, say that they were taken away."""
        folder = self.version.folder
        listed, given = listing_in(folder), GivenAddresses.of(folder)
        doomed = given.releases & set(releases)
        if not doomed:
            return
        if not listed:
            # what is withdrawn says so already; files that should not be there go without a word
            for name in doomed:
                if not (folder / RELEASES / name).is_symlink():
                    self.version.remove(folder / RELEASES / name)
            return
        self._write_pages(GoneReason.ERASED, gone_note(listed.title, GoneReason.ERASED))
        self._lead(release_links(GoneReason.ERASED, doomed, given.files))
        self._lead(history_links(GoneReason.ERASED, doomed & given.history))

    def withdraw(self, tombstone: Tombstone, given: GivenAddresses) -> None:
        """Let every address say that the dataset was withdrawn; the version holds nothing else."""
        reason = GoneReason.WITHDRAWN
        self._write_pages(reason, withdrawn_note(tombstone))
        self._lead(release_links(reason, given.releases, given.files))
        self._lead(history_links(reason, given.history))
        self._lead(file_links(reason, given.beside, given.files))

    def renew(self) -> None:
        """Make every page again that is there."""
        folder = self.version.folder
        listed, tombstone = listing_in(folder), tombstone_in(folder)
        for reason in (GoneReason(name) for name in folder_names(folder / GONE)):
            if reason is not GoneReason.WITHDRAWN and listed:
                self._write_pages(reason, gone_note(listed.title, reason))
            elif tombstone:
                self._write_pages(reason, withdrawn_note(tombstone))

    def _write_pages(self, reason: GoneReason, note: GoneNote) -> None:
        for path, content in gone_pages(reason, note).items():
            self.version.write(self.version.folder / path, content)

    def _lead(self, links: Mapping[str, str]) -> None:
        for place, target in sorted(links.items()):
            self.version.lead(self.version.folder / place, target)


def holds_data(folder: Path) -> bool:
    """Return whether anything is in a folder of a dataset but its tombstone and the pages that say what is gone."""
    gone = (folder / GONE).resolve()
    for where, folders, names in os.walk(folder):
        for path in (Path(where, name) for name in (*folders, *names)):
            if path.is_symlink():
                if not path.resolve().is_relative_to(gone):
                    return True
                continue
            parts = path.relative_to(folder).parts
            says_what_is_gone = parts[0] in TOLD if len(parts) == 1 else parts[0] == GONE and path.suffix == ".html"
            if path.is_file() and not says_what_is_gone:
                return True
    return False
