"""Every way a run can end, and the words that go with it."""

from __future__ import annotations

import re
from enum import IntEnum

from packages.masking import mask

QUOTED = re.compile("“([^“”]*)”")
"""A name within a sentence: all names from a file stand between these marks."""


class ExitCode(IntEnum):
    """The table of exit codes; each failure has exactly one place in it."""

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
        # keyword-only arguments need help to cross a process boundary
        return (_rebuild, (type(self), self.what, self.fix, self.why))


def _rebuild(kind: type[LondataError], what: str, fix: str, why: str) -> LondataError:
    return kind(what, fix=fix, why=why)


class FileProblem(LondataError):
    """The received file cannot be used as it is; its publisher must change it.

    `what` is for that publisher and may name headings and sheets of the file. The text of the exception, which may end
    in any log, has their shapes instead.
    """

    exit_code = ExitCode.FIX_FILE

    def __init__(self, what: str, *, fix: str, why: str = "") -> None:
        super().__init__(what, fix=fix, why=why)
        self.args = (QUOTED.sub(lambda found: f"“{mask(found[1])}”", what),)


class WaitingForPerson(LondataError):
    """Someone has to decide before anything more happens."""

    exit_code = ExitCode.WAITING


class PersonalDataFound(LondataError):
    """Stopped because the data seem to describe people."""

    exit_code = ExitCode.PERSONAL_DATA


class TemporaryProblem(LondataError):
    """Something outside did not answer as it should; trying again later may work."""

    exit_code = ExitCode.TEMPORARY


class SetupProblem(LondataError):
    """The description, the settings or the machine need a change."""

    exit_code = ExitCode.SETUP
