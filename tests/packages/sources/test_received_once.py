"""The same bytes from two publishers at once: who reads those of the first in its box does not lose them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from packages.sources.transport.download import Download, blob_path, store_blob, write_download

CONTENT = b"tree_id,species\nT001,Acer\n"


def arrived(store: Path, content: bytes = CONTENT) -> Download:
    """A download that has just come."""
    path, sha256, size = write_download([content], store)
    return Download(path, sha256, size, "trees.csv", is_temporary=True)


def own(tmp_path: Path, content: bytes = CONTENT) -> Download:
    """A file of a person, hashed as it was; it may be written to before it is stored."""
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    return replace(arrived(tmp_path / "elsewhere", CONTENT), path=path, is_temporary=False)


@pytest.mark.parametrize("is_temporary", [True, False])
def test_the_file_that_is_there_stays_the_same_file(is_temporary: bool, tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = store_blob(arrived(store), store)
    before = first.path.stat().st_ino
    # the box of a reader lets it open this very file, not whatever has its name
    again = store_blob(arrived(store) if is_temporary else own(tmp_path), store)
    assert (again.path, again.path.stat().st_ino) == (first.path, before)
    assert [path for path in store.rglob("*") if path.is_file()] == [first.path]


def test_also_when_it_comes_between_the_look_and_the_move(tmp_path: Path) -> None:
    store, changed = tmp_path / "store", CONTENT + b"T002,Betula\n"
    first = store_blob(arrived(store, changed), store)
    before = first.path.stat().st_ino
    # by its noted digest the second one is not there; what is copied is what the first one brought
    again = store_blob(own(tmp_path, changed), store)
    assert (again.path, again.path.stat().st_ino) == (first.path, before)
    assert [path for path in store.rglob("*") if path.is_file()] == [first.path]


def test_what_somebody_changed_is_replaced(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = store_blob(arrived(store), store)
    first.path.write_bytes(CONTENT.replace(b"Acer", b"Acre"))
    assert store_blob(arrived(store), store).path.read_bytes() == CONTENT
    # so is a link to the right bytes elsewhere, which whoever owns that place could change
    elsewhere = tmp_path / "elsewhere.csv"
    first.path.rename(elsewhere)
    blob_path(store, first.sha256).symlink_to(elsewhere)
    kept = store_blob(arrived(store), store)
    assert not kept.path.is_symlink()
    assert kept.path.read_bytes() == CONTENT
