"""Unpack the one table of a zip or gzip file, within limits."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from packages.headings import listed_names
from packages.messages import unquoted
from packages.model import Where
from packages.readers.archive_limits import DAMAGED_ARCHIVE, LIMITS, check_archive, is_archive
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


def unpack(path: Path, folder: TemporaryFolder, wanted: str = "", *, several: bool = False) -> Mapping[str, Path]:
    """Unpack the one table of an archive into the folder, or all that it holds where there may be `several`.

    Returns the files by their names in the archive. `wanted` is a pattern for the name, with or without its ending.
    FileProblem when there is no table, or more than one may be meant.
    """
    target = folder.path / "unpacked"
    try:
        if not is_archive(path):
            with gzip.open(path) as file:
                _write(file, target)
            return {path.name: target}
        check_archive(path)
        with zipfile.ZipFile(path) as archive:
            tables = _tables(archive, folder, wanted)
            if len(tables) > 1 and not several:
                names = listed_names([unquoted(PurePosixPath(member.filename).name) for member in tables])
                raise refusal("archive-several", Where(count=len(tables), unit="file"), files=names)
            # under names of ours: one of the archive's could lead out of the folder
            unpacked = {member.filename: target.with_suffix(f".{n}") for n, member in enumerate(tables)}
            for member in tables:
                with archive.open(member) as file:
                    _write(file, unpacked[member.filename])
            return unpacked
    except DAMAGED_ARCHIVE as error:
        raise refusal("file-damaged") from error


def _tables(archive: zipfile.ZipFile, folder: TemporaryFolder, wanted: str) -> list[zipfile.ZipInfo]:
    files = [
        (PurePosixPath(member.filename), member)
        for member in archive.infolist()
        if member.filename and not member.is_dir()
    ]
    # macOS puts a twin of every file under this folder
    files = [(p, m) for p, m in files if "__MACOSX" not in p.parts and not p.name.startswith(STRAY_FILES)]
    members = [member for _, member in files]
    if wanted and len(members) > 1:
        # on Windows the case of a name has no meaning, so a person may have written either
        pattern = wanted.casefold()
        members = [m for p, m in files if any(fnmatchcase(name.casefold(), pattern) for name in (p.name, p.stem))]
        if not members:
            raise refusal("archive-member-missing", wanted=wanted)
    tables = [m for m in members if PurePosixPath(m.filename).suffix.casefold() not in DOCUMENTS] or members
    tables = [m for m in tables if _kind(archive, m, folder) not in (FileKind.EMPTY, FileKind.BINARY)] or tables
    if not tables:
        raise refusal("file-empty")
    return tables


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
