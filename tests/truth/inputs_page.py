"""docs/inputs.md: what becomes of every kind of file and fault, as the trials show it.

`python -m tests.truth.inputs_page` writes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from packages.model import Severity
from tests.conftest import ROOT, read_in_process
from tests.truth.kinds import CLEAN, DAMAGES, Kind
from tests.truth.pipeline import Fate, Result
from tests.truth.trials import Trial, trials

PAGE = ROOT / "docs" / "inputs.md"
TRIED = 6
"""Files of each kind that are tried for a row of the table."""

CLEAN_FILES = 500
DAMAGED_FILES = 2_000

GROUPS = {
    "rows": "Rows and headings",
    "encodings": "Encodings",
    "characters": "Characters and words",
    "identifiers": "References and codes",
    "dates": "Dates",
    "numbers": "Amounts",
    "places": "Places and shapes",
    "workbooks": "Workbooks",
    "containers": "Kinds of files",
}

TABLE_HEAD = ("| what arrives | what londata does | what the report says |", "|---|---|---|")

HEAD = """# What becomes of a file

<!-- made by `make inputs`; change the code instead -->

Every value is published as it was meant, or the file stops and says why. This page comes from trials: a true table
of each dataset is damaged at random places in {kinds} ways, goes through the whole pipeline, and what would be
published is compared with the truth. Of {total:,} damaged files none is published with another value. Of {clean} files
that are right, in all the ways in which right files differ, {alarms} stopped ({share:.1%}).

- **Read**: the values are published as they were meant; nothing needed to be said.
- **Repaired**: they are, and the report counts what was changed.
- **Held**: a person decides, with the rows in view. **Blocked**: it cannot be published before it is mended.

The words are those of one of the trials.
"""


def page() -> str:
    """The whole page, from trials that are made now."""
    alarms = sum(trial.run().fate not in (Fate.EQUAL, Fate.REPAIRED) for trial in trials(CLEAN, CLEAN_FILES))
    tables = [table_of(group, [trial.run() for trial in trials_of(group)]) for group in GROUPS]
    return "\n".join([head(alarms), *tables, what_passes()])


def head(alarms: int) -> str:
    """What stands before the tables; `alarms` right files were stopped."""
    stopped = f"{alarms} are" if alarms else "none is"
    share = alarms / CLEAN_FILES
    return HEAD.format(kinds=len(DAMAGES), total=DAMAGED_FILES, clean=CLEAN_FILES, alarms=stopped, share=share)


def kinds_of(group: str) -> list[Kind]:
    """The kinds of damage in one table of the page."""
    return [kind for kind in DAMAGES.values() if kind.group == group]


def trials_of(group: str) -> list[Trial]:
    """The trials that one table of the page is made from, kind by kind."""
    return [Trial(kind, seed) for kind in kinds_of(group) for seed in range(TRIED)]


def table_of(group: str, results: Sequence[Result]) -> str:
    """One table of the page, from the results of its trials."""
    rows = [_row(kind, results[at * TRIED :][:TRIED]) for at, kind in enumerate(kinds_of(group))]
    return "\n".join([f"## {GROUPS[group]}\n", *TABLE_HEAD, *rows, ""])


def what_passes() -> str:
    """The list at the end of the page."""
    right = "\n".join(f"- {kind.title}" for kind in CLEAN.values())
    return f"## What is right and passes\n\n{right}\n"


def _row(kind: Kind, results: Sequence[Result]) -> str:
    done = Counter(_done(result) for result in results)
    shown = max(results, key=lambda result: done[_done(result)])
    names = ", ".join(name for name, _ in done.most_common())
    return f"| {kind.title} | {names} | {_words(shown)} |"


def _done(result: Result) -> str:
    if result.fate is Fate.EQUAL:
        return "Read"
    if result.fate is Fate.REPAIRED:
        return "Repaired"
    is_blocked = any(found.severity is Severity.BLOCK for found in result.stopping)
    return "Blocked" if is_blocked else "Held"


def _words(result: Result) -> str:
    found = result.stopping or tuple(f for f in result.report.findings if f.severity is Severity.FIXED)
    if found:
        return _in_cell(found[0].what)
    counted: Sequence[str] = [f"{change.rule} ({change.count} cells)" for change in result.report.changes]
    return _in_cell("counted: " + ", ".join(counted) if counted else "")


def _in_cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;").strip()


if __name__ == "__main__":
    read_in_process()
    PAGE.write_text(page(), encoding="utf-8")
