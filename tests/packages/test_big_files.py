"""Files of gigabytes: read to the last row in bounded memory, with word on how far they have come."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EVERY_TRIAL, ROOT

SHARE = 1 if EVERY_TRIAL else 2
"""Files are half as large in an ordinary run, and so is the memory that they may take."""

HEADINGS = ("payment_date", "supplier", "department", "purpose", "amount_gbp")
DRAFT = """
import datetime as dt, json, resource, sys, time
from pathlib import Path
from flows import examine
from packages.fetch import extract_file
from packages.model import Identity
from packages.spec import load_spec

examine.PROGRESS_EVERY = 0.5
spec, said = load_spec(Identity("spend-over-500", "camden")), []
spec = spec.model_copy(update={"publisher": spec.publisher.model_copy(update={"layouts": [], "rules": {}})})
extract = extract_file(Path(sys.argv[1]), store=None, now=dt.datetime.now(dt.UTC))
draft = examine.make_draft(spec, extract, Path(sys.argv[2]), dt.date(2026, 11, 20), said.append)
# of this program alone: the kernel's ru_maxrss begins with what the process had that started it
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
own, child = int(status["VmHWM"].split()[0]) << 10, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
print(json.dumps({"rows": draft.tables[0].rows, "said": said, "own": own, "child": child,
                  "blocking": [f.rule for f in draft.findings if f.severity == "block"]}))
"""


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder for gigabytes: the tests' usual one may be in memory."""
    with tempfile.TemporaryDirectory(prefix="londata-large-", dir="/var/tmp") as folder:
        yield Path(folder)


def drafted(path: Path, folder: Path) -> dict[str, Any]:
    """What a process of its own says of the whole pass: reading, checking, writing."""
    folder.mkdir()
    command = [sys.executable, "-c", DRAFT, str(path), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, env=environment)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    for made in folder.iterdir():
        made.unlink()
    return told


def purposes() -> Iterator[str]:
    rest = random.Random(5)
    while True:
        yield rest.randbytes(60).hex()


@pytest.mark.slow
def test_gigabytes_of_csv(on_disk: Path) -> None:
    rows, size, words = 0, 0, purposes()
    block = [
        f"2026-07-{i % 28 + 1:02},Supplier {i % 5000} Ltd,Environment,{next(words)},{i}.50\n" for i in range(20_000)
    ]
    path = on_disk / "large.csv"
    with path.open("w") as file:
        file.write(",".join(HEADINGS) + "\n")
        while size < (2 << 30) // SHARE:
            size += file.write("".join(block))
            rows += len(block)
    told = drafted(path, on_disk / "draft")
    path.unlink()
    assert (told["rows"], told["blocking"]) == (rows, [])
    assert told["own"] < (1 << 30) // SHARE, f"{told['own'] >> 20} MiB"
    assert len(told["said"]) > 3
    assert told["said"][-1].endswith(" rows")


@pytest.mark.slow
def test_hundreds_of_megabytes_of_workbook(on_disk: Path) -> None:
    path = on_disk / "large.xlsx"
    rows = write_workbook(path, size := (500 << 20) // SHARE)
    assert path.stat().st_size > size
    told = drafted(path, on_disk / "draft")
    path.unlink()
    assert (told["rows"], told["blocking"]) == (rows, [])
    assert told["own"] < (1 << 30) // SHARE, f"{told['own'] >> 20} MiB"
    assert told["child"] < (3 << 30) // SHARE, f"{told['child'] >> 20} MiB"
    assert any(said.startswith("opening the file: ") for said in told["said"])
    assert told["said"][-1].startswith("reading and checking every cell: ")


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_workbook(path: Path, size: int) -> int:
    """A workbook of so many bytes, written as it is: no library writes so much within minutes. Gives its rows."""
    row, done, words = 1, 0, purposes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{SHEET}"><sheetData>{_row(1, HEADINGS)}'.encode())
            while done < size:
                numbers = range(row + 1, row + 2001)
                done += sheet.write("".join(_row(n, _payment(n, next(words) * 4)) for n in numbers).encode())
                row += 2000
            sheet.write(b"</sheetData></worksheet>")
    return row - 1


def _payment(number: int, purpose: str) -> tuple[str, ...]:
    day, supplier = f"2026-07-{number % 28 + 1:02}", f"Supplier {number % 5000} Ltd"
    return (day, supplier, "Environment", purpose, f"{number}.5")


def _row(number: int, texts: tuple[str, ...]) -> str:
    cells = (f'<c r="{c}{number}" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in zip("ABCDE", texts, strict=True))
    return f'<row r="{number}">{"".join(cells)}</row>'
