"""What was public and had to go: a column, rows, a release or everything, as records that never hold a value.

Later files may not bring it back unseen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from flows.services import Services
from flows.state.instance_key import instance_key
from flows.state.records import chained_records
from packages.errors import SetupProblem
from packages.model import Identity
from quality.disclosure.taken_away import NOTHING_TAKEN, TakenAway, TakenRows

PURGE = "purge"
"""The key under which a record of exposure says that something is taken away."""

FOUND = "found"
"""The key under which a record of exposure says what a rescan found."""


@dataclass(frozen=True, slots=True)
class PurgeTarget:
    """What has to go. Exactly one of `field`, `rows`, `release` and `everything` is set.

    `table` is the resource, `rows` are row numbers of its public CSV file as a spreadsheet shows them (the headings are
    row 1), `release` a digest. `days` is how long a sealed copy stays for the Data Protection Officer; 0 is no copy.
    `reason` is a sentence that everybody may read.
    """

    table: str = ""
    field: str = ""
    rows: tuple[int, ...] = ()
    release: str = ""
    everything: bool = False
    days: int = 0
    reason: str = ""

    @property
    def words(self) -> str:
        """What goes, in words that everybody may read: a column may be told, a row only counted."""
        if self.everything:
            return "all of it"
        if self.release:
            return f"release {self.release[:12]}"
        if self.field:
            return "one column"
        return "one row" if len(self.rows) == 1 else f"{len(self.rows):,} rows"


MOST_ROWS = 1_000_000
"""Rows that one range of row numbers may name."""


def row_numbers(text: str) -> tuple[int, ...]:
    """Return the row numbers in a text such as `7, 12-15`; SetupProblem for anything else."""
    numbers: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"(\d{1,9})(?:\s*[-–]\s*(\d{1,9}))?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 2 <= first <= last:
            raise SetupProblem(
                f"“{part}” names no rows.",
                fix="Write row numbers of the public CSV file as a spreadsheet shows them, for example --rows 7,12-15. "
                "The headings are row 1.",
            )
        if last - first >= MOST_ROWS:
            raise SetupProblem(
                f"“{part}” is more than {MOST_ROWS:,} rows.", fix="Take the column, the release or everything away."
            )
        numbers.update(range(first, last + 1))
    return tuple(sorted(numbers))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something that was public and has to go, as it is recorded before the first step.

    `doomed` are the releases that held it, `catalogues` where they were listed, `replacement` the release (digest) that
    takes their place, or empty. `marks` are keyed hashes by which the same rows are known if they come again, made of
    the cells of these `columns`.
    """

    target: PurgeTarget
    doomed: tuple[str, ...]
    catalogues: tuple[str, ...]
    replacement: str = ""
    marks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """Return what is recorded."""
        return {PURGE: asdict(self)}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Exposure | None:
        """Return the exposure that a record holds; None for a record of another kind of exposure."""
        return TypeAdapter(cls).validate_python(body[PURGE]) if PURGE in body else None


def taken_away_from(identity: Identity, services: Services) -> TakenAway:
    """Return all that was ever taken away from a dataset, begun purges included; empty for most."""
    with services.ledger.database.engine.connect() as connection:
        records = chained_records(connection, identity, "exposure")
    exposures = [exposure for record in records if (exposure := Exposure.of(record.body))]
    if not exposures:
        return NOTHING_TAKEN
    return TakenAway(
        fields=frozenset((one.target.table, one.target.field) for one in exposures if one.target.field),
        rows=tuple(TakenRows(one.target.table, one.columns, frozenset(one.marks)) for one in exposures if one.marks),
        releases=frozenset(digest for one in exposures for digest in one.doomed),
        key=instance_key(services.settings),
    )
