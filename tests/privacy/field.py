"""How well the detectors do on cells as officers type them, which were written without knowing the detectors.

Two trials, by two writers. What was found when a trial was first made is kept here; what was missed then has been looked
at since, so that only those first figures speak of texts that nobody knows.
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
TRIALS = ("first", "second")

WHEN_FIRST_TRIED = {
    ("first", "personal cells found"): "682 of 973",
    ("first", "look-alikes held"): "113 of 926",
    ("first", "look-alikes blocked"): "5 of 926",
    ("first", "payees told as people"): "322 of 368",
    ("first", "bodies taken for people"): "67 of 640",
    ("second", "personal cells found"): "438 of 602",
    ("second", "look-alikes held"): "31 of 725",
    ("second", "look-alikes blocked"): "0 of 725",
    ("second", "payees told as people"): "145 of 150",
    ("second", "bodies taken for people"): "19 of 300",
}
"""By trial and what was counted. The second trial was first made when only the detectors of numbers had been mended."""


def cells(name: str, trial: str = "") -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell of a file, of one trial or both."""
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
        payees = pa.array(texts)
        found = person_like(payees.filter(may_hold_names(payees)).to_pylist())
        taken, left = [t for t in texts if t in found], [t for t in texts if t not in found]
        scores[kind] = Score(len(texts), len(taken), 0, left, taken)
    return scores


def table() -> str:
    """The trials, each with the figures of then and of today."""
    lines = ["| trial | what | when first tried | today |", "|---|---|---:|---:|"]
    for trial in TRIALS:
        personal, harmless = measure("personal", trial).values(), measure("harmless", trial).values()
        payees = measure_payees(trial)
        counts = {
            "personal cells found": (sum(s.found for s in personal), sum(s.cells for s in personal)),
            "look-alikes held": (sum(s.found for s in harmless), sum(s.cells for s in harmless)),
            "look-alikes blocked": (sum(s.blocked for s in harmless), sum(s.cells for s in harmless)),
            "payees told as people": (payees["person"].found, payees["person"].cells),
            "bodies taken for people": (payees["body"].found, payees["body"].cells),
        }
        for what, (found, of) in counts.items():
            lines.append(
                f"| {trial} | {what} | {_share(WHEN_FIRST_TRIED[trial, what])} | {_share(f'{found} of {of}')} |"
            )
    return "\n".join(lines)


def _share(counted: str) -> str:
    found, of = map(int, counted.split(" of "))
    return f"{100 * found / of:.1f} % ({counted})"
