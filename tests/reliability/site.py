"""What a stranger sees in the folder site: which release, and whether everything there belongs to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


class Mixed(AssertionError):
    """Parts of two releases are shown together, or bytes that nobody vouches for."""


def shown(folder: Path) -> str:
    """The digest of the release that the page of a dataset shows, empty when it is not listed; Mixed when not whole."""
    listing = folder / "listing.json"
    if not listing.is_file():
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        # both say that it was withdrawn
        left = [path for path in files if path.name not in ("withdrawn.json", "ckan.json") and path.suffix != ".html"]
        if left:
            raise Mixed(f"no listing beside {sorted(left)}")
        return ""
    said = json.loads(listing.read_bytes())
    _same_as_the_listing(folder, said)
    _same_as_the_pages(folder, said)
    return str(said["release"])


def _same_as_the_listing(folder: Path, said: dict[str, Any]) -> None:
    lasting = folder / "releases" / said["release"][:16]
    for file in (*said["distributions"], *said["documents"]):
        for path in (folder / file["file"], folder / "latest" / file["file"], lasting / file["file"]):
            if not path.is_file() or digest(path) != file["sha256"]:
                raise Mixed(f"{path} is not what the listing says")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if manifest["digest"] != said["release"]:
        raise Mixed("the manifest is of another release")


def _same_as_the_pages(folder: Path, said: dict[str, Any]) -> None:
    page = (folder / "index.html").read_text()
    if any(file["sha256"] not in page for file in said["distributions"]) or said["release"] not in page:
        raise Mixed("the page is of another release")
    _same_as_the_catalogue(folder.parents[2])


def _same_as_the_catalogue(current: Path) -> None:
    """The pages about several datasets follow at the end of a run: until then they tell of the release before.

    The addresses that they name always give the newest, so what they say of its bytes may be of the one before it.
    """
    if not (current / "catalog.jsonld").is_file():
        return  # nothing was ever shown at the end of a run
    nodes = json.loads((current / "catalog.jsonld").read_bytes())["@graph"]
    checksums = {node["@id"]: node["spdx:checksumValue"]["@value"] for node in nodes if "spdx:checksumValue" in node}
    for node in nodes:
        if "spdx:checksum" in node:
            path = current / node["dcat:downloadURL"]["@id"]
            releases = path.parents[1].glob(f"releases/*/{path.name}")
            known = {digest(one) for one in (path, *releases) if one.is_file()}
            if not path.is_file() or checksums[node["spdx:checksum"]["@id"]] not in known:
                raise Mixed(f"{path} is not what the catalogue says")


def digest(path: Path) -> str:
    """The sha256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
