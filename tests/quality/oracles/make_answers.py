"""Ask two published programs about made-up tables, and keep their answers: `make oracles`.

`acro` (SACRO, University of the West of England) finds unsafe cells of tables made of microdata, by threshold, p % and
(n, k) rule; `pycanon` (IFCA, CSIC) measures k-anonymity and l-diversity. Both need older libraries than we do, so they
live in an environment of their own, and only their answers are kept here, beside the numbers that they are about.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

ANSWERS = Path(__file__).parent / "answers.json"
TABLES = 40
THRESHOLD, P, N, K = 10, 0.1, 2, 0.9


def microdata(rng: Random) -> list[dict[str, Any]]:
    """People with an area, an age band and an amount; a few get very much more than others."""
    rows = []
    for area in ("North", "South", "East"):
        for age in ("young", "old"):
            for _ in range(rng.choice((3, 8, 9, 10, 11, 14, 30))):
                amount = round(rng.lognormvariate(3, rng.choice((0.3, 1.0, 2.5))), 2)
                rows.append({"area": area, "age": age, "sex": rng.choice("fm"), "amount": amount})
            if rng.random() < 0.3:
                rows.append({"area": area, "age": age, "sex": "f", "amount": rng.choice((900.0, 5_000.0))})
    return rows


def unsafe_cells(rows: list[dict[str, Any]]) -> dict[str, str]:
    """What acro says of each cell of the table of amounts: "" for nothing, else the rules that it breaks."""
    import pandas as pd
    from acro import ACRO

    frame = pd.DataFrame(rows)
    session = ACRO(suppress=False)
    session.crosstab(frame.area, frame.age, values=frame.amount, aggfunc="sum")
    outcome = session.results.get_index(-1).outcome
    found = {}
    for area, line in outcome.iterrows():
        for age, cell in line.items():
            rules = {part.strip() for part in str(cell).split(";")} - {"", "ok"}
            found[f"{area}/{age}"] = "; ".join(sorted(rules))
    return found


def anonymity(rows: list[dict[str, Any]]) -> dict[str, int]:
    """What pycanon measures, with the amount in bands as the sensitive attribute."""
    import pandas as pd
    from pycanon import anonymity as measure

    frame = pd.DataFrame(rows)
    frame["band"] = (frame.amount // 25).astype(int).astype(str)
    quasi = ["area", "age", "sex"]
    return {"k": int(measure.k_anonymity(frame, quasi)), "l": int(measure.l_diversity(frame, quasi, ["band"]))}


def main() -> None:
    made = []
    for seed in range(TABLES):
        rows = microdata(Random(seed))
        made.append(
            {"rows": [list(row.values()) for row in rows], "acro": unsafe_cells(rows), "pycanon": anonymity(rows)}
        )
    rules = {"threshold": THRESHOLD, "p": P, "n": N, "k": K}
    ANSWERS.write_text(json.dumps({"rules": rules, "tables": made}, separators=(",", ":")) + "\n")
    print(f"{len(made)} answers in {ANSWERS}", file=sys.stderr)


if __name__ == "__main__":
    main()
