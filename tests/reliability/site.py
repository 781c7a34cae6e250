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
        left = {path.name for path in folder.glob("*")} - {"index.html", "withdrawn.json"}
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
        for path in (folder / file["file"], lasting / file["file"]):
            if not path.is_file() or digest(path) != file["sha256"]:
                raise Mixed(f"{path} is not what the listing says")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if manifest["digest"] != said["release"]:
        raise Mixed("the manifest is of another release")


def _same_as_the_pages(folder: Path, said: dict[str, Any]) -> None:
    top = folder.parents[2]
    page = (folder / "index.html").read_text()
    if any(file["sha256"] not in page for file in said["distributions"]) or said["release"] not in page:
        raise Mixed("the page is of another release")
    turtle, linked = ((top / name).read_text() for name in ("catalog.ttl", "catalog.jsonld"))
    if any(file["sha256"] not in text for file in said["distributions"] for text in (turtle, linked)):
        raise Mixed("the catalogue is of another release")


def digest(path: Path) -> str:
    """The sha256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
