"""The child's side: carry out an order in a process of its own, inside the box.

`packages.readers.sandbox.confined` starts it with an order as JSON on standard input, or the warm child forks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from packages.errors import FileProblem
from packages.readers.budget import ReadingBudget, put_budget_in_force
from packages.readers.sandbox.box import ReaderBox, enter
from packages.readers.sandbox.orders import OUTCOME, ChildTask, Order


def run_child() -> None:
    """Carry out the order on standard input."""
    carry_out(order_of(json.load(sys.stdin)))


def order_of(values: dict[str, Any]) -> Order:
    """Return an order from its JSON."""
    return Order(**values | {"task": ChildTask(values["task"])})


def carry_out(order: Order) -> None:
    """Enter the box, which holds for this process from then on, and leave the outcome in the job's folder."""
    put_budget_in_force(ReadingBudget(**order.budget))  # type: ignore[arg-type]
    # imported before the limits: a library that cannot be loaded under them would look like a damaged file
    task = order.task.ready(order.arguments)
    folder = Path(order.folder)
    box = ReaderBox([Path(order.path)], [folder], cpu=order.cpu, memory=order.memory, written=order.written)
    layers = enter(box)
    try:
        outcome: dict[str, Any] = {"found": task(folder)}
    except FileProblem as problem:
        outcome = {"problem": [problem.what, problem.fix, problem.why]}
    (folder / OUTCOME).write_text(json.dumps(outcome | {"layers": sorted(layers)}), encoding="utf-8")
