"""The refusal of a kind of file that holds no table we read."""

from __future__ import annotations

from packages.errors import FileProblem
from packages.readers.file_kinds import FILE_KINDS, FileKind, Refused
from packages.readers.over_budget import over_budget
from packages.refusal import refusal


def refuse_kind(kind: FileKind, said: str = "") -> FileProblem:
    """Return the problem that names a refused kind and what to send instead; KeyError for a kind that can be read.

    `said` is the text of a server's error, fit to be shown.
    """
    refused = FILE_KINDS[kind]
    if not isinstance(refused, Refused):
        raise KeyError(kind)
    if kind is FileKind.ENDLESS_ZIP:
        return over_budget("entries in the archive", "entries")
    return refusal(refused.rule, kind=refused.name, said=said)
