"""Several files that belong together, each from its own source, packed into one archive."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath

from packages.errors import FileProblem, TemporaryProblem
from packages.sources import source_module
from packages.sources.transport.download import (
    BLOCK,
    Download,
    FetchContext,
    discard_download,
    require_data,
    write_download,
)
from packages.spec import BundleSource

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that the same files always make the same archive."""


def download_source(source: BundleSource, context: FetchContext) -> Download:
    """Download and pack all files of a bundle; the failure of one fails the bundle, with the part's name in front."""
    downloads: dict[str, Download] = {}
    context.store.mkdir(parents=True, exist_ok=True)
    # the previous extract is the archive, which says nothing about the single files
    part_context = replace(context, previous=None)
    try:
        for name, part in source.parts.items():
            try:
                download = source_module(part.kind).download_source(part, part_context)
                assert download is not None, "a source may only say unchanged when something was fetched before"
                downloads[name] = require_data(download)
            except (FileProblem, TemporaryProblem) as problem:
                raise type(problem)(f"{name}: {problem.what}", fix=problem.fix, why=problem.why) from problem
        with tempfile.TemporaryFile(dir=context.store) as file:
            # uncompressed, so that another version of zlib makes no other archive of the same files
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, download in downloads.items():
                    # the name of the part tells the tables apart, and the suffix is the file's own
                    entry = zipfile.ZipInfo(name + PurePosixPath(download.name).suffix.casefold(), FIXED_TIME)
                    with download.path.open("rb") as content, archive.open(entry, "w", force_zip64=True) as target:
                        shutil.copyfileobj(content, target, BLOCK)
            file.seek(0)
            path, sha256, size = write_download(iter(lambda: file.read(BLOCK), b""), context.store)
    finally:
        for download in downloads.values():
            discard_download(download)
    urls = " ".join(download.url for download in downloads.values() if download.url)
    return Download(path, sha256, size, f"{len(downloads)} files.zip", is_temporary=True, url=urls)
