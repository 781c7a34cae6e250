"""What a file is: asked of the confined child, because whoever made the file may have made it for its reader."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from packages.errors import SetupProblem
from packages.readers.budget import MEBI, budget_of, current_budget
from packages.readers.file_kinds import FileKind
from packages.readers.opening.text_encoding import Encoding
from packages.readers.sandbox.confined import ConfinedJob, given_file, run_confined, too_costly
from packages.readers.sandbox.orders import FILES, ChildTask
from packages.readers.sandbox.temporary_folder import TemporaryFolder


def file_kind(path: Path) -> FileKind:
    """Return the kind of a file by its content; FileProblem when the file is larger than any may be."""
    require_size(path)
    return FileKind(_asked(ChildTask.RECOGNISE, path))


def words_of_server(path: Path) -> str:
    """Return what a server says in an error that it sent as XML, as one short line."""
    return str(_asked(ChildTask.SERVER_WORDS, path))


def encoding_of(path: Path, described: str = "") -> Encoding:
    """Return the encoding of a text file; FileProblem when none fits or when it holds NUL characters.

    `described` is the encoding that the description of the publisher names, and then the only one that is tried;
    SetupProblem when there is none of that name.
    """
    require_known_encoding(described)
    return Encoding(**_asked(ChildTask.ENCODING, path, described=described))


def unpack_confined(
    path: Path, folder: TemporaryFolder, wanted: str = "", *, several: bool = False
) -> Mapping[str, Path]:
    """Have the one table of an archive unpacked into the folder, or all that it holds where there may be `several`.

    Returns the files by their names in the archive. `wanted` is a pattern for the name, with or without its ending.
    FileProblem when there is no table, more than one may be meant, or they are larger than the budget of a file.
    """
    arguments = {"wanted": wanted, "several": several}
    job = ConfinedJob(
        ChildTask.UNPACK, path.resolve(), arguments, FILES, budget_of(file_kind(path).name), is_streamed=True
    )
    found = run_confined(job, folder.path, lambda: None)["found"]
    return {name: given_file(folder.path / Path(file).name) for name, file in found.items()}


def require_size(path: Path) -> None:
    """Raise FileProblem for a file that is larger than any may be."""
    most = current_budget().received
    if path.stat().st_size > most:
        raise too_costly(f"{most // MEBI:,} MiB as it was received", "received")


def require_known_encoding(described: str) -> None:
    """Raise SetupProblem when a description names an encoding that there is not."""
    try:
        codecs.lookup(described or "utf-8")
    except LookupError as error:
        raise SetupProblem(
            f"`encoding: {described}` names no encoding that we know.", fix="Write utf-8, utf-16 or cp1252."
        ) from error


def _asked(task: ChildTask, path: Path, **arguments: str) -> Any:
    where = path.resolve()
    return _answer(task, where, _state(where), tuple(arguments.items()))


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when somebody writes to a file."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=64)
def _answer(task: ChildTask, path: Path, _state: tuple[int, ...], arguments: tuple[tuple[str, str], ...]) -> Any:
    """Have a question on a file answered, once for each state of it: a check asks the same again and again."""
    with TemporaryFolder() as folder:
        job = ConfinedJob(task, path, dict(arguments), FILES, budget_of(FileKind.CSV.name), is_streamed=True)
        return run_confined(job, folder.path, lambda: None)["found"]
