"""Verifies a site with nothing but a root key: the list of keys, the list of the catalogue, and every file in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.signing.key_list import KeyList
from catalogue.signing.keys import PublicKey
from catalogue.signing.sums import (
    CATALOGUE,
    KEYS,
    KEYS_SIGNATURE,
    OWN_NOTES,
    SUMS,
    SUMS_SIGNATURE,
    SummedFile,
    SumsList,
    folder_name,
)
from catalogue.verifying.found import Attack, NotProven, Verified
from catalogue.verifying.places import FolderPlace, ReadLimits, ServedPlace, expect_file, read_small
from catalogue.verifying.proofs import SignedFile, expect_newest, proven_keys, proven_sums
from catalogue.verifying.seen import Seen, SeenFile

OnProgress = Callable[[str], None]

SIGNATURE_BYTES = 64
KEYS_BYTES = 1 << 20
LEVELS = 6
"""Folders above an address in which the root of its site is looked for."""

WINDOW = dt.timedelta(days=1)
"""Time in which the catalogue has to follow a folder that changed: a night at most (docs/reliability.md)."""


QUESTION = "api/3/action/package_show"
"""A file that says that a question lacks its words: some servers answer it with an error, as a CKAN does."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a re-user brings along: a root key, the moment, what was seen before, and limits."""

    root: PublicKey
    now: dt.datetime
    seen: SeenFile
    limits: ReadLimits = field(default_factory=ReadLimits)


def verify_site(place: ServedPlace, trust: Trust, on_progress: OnProgress) -> Verified:
    """Verify what is at the address of a site, of one of its folders, or of one of its releases."""
    result = Verified(place.address)
    try:
        root, path = root_of(place, trust.limits)
        seen = trust.seen.read(root.address)
        check = _SiteCheck(root, path, trust, seen, result, on_progress)
        remembered = check.run()
    except NotProven as wrong:
        result.found.append(wrong.found)
        return result
    if not result.found:
        trust.seen.write(root.address, remembered)
    return result


def root_of(place: ServedPlace, limits: ReadLimits) -> tuple[ServedPlace, str]:
    """Return the root of the site of an address, and the path from there; NotProven when there is no list of keys."""
    names = place.address.rstrip("/").split("/")
    for level in range(LEVELS + 1):
        above = place.at("/".join([".."] * level)) if level else place
        try:
            read_small(above, KEYS, limits, KEYS_BYTES)
        except NotProven as wrong:
            if wrong.found.attack is not Attack.MISSING:
                raise
        else:
            return above, "/".join(names[len(names) - level :]) if level else ""
    raise NotProven(Attack.MISSING, KEYS, "is neither there nor above: nothing there is signed, or it was taken away")


def signed_file(place: ServedPlace, path: str, limits: ReadLimits, most: int = 0) -> SignedFile:
    """Read a file and the signature beside it."""
    content = read_small(place, path, limits, most)
    return SignedFile(path, content, read_small(place, f"{path}.sig", limits, SIGNATURE_BYTES))


@dataclass(slots=True)
class _SiteCheck:
    root: ServedPlace
    below: str
    trust: Trust
    seen: Seen
    result: Verified
    on_progress: OnProgress

    def run(self) -> Seen:
        """Check everything; once more when a new version came out meanwhile."""
        given = signed_file(self.root, KEYS, self.trust.limits, KEYS_BYTES)
        keys = proven_keys(given, self.trust.root, self.seen, self.trust.now)
        catalogue = self._catalogue(keys)
        self._check_all(catalogue, keys)
        if self.result.found:
            again = self._catalogue(keys)
            if again.version > catalogue.version:
                self.result.found.clear()
                self.result.notes.clear()
                self.result.files = self.result.bytes = 0
                catalogue = again
                self._check_all(catalogue, keys)
        self.result.version, self.result.signed, self.result.key = catalogue.version, catalogue.time, catalogue.key
        return Seen(keys.version, catalogue.version, catalogue.key, keys.last_root.pem)

    def _catalogue(self, keys: KeyList) -> SumsList:
        sums = proven_sums(signed_file(self.root, SUMS, self.trust.limits), keys, CATALOGUE)
        expect_newest(sums, keys, self.seen, self.trust.now)
        for name in (KEYS, KEYS_SIGNATURE):
            if name not in sums.files:
                raise NotProven(Attack.MIX_AND_MATCH, name, "is not in the list of the catalogue")
        return sums

    def _check_all(self, catalogue: SumsList, keys: KeyList) -> None:
        lists = {f"{path}/{SUMS}": path for path in catalogue.folders}
        own = {path: file for path, file in catalogue.files.items() if path not in lists}
        listed: dict[str, SummedFile | None] = {SUMS: None, SUMS_SIGNATURE: None, **own}
        if not self.below:
            self._check_files("", own)
        for path, version in sorted(catalogue.folders.items()):
            if self._is_wanted(path):
                self.on_progress(f"verifying {path}")
                listed |= self._check_folder(path, version, catalogue, keys)
        if self.below and not self.result.files and not self.result.found:
            what = "is in no list: it was never public, or a later release has replaced it"
            self.result.note(Attack.EXTRA, self.below, what)
        self._find_extras(listed)

    def _is_wanted(self, folder: str) -> bool:
        """Return whether a folder is the one that was asked for, below it, or the one that it is in."""
        return not self.below or f"{folder}/".startswith(f"{self.below}/") or f"{self.below}/".startswith(f"{folder}/")

    def _check_folder(
        self, path: str, version: int, catalogue: SumsList, keys: KeyList
    ) -> dict[str, SummedFile | None]:
        """Check a folder, again when it was replaced meanwhile; return the files that belong there."""
        for attempt in (1, 2):
            before = Verified("", found=list(self.result.found), notes=list(self.result.notes))
            counted = self.result.files, self.result.bytes
            try:
                sums = self._folder_sums(path, version, catalogue.files[f"{path}/{SUMS}"], keys)
            except NotProven as wrong:
                found = wrong.found
                self.result.note(found.attack, found.where, found.what)
                return {f"{path}/{SUMS}": None, f"{path}/{SUMS_SIGNATURE}": None}
            self._check_files(f"{path}/", sums.files)
            if len(self.result.found) == len(before.found) or attempt == 2:
                break
            if self._version_now(path, keys) <= sums.version:
                break
            # a new version came out while the old one was read
            self.result.found, self.result.notes = before.found, before.notes
            self.result.files, self.result.bytes = counted
        named = {SUMS: None, SUMS_SIGNATURE: None, **sums.files}
        return {f"{path}/{name}": file for name, file in named.items()}

    def _version_now(self, path: str, keys: KeyList) -> int:
        try:
            given = signed_file(self.root, f"{path}/{SUMS}", self.trust.limits)
            return proven_sums(given, keys, folder_name(path)).version
        except NotProven:
            return 0

    def _folder_sums(self, path: str, version: int, listed: SummedFile, keys: KeyList) -> SumsList:
        """Return the list of a folder: the one that the catalogue names, or one that came out since."""
        given = signed_file(self.root, f"{path}/{SUMS}", self.trust.limits)
        sums = proven_sums(given, keys, folder_name(path))
        if hashlib.sha256(given.content).hexdigest() == listed.sha256:
            return sums
        if sums.version < version:
            what = f"is version {sums.version}, and the catalogue names version {version}: an older one was put back"
            raise NotProven(Attack.OLDER, given.path, what)
        if sums.version == version or self.trust.now - sums.time > WINDOW:
            what = f"is of {sums.time:%-d %B %Y, %H:%M}, and the catalogue has not followed: they are of two versions"
            raise NotProven(Attack.MIX_AND_MATCH, given.path, what)
        self.result.notes.append(f"{path} has changed since the catalogue was signed, which follows within a day.")
        return sums

    def _check_files(self, folder: str, files: Mapping[str, SummedFile]) -> None:
        for name, file in sorted(files.items()):
            path = f"{folder}{name}"
            if self.below and not path.startswith(f"{self.below}/"):
                continue
            if path == QUESTION and not isinstance(self.root, FolderPlace):
                continue
            try:
                expect_file(self.root, path, file, self.trust.limits)
            except NotProven as wrong:
                self.result.found.append(wrong.found)
            else:
                self.result.files += 1
                self.result.bytes += file.bytes

    def _find_extras(self, listed: Mapping[str, SummedFile | None]) -> None:
        """Find what lies in a folder on this machine and nobody listed: neither the file nor, as a copy, its bytes.

        Addresses that lead on to another file are links in a site, and copies of it in a mirror.
        """
        base = self.root.at(self.below) if self.below else self.root
        names = base.names()
        if names is None:
            self.result.notes.append("Only what is listed was asked for: nobody can list what else a web server gives.")
            return
        known = {os.path.realpath(os.path.join(self.root.address, path)) for path in listed}  # noqa: PTH118
        contents = {(file.bytes, file.sha256) for file in listed.values() if file}
        sizes = {size for size, _ in contents}
        for name, real in names:
            if real not in known and not _is_note(name) and not _is_copy(Path(real), contents, sizes):
                path = f"{self.below}/{name}" if self.below else name
                self.result.note(Attack.EXTRA, path, "lies there, and is in no list")


def _is_note(name: str) -> bool:
    return name.rpartition("/")[2] in OWN_NOTES


def _is_copy(path: Path, contents: set[tuple[int, str]], sizes: set[int]) -> bool:
    """Return whether a file has the bytes of one that is listed; one of another size is not read."""
    if not path.is_file() or path.stat().st_size not in sizes:
        return False
    with path.open("rb") as file:
        return (path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()) in contents
