"""A zip or gzip file with one table inside: unpacked within limits, and read as what is in it."""

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
from packages.readers.recognise import HEAD, FileKind, recognise_kind
from packages.readers.sandbox.temporary_folder import TemporaryFolder
from packages.refusal import refusal

BLOCK = 1 << 20
BESIDE = (".txt", ".md", ".pdf", ".html", ".htm", ".doc", ".docx", ".xml", ".xsd", ".rtf")
"""Endings of what explains a table and lies beside it; a text among them is the table only when it is alone."""

LEFT_BEHIND = (".", "~$", "Thumbs.db", "desktop.ini")
"""How the names of files begin that programs leave in a folder."""


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
        members = [m for m in members if _is_wanted(PurePosixPath(m.filename), wanted)]
        if not members:
            raise refusal("archive-member-missing", wanted=wanted)
    tables = [m for m in members if PurePosixPath(m.filename).suffix.casefold() not in BESIDE] or members
    tables = [m for m in tables if _kind(archive, m, folder) not in (FileKind.EMPTY, FileKind.BINARY)] or tables
    if not tables:
        raise refusal("file-empty")
    if len(tables) > 1:
        raise refusal("archive-several", Where(count=len(tables), unit="file"))
    return tables[0]


def _is_wanted(path: PurePosixPath, wanted: str) -> bool:
    return any(fnmatchcase(name.casefold(), wanted.casefold()) for name in (path.name, path.stem))


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files that a person put there."""
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        left_behind = "__MACOSX" in path.parts or path.name.startswith(LEFT_BEHIND)
        if not member.is_dir() and not left_behind:
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
            if size > LIMITS.unpacked:
                raise refusal("archive-too-large")
            out.write(block)
