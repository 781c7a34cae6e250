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
    """The whole page."""
    alarms = sum(trial.run().fate not in (Fate.EQUAL, Fate.REPAIRED) for trial in trials(CLEAN, CLEAN_FILES))
    stopped = f"{alarms} are" if alarms else "none is"
    head = HEAD.format(kinds=len(DAMAGES), total=2_000, clean=CLEAN_FILES, alarms=stopped, share=alarms / CLEAN_FILES)
    parts = [head]
    for group, title in GROUPS.items():
        rows = [_row(kind) for kind in DAMAGES.values() if kind.group == group]
        parts.append("\n".join([f"## {title}\n", *TABLE_HEAD, *rows, ""]))
    right = "\n".join(f"- {kind.title}" for kind in CLEAN.values())
    parts.append(f"## What is right and passes\n\n{right}\n")
    return "\n".join(parts)


def _row(kind: Kind) -> str:
    results = [Trial(kind, seed).run() for seed in range(TRIED)]
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
