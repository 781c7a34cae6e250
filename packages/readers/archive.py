"""Unpack the one table of a zip or gzip file, within limits."""

from __future__ import annotations

import gzip
import zipfile
import zlib
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
    files = [(PurePosixPath(member.filename), member) for member in archive.infolist() if not member.is_dir()]
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
    if len(tables) > 1:
        raise refusal("archive-several", Where(count=len(tables), unit="file"))
    return tables[0]


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
