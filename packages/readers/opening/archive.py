"""Unpack the one table of a zip or gzip file, within limits."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from packages.headings import listed_names
from packages.messages import unquoted
from packages.model import Where
from packages.readers.budget import current_budget
from packages.readers.file_kinds import FileKind
from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE, check_archive, is_archive
from packages.readers.opening.recognise import HEAD, recognise_kind
from packages.readers.over_budget import over_budget
from packages.refusal import refusal

BLOCK = 1 << 20
"""Bytes that are unpacked at once."""

PACKED = 1 << 15
"""Bytes of a gzip file that are read at once: what follows a member is copied, and a block may hold many of them."""

GZIP_ONLY = 31
"""Of zlib: the largest window, and a header and check of gzip."""

DOCUMENTS = (".txt", ".md", ".pdf", ".html", ".htm", ".doc", ".docx", ".xml", ".xsd", ".rtf")
"""Suffixes of documents that explain a table beside them; one of them is the table only when it is alone."""

STRAY_FILES = (".", "~$", "Thumbs.db", "desktop.ini")
"""Beginnings of the names of files that programs leave in a folder."""


def unpacking(path: str, wanted: str, several: bool) -> Callable[[Path], dict[str, str]]:
    """Return the task of the confined child: the names in the archive, and those of the files in the job's folder."""
    return lambda folder: {
        name: file.name for name, file in unpack(Path(path), folder, wanted, several=several).items()
    }


def unpack(path: Path, folder: Path, wanted: str = "", *, several: bool = False) -> Mapping[str, Path]:
    """Unpack the one table of an archive into the folder, or all that it holds where there may be `several`.

    Returns the files by their names in the archive. `wanted` is a pattern for the name, with or without its ending.
    FileProblem when there is no table, or more than one may be meant.
    """
    target = folder / "unpacked"
    try:
        if not is_archive(path):
            _write(_gzip_blocks(path), target, path.stat().st_size)
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
                    blocks = iter(lambda: file.read(BLOCK), b"")
                    _write(blocks, unpacked[member.filename], member.compress_size)
            return unpacked
    except DAMAGED_ARCHIVE as error:
        raise refusal("file-damaged") from error


def _tables(archive: zipfile.ZipFile, folder: Path, wanted: str) -> list[zipfile.ZipInfo]:
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


def _kind(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> FileKind:
    head = folder / "head"
    with archive.open(member) as file:
        head.write_bytes(file.read(HEAD))
    return recognise_kind(head)


def _gzip_blocks(path: Path) -> Iterator[bytes]:
    """Yield what a gzip file holds, one member after the other; FileProblem for more of them than a file may have."""
    members, most = 0, current_budget().members
    with path.open("rb") as file:
        packed = file.read(PACKED)
        while packed:
            members += 1
            if members > most:
                raise over_budget("parts in the gzip file", "members")
            member = zlib.decompressobj(wbits=GZIP_ONLY)
            while not member.eof:
                if not packed:
                    raise EOFError
                yield member.decompress(packed, BLOCK)
                packed = member.unconsumed_tail or (b"" if member.eof else file.read(PACKED))
            # what follows the last member is filled up with zeros on tapes
            packed = (member.unused_data or file.read(PACKED)).lstrip(b"\0")


def _write(blocks: Iterable[bytes], target: Path, packed: int) -> None:
    """Write what is unpacked from so many bytes; FileProblem when it is more than any real file would be."""
    size, budget = 0, current_budget()
    with target.open("wb") as out:
        for block in blocks:
            size += len(block)
            # counted while unpacking: the sizes that an archive states are the sender's word
            if size > budget.unpacked or (size > budget.small and size > budget.ratio * packed):
                raise refusal("archive-too-large")
            out.write(block)
