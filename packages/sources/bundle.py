"""Several files that belong together, each from its own source, kept as one archive."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO

from packages.errors import FileProblem, TemporaryProblem
from packages.sources import SOURCES
from packages.sources.transport.download import (
    BLOCK,
    Download,
    FetchContext,
    discard_download,
    require_data,
    write_download,
)
from packages.spec import BundleSource, OneFile

SAME_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that the same files always make the same archive."""


def download_source(source: BundleSource, errand: FetchContext) -> Download:
    """All files of a bundle, packed; when one of them cannot be had, none is."""
    parcels: dict[str, Download] = {}
    errand.store.mkdir(parents=True, exist_ok=True)
    try:
        for name, part in source.parts.items():
            parcels[name] = _one(name, part, errand)
        with tempfile.TemporaryFile(dir=errand.store) as archive:
            _pack(parcels, archive)
            archive.seek(0)
            path, sha256, size = write_download(iter(lambda: archive.read(BLOCK), b""), errand.store)
    finally:
        for parcel in parcels.values():
            discard_download(parcel)
    address = " ".join(parcel.url for parcel in parcels.values() if parcel.url)
    return Download(path, sha256, size, f"{len(parcels)} files.zip", passing=True, url=address)


def _one(name: str, part: OneFile, errand: FetchContext) -> Download:
    try:
        # what was fetched before is the archive, which says nothing of the single files
        parcel = SOURCES[part.kind](part, replace(errand, previous=None))
        assert parcel is not None, "a source may only say unchanged when something was fetched before"
        return require_data(parcel)
    except (FileProblem, TemporaryProblem) as problem:
        raise type(problem)(f"{name}: {problem.what}", fix=problem.fix, why=problem.why) from problem


def _pack(parcels: Mapping[str, Download], file: IO[bytes]) -> None:
    """Each file as it arrived, under the name of its part and with its own ending."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, parcel in parcels.items():
            inside = zipfile.ZipInfo(name + PurePosixPath(parcel.name).suffix.casefold(), SAME_DAY)
            with parcel.path.open("rb") as one, archive.open(inside, "w", force_zip64=True) as out:
                shutil.copyfileobj(one, out, BLOCK)
