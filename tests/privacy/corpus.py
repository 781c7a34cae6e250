"""How much of what is personal is found, and how much of what is not, in every kind of column.

A corpus of made-up cells in 44 kinds and as many look-alikes, filled in by rules. Half of it (`unseen`) has names,
sentences and forms of its own, which nobody looked at while the first detectors were written; both have been since.
`python -m tests.privacy.corpus seen` shows what is told wrong in a half.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import xlsxwriter

from packages.fetch import extract_file
from packages.model import ChangeLog, RowNumbers, Severity
from packages.read import read
from packages.spec import ReadingSpec
from quality.disclosure.payees import NOBODY_KNOWN, payees_part
from quality.disclosure.screen import screen
from tests.privacy import seen, unseen
from tests.privacy.maker import Maker
from tests.quality.drafts import NOW, make_draft, make_spec

PER_KIND = 32
"""Cells of each kind in each half: 44 kinds make 2,816 in all."""

PER_LOOK_ALIKE = 64
"""Cells of each kind of look-alike in each half: 20 kinds make 2,560."""

WAYS: dict[str, dict[str, object]] = {
    "free text": {"nature": "free-text"},
    "safe": {"nature": "free-text", "safe": True},
    "workbook": {"nature": "free-text", "workbook": True},
    "not described": {},
    "payee": {"nature": "payee"},
}
"""How the column is described in which the cells stand; of payees only what a payee may be is measured.

`workbook`: the cells are written into an XLSX workbook and read from it, as an officer's file is.
"""

OF_PAYEES = (
    *(
        "name after a title",
        "name alone",
        "name turned",
        "name in capitals",
        "IBAN",
        "mobile phone",
        "personal mailbox",
    ),
    *("firm", "school or place", "service", "redaction", "street"),
)
"""Kinds that stand in a column of payees."""

NUMBERS = ("NHS number", "payment card", "taxpayer reference", "mobile phone")
"""Kinds that can be a column of whole numbers."""

LEAST = {**dict.fromkeys(unseen.CHECKED, 0.995), **dict.fromkeys(unseen.CARE, 0.90)}
"""Share of the cells of a kind that has to be found; 0.95 for all others."""


@dataclass
class Score:
    """Cells tried, held or blocked, and blocked; `missed` are those that were left alone."""

    cells: int = 0
    found: int = 0
    blocked: int = 0
    left: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def add(self, texts: list[str], severities: Mapping[int, Severity]) -> None:
        self.cells += len(texts)
        self.found += len(severities)
        self.blocked += sum(s is Severity.BLOCK for s in severities.values())
        self.left += [t for place, t in enumerate(texts) if place not in severities]
        self.stopped += [t for place, t in enumerate(texts) if place in severities]


def stopped_cells(cells: list[str] | list[int], folder: Path, **described: object) -> dict[int, Severity]:
    """The positions of the cells (at most 100) that the privacy check stops, with the worst severity."""
    assert len(cells) <= 100
    if described.pop("workbook", False):
        cells = through_a_workbook(cells, folder)
    spec = make_spec([{"name": "note", **described}])
    draft = make_draft(folder, {"note": pa.array(cells)})
    numbered = type(draft)(
        **{k: getattr(draft, k) for k in draft.__slots__} | {"row_numbers": {"things": RowNumbers((0,), (0,))}}
    )
    worst: dict[int, Severity] = {}
    for found in (*screen(numbered, spec).findings, *payees_part(numbered, spec, NOBODY_KNOWN).findings):
        if found.rule.startswith(("personal-", "payee-")) and found.severity in (Severity.HOLD, Severity.BLOCK):
            for row in found.where.rows or range(len(cells)):
                if worst.get(row) is not Severity.BLOCK:
                    worst[row] = found.severity
    return worst


def through_a_workbook(cells: list[str] | list[int], folder: Path) -> list[str]:
    """The cells as they are read from a workbook that holds them."""
    with xlsxwriter.Workbook(str(folder / "cells.xlsx"), {"strings_to_urls": False}) as book:
        book.add_worksheet().write_column(0, 0, ["note", *map(str, cells)])
    extract = extract_file(folder / "cells.xlsx", store=None, now=NOW)
    rows = read(extract, ReadingSpec(header_row=1), ("note",))
    return [text for batch in rows.start(ChangeLog()) for text in batch.cells.column(0).to_pylist()]


def halves(kinds: str, count: int) -> Iterator[tuple[str, str, list[str]]]:
    """The half, the kind and the cells."""
    for half, module in (("seen", seen), ("unseen", unseen)):
        makers: dict[str, Maker] = getattr(module, kinds)
        for kind, maker in makers.items():
            yield half, kind, seen.cells(maker, count, f"{half} {kind}")


def measure(way: dict[str, object], share: int = 1) -> dict[tuple[str, str, str], Score]:
    """By (what, half, kind): the scores of a way; `share` leaves out all but one of so many cells."""
    scores: dict[tuple[str, str, str], Score] = {}
    with tempfile.TemporaryDirectory() as made:
        for what, count in (("PERSONAL", PER_KIND), ("HARMLESS", PER_LOOK_ALIKE)):
            for half, kind, texts in halves(what, count // share):
                if way.get("nature") != "payee" or kind in OF_PAYEES:
                    score = scores.setdefault((what, half, kind), Score())
                    score.add(texts, stopped_cells(texts, Path(made), **way))
    return scores


def measure_typed() -> dict[str, Score]:
    """By kind: the scores of columns of whole numbers."""
    scores = {}
    with tempfile.TemporaryDirectory() as made:
        for kind in NUMBERS:
            maker = {"NHS number": "nhs", "payment card": "card", "taxpayer reference": "utr", "mobile phone": "mob"}[
                kind
            ]
            numbers = [int(t.replace(" ", "")) for t in seen.cells(unseen.MADE[maker], PER_KIND, kind)]
            scores[kind] = Score()
            scores[kind].add([str(x) for x in numbers], stopped_cells(numbers, Path(made), type="integer"))
    return scores


def joined(scores: Mapping[tuple[str, str, str], Score], what: str, half: str = "", kind: str = "") -> Score:
    """The sum of the scores of some halves and kinds."""
    total = Score()
    for (w, h, k), score in scores.items():
        if w == what and half in ("", h) and kind in ("", k):
            total.cells += score.cells
            total.found += score.found
            total.blocked += score.blocked
    return total


def table() -> str:
    """The table of the page."""
    ways = {name: measure(way) for name, way in WAYS.items()}
    lines = ["| kind | at least | " + " | ".join(f"{name}: seen | unseen" for name in ways) + " |"]
    lines.append("|---|---:|" + "---:|---:|" * len(ways))

    def shares(what: str, kind: str = "") -> str:
        cells = (joined(scores, what, half, kind) for scores in ways.values() for half in ("seen", "unseen"))
        return " | ".join(f"{100 * c.found / c.cells:.1f} %" if c.cells else "" for c in cells)

    for kind in unseen.PERSONAL:
        lines.append(f"| {kind} | {100 * LEAST.get(kind, 0.95):.1f} % | {shares('PERSONAL', kind)} |")
    lines.append(f"| **all kinds** |  | {shares('PERSONAL')} |")
    lines.append(f"| **look-alikes held** | at most 3 % | {shares('HARMLESS')} |")
    blocked = (joined(s, "HARMLESS", half) for s in ways.values() for half in ("seen", "unseen"))
    lines.append(
        "| **look-alikes blocked** | at most 0.5 % | "
        + " | ".join(f"{100 * c.blocked / c.cells:.1f} %" for c in blocked)
        + " |"
    )
    first = next(iter(ways.values()))
    count, others = joined(first, "PERSONAL").cells, joined(first, "HARMLESS").cells
    typed = ", ".join(f"{kind} {100 * s.found / s.cells:.1f} %" for kind, s in measure_typed().items())
    return (
        f"{count:,} made-up cells in {len(unseen.PERSONAL)} kinds and {others:,} look-alikes, in each kind of column; "
        f"columns of whole numbers: {typed}.\n\n" + "\n".join(lines)
    )


def main() -> None:
    """Print the cells that are told wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=("seen", "unseen"))
    given = parser.parse_args()
    for (what, half, kind), score in measure(WAYS["free text"]).items():
        wrong = score.left if what == "PERSONAL" else score.stopped
        if half == given.half and wrong:
            sys.stdout.write(f"{what} {kind}: {len(wrong)} of {score.cells}: {sorted(set(wrong))[:6]}\n")


if __name__ == "__main__":
    main()
