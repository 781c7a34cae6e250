"""A file is checked: which description it follows, what its cells say, and the whole verdict. Nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from flows.checking.recognise import recognise_file
from flows.examine import Examination, ExaminationInput, OnStage, assess, draft_spread, silent, staging_of
from packages.errors import FileProblem
from packages.model import Draft, Extract
from packages.spec import DatasetSpec
from quality.judge import refusal_report

OnDraft = Callable[[Draft, DatasetSpec], None]
"""Called when all cells have been read and checked, before the quality suites run."""

ConditionsFor = Callable[[DatasetSpec], ExaminationInput]
"""Gives what a judgement needs besides the file, once it is known which description the file follows."""


def _ignore(_draft: Draft, _spec: DatasetSpec) -> None:
    """Look at no draft."""


def check_file(
    extract: Extract,
    specs: Iterable[DatasetSpec],
    folder: Path,
    conditions_for: ConditionsFor,
    on_stage: OnStage = silent,
    on_draft: OnDraft = _ignore,
) -> Examination:
    """Return what was found in a file, by the one of several descriptions that it follows; `folder` is for its draft.

    A file that cannot be read is blocked, with the reason as its finding. SetupProblem when it follows none of them.
    """
    recognised = recognise_file(extract, specs)
    spec = recognised.spec
    conditions = conditions_for(spec)
    try:
        draft = draft_spread(spec, extract, staging_of(folder, spec, conditions), conditions, on_stage)
    except FileProblem as problem:
        report = refusal_report(problem, spec, extract, now=conditions.now)
        return Examination(replace(report, findings=(*recognised.findings, *report.findings)), "", None, spec)
    draft = replace(draft, findings=(*recognised.findings, *draft.findings))
    on_draft(draft, spec)
    on_stage("checking quality and privacy")
    return assess(draft, spec, conditions)
