"""The store of many hosts: everything is in an object store, and each host keeps a copy of what it needs.

    extracts/<2>/<sha256>                                   received files
    releases/<dataset>/<publisher>/<digest>/<sha256>/<name> the files of a release, named by what is in them
    releases/<dataset>/<publisher>/<digest>/manifest.json   comes last, and never twice: without it there is no release
    withdrawn/…                                             releases that were withdrawn, under the same names
    reports/<dataset>.<publisher>/<number>/<name>           reports on files that were stopped
    gone/<key>                                              what was taken away, so that every host removes its copy

The copy of a host may be deleted at any time, and is never believed: whether a release is there is asked of the store.
Nor is a list, which may be a moment old: what is lost or left by its word is asked for one by one, and the manifest
of a release names its files.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flows.state.store import PRIVATE, REPORT_FILES, Store, StoredItem, folder_not_writable, received_key
from packages.model import Extract, Identity, Release
from packages.objects import AlreadyThere, ObjectStore
from packages.release.seal import MANIFEST, open_release

GONE = "gone/"


@dataclass(frozen=True, slots=True)
class SharedStore(Store):
    """The objects, and the copy of this host in the folder `root`.

    Every call raises SetupProblem or TemporaryProblem when the object store refuses or does not answer.
    """

    objects: ObjectStore

    # --- what was received --------------------------------------------------------------------------------------------

    def received_file(self, sha256: str) -> Path | None:
        """Return a received file, fetched if this host has no copy; None when it is not kept any more."""
        path = self.received_path(sha256)
        if not path.is_file():
            path.parent.mkdir(exist_ok=True, mode=PRIVATE)
            try:
                self.objects.download(received_key(sha256), path, sha256)
            except FileNotFoundError:
                return None
        return path

    def keep_received(self, extract: Extract) -> None:
        """Store what has just been received, unless another host has received the same."""
        key = received_key(extract.sha256)
        if self.objects.head(key) is None:
            self.objects.put(key, extract.path)

    def received(self) -> tuple[StoredItem, ...]:
        """Return every received file that is kept, here or by any host: its sha256 and when it came."""
        kept = {item.name: item for item in Store.received(self)}
        kept |= {name: StoredItem(name, one.at) for one in self.objects.list("extracts/") if (name := _last(one.key))}
        return tuple(kept.values())

    def remove_received(self, digests: Iterable[str]) -> int:
        """Remove received files (sha256 each) for every host; return how many there were."""
        digests = tuple(digests)
        there = [sha256 for sha256 in digests if self.objects.head(received_key(sha256))]
        self._remove([received_key(sha256) for sha256 in there], [received_key(sha256) for sha256 in there])
        return max(len(there), Store.remove_received(self, digests))

    # --- releases -----------------------------------------------------------------------------------------------------

    def keep_release(self, release: Release) -> Release:
        """Store a release that was sealed on this host; return the one that counts: another host may have been first.

        Its manifest comes last, in one request: before that, no host finds any of it.
        """
        place = _key(release.identity, release.digest)
        for file in release.manifest:
            self.objects.put(f"{place}/{file.sha256}/{file.name}", release.folder / file.name)
        try:
            self.objects.put_new(f"{place}/{MANIFEST}", (release.folder / MANIFEST).read_bytes())
        except AlreadyThere:
            # the same content, told by another report
            self._drop(release.folder)
            return open_release(self.release_folder(release.identity, release.digest))
        return release

    def release_folder(self, identity: Identity, digest: str) -> Path:
        """Return where a release is on this host, fetched if need be; there is no folder when there is no release."""
        # the call of the base by name: `super()` does not work in a class with slots
        return self._fetched(_key(identity, digest), Store.release_folder(self, identity, digest))

    def release_copy(self, identity: Identity, digest: str) -> Path:
        """Return the copy of this host, fetched if there is none: one page about many must not ask for each of them.

        What another host has taken away is removed by `drop_what_is_gone` before.
        """
        folder = Store.release_folder(self, identity, digest)
        return folder if (folder / MANIFEST).is_file() else self.release_folder(identity, digest)

    def holds(self, identity: Identity, digest: str) -> bool:
        """Return whether a release is in the store: certain, as a list is not."""
        return self.objects.head(f"{_key(identity, digest)}/{MANIFEST}") is not None

    def stored(self, identity: Identity) -> tuple[str, ...]:
        """Return the digests of the releases that are in the store, in order."""
        return self._digests(f"releases/{identity.dataset}/{identity.publisher}/")

    def withdrawn(self, identity: Identity) -> tuple[Path, ...]:
        """Return where the releases that were withdrawn are on this host, or would be, in order."""
        digests = self._digests(f"withdrawn/{identity.dataset}/{identity.publisher}/")
        return tuple(self.aside(identity) / digest for digest in digests)

    def release_folders(self, identity: Identity) -> tuple[Path, ...]:
        """Return the folders of the releases that are in the store, those that were withdrawn included."""
        shown = [self.release_folder(identity, digest) for digest in self.stored(identity)]
        aside = [self._fetched(self._key_of(path), path) for path in self.withdrawn(identity)]
        return tuple(path for path in (*shown, *aside) if path.is_dir())

    def manifests(self, identity: Identity) -> Path:
        """Return a folder with the manifest of every release of a dataset that is in the store."""
        folder = self.root / "manifests" / identity.dataset / identity.publisher
        for digest in self.stored(identity):
            path = folder / digest / MANIFEST
            if not path.is_file() and (found := self.objects.get(f"{_key(identity, digest)}/{MANIFEST}")):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(found.data)
        return folder

    def unfinished(self, identity: Identity) -> tuple[str, ...]:
        """Return the digests of which files are kept without a manifest: a run was killed meanwhile."""
        found = set()
        for place in ("releases", "withdrawn"):
            prefix = f"{place}/{identity.dataset}/{identity.publisher}/"
            digests = {one.key.split("/")[3] for one in self.objects.list(prefix)} - set(self._digests(prefix))
            # a list of a moment ago has files of a release without the manifest that came last
            found |= {digest for digest in digests if self.objects.head(f"{prefix}{digest}/{MANIFEST}") is None}
        return tuple(sorted(found))

    def remove_releases(self, identity: Identity, digests: Collection[str]) -> int:
        """Remove all that is kept of releases for every host, whole or not; return how many there were."""
        removed = 0
        for digest in sorted(digests):
            places = (Store.release_folder(self, identity, digest), self.aside(identity) / digest)
            there = [path for path in places if path.exists() or self._keys_below(self._key_of(path))]
            self.remove_folders(there)
            removed += bool(there)
        return removed

    def identities(self) -> tuple[Identity, ...]:
        """Return every dataset that has a release, public or withdrawn, or a report of its own; in order."""
        found = {
            Identity(dataset, publisher)
            for place in ("releases/", "withdrawn/")
            for dataset in self.objects.folders(place)
            for publisher in self.objects.folders(f"{place}{dataset}/")
        }
        return tuple(sorted(found | {Identity(*name.split(".")[:2]) for name in self.objects.folders("reports/")}))

    def set_aside(self, identity: Identity, known: Collection[str] = ()) -> None:
        """Move every release out of the releases, which may be public; its files have other keys then."""
        prefix = f"releases/{identity.dataset}/{identity.publisher}/"
        listed = {one.key for one in self.objects.list(prefix)}
        digests = {*known, *(key.split("/")[3] for key in listed)} - {""}
        keys = sorted(listed.union(*(self._named_below(_key(identity, digest)) for digest in digests)))
        # the manifests last there and first here: what is in between counts in neither place
        for key in sorted(keys, key=lambda key: _last(key) == MANIFEST):
            # what is listed and not there was moved by a run that was killed
            with suppress(FileNotFoundError):
                self.objects.copy(key, f"withdrawn/{key.removeprefix('releases/')}")
        self._remove(keys, {"/".join(key.split("/")[:4]) for key in keys})
        Store.set_aside(self, identity, known)

    def remove_folders(self, folders: Iterable[Path]) -> None:
        """Remove folders for every host, each in one step for whoever reads in it."""
        folders = tuple(folders)
        for folder in folders:
            key = self._key_of(folder)
            if not key.startswith("staging/"):
                self._remove(self._keys_below(key), [key])
        Store.remove_folders(self, [folder for folder in folders if folder.exists()])

    # --- reports ------------------------------------------------------------------------------------------------------

    def report_folder(self, key: str) -> Path:
        """Return the folder of a report, fetched if this host has no copy; of a release, that of the release."""
        folder = self.report_path(key)
        parts = key.split("/")
        if parts[0] == "releases" and len(parts) == 4:
            return self.release_copy(Identity(parts[1], parts[2]), parts[3])
        if parts[0] == "reports" and not folder.is_dir():
            place = self._key_of(folder)
            self._fetch_all(folder, {name: (f"{place}/{name}", "") for name in REPORT_FILES})
        return folder

    def reports_of(self, identity: Identity) -> tuple[StoredItem, ...]:
        """Return the reports on files of a dataset that were stopped."""
        listed = self.objects.list(f"reports/{identity.dataset}.{identity.publisher}/")
        return tuple({(number := one.key.split("/")[2]): StoredItem(number, one.at) for one in listed}.values())

    def keep_report(self, number: str, files: Mapping[str, bytes]) -> Path:
        """Write the files of a report into a folder of its own, and store them."""
        folder = Store.keep_report(self, number, files)
        for name, content in files.items():
            self.objects.put(f"{self._key_of(folder)}/{name}", content)
        return folder

    # --- what was taken away ------------------------------------------------------------------------------------------

    def drop_what_is_gone(self) -> None:
        """Remove from this host what another one has taken away, unless it was brought back since."""
        for one in self.objects.list(GONE):
            key = one.key.removeprefix(GONE)
            path = self._path_of(key)
            if not path.exists():
                continue
            if path.is_file():
                path.unlink(missing_ok=True)
            elif not self.objects.head(f"{key}/{MANIFEST}"):
                self._drop(path)

    def _keys_below(self, key: str) -> list[str]:
        """Return the keys of what is in a release or a report: what is listed, and what has to be there."""
        listed = {one.key for one in self.objects.list(f"{key}/")}
        if key.startswith("reports/"):
            there = (f"{key}/{name}" for name in REPORT_FILES)
            return sorted(listed | {name for name in there if self.objects.head(name)})
        return sorted(listed | self._named_below(key))

    def _named_below(self, place: str) -> set[str]:
        """Return the keys of the files of a release, as its manifest names them; none without one."""
        found = self.objects.get(f"{place}/{MANIFEST}")
        return {key for key, _ in _wanted(place, found.data).values()} if found else set()

    def _remove(self, keys: Iterable[str], gone: Iterable[str]) -> None:
        """Remove objects, and leave word of what is gone with them for the other hosts."""
        # first the word: a run that is killed in between removes less than it said, and is run again
        for key in gone:
            self.objects.put(f"{GONE}{key}", b"")
        keys = list(keys)
        self.objects.delete([key for key in keys if _last(key) == MANIFEST])
        self.objects.delete([key for key in keys if _last(key) != MANIFEST])

    def _drop(self, folder: Path) -> None:
        """Remove the copy of this host alone."""
        Store.remove_folders(self, [folder])

    # --- fetching -----------------------------------------------------------------------------------------------------

    def _fetched(self, place: str, folder: Path) -> Path:
        """Return the folder of a release whose keys begin with `place`, with all its files if it is in the store."""
        if self.objects.head(f"{place}/{MANIFEST}") is None:
            # a run that was killed before it had stored it, or another host took it away
            if folder.is_dir():
                self._drop(folder)
        elif not (folder / MANIFEST).is_file():
            found = self.objects.get(f"{place}/{MANIFEST}")
            if found:
                self._fetch_all(folder, _wanted(place, found.data))
        return folder

    def _fetch_all(self, folder: Path, wanted: Mapping[str, tuple[str, str]]) -> None:
        """Fetch files into a folder that appears whole: key and sha256 (empty if unknown) by name; none for nothing."""
        if not wanted:
            return
        draft = Path(tempfile.mkdtemp(prefix=f"fetch.{folder.name}.", dir=self.root / "staging"))
        try:
            for name, (key, sha256) in wanted.items():
                self.objects.download(key, draft / name, sha256)
            draft.chmod(0o755)
            folder.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(folder)
        except FileNotFoundError:
            # taken away while it was fetched
            return
        except OSError as error:
            # another thread or process of this host has fetched it meanwhile
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise folder_not_writable(folder, error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _digests(self, prefix: str) -> tuple[str, ...]:
        listed = (one.key for one in self.objects.list(prefix))
        return tuple(sorted(key.split("/")[3] for key in listed if _last(key) == MANIFEST))

    def _key_of(self, path: Path) -> str:
        """Return the key of a file or folder of this host; reports lie by dataset, to be listed for one."""
        key = self.key_of(path)
        place, _, number = key.partition("/")
        return f"reports/{_dataset_of(number)}/{number}" if place == "reports" else key

    def _path_of(self, key: str) -> Path:
        parts = key.split("/")
        return self.reports / parts[2] if parts[0] == "reports" else self.root / key


def _key(identity: Identity, digest: str) -> str:
    return f"releases/{identity.dataset}/{identity.publisher}/{digest}"


def _wanted(place: str, manifest: bytes) -> dict[str, tuple[str, str]]:
    """Return key and sha256 of each file of a release by name, as its manifest says; of the manifest none is known."""
    files = json.loads(manifest)["files"]
    wanted = {file["name"]: (f"{place}/{file['sha256']}/{file['name']}", file["sha256"]) for file in files}
    return wanted | {MANIFEST: (f"{place}/{MANIFEST}", "")}


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def _dataset_of(number: str) -> str:
    """Return `<dataset>.<publisher>`, with which the number of a report begins."""
    return ".".join(number.split(".")[:2])
