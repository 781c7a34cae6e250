"""Zipped shapefiles as records."""

from __future__ import annotations

import codecs
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packages.headings import listed_names, shown_heading
from packages.messages import finding
from packages.model import Finding, Where
from packages.readers.cell_text import workbook_cell_text
from packages.readers.child_protocol import ReadJob
from packages.readers.opening.archive_limits import DAMAGED_ARCHIVE
from packages.readers.records import geometry
from packages.readers.records.coordinates import CoordinateSystem, system_of_projection
from packages.readers.records.record import Record, RecordSource
from packages.refusal import refusal

NEEDED = (".shp", ".dbf")
WANTED = (*NEEDED, ".shx", ".prj", ".cpg")

NAME = 40
"""Characters of a .cpg that are read: it holds a name."""

HEADER, RECORD = 100, struct.Struct("<4x4si32x2i")
"""Bytes before the first shape; and how each begins: length in words, kind, and behind a rectangle two counts."""

WITH_PARTS, MULTIPOINTS = (3, 5, 13, 15, 23, 25, 31), (8, 18, 28)
"""Kinds of shapes with counts of parts and points, and of points alone."""

DRIVERS = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252"}
"""Numbers by which the header of a .dbf names the encoding of its texts."""

TITLES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "cp850": "MS-DOS 850", "cp437": "MS-DOS 437"}

PUNCTUATION = b"\x80\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99"
"""Euro, quotation marks, dots, dashes, the bullet and the trade mark in Windows-1252."""


class ShapefileSource(RecordSource):
    """One layer: its table and its shapes; the coordinate system is taken from the .prj."""

    title = "Shapefile"
    noun = "feature"
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._parts = _unpacked(Path(job.path), Path(job.folder))
        # a .cpg has one line, and some programs put a mark of UTF-8 before it
        cpg = self._parts[".cpg"].read_text(encoding="ascii", errors="ignore").strip() if ".cpg" in self._parts else ""
        self._encoding = table_encoding(self._parts[".dbf"].read_bytes(), cpg[:NAME])

    def records(self) -> Iterator[Record]:
        """Yield every feature, counted from 1; FileProblem when table and geometries do not fit together."""
        # imported here: few files need it
        import shapefile

        _require_true_lengths(self._parts[".shp"])
        try:
            with shapefile.Reader(
                shp=str(self._parts[".shp"]), dbf=str(self._parts[".dbf"]), encoding=self._encoding.codec
            ) as layer:
                names = [field[0] for field in layer.fields if field[0] != "DeletionFlag"]
                pairs = zip(layer.iterShapes(), layer.iterRecords(), strict=True)
                for number, (shape, cells) in enumerate(pairs, start=1):
                    values = {
                        name: "" if value is None else workbook_cell_text(value).strip()
                        for name, value in zip(names, cells, strict=True)
                    }
                    # 0 is the type of a feature without a geometry
                    try:
                        drawn = None if shape.shapeType == 0 else dict(shape.__geo_interface__)
                    except (shapefile.GeoJSON_Error, shapefile.RingSamplingError):
                        # surfaces of triangles, and rings of which none can be told to be a hole
                        drawn = dict(geometry.CURVE)
                    yield Record(number, values, drawn)
        except (shapefile.ShapefileException, struct.error, ValueError, LookupError, OSError, EOFError) as error:
            raise refusal("file-damaged") from error

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the system of the .prj; None when there is none."""
        projection = self._parts.get(".prj")
        return system_of_projection(projection.read_text(encoding="utf-8", errors="replace")) if projection else None

    def findings(self, _count: int) -> Sequence[Finding]:
        """Return findings where the table is not in the encoding that the .cpg names, or is in one that is a guess."""
        codec = self._encoding.codec
        if self._encoding.is_guess:
            return (finding("layer-encoding-guessed", encoding=TITLES.get(codec, codec)),)
        if self._encoding.named:
            named, read = shown_heading(self._encoding.named), TITLES.get(codec, codec)
            return (finding("layer-encoding-not-as-named", named=named, encoding=read),)
        return ()


def _unpacked(path: Path, folder: Path) -> dict[str, Path]:
    """Return the files of the one layer by suffix; FileProblem for several layers, or a missing part."""
    if not zipfile.is_zipfile(path):
        raise refusal("shapefile-alone")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if "__MACOSX" not in name and PurePosixPath(name).name]
        layers = [name for name in names if name.casefold().endswith(".shp")]
        if not layers:
            raise refusal("shapefile-alone")
        if len(layers) != 1:
            raise refusal("archive-several", Where(count=len(layers), unit="file"), files=listed_names(layers))
        stem = PurePosixPath(layers[0]).with_suffix("")
        chosen = {
            name: PurePosixPath(name).suffix.casefold() for name in names if PurePosixPath(name).with_suffix("") == stem
        }
        parts = {e: folder / f"layer{e}" for e in chosen.values() if e in WANTED}
        for name, ending in chosen.items():
            if ending in parts:
                try:
                    content = archive.read(name)
                except DAMAGED_ARCHIVE as error:
                    raise refusal("file-damaged") from error
                # under a name of ours: one of the archive's could lead out of the folder
                parts[ending].write_bytes(content)
    if not all(ending in parts for ending in NEEDED):
        raise refusal("shapefile-alone")
    return parts


def _require_true_lengths(shapes: Path) -> None:
    """FileProblem when a shape says that it is longer than the file: the library would set aside memory for it."""
    size, at = shapes.stat().st_size, HEADER
    with shapes.open("rb") as file:
        while at + RECORD.size <= size:
            file.seek(at)
            length, kind, first, second = RECORD.unpack(file.read(RECORD.size))
            # the length is in the other order of bytes, and in words of two
            end = at + 8 + 2 * int.from_bytes(length, "big", signed=True)
            needed, counts = 4, (0, 0)
            if kind in WITH_PARTS:
                needed, counts = 44 + 4 * first + 16 * second, (first, second)
            elif kind in MULTIPOINTS:
                needed, counts = 40 + 16 * first, (first, 0)
            if min(counts) < 0 or not at + 8 + needed <= end <= size:
                raise refusal("file-damaged")
            at = end


@dataclass(frozen=True, slots=True)
class TableEncoding:
    """The encoding (Python's name) of a layer's table; `named` is what the .cpg says, where the table does not fit it.

    `is_guess` is whether another encoding is as likely.
    """

    codec: str
    named: str = ""
    is_guess: bool = False


def table_encoding(table: bytes, cpg: str) -> TableEncoding:
    """Decide the encoding of a .dbf: as the .cpg names it, unless its texts are in another one."""
    # between the texts of the names and of the rows stand numbers in binary, which fit no encoding
    header = max(int.from_bytes(table[8:10], "little"), 33)
    names = b"".join(table[place : place + 11] for place in range(32, header - 32, 32))
    texts = names.replace(b"\0", b"") + table[header:]
    try:
        named = codecs.lookup(f"cp{cpg}" if cpg.isdecimal() else cpg).name
    except LookupError:
        named = ""
    if texts.isascii():
        return TableEncoding(named or "utf-8")
    if _fits(texts, "utf-8"):
        # in any other encoding, letters beyond ASCII hardly ever make valid UTF-8
        return TableEncoding("utf-8", cpg if named not in ("", "utf-8") else "")
    if named and named != "utf-8" and _fits(texts, named):
        return TableEncoding(named)
    stated = DRIVERS.get(table[29], "") if not named else ""
    fallback = stated or "cp1252"
    if not _fits(texts, fallback):
        raise refusal("encoding-unknown")
    # Windows-1252 has quotation marks, dashes and the euro below A0, and letters in MS-DOS's place for them
    is_guess = not stated and any(0x80 <= byte < 0xA0 and byte not in PUNCTUATION for byte in set(texts))
    return TableEncoding(fallback, cpg if named else "", is_guess)


def _fits(texts: bytes, codec: str) -> bool:
    try:
        texts.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
