"""The warm child: every file in a fresh process, no secrets, gone with its parent, replaced after any trouble."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import xlsxwriter

from packages.errors import FileProblem
from packages.fetch import extract_file
from packages.model import ChangeLog
from packages.read import read
from packages.readers.budget import ReadingBudget
from packages.readers.confined_rows import read_confined
from packages.readers.sandbox import confined, warm
from packages.readers.sandbox.program import child_environment
from packages.readers.sandbox.warm import WarmChildren
from packages.spec import ReadingSpec

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not warm.CAN_FORK, reason="there is no warm child on this system")

ENDLESS = """
import dataclasses, sys, time
from pathlib import Path
from packages.readers.budget import ReadingBudget
from packages.readers.sandbox.confined import ConfinedJob
from packages.readers.sandbox.orders import ChildTask
from packages.readers.sandbox.warm import WARM_CHILDREN
folder = Path(sys.argv[1])
kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
arguments = {"kind": kind, "sheet": "", "encoding": "", "header_row": None, "known": []}
job = ConfinedJob(ChildTask.READ, folder / "endless.xlsx", arguments, "workbooks", ReadingBudget())
class Watch:
    def seconds(self):
        print(WARM_CHILDREN._children["workbooks"]._process.pid, flush=True)
        return 60
    def look(self):
        pass
WARM_CHILDREN.carry_out(job.order(folder), Watch())
"""


@pytest.fixture(autouse=True)
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmChildren]:
    """Children of this test alone."""
    own = WarmChildren()
    monkeypatch.setattr(confined, "WARM_CHILDREN", own)
    yield own
    own.close()


def workbook(path: Path, times: int = 1) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Spend")
        for row, values in enumerate([["ref", "amount"], *[["R1", 1], ["R2", 2]] * times]):
            sheet.write_row(row, 0, values)
    return path


def cells(path: Path) -> list[list[str]]:
    rows = read(extract_file(path, store=None, now=NOW), ReadingSpec(), ())
    return [list(row.values()) for batch in rows.start(ChangeLog()) for row in batch.cells.to_pylist()]


def process_of(children: WarmChildren) -> int:
    return children._children["workbooks"]._process.pid


def test_files_in_turn_and_at_once_have_one_warm_child_and_a_process_each(
    tmp_path: Path, children: WarmChildren
) -> None:
    paths = [workbook(tmp_path / f"{number}.xlsx") for number in range(6)]
    wanted = [["R1", "1"], ["R2", "2"]]
    assert cells(paths[0]) == wanted
    first = process_of(children)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cells, paths)) == [wanted] * 6
    assert process_of(children) == first
    assert children._children["workbooks"].files == 7


def test_after_a_reader_that_failed_comes_another_child(tmp_path: Path, children: WarmChildren) -> None:
    path = workbook(tmp_path / "a.xlsx")
    large = extract_file(workbook(tmp_path / "b.xlsx", times=20_000), store=None, now=NOW)
    cells(path)
    seen = {process_of(children)}
    heavy = ReadingBudget(memory_base=1 << 20, memory_per_byte=0)
    for budget, limit in ((heavy, "1 MiB of memory"), (ReadingBudget(wall=0), "0 seconds")):
        with pytest.raises(FileProblem, match=limit):
            read_confined(large, ReadingSpec(), (), budget=budget)
        assert cells(path) == [["R1", "1"], ["R2", "2"]]
        seen.add(process_of(children))
    assert len(seen) == 3
    assert all(_is_gone(process) for process in seen - {process_of(children)})


def test_a_child_is_replaced_after_many_files(
    tmp_path: Path, children: WarmChildren, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "MOST_FILES", 2)
    path = workbook(tmp_path / "a.xlsx")
    processes = []
    for _ in range(4):
        cells(path)
        child = children._children.get("workbooks")
        processes.append(child._process.pid if child else 0)
    assert len(set(processes) - {0}) == 2


def test_a_warm_child_that_is_lost_costs_a_fresh_one(tmp_path: Path, children: WarmChildren) -> None:
    path = workbook(tmp_path / "a.xlsx")
    cells(path)
    # it is there when the file is given to it, and gone before it has answered
    os.kill(process_of(children), signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(cells, path)
        time.sleep(0.2)
        os.kill(process_of(children), signal.SIGKILL)
        assert found.result(60) == [["R1", "1"], ["R2", "2"]]


def test_no_secret_reaches_a_child(tmp_path: Path, children: WarmChildren, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONDATA_CKAN_TOKEN", "top-secret")
    monkeypatch.setenv("SOME_PORTAL_PASSWORD", "top-secret")
    assert "top-secret" not in child_environment().values()
    cells(workbook(tmp_path / "a.xlsx"))
    assert b"top-secret" not in Path(f"/proc/{process_of(children)}/environ").read_bytes()


def test_a_child_and_its_readers_end_with_their_parent(tmp_path: Path) -> None:
    # a named pipe that nobody writes to: a reader that never ends
    os.mkfifo(tmp_path / "endless.xlsx")
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}) as parent:
        assert parent.stdout
        server = int(parent.stdout.readline())
        readers: list[int] = []
        deadline = time.monotonic() + 60
        while not readers and time.monotonic() < deadline:
            time.sleep(0.05)
            readers = [int(p) for p in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
        assert readers
        parent.kill()
    while not all(map(_is_gone, (server, *readers))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert all(map(_is_gone, (server, *readers)))


def _is_gone(process: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True
