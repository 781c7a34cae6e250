"""The figures of docs/privacy.md: `python -m tests.privacy.page` prints them, with `--write` into the page."""

from __future__ import annotations

import argparse
import sys

from tests.conftest import ROOT, read_in_process
from tests.privacy import corpus, trials

PAGE = ROOT / "docs" / "privacy.md"
TABLES = {"trials": trials.table, "corpus": corpus.table}


def marks(name: str) -> tuple[str, str]:
    """What stands before and after a table of the page."""
    return f"<!-- {name}: made by make privacy -->", f"<!-- {name} ends -->"


def write_page() -> None:
    """Put the tables between their marks."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        begin, end = marks(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{table()}\n{end}{rest.split(end)[1]}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """Print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/privacy.md")
    given = parser.parse_args()
    # one process for each of a hundred workbooks would take minutes
    read_in_process()
    if given.write:
        write_page()
    else:
        sys.stdout.write("\n\n".join(table() for table in TABLES.values()) + "\n")


if __name__ == "__main__":
    main()
