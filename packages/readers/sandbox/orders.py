"""What a parent orders of a child that reads, and how the two talk; no library is needed for either.

An order is sent as its length and a JSON text. Its outcome is a JSON text in the job's own folder.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

HEADER = struct.Struct("!I")
"""Before an order to the warm child: its length in bytes."""

END = b"\nreader ended with "
"""Before the exit code of a reader, at the end of what it printed."""

OUTCOME = "outcome.json"

FILES = "files"
"""The warm child that looks at every file first, and has no library."""


class ChildTask(StrEnum):
    """What a child can be asked; the value leads to the function that makes the task ready.

    That function is called with the arguments of the order, imports what the task needs, and returns the task itself:
    called with the job's folder, from inside the box, it returns what goes into the outcome.
    """

    RECOGNISE = "packages.readers.opening.recognise:recognising"
    SERVER_WORDS = "packages.readers.opening.server_words:finding_words"
    ENCODING = "packages.readers.opening.encoding:finding_encoding"
    UNPACK = "packages.readers.opening.archive:unpacking"
    READ = "packages.readers.confined_reading:reading_rows"
    BREAK_OUT = "packages.readers.sandbox.break_out:breaking_out"

    def ready(self, arguments: Mapping[str, Any]) -> Callable[[Path], Any]:
        """Return the task, ready to run."""
        module, _, name = self.partition(":")
        task: Callable[[Path], Any] = getattr(import_module(module), name)(**arguments)
        return task


@dataclass(frozen=True, slots=True)
class Order:
    """One task on one file: its arguments, the path that it may read, the folder that it may write to, and limits.

    `group` is the warm child that has its libraries. `budget` are the fields of the file's `ReadingBudget`; `cpu` is in
    seconds, `memory` and `written` in bytes.
    """

    task: ChildTask
    arguments: Mapping[str, Any]
    path: str
    folder: str
    group: str
    budget: Mapping[str, int | float]
    cpu: int
    memory: int
    written: int
