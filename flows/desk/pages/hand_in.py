"""Handing in a file: chosen, dropped, pasted, or behind a link; a corrected one takes the place of the one before."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from starlette.responses import Response

from flows.desk.actions import DeskAction
from flows.desk.doors.refusals import RequestRefused
from flows.desk.drafts.draft import DeskDraft
from flows.desk.visits import Visit
from packages.spec import list_datasets, load_package
from packages.vocabulary import publishers

PASTED = "pasted rows.csv"
"""The name of rows that were pasted."""


def hand_in_page(visit: Visit) -> Response:
    """Show the form."""
    return visit.page(
        "check.html",
        draft=None,
        chosen_dataset=visit.query.get("dataset", ""),
        chosen_publisher=visit.query.get("publisher", ""),
        **hand_in_values(visit),
    )


def hand_in_values(visit: Visit) -> dict[str, Any]:
    """Return what the form for a new file names: where it is sent, the largest file, datasets and boroughs."""
    settings = visit.desk.services.settings
    return {
        "action": visit.link("check"),
        "largest_mib": settings.desk_upload_mib,
        "titles": dataset_titles(settings.datasets),
        "boroughs": {slug: one.name for slug, one in publishers().items()},
    }


def dataset_titles(root: Path) -> dict[str, str]:
    """Return the title of each dataset that is described now."""
    return {name: _title(name, root, _changed(root / name)) for name in list_datasets(root)}


def _changed(folder: Path) -> int:
    try:
        return (folder / "datapackage.yaml").stat().st_mtime_ns
    except OSError:
        return 0


# every page with a form names them all, and reading one description takes some milliseconds
@lru_cache(maxsize=2_000)
def _title(name: str, root: Path, _at: int) -> str:
    return load_package(name, root).title


def take_file(visit: Visit) -> Response:
    """Take a file, and let it be checked."""
    visit.require(DeskAction.CHECK)
    source = _source(visit)
    chosen = {"dataset": _known_dataset(visit), "publisher": _known_borough(visit)}
    draft = visit.desk.drafts.create(visit.visitor.who, visit.now, **chosen)
    return _check(draft, source, visit)


def correction_page(visit: Visit) -> Response:
    """Show the form for a corrected file."""
    draft = visit.draft()
    return visit.page(
        "check.html",
        draft=draft,
        action=visit.link(f"drafts/{draft.id}/again"),
        largest_mib=visit.desk.services.settings.desk_upload_mib,
    )


def take_correction(visit: Visit) -> Response:
    """Take a corrected file in place of the one before."""
    draft = visit.idle_draft()
    source = _source(visit)
    fresh: dict[str, Any] = {"number": draft.number + 1, "result": None, "sent": None, "link": ""}
    changed = visit.desk.drafts.change(draft.id, visit.now, **fresh)
    return _check(changed or draft, source, visit)


def _check(draft: DeskDraft, source: tuple[BinaryIO, str] | str, visit: Visit) -> Response:
    desk = visit.desk
    if isinstance(source, str):
        desk.ask(draft, "check", link=source, name="")
    else:
        file, name = source
        desk.ask(desk.drafts.receive(draft, file, name), "check")
    return visit.go(f"drafts/{draft.id}?wait=5")


def _source(visit: Visit) -> tuple[BinaryIO, str] | str:
    """Return the file that was handed in with its name, or the address of one; RequestRefused without either."""
    if visit.upload is not None:
        return visit.upload.file, visit.upload.filename or "file"
    if link := visit.form.get("link", "").strip():
        parts = urlsplit(link)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
            raise RequestRefused(
                400, "This is no address of a file.", fix="It begins with https:// and holds no name and no password."
            )
        return link
    if pasted := visit.form.get("pasted", "").strip():
        return io.BytesIO(pasted.encode("utf-8", "replace") + b"\n"), PASTED
    raise RequestRefused(
        400, "There is no file in what you sent.", fix="Choose a file, give its address, or paste its rows."
    )


def _known_dataset(visit: Visit) -> str:
    name = visit.form.get("dataset", "")
    return name if name in list_datasets(visit.desk.services.settings.datasets) else ""


def _known_borough(visit: Visit) -> str:
    slug = visit.form.get("publisher", "")
    return slug if slug in publishers() else ""
