"""What a job asks for, and how it can end: one constructor for each kind of ending."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import account_name
from packages.errors import ExitCode, LondataError, WaitingForPerson
from packages.model import Identity, Publication, Release, Verdict
from quality.disclosure.hidden_names import without_personal_names
from quality.judge import report_exit_code

if TYPE_CHECKING:
    from flows.examine import Examination
    from flows.state.ledger import Attempt, PublishStep
    from packages.model import Extract

STOPPED = (Verdict.HELD, Verdict.BLOCKED)
"""Verdicts that keep a file from the public."""

FAILED = "failed"
"""The verdict of a job that ended with an exception, beside those of a file."""

WITHDRAWN = "withdrawn"
"""The verdict of a withdrawal, beside those of a file."""


@dataclass(frozen=True, slots=True)
class PublishJob:
    """A job to publish. `file` replaces the source; `yes` lets pass what an account may that proves nobody.

    A dry run leaves nothing behind: no extract, no report, no attempt in the ledger, no decision. `takes_away` is set
    where a union is made anew because data of a member have to go: no incident keeps that back. `received` is what the
    source sent a moment ago, and need not be asked for again. `by` is who handed the file over at the desk.
    """

    identity: Identity
    file: Path | None = None
    yes: bool = False
    dry_run: bool = False
    takes_away: bool = False
    received: Extract | None = None
    by: str = ""

    @property
    def author(self) -> str:
        """Who hands the file over: the account, or a person at the desk; empty for what the source has."""
        return (self.by or account_name()) if self.file else ""

    @property
    def origin(self) -> str:
        """Where the file comes from, as the ledger names it."""
        return "source" if self.file is None else "file"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended. `report` is the folder of its report, `page` where it is listed; both may be empty."""

    identity: Identity
    verdict: str
    exit_code: ExitCode
    summary: str
    rows: int = 0
    release: str = ""
    report: str = ""
    page: str = ""


def examination_outcome(examination: Examination, report_folder: str = "", note: str = "") -> Outcome:
    """Return the outcome of a file that was judged but not listed; `note` says how decisions on it stand."""
    report = examination.report
    return Outcome(
        identity=report.identity,
        verdict=report.verdict,
        exit_code=report_exit_code(report),
        # outcomes are logged and sent as notices, so they may hold no value from the file
        summary=" ".join(filter(None, (examination.summary, note))),
        rows=sum(table.rows for table in report.tables),
        release=examination.digest,
        report=report_folder,
    )


def repeated_outcome(attempt: Attempt) -> Outcome:
    """Return the outcome of an earlier attempt again: the file and its description are the same."""
    return Outcome(
        identity=attempt.identity,
        verdict=attempt.verdict,
        exit_code=ExitCode(attempt.exit_code),
        summary=f"{attempt.summary} The file is the same as on {attempt.at:%d %B %Y}.",
        rows=attempt.rows,
        report=attempt.report,
    )


def stays_withdrawn_outcome(withdrawal: PublishStep) -> Outcome:
    """Return the outcome of a job on a dataset that was withdrawn and not approved since."""
    summary = (
        f"Withdrawn on {withdrawal.at:%d %B %Y}: {withdrawal.reason} "
        f"It stays away until people let it in again: `londata ask {withdrawal.identity}`."
    )
    return Outcome(withdrawal.identity, Verdict.HELD, ExitCode.WAITING, summary)


def frozen_outcome(problem: WaitingForPerson, identity: Identity) -> Outcome:
    """Return the outcome of a job on a dataset that is frozen by an incident."""
    # the name of the dataset stands before every summary
    what = problem.what.removeprefix(f"{identity} is ")
    return Outcome(identity, Verdict.HELD, problem.exit_code, f"{what[:1].upper()}{what[1:]} {problem.fix}")


def taken_back_outcome(release: Release, rollback: PublishStep) -> Outcome:
    """Return the outcome of a release that a rollback took back and nobody approved since."""
    summary = (
        f"This content was taken back on {rollback.at:%d %B %Y}; it stays so until it changes or people let it in "
        f"again: `londata ask {release.identity}`."
    )
    return Outcome(release.identity, Verdict.HELD, ExitCode.WAITING, summary, report=str(release.folder))


def listed_outcome(release: Release, publication: Publication) -> Outcome:
    """Return the outcome of listing a release; it is unchanged when the catalogue had nothing to write."""
    return Outcome(
        identity=release.identity,
        verdict=Verdict.PUBLISH if publication.writes else Verdict.UNCHANGED,
        exit_code=ExitCode.DONE if publication.writes else ExitCode.UNCHANGED,
        summary="Published." if publication.writes else "Nothing changed since the last release.",
        rows=sum(table.rows for table in release.tables),
        release=release.digest,
        report=str(release.folder),
        page=publication.page,
    )


def withdrawal_outcome(publication: Publication) -> Outcome:
    """Return the outcome of withdrawing a dataset; it names addresses elsewhere that may still serve its files."""
    summary = "Withdrawn: nothing of it is public any more, and no run puts it back."
    if publication.read_back:
        addresses = ", ".join(publication.read_back)
        summary = (
            "Withdrawn from the catalogue. Its files were also public at these addresses; ours were moved away from "
            f"there, and copies in front of them have to be emptied by whoever runs that web server: {addresses}"
        )
    exit_code = ExitCode.DONE if publication.writes else ExitCode.UNCHANGED
    return Outcome(publication.identity, WITHDRAWN, exit_code, summary, page=publication.page)


def failed_outcome(identity: Identity, problem: object) -> Outcome:
    """Return the outcome of a job that ended with an exception.

    An unexpected exception is named by its type alone: its message may quote a cell.
    """
    if isinstance(problem, LondataError):
        result = Verdict.HELD if isinstance(problem, WaitingForPerson) else FAILED
        return Outcome(identity, result, problem.exit_code, without_personal_names(f"{problem.what} {problem.fix}"))
    summary = (
        f"Stopped by a fault of ours ({type(problem).__name__}); the log of the run has it. Nothing was published."
    )
    return Outcome(identity, FAILED, LondataError.exit_code, summary)
