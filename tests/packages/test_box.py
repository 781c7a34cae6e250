"""The box: whoever takes over a reader gets nothing but the file that it reads."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import pyarrow as pa
import pytest

from flows.settings import load_settings
from packages.errors import FileProblem, SetupProblem
from packages.fetch import extract_file
from packages.model import ChangeLog
from packages.readers.budget import LIMITS_IN_WORDS, ReadingBudget, parse_budgets
from packages.readers.child_protocol import ROWS
from packages.readers.confined_rows import read_confined
from packages.readers.file_kinds import KIND_NAMES, FileKind
from packages.readers.opening.ask import file_kind
from packages.readers.sandbox import confined, warm
from packages.readers.sandbox.box import Layer
from packages.readers.sandbox.confined import ConfinedJob, given_file, run_confined
from packages.readers.sandbox.landlock import landlock_version
from packages.readers.sandbox.orders import OUTCOME, ChildTask
from packages.readers.sandbox.warm import WarmChildren
from packages.spec import ReadingSpec
from tests.conftest import ROOT

linux = pytest.mark.skipif(sys.platform != "linux", reason="the box is Linux' own")


@pytest.fixture(autouse=True)
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmChildren]:
    """Children of this test alone."""
    own = WarmChildren()
    monkeypatch.setattr(confined, "WARM_CHILDREN", own)
    yield own
    own.close()


@pytest.fixture(params=["forked", "fresh"])
def child(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A child of the warm one, and one that is started for the task alone."""
    if request.param == "fresh":
        monkeypatch.setattr(warm, "CAN_FORK", False)
    return str(request.param)


def taken_over(tmp_path: Path, secret: Path) -> dict[str, object]:
    (tmp_path / "received.csv").write_text("a,b\n1,2\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    arguments = {"secret": str(secret), "parent": os.getpid()}
    job = ConfinedJob(ChildTask.BREAK_OUT, tmp_path / "received.csv", arguments, "files", ReadingBudget())
    return run_confined(job, folder, lambda: None)


@linux
@pytest.mark.usefixtures("child")
def test_a_reader_that_is_taken_over_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    secret = home / ".ssh" / "id_ed25519"
    secret.parent.mkdir(parents=True)
    secret.write_text("a private key")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LONDATA_CKAN_TOKEN", "top-secret")
    told = taken_over(tmp_path, secret)
    if not landlock_version(__import__("ctypes").CDLL(None)):
        pytest.skip("this kernel has no Landlock, and files stay open to a reader")
    assert told["layers"] == sorted(Layer)
    assert told["found"] == []
    assert secret.read_text() == "a private key"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "home", "received.csv"]


@linux
def test_the_same_attempts_succeed_outside_the_box(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    (tmp_path / "received.csv").write_text("a\n")
    (tmp_path / "folder").mkdir()
    program = (
        "import sys; from pathlib import Path; from packages.readers.sandbox.break_out import breaking_out\n"
        "path, secret, folder, parent = sys.argv[1:]\n"
        "print('\\n'.join(breaking_out(path, secret, int(parent))(Path(folder))))"
    )
    arguments = [str(tmp_path / "received.csv"), str(secret), str(tmp_path / "folder"), str(os.getpid())]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "LONDATA_CKAN_TOKEN": "top-secret", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    attempts = set(done.stdout.splitlines())
    # nobody listens there, and who may look into another process is the machine's choice
    assert {
        "read a file of the account",
        "read it by a link in its own folder",
        "list the home of the account",
        "read the environment of its parent",
        "find a token in its own environment",
        "write to the file that it reads",
        "write beside it",
        "change who may read it",
        "send a datagram",
        "open a socket of this machine",
        "start a program",
        "start a process",
        "signal its parent",
    } <= attempts


@pytest.mark.usefixtures("child")
def test_what_a_file_may_take_is_named(tmp_path: Path) -> None:
    path = tmp_path / "received.json"
    path.write_text("[" + '{"a": 1},' * 1_000_000 + '{"a": 1}]')
    folder = tmp_path / "folder"
    folder.mkdir()
    arguments = {"kind": FileKind.JSON.value, "sheet": "", "encoding": "", "header_row": None, "known": []}
    budget = ReadingBudget(cpu_base=1, cpu_per_mebibyte=0)
    job = ConfinedJob(ChildTask.READ, path, arguments, "records", budget)
    with pytest.raises(FileProblem, match="1 seconds of computing time") as problem:
        run_confined(job, folder, lambda: None)
    assert "cpu_base" in problem.value.fix


def test_a_file_larger_than_any_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    path.touch()
    os.truncate(path, 9 << 30)
    with pytest.raises(FileProblem, match="8,192 MiB as it was received"):
        file_kind(path)


def test_no_link_that_a_child_left_is_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (tmp_path / OUTCOME).symlink_to(secret)
    with pytest.raises(FileProblem):
        given_file(tmp_path / OUTCOME)
    with pytest.raises(FileProblem):
        given_file(tmp_path / "missing")
    assert given_file(secret) == secret


def test_limits_grow_with_the_file_up_to_the_most() -> None:
    budget = ReadingBudget()
    assert budget.cpu(0) < 20
    assert budget.cpu(500 << 20) > 500
    assert budget.memory(0) < 300 << 20
    assert budget.memory(1 << 40) == budget.memory_most
    assert all(value > 0 for value in asdict(budget).values())


def test_limits_are_changed_for_all_files_and_for_those_of_one_kind() -> None:
    budgets = parse_budgets(" entries = 20000, xlsx.cpu_base=60,xlsx.cpu_per_mebibyte=0.5 ", KIND_NAMES)
    assert budgets.of("CSV") == ReadingBudget(entries=20_000)
    assert budgets.of("XLSX") == ReadingBudget(entries=20_000, cpu_base=60, cpu_per_mebibyte=0.5)
    assert parse_budgets("", KIND_NAMES).of("GML") == ReadingBudget()


@pytest.mark.parametrize("text", ["entrys=3", "xlsx2.wall=3", "wall", "wall=", "wall=-1", "wall=0", "wall=nan"])
def test_a_limit_that_does_not_fit_is_a_problem_of_the_settings(text: str) -> None:
    with pytest.raises(SetupProblem, match="file_budget"):
        load_settings({"LONDATA_FILE_BUDGET": text})


def test_every_limit_is_said_in_words() -> None:
    assert list(LIMITS_IN_WORDS) == [limit.name for limit in fields(ReadingBudget)]


def stream(batch: pa.RecordBatch, *changed: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    assert not changed or changed[0] in content
    return content.replace(*changed) if changed else content


ROW = pa.record_batch({"row": pa.array([1]), "0": pa.array(["text"])})
FORGED = {
    "no stream": b"PAR1" * 100,
    "numbers": stream(pa.record_batch({"row": pa.array([1]), "0": pa.array([2])})),
    "other names": stream(pa.record_batch({"row": pa.array([1]), "password": pa.array(["x"])})),
    "bytes that are no text": stream(ROW, b"text", b"\xff\xfe\xff\xfe"),
    "a text beyond its end": stream(ROW, b"\0\0\0\0\4\0\0\0", b"\0\0\0\0\xff\xff\0\0"),
    "cut off": stream(ROW)[:-100],
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_rows_that_a_child_has_forged_are_refused(
    forged: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "received.json"
    path.write_text('[{"a": "1"}]')

    def forge(job: ConfinedJob, folder: Path, look: confined.Look) -> dict[str, object]:
        told = run_confined(job, folder, look)
        (folder / ROWS).write_bytes(forged)
        return told

    monkeypatch.setattr("packages.readers.confined_rows.run_confined", forge)
    extract = extract_file(path, store=None, now=dt.datetime(2026, 11, 30, tzinfo=dt.UTC))
    with pytest.raises(FileProblem):
        list(read_confined(extract, ReadingSpec(), ()).start(ChangeLog()))
