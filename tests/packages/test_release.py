from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.errors import FileProblem, SetupProblem, WaitingForPerson
from packages.model import StagedFile, Verdict
from packages.release.seal import (
    RenderedReport,
    SealBroken,
    content_digest,
    describe_draft,
    open_release,
    prove_files_equal,
    seal,
    verify_release,
)
from tests.packages.release_examples import (
    COLUMNS,
    NOW,
    make_draft,
    report,
    schema,
    spec,
    with_cell,
    with_table,
    write_table,
)

RENDERED = {"report.json": b"{}\n", "report.html": b"<!doctype html>\n"}

ALTERED = [
    ("reference", 0, "123"),
    ("reference", 1, 'He said "no",  twice'),
    ("amount", 3, Decimal("99999999999999999999.98")),
    ("amount", 2, Decimal("0.00")),
    ("paid", 1, dt.date(2026, 1, 1)),
    ("count", 0, 2**62 + 1),
    ("count", 2, None),
]


def sealed(tmp_path: Path, columns=COLUMNS, name="staging"):
    draft = make_draft(tmp_path / name, columns)
    return seal(draft, RenderedReport(report(draft), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)


# --- the proof --------------------------------------------------------------------------------------------------------


def test_files_with_the_same_cells_are_equal(tmp_path):
    prove_files_equal(write_table(tmp_path), tmp_path)


@pytest.mark.parametrize(("field", "row", "value"), ALTERED)
def test_one_altered_cell_breaks_the_proof(tmp_path, field, row, value):
    table = write_table(tmp_path)
    (tmp_path / "other").mkdir()
    write_table(tmp_path / "other", with_cell(COLUMNS, field, row, value))
    (tmp_path / "other" / "spend-over-500.parquet").replace(tmp_path / "spend-over-500.parquet")

    with pytest.raises(SealBroken, match=f"“{field}” at row {row + 2}"):
        prove_files_equal(table, tmp_path)


def test_a_missing_row_breaks_the_proof(tmp_path):
    table = write_table(tmp_path)
    (tmp_path / "other").mkdir()
    write_table(tmp_path / "other", {name: cells[:-1] for name, cells in COLUMNS.items()})
    (tmp_path / "other" / "spend-over-500.parquet").replace(tmp_path / "spend-over-500.parquet")

    with pytest.raises(SealBroken, match="number of rows"):
        prove_files_equal(table, tmp_path)


def test_a_count_that_is_not_true_breaks_the_proof(tmp_path):
    table = write_table(tmp_path)

    with pytest.raises(SealBroken, match="4 rows, but 5 were written"):
        prove_files_equal(replace(table, rows=5), tmp_path)


@pytest.mark.parametrize("damage", [b'"never closed\r\n', b"one,cell,too,many,here\r\n", b"\xff,1,,\r\n"])
def test_a_csv_that_cannot_be_read_breaks_the_proof(tmp_path, damage):
    table = write_table(tmp_path)
    with (tmp_path / "spend-over-500.csv").open("ab") as file:
        file.write(damage)

    with pytest.raises(SealBroken):
        prove_files_equal(table, tmp_path)


def test_swapped_headings_break_the_proof(tmp_path):
    table = write_table(tmp_path)
    path = tmp_path / "spend-over-500.csv"
    path.write_bytes(path.read_bytes().replace(b"reference,amount", b"amount,reference"))

    with pytest.raises(SealBroken, match="columns"):
        prove_files_equal(table, tmp_path)


def test_a_broken_proof_never_quotes_a_cell(tmp_path):
    table = write_table(tmp_path, with_cell(COLUMNS, "reference", 0, "SECRET"))
    (tmp_path / "other").mkdir()
    write_table(tmp_path / "other")
    (tmp_path / "other" / "spend-over-500.parquet").replace(tmp_path / "spend-over-500.parquet")

    with pytest.raises(SealBroken) as broken:
        prove_files_equal(table, tmp_path)
    assert "SECRET" not in broken.value.what + broken.value.fix + broken.value.why


def test_a_cell_larger_than_a_block_is_compared_too(tmp_path):
    prove_files_equal(write_table(tmp_path, with_cell(COLUMNS, "reference", 0, "geometry " * 1_500_000)), tmp_path)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            st.none() | st.decimals(-(10**30), 10**30, places=2),
            st.none() | st.dates(),
            st.none() | st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=9,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_rows_are_written_equal(rows):
    columns = dict(zip(COLUMNS, zip(*rows, strict=True) if rows else [()] * 4, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        prove_files_equal(write_table(Path(folder), columns), Path(folder))


@given(st.lists(st.text(st.sampled_from('a",\r\n '), max_size=3), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_a_table_of_one_column_is_written_equal(cells):
    of = schema([{"name": "only", "type": "string"}])
    with tempfile.TemporaryDirectory() as folder:
        prove_files_equal(write_table(Path(folder), {"only": cells}, of), Path(folder))


# --- the descriptor and the digest ------------------------------------------------------------------------------------


def test_the_descriptor_is_a_data_package_and_the_csv_follows_it(tmp_path):
    from frictionless import Package

    release = sealed(tmp_path)

    described = json.loads((release.folder / "datapackage.json").read_text())
    assert Package.validate_descriptor(described).valid
    outcome = Package.from_descriptor(described, basepath=str(release.folder)).get_resource("spend-over-500").validate()
    assert outcome.flatten(["type", "rowNumber", "message"]) == []
    # hash, size and every cell were looked at
    assert outcome.tasks[0].stats["rows"] == 4


def test_the_descriptor_says_who_what_and_when(tmp_path):
    described = describe_draft(spec(), make_draft(tmp_path / "staging"))

    assert described["name"] == "spend-over-500-camden"
    assert described["title"] == "Spending over £500 – London Borough of Camden"
    assert described["temporal"] == {"start": "2026-04-01", "end": "2026-06-30"}
    assert described["licenses"][0]["name"] == "OGL-UK-3.0"
    assert described["licenses"][0]["path"].startswith("https://")
    assert [c["roles"] for c in described["contributors"]] == [["publisher"], ["contact"]]
    assert [(r["name"], r["path"]) for r in described["resources"]] == [
        ("spend-over-500", "spend-over-500.csv"),
        ("spend-over-500-parquet", "spend-over-500.parquet"),
    ]


def test_the_same_content_has_the_same_digest_whatever_pyarrow_wrote(tmp_path):
    draft = make_draft(tmp_path / "one")
    table = draft.tables[0]
    newer = replace(table, parquet=replace(table.parquet, sha256="f" * 64, bytes=1))

    assert content_digest(draft, spec()) == content_digest(make_draft(tmp_path / "two"), spec())
    assert content_digest(draft, spec()) == content_digest(with_table(draft, newer), spec())


@pytest.mark.parametrize(("field", "row", "value"), ALTERED)
def test_one_other_cell_is_another_digest(tmp_path, field, row, value):
    one = make_draft(tmp_path / "one")
    two = make_draft(tmp_path / "two", with_cell(COLUMNS, field, row, value))

    assert content_digest(one, spec()) != content_digest(two, spec())


def test_another_description_is_another_digest(tmp_path):
    draft = make_draft(tmp_path / "one")

    assert content_digest(draft, spec()) != content_digest(draft, spec(description="Other words."))


# --- the seal ---------------------------------------------------------------------------------------------------------


def test_a_release_is_a_folder_named_by_its_digest(tmp_path):
    draft = make_draft(tmp_path / "staging")
    digest = content_digest(draft, spec())

    release = seal(draft, RenderedReport(report(draft), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)

    assert release.folder == tmp_path / "releases" / "spend-over-500" / "camden" / digest
    assert not (tmp_path / "staging").exists()
    assert {p.name for p in release.folder.iterdir()} == {
        "spend-over-500.csv", "spend-over-500.parquet", "datapackage.json", "report.json", "report.html",
        "manifest.json",
    }  # fmt: skip
    assert release.tables[0].rows == 4
    assert release.sealed == NOW
    assert open_release(release.folder) == release
    verify_release(release)


def test_the_manifest_tells_the_truth_about_every_file(tmp_path):
    release = sealed(tmp_path)

    manifest = json.loads((release.folder / "manifest.json").read_text())
    assert manifest["format"] == "londata-manifest/1"
    assert (manifest["dataset"], manifest["publisher"]) == ("spend-over-500", "camden")
    assert manifest["digest"] == release.folder.name
    assert manifest["rows"] == {"spend-over-500": 4}
    for entry in manifest["files"]:
        content = (release.folder / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
    assert {e["media_type"] for e in manifest["files"]} == {
        "text/csv", "application/vnd.apache.parquet", "application/json", "text/html",
    }  # fmt: skip


def test_a_release_is_readable_by_all_and_writable_by_none(tmp_path):
    release = sealed(tmp_path)

    assert release.folder.stat().st_mode & 0o777 == 0o755
    assert {p.stat().st_mode & 0o777 for p in release.folder.iterdir()} == {0o444}


def test_the_same_content_again_leaves_the_first_release_as_it_is(tmp_path):
    first = sealed(tmp_path)
    before = {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in first.folder.iterdir()}
    draft = make_draft(tmp_path / "again")

    again = seal(
        draft,
        RenderedReport(report(draft, Verdict.UNCHANGED), {"report.json": b"other"}),
        spec(),
        releases=tmp_path / "releases",
        now=NOW + dt.timedelta(days=1),
    )

    assert again == first
    assert {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in again.folder.iterdir()} == before


@pytest.mark.parametrize(
    ("verdict", "problem"),
    [(Verdict.HELD, WaitingForPerson), (Verdict.BLOCKED, FileProblem), (Verdict.UNCHANGED, SetupProblem)],
)
def test_only_an_accepting_report_makes_a_release(tmp_path, verdict, problem):
    draft = make_draft(tmp_path / "staging")

    with pytest.raises(problem):
        seal(draft, RenderedReport(report(draft, verdict), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)
    assert not (tmp_path / "releases").exists()


def test_a_file_changed_after_it_was_written_is_not_sealed(tmp_path):
    draft = make_draft(tmp_path / "staging")
    path = draft.folder / "spend-over-500.csv"
    # the same cells in other bytes: only the digest tells
    path.write_bytes(path.read_bytes().replace(b"000123", b'"000123"'))

    with pytest.raises(SealBroken, match="digest"):
        seal(draft, RenderedReport(report(draft), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)
    assert not (tmp_path / "releases").exists()


def test_a_stray_file_in_staging_never_becomes_public(tmp_path):
    draft = make_draft(tmp_path / "staging")
    (draft.folder / "received.xlsx").write_bytes(b"names")

    with pytest.raises(SealBroken, match=r"received\.xlsx"):
        seal(draft, RenderedReport(report(draft), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)
    assert not (tmp_path / "releases").exists()


@contextmanager
def stopping_at_sync(number: int) -> Iterator[None]:
    """End the process, as it were, when it makes the n-th file or folder safe."""
    sync, calls = os.fsync, itertools.count(1)

    def stopping(handle: int) -> None:
        if next(calls) == number:
            raise KeyboardInterrupt
        sync(handle)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", stopping)
        yield


@pytest.mark.parametrize("number", range(1, 8))
def test_stopping_before_the_last_step_leaves_no_release(tmp_path, number):
    with stopping_at_sync(number), pytest.raises(KeyboardInterrupt):
        sealed(tmp_path)

    assert not (tmp_path / "releases").exists()
    verify_release(sealed(tmp_path, name="second"))


def test_stopping_after_the_last_step_leaves_a_whole_release(tmp_path):
    with stopping_at_sync(8), pytest.raises(KeyboardInterrupt):
        sealed(tmp_path)

    (folder,) = (tmp_path / "releases" / "spend-over-500" / "camden").iterdir()
    verify_release(open_release(folder))


def test_a_full_disk_while_sealing_is_said_and_leaves_no_release(tmp_path):
    draft = make_draft(tmp_path / "staging")
    (draft.folder / "report.html").symlink_to("/dev/full")

    with pytest.raises(SetupProblem, match="No space left"):
        seal(draft, RenderedReport(report(draft), RENDERED), spec(), releases=tmp_path / "releases", now=NOW)
    assert not (tmp_path / "releases").exists()


# --- opening and verifying --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["spend-over-500.csv", "spend-over-500.parquet", "report.html", "datapackage.json"])
def test_a_changed_file_is_named(tmp_path, name):
    release = sealed(tmp_path)
    path = release.folder / name
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(SealBroken, match=name):
        verify_release(release)


def test_a_lost_file_is_named(tmp_path):
    release = sealed(tmp_path)
    (release.folder / "report.json").unlink()

    with pytest.raises(SealBroken, match=r"report\.json is missing"):
        verify_release(release)


def test_an_added_file_is_named(tmp_path):
    release = sealed(tmp_path)
    (release.folder / "extra.csv").write_bytes(b"a\r\n")

    with pytest.raises(SealBroken, match=r"extra\.csv"):
        verify_release(release)


def test_a_folder_without_a_manifest_is_no_release(tmp_path):
    with pytest.raises(SealBroken, match=r"manifest\.json is missing"):
        open_release(tmp_path)


def test_a_file_of_the_release_can_be_asked_for_by_name(tmp_path):
    entry = sealed(tmp_path).file("spend-over-500.csv")

    assert isinstance(entry, StagedFile)
    assert entry.media_type == "text/csv"
