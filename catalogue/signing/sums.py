"""Lists of files with their sha256, as `sha256sum -c` reads them, and what is said at their head. Pure.

    # londata-sums/1
    # of: folder datasets/spend-over-500/camden
    # version: 1772425800
    # time: 2026-03-02T04:30:00+00:00
    # key: 0b2f6c1d9a3e4f58
    # bytes: 4711 12
    <sha256>  index.html
    <sha256>  listing.json

The signature beside it is of these bytes. A version only grows. `bytes` are the sizes in the order of the lines.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packages.model import Identity

SUMS = "SHA256SUMS"
SUMS_SIGNATURE = "SHA256SUMS.sig"
SIGNED = frozenset({SUMS, SUMS_SIGNATURE})

KEYS = "keys.json"
KEYS_SIGNATURE = "keys.json.sig"
"""The list of keys at the root, and the signature of the root key."""

OWN_NOTES = frozenset({".made-from", ".described-from", ".shown", ".seen"})
"""Notes to ourselves in the folders of the site, which some web servers do not give to anybody: they are not listed."""

CATALOGUE = "catalogue"
"""What the list at the root is of: its own files, and the lists of all folders."""

FORMAT = "# londata-sums/1"
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
SAFE_PATH = re.compile(r"[^/\\\x00-\x1f]+(?:/[^/\\\x00-\x1f]+)*")


@dataclass(frozen=True, slots=True)
class SummedFile:
    """The sha256 (hex) of a file, and how many bytes it has."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class SumsList:
    """A list: what it is `of`, when it was made and by which key, and the files by their path from the list.

    That of the catalogue has an end, and the version of the list of each folder.
    """

    of: str
    version: int
    time: dt.datetime
    key: str
    files: Mapping[str, SummedFile]
    expires: dt.datetime | None = None
    folders: Mapping[str, int] = field(default_factory=dict)


def folder_name(path: str) -> str:
    """Return what the list of a folder of the site is of."""
    return f"folder {path}"


def release_name(identity: Identity, digest: str) -> str:
    """Return what the list of a release is of."""
    return f"release {identity} {digest}"


def sums_text(sums: SumsList) -> bytes:
    """Return a list as its file; the same list is always the same bytes. ValueError for a path that cannot be told."""
    for path in (*sums.files, *sums.folders):
        if not _is_safe(path):
            raise ValueError(f"a path that a list cannot name: {path!r}")
    files = sorted(sums.files.items())
    head = [FORMAT, f"# of: {sums.of}", f"# version: {sums.version}", f"# time: {sums.time.isoformat()}"]
    head += [f"# expires: {sums.expires.isoformat()}"] if sums.expires else []
    head += [f"# key: {sums.key}", "# bytes: " + " ".join(str(file.bytes) for _, file in files)]
    head += [f"# folder: {version} {path}" for path, version in sorted(sums.folders.items())]
    return "".join(f"{line}\n" for line in (*head, *(f"{file.sha256}  {path}" for path, file in files))).encode()


def read_sums(content: bytes) -> SumsList:
    """Return the list in a file; ValueError when it is none, or names a file twice or outside its folder."""
    lines = content.decode().splitlines()
    if not lines or lines[0] != FORMAT:
        raise ValueError("no list of ours")
    said, folders, entries = _head(lines), {}, []
    for line in lines:
        if line.startswith("# folder: "):
            version, _, path = line.removeprefix("# folder: ").partition(" ")
            folders[path] = int(version)
        elif not line.startswith("#"):
            found = LINE.fullmatch(line)
            if not found or not _is_safe(found[2]):
                raise ValueError("a line that is none of a list")
            entries.append((found[2], found[1]))
    sizes = [int(size) for size in said.get("bytes", "").split()]
    files = {path: SummedFile(sha256, size) for (path, sha256), size in zip(entries, sizes, strict=True)}
    if len(files) != len(entries) or any(size < 0 for size in sizes):
        raise ValueError("a file that is named twice")
    expires = said.get("expires")
    return SumsList(
        of=said.get("of", ""),
        version=int(said.get("version", "")),
        time=dt.datetime.fromisoformat(said.get("time", "")).astimezone(dt.UTC),
        key=said.get("key", ""),
        files=files,
        expires=dt.datetime.fromisoformat(expires).astimezone(dt.UTC) if expires else None,
        folders=folders,
    )


def _head(lines: list[str]) -> dict[str, str]:
    said = (line.removeprefix("# ").partition(": ") for line in lines[1:] if line.startswith("# "))
    return {name: text for name, mark, text in said if mark and name != "folder"}


def _is_safe(path: str) -> bool:
    return bool(SAFE_PATH.fullmatch(path)) and not {".", ".."} & set(path.split("/"))
