"""Our report and frictionless' on tables made from seeds: not one difference, in any part of the descriptor."""

from __future__ import annotations

import collections
import os
import shutil
from pathlib import Path

import frictionless
import pytest

from tests.quality.conform_generator import case_of
from tests.quality.conform_oracle import differences

FIRST_SEED = int(os.environ.get("CONFORM_SEED", "20261122"))


def check(seeds: range, folder: Path) -> collections.Counter[str]:
    """Compare the cases of some seeds; the answer counts how our reports were made."""
    ways: collections.Counter[str] = collections.Counter()
    for seed in seeds:
        here = folder / str(seed)
        here.mkdir()
        try:
            found, how = differences(case_of(seed, here))
        except frictionless.FrictionlessException:
            ways["the schema was refused"] += 1
        else:
            assert not found, f"seed {seed} ({here}, {how}):\n" + "\n".join(found[:8])
            ways[how] += 1
        shutil.rmtree(here)
    return ways


@pytest.mark.filterwarnings("ignore")
def test_a_thousand_generated_tables(tmp_path: Path) -> None:
    ways = check(range(FIRST_SEED, FIRST_SEED + 1000), tmp_path)
    assert ways["in bulk"] > 600, ways


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_twenty_thousand_generated_tables(tmp_path: Path) -> None:
    first = int.from_bytes(os.urandom(4)) if "CONFORM_SEED" not in os.environ else FIRST_SEED
    print(f"seeds from {first} (repeat with CONFORM_SEED={first})")
    ways = check(range(first, first + 20_000), tmp_path)
    print(ways)
    assert ways["in bulk"] > 12_000, ways
