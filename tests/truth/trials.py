"""Trials: a kind and a seed make a file, and the file goes through the pipeline.

`python -m tests.truth.trials 20 stray-quotes-far` tries 20 files of a kind and tells what became of each; without the
name of a kind it tries all.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.truth import (  # noqa: F401 - each registers its kinds
    clean_files,
    damage_dates,
    damage_files,
    damage_numbers,
    damage_places,
    damage_rows,
    damage_texts,
)
from tests.truth.kinds import CLEAN, DAMAGES, Kind, Unfit
from tests.truth.pipeline import Arrival, Fate, Result, fate_of
from tests.truth.tables import true_tables


@dataclass(frozen=True)
class Trial:
    """One file of a kind, made of one of the tables at random places."""

    kind: Kind
    seed: int

    @property
    def arrival(self) -> Arrival:
        """The file; always the same for the same kind and seed."""
        rng = Random(f"{self.kind.name} {self.seed}")
        tables = list(true_tables().values())
        # a few kinds suit few tables, and a few of those only at some places
        for table in rng.sample(tables, len(tables)) * 20:
            with suppress(Unfit):
                return self.kind.make(table, rng)
        raise AssertionError(f"no table can be damaged by {self.kind.name}")

    def run(self) -> Result:
        """Send the file through the pipeline, in a folder of its own."""
        with TemporaryDirectory() as folder:
            return fate_of(self.arrival, Path(folder))

    def explained(self, result: Result) -> str:
        """What somebody needs to mend what went wrong."""
        arrival = self.arrival
        told = [(f.rule, f.where.rows[:5], f.what[:200]) for f in result.stopping]
        pairs = zip(result.published, arrival.truth.rows, strict=False)
        different = [(a, b) for got, true in pairs for a, b in zip(got, true, strict=False) if a != b]
        count = f"{len(result.published)} of {len(arrival.truth.rows)} rows"
        head = f"{self.kind.name} {self.seed} ({arrival.truth.name}, rows {sorted(arrival.rows)[:6]}): {result.fate}"
        return f"{head}; {told or result.rules}; {count}; {different[:2]}"


def trials(kinds: dict[str, Kind], count: int, first: int = 0) -> Iterator[Trial]:
    """`count` trials, as many of each kind as of the others."""
    names = list(kinds.values())
    for number in range(first, first + count):
        yield Trial(names[number % len(names)], number // len(names))


def _tell(count: int, names: list[str]) -> None:
    from tests.conftest import read_in_process

    read_in_process()
    for kinds, good in ((DAMAGES, ("EQUAL", "REPAIRED", "STOPPED")), (CLEAN, ("EQUAL", "REPAIRED"))):
        for name, kind in kinds.items():
            if names and name not in names:
                continue
            made = [(trial, trial.run()) for trial in (Trial(kind, seed) for seed in range(count))]
            tally = Counter(result.fate.name for _, result in made)
            rules = Counter(rule for _, result in made for rule in result.rules)
            print(name, dict(tally), dict(rules.most_common(4)), sep="  ")
            bad = [(trial, result) for trial, result in made if result.fate.name not in good]
            for trial, result in bad[: 10 if names else 1]:
                print("    ", trial.explained(result)[:1_000])


if __name__ == "__main__":
    _tell(int(sys.argv[1]), sys.argv[2:])

__all__ = ["CLEAN", "DAMAGES", "Fate", "Trial", "trials"]
