"""What a person sees in the terminal: progress, tables, problems. Plain lines when the output is not a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as RichTable

from packages.errors import LondataError

if TYPE_CHECKING:
    from flows.examine import OnStage

OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


READABLE = 100
"""Characters in a line of running text; longer ones are hard to follow."""


def text_width() -> int:
    """How wide running text may be here, in characters."""
    return min(READABLE, OUT.width)


@contextmanager
def progress(quiet: bool) -> Iterator[OnStage]:
    """A spinner with the stage that is under way on a terminal, one plain line per stage elsewhere."""
    if quiet:
        yield lambda _stage: None
    elif ERR.is_terminal:
        with ERR.status("starting") as status:
            yield lambda stage: status.update(f"{stage} …")
    else:
        yield lambda stage: ERR.print(f"{stage} …", markup=False)


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that keeps its words whole."""
    table = RichTable(*columns, box=None, pad_edge=False, header_style="bold")
    for cells in rows:
        table.add_row(*(_escaped(cell) for cell in cells))
    OUT.print(table)


def show_text(text: str) -> None:
    """Lines as they are: nothing in them is markup."""
    OUT.print(text, markup=False)


def show_aside(text: str) -> None:
    """A line on standard error, where it is in nobody's way; nothing for an empty text."""
    if text:
        ERR.print(text, markup=False)


def show_problem(problem: LondataError, as_json: bool) -> None:
    """What happened, how to fix it, why it matters; as JSON on standard output when that was asked for."""
    if as_json:
        error = {"what": problem.what, "fix": problem.fix, "why": problem.why, "exit_code": int(problem.exit_code)}
        show_json({"error": error})
        return
    ERR.print(problem.what, style="bold", markup=False)
    ERR.print(f"  How to fix: {problem.fix}", markup=False)
    if problem.why:
        ERR.print(f"  Why it matters: {problem.why}", markup=False)


def _escaped(cell: str) -> str:
    return cell.replace("[", r"\[")
