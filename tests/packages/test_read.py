"""What kind of file it is, told from its bytes; and what a person is told when it is no table."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packages.errors import FileProblem, SetupProblem
from packages.fetch import extract_file, fetch
from packages.model import ChangeLog
from packages.read import read
from packages.readers.file_kinds import FILE_KINDS, FileKind, Refused
from packages.readers.opening.recognise import recognise_kind
from packages.readers.opening.refused_kinds import refuse_kind
from packages.sources.transport.download import FetchContext
from packages.spec import FolderSource, ReadingSpec

pytestmark = pytest.mark.usefixtures("readers_in_process")

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600

KINDS: list[tuple[bytes, FileKind]] = [
    (b"a,b\n1,2\n", FileKind.CSV),
    (b"\xef\xbb\xbfa,b\n1,2\n", FileKind.CSV),
    ("Café;£\n".encode("cp1252"), FileKind.CSV),
    ("a,b\n1,2\n".encode("utf-16"), FileKind.CSV),
    ("a,b\n1,2\n".encode("utf-16-le"), FileKind.CSV),
    ("a,b\n1,2\n".encode("utf-16-be"), FileKind.CSV),
    (b"[1] Total,b\n", FileKind.CSV),
    (b"<5 years,b\n", FileKind.CSV),
    (b"", FileKind.EMPTY),
    (b"\xef\xbb\xbf\r\n  \n", FileKind.EMPTY),
    (b"%PDF-1.7\n", FileKind.PDF),
    (b"PAR1\x15\x04", FileKind.PARQUET),
    (OLE, FileKind.XLS),
    (OLE + "EncryptedPackage".encode("utf-16-le"), FileKind.PROTECTED),
    (gzip.compress(b"a,b\n", mtime=0), FileKind.GZIP),
    (b"PK\x03\x04 cut off", FileKind.DAMAGED_ZIP),
    (b"<!DOCTYPE html><html>", FileKind.HTML),
    (b"\xef\xbb\xbf\n<HTML lang=en>", FileKind.HTML),
    (b'<?xml version="1.0"?><wfs:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2">', FileKind.GML),
    (b'<kml xmlns="http://www.opengis.net/kml/2.2">', FileKind.KML),
    (b'<?xml version="1.0"?><payments>', FileKind.XML),
    (b'{"type": "FeatureCollection", "features": []}', FileKind.GEOJSON),
    (b'[{"a": 1}]', FileKind.JSON),
    (b"\x7fELF\x02\x01\x01" + b"\0" * 100, FileKind.BINARY),
    (bytes(range(1, 32)) * 20, FileKind.BINARY),
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_kind_is_told_from_the_content(content: bytes, kind: FileKind, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert recognise_kind(path) is kind


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("xl/workbook.xml", FileKind.XLSX),
        ("xl/workbook.bin", FileKind.XLSB),
        ("word/document.xml", FileKind.WORD),
        ("areas.SHP", FileKind.SHAPEFILE),
        ("spend.csv", FileKind.ZIP),
    ],
)
def test_kinds_that_share_the_zip_form_are_told_apart(part: str, kind: FileKind, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr(part, "x")
    assert recognise_kind(tmp_path / "file.xlsx") is kind


def test_every_kind_is_either_read_or_refused_in_words() -> None:
    assert set(FILE_KINDS) == set(FileKind)
    for kind in (kind for kind, handling in FILE_KINDS.items() if isinstance(handling, Refused)):
        assert refuse_kind(kind).what.endswith(".")


def test_a_map_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_bytes(b"SQLite format 3\x00" + b"\0" * 84)
    with pytest.raises(FileProblem, match="The file is damaged or cut off"):
        read(extract_file(path, store=None, now=NOW), ReadingSpec(), ())


def test_a_parquet_file_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.csv")
    with pytest.raises(FileProblem, match="Parquet"):
        read(extract_file(tmp_path / "a.csv", store=None, now=NOW), ReadingSpec(), ())


# --- extracts of files and folders ------------------------------------------------------------------------------------


def test_a_file_that_is_handed_over_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_bytes(b"a\n1\n")
    extract = extract_file(path, store=None, now=NOW)
    assert (extract.path, extract.name, extract.bytes, extract.url) == (path, "spend.csv", 4, "")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match=r"There is no file .*gone\.csv"):
        extract_file(tmp_path / "gone.csv", store=None, now=NOW)
    with pytest.raises(SetupProblem, match="is a folder"):
        extract_file(tmp_path, store=None, now=NOW)


def _drop(folder: Path, name: str, content: bytes, day: int) -> Path:
    import os

    path = folder / name
    path.write_bytes(content)
    os.utime(path, (day * 86_400, day * 86_400))
    return path


def test_the_newest_file_of_a_folder_is_kept_once(tmp_path: Path) -> None:
    source = FolderSource(kind="folder", path="in", pattern="*.csv")
    (tmp_path / "in").mkdir()
    _drop(tmp_path / "in", "b.csv", b"a\n1\n", 1)
    _drop(tmp_path / "in", "a.csv", b"a\n2\n", 2)
    _drop(tmp_path / "in", "~$c.csv", b"a\n3\n", 3)
    _drop(tmp_path / "in", "c.txt", b"a\n4\n", 4)
    store = tmp_path / "store"
    first = fetch(source, FetchContext(base=tmp_path, store=store, now=NOW))
    again = fetch(source, FetchContext(base=tmp_path, store=store, now=NOW, previous=first.extract))
    assert (first.extract.name, first.unchanged, again.unchanged) == ("a.csv", False, True)
    assert first.extract.path.read_bytes() == b"a\n2\n"
    assert [p for p in store.rglob("*") if p.is_file()] == [first.extract.path]
    _drop(tmp_path / "in", "d.csv", b"a\n5\n", 5)
    assert not fetch(source, FetchContext(base=tmp_path, store=store, now=NOW, previous=first.extract)).unchanged


def test_a_folder_without_the_file_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="does not exist"):
        fetch(FolderSource(kind="folder", path="in"), FetchContext(base=tmp_path, store=tmp_path, now=NOW))
    (tmp_path / "in").mkdir()
    with pytest.raises(FileProblem, match="No file in the folder"):
        fetch(
            FolderSource(kind="folder", path="in", pattern="*.csv"),
            FetchContext(base=tmp_path, store=tmp_path, now=NOW),
        )


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_bytes(b"a\n1\n")
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FileProblem, match="No file"):
        fetch(FolderSource(kind="folder", path="in"), FetchContext(base=tmp_path, store=tmp_path, now=NOW))


# --- the real files beside the project --------------------------------------------------------------------------------

REAL = {
    "codeborough-polling-stations-camden.csv": ("CSV, UTF-8, comma, headings on row 1", 15, 61, 62),
    "codeborough-public-toilets-camden.csv": ("CSV, UTF-8, comma, headings on row 1", 22, 39, 40),
    "digital-land-brownfield-column-aliases.csv": ("CSV, UTF-8, comma, headings on row 1", 4, 122, 123),
    "digital-land-brownfield-lldc-2018.csv": ("CSV, UTF-8, comma, headings on row 1", 34, 3, 4),
    "digital-land-brownfield-new-forest-v2.csv": ("CSV, Windows-1252, comma, headings on row 1", 21, 56, 57),
    "digital-land-charnwood-developer-contributions.xlsx": (
        "Excel workbook, sheet “developer-agreement-contributio”, headings on row 1",
        8,
        93,
        94,
    ),
    "digital-land-local-authority.csv": ("CSV, UTF-8, comma, headings on row 1", 25, 380, 381),
    "codeborough-polling-stations-kingston.geojson": (
        "GeoJSON map, in longitude and latitude (WGS84), 53 features; the first feature counts as row 1",
        9,
        53,
        53,
    ),
    "digital-land-conservation-areas-hammersmith-fulham.gml": (
        "GML map, in the British National Grid, 44 features; the first feature counts as row 1",
        19,
        44,
        44,
    ),
    "ibm-london-borough-profiles.csv": ("CSV, UTF-8, comma, headings on row 1", 84, 33, 34),
    "lambeth-spend-2011-02.csv": ("CSV, UTF-8, comma, headings on row 2", 2, 1139, 1141),
    "qsv-adur-public-toilets-lga-schema.csv": ("CSV, UTF-8, comma, headings on row 1", 32, 15, 16),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_read_whole(name: str, shared: Path) -> None:
    extract = extract_file(shared / "data" / name, store=None, now=NOW)
    reading = ReadingSpec(header_row=2) if name.startswith("lambeth") else ReadingSpec()
    rows = read(extract, reading, ())
    batches = list(rows.start(ChangeLog()))
    count = sum(batch.cells.num_rows for batch in batches)
    assert (rows.how_read, len(rows.columns), count, batches[-1].numbers[-1].as_py()) == REAL[name]
