"""Several files as one archive: the same files, the same archive; none when one is missing."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from packages.errors import FileProblem, SetupProblem
from packages.fetch import Fetched, fetch
from packages.model import Extract
from packages.sources.transport.download import FetchContext
from packages.spec import Source
from tests.packages.sources.server import Server, send, send_page

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
ADAPTER: TypeAdapter[Source] = TypeAdapter(Source)


def bundle(**parts: dict[str, Any]) -> Source:
    return ADAPTER.validate_python({"kind": "bundle", "parts": parts})


def folder(pattern: str) -> dict[str, Any]:
    return {"kind": "folder", "path": ".", "pattern": pattern}


def bring(source: Source, base: Path, previous: Extract | None = None, *, allow_local: bool = False) -> Fetched:
    return fetch(
        source, FetchContext(base=base, store=base / "store", now=NOW, previous=previous, allow_local=allow_local)
    )


def inside(extract: Extract) -> dict[str, bytes]:
    with zipfile.ZipFile(extract.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_file_stands_in_the_archive_under_the_name_of_its_part(tmp_path: Path) -> None:
    (tmp_path / "July trees.CSV").write_bytes(b"tag\nT1\n")
    (tmp_path / "visits.xlsx").write_bytes(b"PK whatever this is")
    found = bring(bundle(trees=folder("*trees*"), visits=folder("visits.*")), tmp_path)
    assert inside(found.extract) == {"trees.csv": b"tag\nT1\n", "visits.xlsx": b"PK whatever this is"}
    assert found.extract.media_type == "application/zip"
    assert (tmp_path / "July trees.CSV").exists()


def test_the_same_files_are_the_same_archive_on_another_day(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x\n1\n")
    source = bundle(a=folder("a.csv"), b=folder("b.csv"))
    first = bring(source, tmp_path)
    (tmp_path / "a.csv").touch()
    assert bring(source, tmp_path, first.extract).unchanged
    (tmp_path / "a.csv").write_text("x\n2\n")
    assert not bring(source, tmp_path, first.extract).unchanged


def test_when_one_file_is_missing_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(FileProblem, match=r"^b: No file"):
        bring(bundle(a=folder("a.csv"), b=folder("b.csv")), tmp_path)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_web_page_in_place_of_a_file_is_refused_and_nothing_is_left(tmp_path: Path, server: Server) -> None:
    server.answers = {"/a.csv": [send(b"x\n1\n")], "/b.csv": [send_page("Log in")]}
    parts = {name: {"kind": "http", "url": server.url(f"/{name}.csv")} for name in ("a", "b")}
    with pytest.raises(FileProblem, match=r"^b: "):
        bring(bundle(**parts), tmp_path, allow_local=True)
    assert list((tmp_path / "store").iterdir()) == []


def test_a_private_address_is_refused_in_a_bundle_as_well(tmp_path: Path) -> None:
    parts = {name: {"kind": "http", "url": f"https://127.0.0.1/{name}.csv"} for name in ("a", "b")}
    with pytest.raises(SetupProblem):
        bring(bundle(**parts), tmp_path)


def test_a_bundle_in_a_bundle_is_not_described() -> None:
    with pytest.raises(ValidationError):
        bundle(a=folder("a"), b={"kind": "bundle", "parts": {"c": folder("c"), "d": folder("d")}})
