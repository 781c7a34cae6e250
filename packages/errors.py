"""The ways in which a run can fail, and their exit codes."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import partial

from packages.masking import mask

QUOTED = re.compile("“([^“”]*)”")
"""A name within a sentence: all names from a file are put between these marks."""


class ExitCode(IntEnum):
    """The exit codes of the commands."""

    DONE = 0
    UNCHANGED = 10
    FIX_FILE = 20
    WAITING = 30
    PERSONAL_DATA = 40
    TEMPORARY = 50
    SETUP = 60


class LondataError(Exception):
    """A failure that a person can act on: what happened, how to fix it, why it matters.

    `what` and `fix` are whole sentences in plain words and hold no value from the data.
    """

    exit_code = ExitCode.SETUP

    def __init__(self, what: str, *, fix: str, why: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.why = why

    def __reduce__(self) -> tuple[object, ...]:
        # an exception is pickled with its positional arguments only, and these fields are keyword-only
        return (partial(type(self), fix=self.fix, why=self.why), (self.what,))


class FileProblem(LondataError):
    """The received file cannot be used as it is; its publisher must change it.

    `what` is for that publisher and may name headings and sheets of the file. The text of the exception has their
    shapes instead, because it may appear in any log.
    """

    exit_code = ExitCode.FIX_FILE

    def __init__(self, what: str, *, fix: str, why: str = "") -> None:
        super().__init__(what, fix=fix, why=why)
        self.args = (QUOTED.sub(lambda found: f"“{mask(found[1])}”", what),)


class WaitingForPerson(LondataError):
    """A person has to decide before the run can go on."""

    exit_code = ExitCode.WAITING


class PersonalDataFound(LondataError):
    """The run stopped because the data seem to describe people."""

    exit_code = ExitCode.PERSONAL_DATA


class TemporaryProblem(LondataError):
    """Another system did not answer as it should; trying again later may help."""

    exit_code = ExitCode.TEMPORARY


class SetupProblem(LondataError):
    """The description, the settings or the machine need a change."""

    exit_code = ExitCode.SETUP
