"""The way of a draft: the steps from a checked file to a public one, where it is now, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flows.desk.drafts.draft import DeskDraft
from flows.desk.drafts.workshop import Progress

StepName = Literal["check", "columns", "compare", "questions", "send", "done"]

WORDS_OF_STEPS: dict[StepName, str] = {
    "check": "Check",
    "columns": "Match columns",
    "compare": "Compare",
    "questions": "Questions",
    "send": "Publish",
}

STAGES = {
    "check": (
        "opening the file",
        "reading and checking every cell",
        "checking quality and privacy",
        "writing the report",
        "looking at its columns",
    ),
    "workbook": (
        "opening the file",
        "reading and checking every cell",
        "checking quality and privacy",
        "writing your rows with marks, and checking them again",
    ),
    "publish": (
        "fetching",
        "reading and checking every cell",
        "checking quality and privacy",
        "publishing",
        "telling people and making the pages",
    ),
    "undo": ("checking the earlier release", "publishing", "telling people and making the pages"),
    "errand": ("telling people and making the pages",),
}
"""The stages of each job, as they are told one after the other."""


@dataclass(frozen=True, slots=True)
class WayStep:
    """One step: its words, its page, and whether it is done, now, or still to come."""

    words: str
    page: str
    state: Literal["done", "now", "next"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a job under way."""

    words: str
    state: Literal["done", "now", "next"]


def way_of(draft: DeskDraft, now: StepName) -> tuple[WayStep, ...]:
    """Return the steps of a draft, as somebody sees them who is at one of them. Pure."""
    names = [name for name in WORDS_OF_STEPS if name != "columns" or needs_columns(draft) or now == "columns"]
    at = names.index(now) if now in names else len(names)
    is_ready = bool(draft.result) and not draft.is_busy and not draft.is_anonymous
    return tuple(
        WayStep(
            WORDS_OF_STEPS[name],
            f"drafts/{draft.id}" + ("" if name == "check" else f"/{name}") if is_ready or name == "check" else "",
            "done" if place < at else "now" if place == at else "next",
        )
        for place, name in enumerate(names)
    )


def needs_columns(draft: DeskDraft) -> bool:
    """Return whether columns of the file have to be matched with fields, or were. Pure."""
    result = draft.result
    return bool(draft.layout) or (result is not None and bool(draft.dataset) and result.unmapped + result.missing > 0)


def stages_of(draft: DeskDraft, progress: Progress) -> tuple[Stage, ...]:
    """Return the stages of a job under way, with what they tell of themselves. Pure."""
    if draft.job is None:
        return ()
    names = STAGES[draft.job.name]
    if draft.job.name == "check" and draft.link:
        names = ("fetching the file", *names)
    current = progress.stage.partition(":")[0].partition(", in ")[0]
    known = list(names)
    if current and current not in known:
        # a stage that only some files have, such as fetching anew
        seen = [name for name, _ in progress.stages if name in known]
        known.insert(known.index(seen[-1]) + 1 if seen else 0, current)
    at = known.index(current) if current else -1
    return tuple(
        Stage(
            (progress.stage if place == at else name).capitalize(),
            "done" if place < at else "now" if place == at else "next",
        )
        for place, name in enumerate(known)
    )
