"""From the bytes of a file to a report on it: read -> shape -> draft -> judge. Nothing here is published."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.version import VERSION
from packages.errors import FileProblem
from packages.headings import known_headings
from packages.model import Draft, Extract, Release, Report
from packages.read import read
from packages.release.seal import content_digest
from packages.shaping.shape import shape
from packages.spec import DatasetSpec
from quality.difference import table_changes
from quality.draft import write_draft
from quality.judge import judge, refusal_report
from quality.report import report_from_json
from quality.suites.expectations import AskSuite, ask_great_expectations
from quality.tables import SeparateTables, join_drafts, naming_table, staged_tables
from quality.union import draft_union

OnStage = Callable[[str], None]
"""Told, in a few words, what is being done now."""


def silent(_stage: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class JudgeInput:
    """What a judgement needs besides the file: the hour, the last release, who approved, how it is asked.

    `releases` is the folder of all releases, of which a union is made.
    """

    now: dt.datetime
    previous: Release | None = None
    approved_by: str = ""
    quick: bool = False
    ask: AskSuite = ask_great_expectations
    releases: Path = Path()


@dataclass(frozen=True, slots=True)
class Examination:
    """A report, the digest (sha256, hex) of the content it is about, and the draft; both missing if unreadable."""

    report: Report
    digest: str
    draft: Draft | None


def fingerprint(received: str, spec: DatasetSpec) -> str:
    """One digest (sha256, hex) over all that the outcome depends on: what came in, the description, our version.

    `received` is the digest of the bytes, or the words in which a source was refused.
    """
    # the register's words about a dataset change nothing of what becomes of its file, but for whether it is open
    register: Any = {"folder": True, "package": {"governance"}, "publisher": {"governance"}}
    description = spec.model_dump_json(exclude=register, by_alias=True) + spec.governance.openness
    return hashlib.sha256("\n".join((received, description, VERSION)).encode()).hexdigest()


OPENING = "opening the file"
READING = "reading and checking every cell"
OFTEN = 5.0
"""Seconds between two words on how far a large file has come."""


class RowProgress:
    """Says how many rows of a large file are done at a stage; nothing for one that is done within seconds."""

    def __init__(self, say: OnStage) -> None:
        self._say = say
        self._said = time.monotonic()

    def opened(self, count: int) -> None:
        """Hear that so many rows have been read from a file that has to be read whole first."""
        self._tell(OPENING, count)

    def rows(self, count: int) -> None:
        """Hear that so many rows are done."""
        self._tell(READING, count)

    def _tell(self, stage: str, count: int) -> None:
        if time.monotonic() - self._said >= OFTEN:
            self._said = time.monotonic()
            self._say(f"{stage}: {count:,} rows" if count else stage)


def make_draft(spec: DatasetSpec, extract: Extract, staging: Path, day: dt.date, say: OnStage = silent) -> Draft:
    """Read, shape, conform and write, in one pass for each table. FileProblem when there is no table to read."""
    progress = RowProgress(say)
    parts: list[Draft] = []
    apart = SeparateTables()
    for resource in spec.package.reading_order:
        with naming_table(resource, spec):
            known = known_headings(spec, resource)
            rows = apart.checked(read(extract, spec.reading_of(resource), known, progress.opened), resource)
            shaped = shape(rows, spec, resource, day=day)
            parts.append(write_draft(shaped, spec, resource, extract, staging, progress.rows, staged_tables(parts)))
    return join_drafts(parts, spec)


def examine(
    spec: DatasetSpec, extract: Extract, staging: Path, circumstances: JudgeInput, say: OnStage = silent
) -> Examination:
    """Judge a file; one that cannot be read is blocked, with the reason as its finding."""
    say(READING)
    try:
        staged = _drafted(spec, extract, staging, circumstances, say)
    except FileProblem as problem:
        return Examination(refusal_report(problem, spec, extract, now=circumstances.now), "", None)
    say("checking quality and privacy")
    return assess(staged, spec, circumstances)


def _drafted(spec: DatasetSpec, extract: Extract, staging: Path, circumstances: JudgeInput, say: OnStage) -> Draft:
    if spec.is_union:
        return draft_union(spec, extract, staging, circumstances.releases)
    return make_draft(spec, extract, staging, circumstances.now.date(), say)


def assess(staged: Draft, spec: DatasetSpec, circumstances: JudgeInput) -> Examination:
    """Judge a draft."""
    digest = content_digest(staged, spec)
    previous = circumstances.previous
    report = judge(
        staged,
        spec,
        previous=report_of_release(previous) if previous else None,
        previous_digest=previous.digest if previous else "",
        digest=digest,
        now=circumstances.now,
        quick=circumstances.quick,
        approved_by=circumstances.approved_by,
        ask=circumstances.ask,
    )
    if previous and digest != previous.digest:
        report = replace(report, compared=table_changes(staged.tables, staged.folder, previous.folder))
    return Examination(report, digest, staged)


def report_of_release(release: Release) -> Report:
    """The report that a release was sealed with."""
    return report_from_json((release.folder / "report.json").read_bytes())
