"""How well the detectors do on cells as officers type them, which were written without knowing the detectors.

Five trials, by five writers. What was found when a trial was first made is kept here; what was missed then has been looked
at since, so that only the first figures of a trial speak of texts that nobody knows.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from quality.disclosure.payees import person_like
from quality.disclosure.screen import may_hold_names
from tests.privacy.corpus import Score, stopped_cells

FOLDER = Path(__file__).parent / "officers"

COUNTED = (
    "personal cells found",
    "look-alikes held",
    "look-alikes blocked",
    "payees told as people",
    "bodies taken for people",
)
WHEN_FIRST_TRIED = {
    "first": ("682 of 973", "113 of 926", "5 of 926", "322 of 368", "67 of 640"),
    "second": ("438 of 602", "31 of 725", "0 of 725", "145 of 150", "19 of 300"),
    "third": ("484 of 516", "72 of 666", "2 of 666", "109 of 120", "29 of 240"),
    "fourth": ("413 of 430", "14 of 708", "0 of 708", "116 of 120", "1 of 300"),
    "fifth": ("57 of 75", "5 of 150", "0 of 150", "", ""),
}
"""By trial: what was counted when it was first made, before anything was mended for it.

The second was first made when the detectors of numbers had been mended after the first; the third and the fourth were
made when all had been. The fifth is about origin, belief, sexuality, politics and the body alone, and has no payees; its
detector had been written just before.
"""


def cells(name: str, trial: str = "") -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell of a file, of one trial or all."""
    for line in (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        of, kind, text = line.split("\t", 2)
        if trial in ("", of):
            yield kind, text


def measure(name: str, trial: str = "", **described: object) -> Mapping[str, Score]:
    """By kind: how many cells of a free-text column are stopped, and which are not."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, text in cells(name, trial):
        by_kind[kind].append(text)
    scores: dict[str, Score] = {}
    with tempfile.TemporaryDirectory() as made:
        for kind, texts in by_kind.items():
            score = scores.setdefault(kind, Score())
            for start in range(0, len(texts), 100):
                some = texts[start : start + 100]
                score.add(some, stopped_cells(some, Path(made), **({"nature": "free-text"} | described)))
    return scores


def measure_payees(trial: str = "") -> Mapping[str, Score]:
    """Of `person` and `body`: how many payees are taken for people, and which."""
    scores = {}
    for kind in ("person", "body"):
        texts = [text for of, text in cells("payees", trial) if of == kind]
        payees = pa.array(texts, pa.string())
        found = person_like(payees.filter(may_hold_names(payees)).to_pylist())
        taken, left = [t for t in texts if t in found], [t for t in texts if t not in found]
        scores[kind] = Score(len(texts), len(taken), 0, left, taken)
    return scores


def counts_of_today(trial: str) -> tuple[str, ...]:
    """What is counted today, in the order of `COUNTED`."""
    personal, harmless = measure("personal", trial).values(), measure("harmless", trial).values()
    payees, others = measure_payees(trial), sum(s.cells for s in harmless)
    return (
        f"{sum(s.found for s in personal)} of {sum(s.cells for s in personal)}",
        f"{sum(s.found for s in harmless)} of {others}",
        f"{sum(s.blocked for s in harmless)} of {others}",
        f"{payees['person'].found} of {payees['person'].cells}",
        f"{payees['body'].found} of {payees['body'].cells}",
    )


def table() -> str:
    """The trials, each with the figures of then and of today."""
    lines = [f"| trial | | {' | '.join(COUNTED)} |", f"|---|---|{'---:|' * len(COUNTED)}"]
    for trial, first in WHEN_FIRST_TRIED.items():
        for when, counts in (("when first tried", first), ("today", counts_of_today(trial))):
            lines.append(f"| {trial} | {when} | {' | '.join(map(_share, counts))} |")
    return "\n".join(lines)


def _share(counted: str) -> str:
    found, of = map(int, (counted or "0 of 0").split(" of "))
    if not of:
        return ""
    return f"{100 * found / of:.1f} % ({counted})"
