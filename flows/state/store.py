"""The folder that keeps what we received and made: extracts and releases by digest, reports by number."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from packages.errors import SetupProblem
from packages.model import Extract, Identity, Release
from packages.release.public_files import make_public_folder

PRIVATE = 0o700
"""Rights on a folder that nobody but our account may enter."""

SITE_FOLDERS = ("pages", "folders", "datasets", "publishers", "overviews", "packages")
"""Folders of the site in which versions are made and removed."""

REPORT_FILES = ("report.json", "report.html", "issues.csv")
"""The files of a report on a file that was stopped."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One thing in the store: a release with its digest as name, a report, or a received file; and its time."""

    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Store:
    """The folder `root` and what is where in it; one file system, because releases are sealed by a rename.

    Where several hosts share what they keep, this is the copy of one of them: see `shared_store`.
    """

    root: Path

    @property
    def extracts(self) -> Path:
        return self.root / "extracts"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def private_folders(self) -> tuple[Path, ...]:
        """What was received, and what is not accepted, not yet or not any more: nobody but our account may enter."""
        return (self.extracts, self.reports, self.root / "staging", self.root / "withdrawn")

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder in which we write and remove, whether or not it is there already."""
        site = self.root / "site"
        return (site, *(site / name for name in SITE_FOLDERS), self.releases, *self.private_folders)

    def prepare(self) -> Store:
        """Make the folder; SetupProblem when it cannot be written."""
        if elsewhere := [path for path in self.folders if path.is_symlink()]:
            raise SetupProblem(
                f"{elsewhere[0]} is a link that leads elsewhere. Nothing was written or removed there.",
                fix="Look where it leads and who made it. Put the folder itself in its place, or let LONDATA_HOME name "
                "the folder on the other disk.",
                why="We remove what is old: behind a link that could be the files of others.",
            )
        try:
            # a web server finds what is public below this folder
            make_public_folder(self.releases)
            for folder in self.private_folders:
                folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
                if folder.stat().st_mode & 0o777 != PRIVATE:
                    folder.chmod(PRIVATE)
            # a folder that exists may still be read-only or full
            with tempfile.TemporaryFile(dir=self.root / "staging"):
                pass
        except OSError as error:
            raise folder_not_writable(self.root, error) from error
        return self

    @contextmanager
    def staging(self, identity: Identity) -> Iterator[Path]:
        """A new folder to write a draft into, gone afterwards unless it was sealed (renamed) into a release."""
        try:
            folder = Path(
                tempfile.mkdtemp(prefix=f"{identity.dataset}.{identity.publisher}.", dir=self.root / "staging")
            )
        except OSError as error:
            raise folder_not_writable(self.root, error) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # --- what was received --------------------------------------------------------------------------------------------

    def received_path(self, sha256: str) -> Path:
        """Return where a received file is kept, or would be."""
        return self.root / received_key(sha256)

    def received_file(self, sha256: str) -> Path | None:
        """Return a received file; None when it is not kept any more."""
        path = self.received_path(sha256)
        return path if path.is_file() else None

    def located(self, extract: Extract) -> Extract:
        """Return an extract that the ledger remembers with its file as it is on this host, if it is still kept."""
        return replace(extract, path=self.received_file(extract.sha256) or self.received_path(extract.sha256))

    def keep_received(self, extract: Extract) -> None:
        """Keep what has just been received for every host; nothing to do in a folder."""

    def received(self) -> tuple[StoredItem, ...]:
        """Return every received file that is kept: its sha256 and when it came."""
        paths = [path for path in self.extracts.glob("??/*") if path.is_file()]
        return tuple(StoredItem(path.name, changed_at(path)) for path in paths)

    def remove_received(self, digests: Iterable[str]) -> int:
        """Remove received files (sha256 each); return how many there were."""
        paths = [path for sha256 in digests if (path := self.received_path(sha256)).exists()]
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)

    # --- releases -----------------------------------------------------------------------------------------------------

    def keep_release(self, release: Release) -> Release:
        """Keep a release that was sealed on this host for every host; return the one that counts."""
        return release

    def release_folder(self, identity: Identity, digest: str) -> Path:
        """Return where a release is, or would be."""
        return self.releases / identity.dataset / identity.publisher / digest

    def release_copy(self, identity: Identity, digest: str) -> Path:
        """Return where a release is on this host, without asking anybody whether it still counts, as pages can."""
        return self.release_folder(identity, digest)

    def holds(self, identity: Identity, digest: str) -> bool:
        """Return whether a release is here."""
        return self.release_folder(identity, digest).is_dir()

    def stored(self, identity: Identity) -> tuple[str, ...]:
        """Return the digests of the releases that are here, in order."""
        folder = self.releases / identity.dataset / identity.publisher
        return tuple(sorted(path.name for path in folder.glob("*") if path.is_dir()))

    def manifests(self, identity: Identity) -> Path:
        """Return a folder with the manifest of every release of a dataset that is here."""
        return self.releases / identity.dataset / identity.publisher

    def last_reports(self, dataset: str) -> tuple[Path, ...]:
        """Return the report of the newest release of each publisher of a dataset that is here."""
        newest: dict[str, Path] = {}
        for path in sorted(self.releases.glob(f"{dataset}/*/*/report.json"), key=lambda path: path.stat().st_mtime):
            newest[path.parents[1].name] = path
        return tuple(newest.values())

    def identities(self) -> tuple[Identity, ...]:
        """Return every dataset that has a release, public or withdrawn, or a report of its own here; in order."""
        folders = (*self.releases.glob("*/*"), *(self.root / "withdrawn").glob("*/*"))
        found = {Identity(folder.parent.name, folder.name) for folder in folders}
        found |= {Identity(*folder.name.split(".")[:2]) for folder in self.reports.glob("*.*.*")}
        return tuple(sorted(found))

    def withdrawn(self, identity: Identity) -> tuple[Path, ...]:
        """Return where the releases that were withdrawn are, in order."""
        return tuple(sorted(path for path in self.aside(identity).glob("*") if path.is_dir()))

    def aside(self, identity: Identity) -> Path:
        """Return the folder of withdrawn releases, which no web server serves."""
        return self.root / "withdrawn" / identity.dataset / identity.publisher

    def set_aside(self, identity: Identity, known: Collection[str] = ()) -> None:  # noqa: ARG002 - many hosts need it
        """Move every release out of the folder of releases, which may be public; SetupProblem when that fails.

        `known` are digests that the ledger knows of.
        """
        target = self.aside(identity)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for folder in (self.releases / identity.dataset / identity.publisher).glob("*"):
                # it was withdrawn once before and published again since
                shutil.rmtree(target / folder.name, ignore_errors=True)
                # a rename, so that no copy stays behind when it is cut short
                folder.rename(target / folder.name)
                _for_us_alone(target / folder.name)
        except OSError as error:
            raise folder_not_writable(target, error) from error

    def release_folders(self, identity: Identity) -> tuple[Path, ...]:
        """Return the folders of the releases that are here, those that were withdrawn included."""
        places = (self.releases / identity.dataset / identity.publisher, self.aside(identity))
        return tuple(path for place in places for path in sorted(place.glob("*")) if path.is_dir())

    def unfinished(self, identity: Identity) -> tuple[str, ...]:  # noqa: ARG002 - many hosts have some
        """Return the digests of which only some files are kept: a run was killed. In a folder there are none."""
        return ()

    def remove_releases(self, identity: Identity, digests: Collection[str]) -> int:
        """Remove all that is kept of releases, withdrawn or not; return how many there were."""
        folders = [path for path in self.release_folders(identity) if path.name in digests]
        self.remove_folders(folders)
        return len(folders)

    def staged(self, identity: Identity) -> tuple[Path, ...]:
        """Return the folders in staging that runs on a dataset have left."""
        return tuple(sorted((self.root / "staging").glob(f"{identity.dataset}.{identity.publisher}.*")))

    def remove_folders(self, folders: Iterable[Path]) -> None:
        """Remove folders, each in one step for whoever reads in it; SetupProblem when one cannot be removed.

        What a run that was killed had begun to remove goes as well.
        """
        for left in (self.root / "staging").glob("gone.*"):
            shutil.rmtree(left, ignore_errors=True)
        for folder in folders:
            doomed = self.root / "staging" / f"gone.{folder.name}"
            try:
                shutil.rmtree(doomed, ignore_errors=True)
                folder.rename(doomed)
                shutil.rmtree(doomed)
            except OSError as error:
                raise folder_not_writable(folder, error) from error

    # --- reports ------------------------------------------------------------------------------------------------------

    def key_of(self, folder: Path) -> str:
        """Return how the ledger names the folder of a report: the same on every host."""
        return folder.absolute().relative_to(self.root.absolute()).as_posix()

    def report_path(self, key: str) -> Path:
        """Return where a report is on this host, or would be; earlier versions noted whole paths."""
        return self.root / key

    def report_folder(self, key: str) -> Path:
        """Return the folder of a report; what is not kept any more is not there."""
        return self.report_path(key)

    def reports_of(self, identity: Identity) -> tuple[StoredItem, ...]:
        """Return the reports on files of a dataset that were stopped."""
        folders = self.reports.glob(f"{identity.dataset}.{identity.publisher}.*")
        return tuple(StoredItem(folder.name, changed_at(folder)) for folder in folders)

    def drop_what_is_gone(self) -> None:
        """Remove from this host what another one has taken away; nothing to do in a folder."""

    def keep_report(self, number: str, files: Mapping[str, bytes]) -> Path:
        """Write the files of a report into a folder of its own; SetupProblem when that is not possible."""
        folder = self.reports / number
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise folder_not_writable(folder, error) from error
        return folder


def _for_us_alone(folder: Path) -> None:
    """Take back the rights that everybody has on the files of a release."""
    for path in (folder, *folder.iterdir()):
        path.chmod(path.stat().st_mode & PRIVATE)


def received_key(sha256: str) -> str:
    """Return how the ledger names a received file: the same on every host."""
    return f"extracts/{sha256[:2]}/{sha256}"


def changed_at(path: Path) -> dt.datetime:
    """Return when a file or folder was last changed."""
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def folder_not_writable(path: Path, error: OSError) -> SetupProblem:
    """Return the problem to raise when a folder of ours cannot be written."""
    return SetupProblem(
        f"The folder {path} cannot be written ({error.strerror or 'no reason given'}). Nothing was published.",
        fix="Give the account that runs londata the right to write there and free space on the disk, "
        "or choose another folder with LONDATA_HOME.",
    )
