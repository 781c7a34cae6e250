"""What a stranger sees in the folder site: which release, and whether everything there belongs to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from catalogue.signing.keys import PublicKey
from catalogue.signing.sums import SIGNED, SUMS, SUMS_SIGNATURE, read_sums
from catalogue.web.front import SiteFront


class Mixed(AssertionError):
    """Parts of two releases are shown together, or bytes that nobody vouches for."""


def shown(folder: Path) -> str:
    """The digest of the release that the page of a dataset shows, empty when it is not listed; Mixed when not whole."""
    listing = folder / "listing.json"
    if not listing.is_file():
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        # all of them say that it was withdrawn
        saying = {"withdrawn.json", "ckan.json", *SIGNED}
        left = [path for path in files if path.name not in saying and path.suffix != ".html"]
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


def unsigned(page: Path, key: PublicKey) -> str:
    """Return what in the folder of a dataset is not as the key signed it, empty when all is.

    A folder is shown by one link, so whoever follows it once reads one version; it stays until two came out after it.
    """
    version = page.resolve()
    try:
        content = (version / SUMS).read_bytes()
        if not key.proves(content, (version / SUMS_SIGNATURE).read_bytes()):
            return "the list is not the one that was signed"
        listed = read_sums(content).files
        wrong = [path for path, file in listed.items() if digest(version / path) != file.sha256]
    except FileNotFoundError:
        return unsigned(page, key) if page.resolve() != version else "a file of the list, or the list, is not there"
    return f"{wrong[0]}: not the bytes that were signed" if wrong else ""


def unsigned_in_store(front: SiteFront, page: str, key: PublicKey) -> str:
    """Return the same of a folder of the site (`page`, ends in a slash) as an object store gives it to the public."""
    sums, signature = front.find(page + SUMS), front.find(page + SUMS_SIGNATURE)
    if sums is None or signature is None or not key.proves(sums.content, signature.content):
        return "there is no list that was signed"
    for path, file in read_sums(sums.content).files.items():
        given = front.find(page + path)
        if given is None or hashlib.sha256(given.content).hexdigest() != file.sha256:
            return f"{path}: not the bytes that were signed"
    return ""


def digest(path: Path) -> str:
    """The sha256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
