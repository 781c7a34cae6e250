"""Unpack the one table of a zip or gzip file, within limits."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from packages.model import Where
from packages.readers.archive_limits import LIMITS, check_archive, is_archive
from packages.readers.file_kinds import FileKind
from packages.readers.recognise import HEAD, recognise_kind
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal

BLOCK = 1 << 20
"""Bytes that are unpacked at once."""

DOCUMENTS = (".txt", ".md", ".pdf", ".html", ".htm", ".doc", ".docx", ".xml", ".xsd", ".rtf")
"""Suffixes of documents that explain a table beside them; one of them is the table only when it is alone."""

STRAY_FILES = (".", "~$", "Thumbs.db", "desktop.ini")
"""Beginnings of the names of files that programs leave in a folder."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(path: Path, folder: TemporaryFolder, wanted: str = "") -> Path:
    """Unpack the one table of an archive into the folder; FileProblem when there is not exactly one.

    `wanted` is a pattern for its name, with or without its ending, where there may be several.
    """
    target = folder.path / "unpacked"
    try:
        if not is_archive(path):
            with gzip.open(path) as file:
                _write(file, target)
            return target
        check_archive(path)
        with zipfile.ZipFile(path) as archive, archive.open(_one_table(archive, folder, wanted)) as file:
            _write(file, target)
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise refusal("file-damaged") from error
    return target


def _one_table(archive: zipfile.ZipFile, folder: TemporaryFolder, wanted: str) -> zipfile.ZipInfo:
    members = list(_members(archive))
    if wanted and len(members) > 1:
        members = [m for m in members if _matches(PurePosixPath(m.filename), wanted)]
        if not members:
            raise refusal("archive-member-missing", wanted=wanted)
    tables = [m for m in members if PurePosixPath(m.filename).suffix.casefold() not in DOCUMENTS] or members
    tables = [m for m in tables if _kind(archive, m, folder) not in (FileKind.EMPTY, FileKind.BINARY)] or tables
    if not tables:
        raise refusal("file-empty")
    if len(tables) > 1:
        raise refusal("archive-several", Where(count=len(tables), unit="file"))
    return tables[0]


def _matches(path: PurePosixPath, wanted: str) -> bool:
    """Whether a name matches a pattern with or without its suffix, in any case."""
    return any(fnmatchcase(name.casefold(), wanted.casefold()) for name in (path.name, path.stem))


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the files that a person put into the archive."""
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        is_stray = "__MACOSX" in path.parts or path.name.startswith(STRAY_FILES)
        if not member.is_dir() and not is_stray:
            yield member


def _kind(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: TemporaryFolder) -> FileKind:
    head = folder.path / "head"
    with archive.open(member) as file:
        head.write_bytes(file.read(HEAD))
    return recognise_kind(head)


def _write(file: _Readable, target: Path) -> None:
    size = 0
    with target.open("wb") as out:
        while block := file.read(BLOCK):
            size += len(block)
            # counted while unpacking: the sizes that an archive states are the sender's word
            if size > LIMITS.unpacked:
                raise refusal("archive-too-large")
            out.write(block)
