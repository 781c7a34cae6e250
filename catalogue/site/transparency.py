"""Every list of the Local Government Transparency Code by borough: published here, elsewhere, or missing. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from catalogue.listing import dataset_path
from catalogue.site.render import render
from catalogue.site.status import DatasetOverview, DatasetStatus
from packages.model import Identity
from packages.vocabulary.transparency_code import CodeList, bound_councils, code_lists, pages_elsewhere

FOLDER = "transparency/"


class Provision(StrEnum):
    """How a council provides a list."""

    PUBLISHED = "published"
    ELSEWHERE = "elsewhere"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ListCell:
    """One list of one council. `day` (ISO) is that of the release, or on which one was due; empty when not known.

    `address` is relative to the root of the site, or that of a page of the council.
    """

    provision: Provision
    day: str = ""
    address: str = ""


def transparency_files(overviews: Iterable[DatasetOverview]) -> dict[str, bytes]:
    """Return the page and its table as CSV, by path relative to the root of the site."""
    statuses = {overview.identity: overview.status for overview in overviews}
    lists, councils = code_lists(), bound_councils()
    cells = {(slug, one.name): list_cell(slug, one, statuses.get(Identity(one.dataset, slug)) if one.dataset else None)
             for slug in councils for one in lists}  # fmt: skip
    page = render(
        "transparency.html",
        top="../",
        lists=lists,
        # only publishers and datasets of which something is known have a page
        linked={name for identity in statuses for name in (identity.publisher, identity.dataset)},
        councils=councils,
        cells=cells,
        counts=Counter(cell.provision for cell in cells.values()),
        by_list={one.name: Counter(cells[slug, one.name].provision for slug in councils) for one in lists},
    )
    return {f"{FOLDER}index.html": page, f"{FOLDER}transparency.csv": _as_csv(cells)}


def list_cell(slug: str, wanted: CodeList, status: DatasetStatus | None) -> ListCell:
    """Return how a council provides a list; `status` is that of its dataset here, None where none is described."""
    if status and status.released:
        return ListCell(Provision.PUBLISHED, status.released, f"{dataset_path(status.identity)}index.html")
    if page := pages_elsewhere().get((slug, wanted.name)):
        return ListCell(Provision.ELSEWHERE, address=page)
    return ListCell(Provision.MISSING, (status.due or status.since) if status else "")


def _as_csv(cells: dict[tuple[str, str], ListCell]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["council", "list", "provision", "day", "address"])
    writer.writerows([slug, name, cell.provision, cell.day, cell.address] for (slug, name), cell in cells.items())
    return text.getvalue().encode()
