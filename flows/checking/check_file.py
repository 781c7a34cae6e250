"""A file is checked: which description it follows, what its cells say, and the whole verdict. Nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """How a file is checked: the descriptions of which it follows one, a folder for its draft, and the conditions."""

    specs: tuple[DatasetSpec, ...]
    folder: Path
    conditions_for: ConditionsFor


def check_file(
    extract: Extract, plan: CheckPlan, on_stage: OnStage = silent, on_draft: OnDraft = _ignore
) -> Examination:
    """Return what was found in a file.

    A file that cannot be read is blocked, with the reason as its finding. SetupProblem when it follows none of the
    descriptions.
    """
    recognised = recognise_file(extract, plan.specs)
    spec = recognised.spec
    conditions = plan.conditions_for(spec)
    try:
        draft = draft_spread(spec, extract, staging_of(plan.folder, spec, conditions), conditions, on_stage)
    except FileProblem as problem:
        report = refusal_report(problem, spec, extract, now=conditions.now)
        return Examination(replace(report, findings=(*recognised.findings, *report.findings)), "", None, spec)
    draft = replace(draft, findings=(*recognised.findings, *draft.findings))
    on_draft(draft, spec)
    on_stage("checking quality and privacy")
    return assess(draft, spec, conditions)
