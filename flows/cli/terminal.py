"""Output to the terminal: progress, tables, problems. Plain lines when the output is not a terminal."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from packages.errors import LondataError

if TYPE_CHECKING:
    from flows.examine import OnStage


class _Output(Console):
    """Standard output that others may stop reading, as `head` does: what is left is not shown, and the command ends
    with the exit code of its result."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        # Python writes out what is left at the end, and would complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# without a terminal, rich would fold tables at 80 characters, and a log or a pipe would get broken lines
OUT = _Output(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


STRANGE = "\N{REPLACEMENT CHARACTER}"
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

READABLE = 100
"""Characters in a line of running text; longer ones are hard to follow."""


def text_width() -> int:
    """Return the width of running text on this terminal, in characters."""
    return min(READABLE, OUT.width)


def without_controls(text: str) -> str:
    """Return lines in which nothing acts on a terminal: no escape sequence, and nothing that turns what follows."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or unicodedata.category(c) not in _ACTING else STRANGE for c in text)


@contextmanager
def progress(quiet: bool) -> Iterator[OnStage]:
    """Yield what shows the stage under way: a spinner on a terminal, one plain line per stage elsewhere."""
    # on standard error, so that the result on standard output can be piped
    if quiet:
        yield lambda _stage: None
    elif ERR.is_terminal:
        with ERR.status("starting") as status:
            yield lambda stage: status.update(f"{stage} …")
    else:
        yield lambda stage: ERR.print(without_controls(f"{stage} …"), markup=False)


def show_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    # not through rich, which would fold long lines; default=str is for days and times
    try:
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        OUT.on_broken_pipe()


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table that keeps its words whole."""
    table = RichTable(*columns, box=None, pad_edge=False, header_style="bold")
    for cells in rows:
        # a cell may quote a heading of a file, which is no markup of ours
        table.add_row(*(escape(without_controls(cell)) for cell in cells))
    OUT.print(table)


def show_text(text: str) -> None:
    """Show lines as they are: nothing in them is markup."""
    OUT.print(without_controls(text), markup=False)


def show_aside(text: str) -> None:
    """Show a line on standard error, apart from the result; nothing for an empty text."""
    if text:
        ERR.print(without_controls(text), markup=False)


def show_problem(problem: LondataError, as_json: bool) -> None:
    """Show what happened, how to fix it and why it matters; as JSON on standard output with --json."""
    # read only now, as most commands end well
    from quality.disclosure.hidden_names import without_personal_names

    what, fix = without_personal_names(problem.what), without_personal_names(problem.fix)
    if as_json:
        show_json({"error": {"what": what, "fix": fix, "why": problem.why, "exit_code": int(problem.exit_code)}})
        return
    ERR.print(without_controls(what), style="bold", markup=False)
    ERR.print(without_controls(f"  How to fix: {fix}"), markup=False)
    if problem.why:
        ERR.print(without_controls(f"  Why it matters: {problem.why}"), markup=False)
