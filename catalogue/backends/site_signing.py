"""The signed lists of the site: one in each folder that is replaced as a whole, one in each release, one at the root.

A list is part of the version of its folder, so whoever reads sees both or neither. Only what is new is read: of what
was listed before, and of the files of a release, the digest is known. So what somebody changed on the disk is never
signed. The list at the root names those of all folders, and is made with every version of the root.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.backends.folder_version import MANIFEST, FileState, FolderVersion
from catalogue.signing.signer import RENEWED_AFTER, SignedSums, Signer
from catalogue.signing.sums import (
    CATALOGUE,
    KEYS,
    KEYS_SIGNATURE,
    OWN_NOTES,
    SIGNED,
    SUMS,
    SUMS_SIGNATURE,
    SummedFile,
    SumsList,
    read_sums,
)
from catalogue.trees.placeholder import content_sha256, meant_by
from packages.model import Identity


def no_folders() -> Mapping[str, Path]:
    """Name no other folders: only the root leads to them."""
    return {}


@dataclass(frozen=True, slots=True)
class FolderSigning:
    """How one folder is signed: what its list is `of`, who signs, and the folders (by public path) below the root."""

    of: str
    signer: Signer | None
    folders: Callable[[], Mapping[str, Path]] = field(default=no_folders)

    def __call__(self, version: FolderVersion, shown: Path) -> None:
        """Give a version in the making its lists; take away those of before where nobody signs any more."""
        if self.signer is None:
            for path in (SUMS, SUMS_SIGNATURE, *(KEYS, KEYS_SIGNATURE)):
                version.remove(version.folder / path)
            for release in _releases(version.folder):
                version.remove(release / SUMS)
                version.remove(release / SUMS_SIGNATURE)
            return
        self._bring_keys(version, self.signer)
        before = sums_in(shown)
        known = _known_files(shown, before) | self._sign_releases(version, self.signer)
        files = {path: known.get(FileState.of(place)) or _summed(place) for path, place in _files(version.folder)}
        below = self.folders()
        lists = {path: found for path, folder in below.items() if (found := sums_in(folder))}
        files |= {f"{path}/{SUMS}": _summed(below[path] / SUMS) for path in lists}
        folders = {path: found.version for path, found in lists.items()}
        if before and (before.files, before.folders, before.key) == (files, folders, self.signer.key_id):
            # the root says with every version that it still holds; of a folder, nothing has to be said again
            signed = self.signer.signed(before) if before.expires is None else None
        else:
            signed = None
        signed = signed or self.signer.sign(self.of, files, before.version if before else 0, folders)
        _write(version, version.folder, signed)

    def _sign_releases(self, version: FolderVersion, signer: Signer) -> dict[FileState | None, SummedFile]:
        """Give each release in a version its list; return what is known of its files by their manifests."""
        known: dict[FileState | None, SummedFile] = {}
        for folder in _releases(version.folder):
            try:
                manifest = json.loads((folder / MANIFEST).read_bytes())
                files = {file["name"]: SummedFile(file["sha256"], file["bytes"]) for file in manifest["files"]}
                identity = Identity(manifest["dataset"], manifest["publisher"])
                digest, sealed = manifest["digest"], dt.datetime.fromisoformat(manifest["sealed"])
            except (ValueError, KeyError, TypeError):
                # somebody damaged it: the next publish puts it right, and until then it is not vouched for
                continue
            known |= {FileState.of(folder / name): file for name, file in files.items()}
            listed = {name: file for name, file in files.items() if (folder / name).is_file()}
            listed[MANIFEST] = _summed(folder / MANIFEST)
            _write(version, folder, signer.sign_release(identity, digest, sealed, listed))
        return known

    def _bring_keys(self, version: FolderVersion, signer: Signer) -> None:
        """Put the list of keys at the root, unless another host brought a later one."""
        if self.of != CATALOGUE or signer.keys is None:
            return
        place = version.folder / KEYS
        shown = int(json.loads(place.read_bytes())["version"]) if place.is_file() else 0
        if signer.keys.version > shown:
            version.write(place, signer.keys.content)
            version.write(version.folder / KEYS_SIGNATURE, signer.keys.signature)


def sums_in(folder: Path) -> SumsList | None:
    """Return the list of a folder; None when there is none that we can read."""
    try:
        return read_sums((folder / SUMS).read_bytes())
    except (OSError, ValueError):
        return None


def is_signed_as(folder: Path, signer: Signer | None) -> bool:
    """Return whether a folder has a list by the key that signs now, or none where nobody signs."""
    try:
        with (folder / SUMS).open("rb") as file:
            head = file.read(1024)
    except OSError:
        return signer is None
    return signer is not None and f"# key: {signer.key_id}\n".encode() in head


def has_fresh_sums(root: Path, signer: Signer | None) -> bool:
    """Return whether the catalogue says what has to be said tonight: its list is young, its keys are the latest."""
    if signer is None or not is_signed_as(root, signer):
        return is_signed_as(root, signer)
    sums = sums_in(root)
    if sums is None or signer.clock() - sums.time >= RENEWED_AFTER:
        return False
    return signer.keys is None or (KEYS in sums.files and _version_of_keys(root) >= signer.keys.version)


def _version_of_keys(root: Path) -> int:
    return int(json.loads((root / KEYS).read_bytes())["version"])


def _known_files(shown: Path, sums: SumsList | None) -> dict[FileState | None, SummedFile]:
    """Return what the list of the version that is shown says of its files, by what they are on the disk."""
    return {FileState.of(shown / path): file for path, file in (sums.files if sums else {}).items()}


def _summed(path: Path) -> SummedFile:
    meant = meant_by(path)
    return SummedFile(content_sha256(path), meant.bytes if meant else path.stat().st_size)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder with its path; links lead to what is listed under its own name."""
    # as text: a path object for each of a city's files would cost more than reading those that are new
    begin = len(str(folder)) + 1
    for where, _, names in os.walk(folder):
        for name in names:
            place = f"{where}/{name}"
            path = place[begin:]
            if path not in SIGNED and name not in OWN_NOTES and not os.path.islink(place):  # noqa: PTH114
                yield path, Path(place)


def _releases(folder: Path) -> list[Path]:
    found = (path.parent for path in folder.glob(f"releases/*/{MANIFEST}"))
    return sorted(release for release in found if not release.is_symlink())


def _write(version: FolderVersion, folder: Path, signed: SignedSums) -> None:
    version.write(folder / SUMS, signed.content)
    version.write(folder / SUMS_SIGNATURE, signed.signature)
