"""Matching columns: ours on the left, theirs in a list; what is chosen is remembered as the layout from today on."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from flows.checking.column_matching import ColumnMatching, chosen_layout
from flows.checking.layout_file import layout_yaml, write_layout
from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import RequestRefused, nothing_here
from flows.desk.drafts.draft import DeskDraft
from flows.desk.drafts.jobs import read_matching
from flows.desk.pages.way import way_of
from flows.desk.visits import Visit
from flows.settings import Settings
from packages.errors import SetupProblem
from packages.model import Identity
from packages.spec import Layout

DESCRIBED = "described anew"
"""What the audit calls a layout that was put into a description from the desk."""


def columns_page(visit: Visit) -> Response:
    """Show which column is taken for which field, to be put right."""
    draft = visit.draft()
    matching = _matching(draft, visit)
    shapes = {column.heading: column.shapes for column in matching.columns}
    used = {field.heading for field in matching.fields if field.heading}
    layout = Layout.model_validate(draft.layout) if draft.layout else None
    return visit.page(
        "columns.html",
        draft=draft,
        fields=matching.fields,
        columns=matching.columns,
        shapes=shapes,
        used=used,
        left_out=set(layout.ignore) if layout else set(matching.base.ignore),
        is_chosen=layout is not None,
        way=way_of(draft, "columns"),
    )


def take_columns(visit: Visit) -> Response:
    """Take the columns that somebody has chosen, and let the file be checked again by them."""
    draft = visit.idle_draft()
    layout = _chosen(draft, _matching(draft, visit), visit)
    content = layout.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    visit.desk.ask(draft, "check", layout=content, is_remembered=False)
    return visit.go(f"drafts/{draft.id}?wait=5")


def columns_file(visit: Visit) -> Response:
    """Give the layout that was chosen as YAML, for whoever keeps the descriptions."""
    draft = visit.draft()
    if not draft.layout:
        raise nothing_here()
    text = f"layouts:\n{layout_yaml(Layout.model_validate(draft.layout))}"
    name = f"{draft.dataset}.{draft.publisher}.layout.yaml"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


def remember_layout(draft: DeskDraft, visit: Visit) -> None:
    """Put the layout that was chosen for a draft into the description, once, and note that in the audit."""
    identity = draft.identity
    if not draft.layout or draft.is_remembered or identity is None:
        return
    visit.require(DeskAction.DESCRIBE, identity)
    write_layout(description_path(identity, visit.desk.services.settings), Layout.model_validate(draft.layout))
    visit.note(DESCRIBED, identity, "a layout of columns")
    visit.desk.drafts.change(draft.id, is_remembered=True)


def description_path(identity: Identity, settings: Settings) -> Path:
    """Return the file that describes a publisher of a dataset."""
    return settings.datasets / identity.dataset / "publishers" / f"{identity.publisher}.yaml"


def _matching(draft: DeskDraft, visit: Visit) -> ColumnMatching:
    matching = read_matching(visit.desk.drafts.folder(draft))
    if matching is None or draft.result is None:
        raise SetupProblem(
            "There are no columns to match yet.",
            fix="Say first which dataset and borough the file is for; it must be one that is described already.",
        )
    return matching


def _chosen(draft: DeskDraft, matching: ColumnMatching, visit: Visit) -> Layout:
    """Return the layout that a form says; RequestRefused when it says something twice or nothing known."""
    headings = [column.heading for column in matching.columns]

    def heading_at(number: str) -> str:
        place = int(number) if number.isdecimal() else -1
        if not 0 <= place < len(headings) or matching.columns[place].is_personal:
            raise RequestRefused(400, "One of the columns is not in this file.", fix="Open the page again.")
        return headings[place]

    chosen = {
        field.name: heading_at(number)
        for field in matching.fields
        if field.is_chosen and (number := visit.form.get(f"field-{field.name}", ""))
    }
    twice = sorted({heading for heading in chosen.values() if list(chosen.values()).count(heading) > 1})
    if twice:
        raise RequestRefused(
            400, f"“{twice[0]}” is chosen for two fields.", fix="Go back, and choose each column for one field only."
        )
    left_out = [heading_at(number) for number in visit.chosen.get("left-out", ())]
    left_out = [heading for heading in left_out if heading not in chosen.values()]
    if not chosen:
        raise RequestRefused(400, "No column is chosen.", fix="Choose the column of each field that every row needs.")
    return chosen_layout(matching, chosen, tuple(left_out), draft.name, visit.now.date())
