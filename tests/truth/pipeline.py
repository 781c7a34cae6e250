"""A file through the whole pipeline, and what became of its values."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from flows.examine import make_draft
from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import Finding, Report, Severity, Verdict
from quality.judge import JudgeInput, judge, refusal_report
from tests.truth.tables import NOW, Record, TrueTable

STOPPING = (Severity.BLOCK, Severity.HOLD)


@dataclass(frozen=True)
class Arrival:
    """A file as it arrives: its bytes, the table that it stands for, and the rows that are damaged.

    `rows` are numbers as a spreadsheet shows them; none where the damage is to the file or a column as a whole.
    """

    name: str
    content: bytes
    truth: TrueTable
    rows: frozenset[int] = frozenset()


class Fate(StrEnum):
    """What became of the values of a file."""

    EQUAL = "published, every value as it was"
    REPAIRED = "repaired, and said so"
    STOPPED = "stopped, the rows named"
    UNNAMED = "stopped, the rows not named"
    DIFFERENT = "published and different"


@dataclass(frozen=True)
class Result:
    """The fate of a file, and the report on it."""

    fate: Fate
    report: Report
    published: Sequence[Record]

    @property
    def is_true(self) -> bool:
        return self.fate in (Fate.EQUAL, Fate.REPAIRED, Fate.STOPPED)

    @property
    def stopping(self) -> tuple[Finding, ...]:
        return self.report.with_severity(*STOPPING)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that stopped the file, else those of what was changed or said."""
        if self.stopping:
            return tuple(dict.fromkeys(f.rule for f in self.stopping))
        said = [f.rule for f in self.report.findings if f.severity is Severity.FIXED]
        return tuple(dict.fromkeys([*said, *(c.rule for c in self.report.changes)]))


def fate_of(arrival: Arrival, folder: Path) -> Result:
    """Send a file through the pipeline; `folder` is empty and becomes full."""
    spec = arrival.truth.spec
    path = folder / arrival.name
    path.write_bytes(arrival.content)
    extract = extract_file(path, store=None, now=NOW)
    try:
        draft = make_draft(spec, extract, folder, NOW.date())
    except FileProblem as problem:
        report = refusal_report(problem, spec, extract, now=NOW)
        return Result(_stopped(report, arrival), report, ())
    report = judge(draft, spec, JudgeInput(NOW, "x", quick=True))
    with (folder / draft.tables[0].csv.name).open(encoding="utf-8", newline="") as file:
        published = [tuple(record) for record in csv.reader(file)][1:]
    if report.verdict is not Verdict.PUBLISH:
        return Result(_stopped(report, arrival), report, published)
    if published != list(arrival.truth.rows):
        return Result(Fate.DIFFERENT, report, published)
    is_said = bool(report.changes) or any(f.severity is Severity.FIXED for f in report.findings)
    return Result(Fate.REPAIRED if is_said else Fate.EQUAL, report, published)


def _stopped(report: Report, arrival: Arrival) -> Fate:
    """Whether one of the findings that stop the file leads to what is damaged."""
    names = any(_leads_to(found, arrival) for found in report.with_severity(*STOPPING))
    return Fate.STOPPED if names else Fate.UNNAMED


def _leads_to(found: Finding, arrival: Arrival) -> bool:
    if not arrival.rows or not found.where.rows:
        # the refusal of a file has its rows in its words; other findings without rows are about the whole
        said = {int(number.replace(",", "")) for number in re.findall(r"\brows? ([\d,]+)", found.what)}
        return not arrival.rows or not said or bool(said & arrival.rows)
    return bool(arrival.rows & set(found.where.rows))
