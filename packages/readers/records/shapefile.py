"""Zipped shapefiles as records."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from packages.headings import listed_names
from packages.model import Finding, Where
from packages.readers.cell_text import workbook_cell_text
from packages.readers.child_protocol import ReadJob
from packages.readers.records.coordinates import CoordinateSystem, system_of_projection
from packages.readers.records.record import Record, RecordSource
from packages.refusal import refusal

NEEDED = (".shp", ".dbf")
WANTED = (*NEEDED, ".shx", ".prj", ".cpg")


class ShapefileSource(RecordSource):
    """One layer: its table and its shapes; the coordinate system is taken from the .prj."""

    title = "Shapefile"
    noun = "feature"
    may_turn = False

    def __init__(self, job: ReadJob) -> None:
        self._parts = _unpacked(Path(job.path), Path(job.folder))
        self._encoding = _encoding(self._parts)

    def records(self) -> Iterator[Record]:
        """Yield every feature, counted from 1; FileProblem when table and geometries do not fit together."""
        # imported here: few files need it
        import shapefile

        try:
            with shapefile.Reader(
                shp=str(self._parts[".shp"]), dbf=str(self._parts[".dbf"]), encoding=self._encoding
            ) as layer:
                names = [field[0] for field in layer.fields if field[0] != "DeletionFlag"]
                pairs = zip(layer.iterShapes(), layer.iterRecords(), strict=True)
                for number, (shape, cells) in enumerate(pairs, start=1):
                    values = {
                        name: "" if value is None else workbook_cell_text(value).strip()
                        for name, value in zip(names, cells, strict=True)
                    }
                    # 0 is the type of a feature without a geometry
                    yield Record(number, values, None if shape.shapeType == 0 else dict(shape.__geo_interface__))
        except (shapefile.ShapefileException, struct.error, ValueError, IndexError, OSError, EOFError) as error:
            raise refusal("file-damaged") from error

    @property
    def system(self) -> CoordinateSystem | None:
        """Return the system of the .prj; None when there is none."""
        projection = self._parts.get(".prj")
        return system_of_projection(projection.read_text(encoding="utf-8", errors="replace")) if projection else None

    def findings(self, _count: int) -> Sequence[Finding]:
        """Return nothing: a shapefile states no more than its records."""
        return ()


def _unpacked(path: Path, folder: Path) -> dict[str, Path]:
    """Return the files of the one layer by suffix; FileProblem for several layers, or a missing part."""
    if not zipfile.is_zipfile(path):
        raise refusal("shapefile-alone")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if "__MACOSX" not in name]
        layers = [name for name in names if name.casefold().endswith(".shp")]
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
                    # under a name of ours: one of the archive's could lead out of the folder
                    parts[ending].write_bytes(archive.read(name))
                except zipfile.BadZipFile as error:
                    raise refusal("file-damaged") from error
    if not all(ending in parts for ending in NEEDED):
        raise refusal("shapefile-alone")
    return parts


def _encoding(parts: dict[str, Path]) -> str:
    """Return the encoding that the .cpg names; without a known one, UTF-8 where the table is, else Windows-1252."""
    import codecs

    named = parts[".cpg"].read_text(encoding="ascii", errors="ignore").strip() if ".cpg" in parts else ""
    try:
        return codecs.lookup(f"cp{named}" if named.isdecimal() else named).name
    except LookupError:
        pass
    try:
        parts[".dbf"].read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
