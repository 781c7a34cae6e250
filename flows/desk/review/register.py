"""The information asset register at the desk: every dataset, looked through by what it is and how it stands."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from starlette.responses import Response

from catalogue.site.register import COLUMNS, facet_label, register_to_csv
from catalogue.site.status import DatasetOverview
from flows.desk.actions import DeskAction
from flows.desk.visits import Visit
from flows.services import Services
from flows.site.update import CHANNEL, register_overviews

LOOKED_BY = ("dataset", "publisher", "concerns", "personal_data", "openness", "state", "review", "licence")
"""The columns by which the page can be looked through, in its order."""


HEADINGS_OF = {"concerns": "Whom it is about"}
"""Headings that are too long for a form, in short."""


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """A column to look by: its heading, what there is with how many entries, and what was chosen."""

    name: str
    heading: str
    options: tuple[tuple[str, int], ...]
    chosen: str


def register_page(visit: Visit) -> Response:
    """Show the entries that fit what was chosen."""
    visit.require(DeskAction.REGISTER)
    overviews = _overviews(visit)
    chosen = _chosen(visit.query)
    found = fitting(overviews, chosen)
    return visit.page(
        "register.html",
        filters=filters_of(overviews, chosen),
        rows=[(one, {facet: facet_label(one, facet) for facet in LOOKED_BY}, one.asset.review_due) for one in found],
        seen={one.identity for one in found if visit.may(DeskAction.REVIEW, one.identity)},
        total=len(overviews),
        is_chosen=bool(chosen),
        query=urlencode(chosen),
    )


def register_file(visit: Visit) -> Response:
    """Give the entries that fit what was chosen, with all their columns, for a spreadsheet."""
    visit.require(DeskAction.REGISTER)
    content = register_to_csv(fitting(_overviews(visit), _chosen(visit.query)))
    headers = {"content-disposition": 'attachment; filename="register.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _overviews(visit: Visit) -> tuple[DatasetOverview, ...]:
    services = visit.desk.services
    # what the ledger has noted, and the descriptions: as long as both are the same, so is the register
    folder = services.settings.datasets
    ledger = services.ledger
    marks = (*sorted(ledger.changes().items()), *sorted(ledger.last_notices(CHANNEL).items()))
    files = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*.yaml")))
    return _known_overviews(services, visit.now.date(), (marks, files))


@lru_cache(maxsize=2)
def _known_overviews(services: Services, today: dt.date, _marks: object) -> tuple[DatasetOverview, ...]:
    return register_overviews(services, today)


def _chosen(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query[name] for name in LOOKED_BY if query.get(name)}


def fitting(overviews: Sequence[DatasetOverview], chosen: Mapping[str, str]) -> tuple[DatasetOverview, ...]:
    """Return the entries that have in each column what was chosen. Pure."""
    return tuple(one for one in overviews if all(facet_label(one, facet) == value for facet, value in chosen.items()))


def filters_of(overviews: Sequence[DatasetOverview], chosen: Mapping[str, str]) -> tuple[RegisterFilter, ...]:
    """Return what can be chosen, counting in each column the entries that fit what was chosen in the others. Pure."""
    filters = []
    for facet in LOOKED_BY:
        others = {name: value for name, value in chosen.items() if name != facet}
        counts = Counter(facet_label(one, facet) for one in fitting(overviews, others))
        # what was chosen stays to be seen, also where nothing fits it
        counts.setdefault(chosen.get(facet, ""), 0)
        options = tuple(sorted(((label, count) for label, count in counts.items() if label), key=_by_label))
        filters.append(RegisterFilter(facet, HEADINGS_OF.get(facet, COLUMNS[facet]), options, chosen.get(facet, "")))
    return tuple(filters)


def _by_label(option: tuple[str, int]) -> str:
    return option[0].casefold()
