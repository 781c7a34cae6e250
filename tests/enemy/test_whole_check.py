"""Small tables of nasty cells through the whole of a check: shaping, conformance, privacy, reports and the log."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import random
import time
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from flows.checking.check_file import CheckPlan, check_file
from flows.checking.recognise import candidate_specs
from flows.examine import Examination, ExaminationInput
from packages.fetch import extract_file
from packages.spec import DatasetSpec
from quality.judge import CRASHED
from quality.report import report_to_html
from quality.report.issues import issues_to_csv
from quality.report.report_json import report_to_json
from quality.report.text import report_to_text
from tests.conftest import ROOT
from tests.enemy.test_outputs import NASTY

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
SAMPLES = ROOT / "packages" / "datasets"
DATASETS = ("spend-over-500", "senior-salaries", "contracts-register")
"""Money and payees, people, and long texts."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "45")) / 9
"""Seconds for the files of one dataset: all of them take a third of what the readers get."""

FEWEST = 20
"""Files of one dataset, however slow the machine is: of fewer, half may be refused by chance."""

SLOWEST = 5
"""Seconds of CPU that a table of some twenty rows may take."""

ODD_VALUES = (
    "0000-00-00", "31/02/2026", "9999-12-31", "-0", "1e400", "NaN", "£-1,,2.3.4", "(5)", "1/2", "٣", "²", "9" * 400, "0x1F", "null",
    "TRUE", " ", "\u00a0", "07700 900123", "QQ 12 34 56 C", "a@b", "N1 1AA", "POINT (0 51)", "POLYGON ((", "{}", "[[", "51.5,-0.1",
    "2026-W01", "12:60", "Mr X", "\ud7ff", "\U0001f1ec\U0001f1e7", "A" * 5_000, "a " * 2_000, "0" * 64, "'" * 99, "\\" * 99,
)  # fmt: skip
"""Cells that are nearly values of some type, or nearly personal, or long."""


@cache
def rows_of(dataset: str) -> list[list[str]]:
    """The first rows of a sample that comes with a dataset."""
    path = sorted((SAMPLES / dataset / "samples" / "camden").glob("*.csv"))[0]
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))[:20]


@cache
def spec_of(dataset: str) -> DatasetSpec:
    """The description of a dataset of Camden."""
    (spec,) = candidate_specs(SAMPLES, dataset, "camden")
    return spec


def nasty_table(dataset: str, chance: random.Random) -> bytes:
    """A sample with other cells, headings, rows or columns."""
    rows = [list(row) for row in rows_of(dataset)]
    for _ in range(chance.randint(1, 12)):
        row = chance.choice(rows if chance.random() < 0.2 else rows[1:])
        text = chance.choice(NASTY if chance.random() < 0.5 else ODD_VALUES)
        place = chance.randrange(len(row)) if row else 0
        match chance.randrange(8):
            case 0:
                # one text in a whole column
                for other in rows[1:]:
                    other[place : place + 1] = [text]
            case 1:
                row[place:place] = [text]
            case 2:
                del row[place:]
            case 3:
                rows.insert(chance.randrange(1, len(rows) + 1), list(row))
            case 4:
                rows.insert(chance.randrange(len(rows) + 1), [text])
            case _:
                row[place : place + 1] = [text if chance.random() < 0.7 else f"{row[place] if row else ''}{text}"]
    written = io.StringIO()
    csv.writer(written, lineterminator=chance.choice(("\n", "\r\n"))).writerows(rows)
    return written.getvalue().encode("utf-8", "surrogatepass")


def whole_check(path: Path, folder: Path, dataset: str) -> Examination:
    """Check a file as the command does, but for the suites, and write everything that is written about it."""
    folder.mkdir()
    extract = extract_file(path, store=None, now=NOW)
    plan = CheckPlan((spec_of(dataset),), folder, lambda _: ExaminationInput(NOW, quick=True))
    examination = check_file(extract, plan)
    report = examination.report
    written = (report_to_json(report), issues_to_csv(report), report_to_text(report), report_to_html(report, "A title"))
    assert all(written)
    return examination


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dataset", DATASETS)
def test_nasty_cells(dataset: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seed = int.from_bytes(os.urandom(4))
    until = time.monotonic() + SECONDS
    count = judged = 0
    while count < FEWEST or time.monotonic() < until:
        content = nasty_table(dataset, random.Random(seed + count))
        path = tmp_path / f"nasty-{count}.csv"
        path.write_bytes(content)
        told = f"seed {seed + count}: {content.hex()[:8_000]}"
        begun = time.process_time()
        caplog.clear()
        try:
            examination = whole_check(path, tmp_path / f"draft-{count}", dataset)
        except Exception as error:
            raise AssertionError(told) from error
        count += 1
        judged += examination.draft is not None
        assert not [check.name for check in examination.report.checks if check.note == CRASHED], told
        assert time.process_time() - begun < SLOWEST, told
        for record in caplog.records:
            text = record.getMessage()
            assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in text), f"{text!a} {told}"
    # most are read to the end, or what follows would not be tried
    assert judged > count // 2
