"""Which file of the site a web server gives for an address. Nothing is written."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalogue.site.gone import GONE

INDEX = "index.html"

MEDIA_TYPES = {
    ".atom": "application/atom+xml",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
    ".ttl": "text/turtle; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
    "": "application/json",
}
"""By the end of the name; what has none is an answer of CKAN's API."""


@dataclass(frozen=True, slots=True)
class Found:
    """The file that answers an address; `is_gone` when it only says why there is no other."""

    file: Path
    is_gone: bool

    @property
    def media_type(self) -> str:
        """The media type of the file, for a browser."""
        return media_type(self.file.name)


def media_type(name: str) -> str:
    """Return the media type of a file by its name, for a browser."""
    return MEDIA_TYPES.get(posixpath.splitext(name)[1], "application/octet-stream")


def address_parts(address: str) -> list[str] | None:
    """Return the names on the way from the root to what an address means; None when it is nobody's business."""
    wanted = posixpath.normpath(unquote(urlsplit(address).path).lstrip("/") or ".")
    parts = [part for part in wanted.split("/") if part != "."]
    return None if any(part.startswith(".") or "\0" in part for part in parts) else parts


def find(root: Path, address: str) -> Found | None:
    """Return what answers an address, such as `datasets/spend-over-500/camden/?page=2#history`, from the root.

    None when nothing does: also for hidden files, for a folder without a page, and for what is not below the site.
    """
    parts = address_parts(address)
    if parts is None:
        return None
    path = root.joinpath(*parts)
    if path.is_dir():
        path = path / INDEX
    # links within the site lead from its root to the folders beside it, and no further
    site, file = root.absolute().parent.resolve(), path.resolve()
    if not path.is_file() or not file.is_relative_to(site):
        return None
    return Found(path, GONE in file.relative_to(site).parts and GONE not in parts)
