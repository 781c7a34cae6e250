"""Files of gigabytes: read to the last row in bounded memory, with word on how far they have come."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EVERY_TRIAL, ROOT
from tests.enemy.measure import cost_of

SHARE = 1 if EVERY_TRIAL else 2
"""Files are half as large in an ordinary run, and so is the memory that they may take."""

HEADINGS = ("payment_date", "supplier", "department", "purpose", "amount_gbp")
DRAFT = """
import datetime as dt, json, sys
from pathlib import Path
from flows import examine
from packages.fetch import extract_file
from packages.model import Identity
from packages.spec import load_spec

examine.PROGRESS_EVERY = 0.5
spec, said = load_spec(Identity(sys.argv[3], "camden")), []
spec = spec.model_copy(update={"publisher": spec.publisher.model_copy(update={"layouts": [], "rules": {}})})
extract = extract_file(Path(sys.argv[1]), store=None, now=dt.datetime.now(dt.UTC))
draft = examine.make_draft(spec, extract, Path(sys.argv[2]), dt.date(2026, 11, 20), said.append)
print(json.dumps({"rows": draft.tables[0].rows, "said": said,
                  "blocking": [f.rule for f in draft.findings if f.severity == "block"]}))
"""


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder for gigabytes: the tests' usual one may be in memory."""
    with tempfile.TemporaryDirectory(prefix="londata-large-", dir="/var/tmp") as folder:
        yield Path(folder)


def drafted(path: Path, folder: Path, dataset: str = "spend-over-500") -> dict[str, Any]:
    """What a process of its own says of the whole pass: reading, checking, writing.

    `own` and `all` are the most MiB that it had, and that it and the child that reads had together.
    """
    folder.mkdir()
    command = [sys.executable, "-c", DRAFT, str(path), str(folder), dataset]
    cost = cost_of(command, os.environ | {"PYTHONPATH": str(ROOT)}, wall=1500, cpu=1500)
    assert cost.code == 0, cost
    told: dict[str, Any] = json.loads(cost.said.strip().splitlines()[-1])
    for made in folder.iterdir():
        made.unlink()
    return told | {"own": cost.parent, "all": cost.memory}


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
    assert told["own"] < 1024 // SHARE, f"{told['own']:.0f} MiB"
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
    assert told["own"] < 1024 // SHARE, f"{told['own']:.0f} MiB"
    assert told["all"] < 4096 // SHARE, f"{told['all']:.0f} MiB"
    assert any(said.startswith("opening the file: ") for said in told["said"])
    assert told["said"][-1].startswith("reading and checking every cell: ")


@pytest.mark.slow
def test_a_large_map(on_disk: Path) -> None:
    path = on_disk / "large.gml"
    areas = write_map(path, size := (100 << 20) // SHARE)
    assert path.stat().st_size > size
    told = drafted(path, on_disk / "draft", "conservation-areas")
    path.unlink()
    assert (told["rows"], told["blocking"]) == (areas, [])
    # rows of kilobytes are held back in batches of rows: half a file needs as much
    assert told["own"] < 1024, f"{told['own']:.0f} MiB"
    assert told["all"] < 1024, f"{told['all']:.0f} MiB"


def write_map(path: Path, size: int) -> int:
    """A map of so many bytes in areas of a hundred points, as a web feature service sends it. Gives their number."""
    count = done = 0
    with path.open("w") as file:
        done += file.write(
            '<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
            'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:x="urn:x">'
        )
        while done < size:
            # beside each other, around the middle of Camden
            east, north = 525_000 + count % 300 * 20, 182_000 + count // 300 % 300 * 20
            ring = [(east + n / 8, north) for n in range(100)] + [(east + 12, north + 12), (east, north)]
            positions = " ".join(f"{x:.3f} {y:.3f}" for x, y in ring)
            done += file.write(
                f'<wfs:member><x:area gml:id="a.{count}"><x:reference>CA{count}</x:reference>'
                f"<x:name>Area {count}</x:name>"
                f'<x:geom><gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700"><gml:exterior><gml:LinearRing>'
                f"<gml:posList>{positions}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></x:geom>"
                f"<x:start_date>2020-01-{count % 28 + 1:02}</x:start_date></x:area></wfs:member>\n"
            )
            count += 1
        file.write("</wfs:FeatureCollection>")
    return count


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
