"""The command line as its user meets it: a process of its own, its words, its exit code, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from flows.cli.app import app
from packages.spec import DATASETS
from tests.conftest import ROOT
from tests.flows.city import GOOD, make_city
from tests.flows.forked import run_forked

STREETS = "street-trees/camden"
PAYMENTS = DATASETS / "spend-over-500/samples/camden/Camden_Council_Spend_Over_500_GBP.csv"
NEVER = ("Traceback", "invalid", "illegal", "please", "oops", "Error:", "Exception")

NO_NETWORK = """
import socket, sys
def refuse(*_):
    raise SystemExit("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from flows.cli.app import main
try:
    main()
finally:
    loaded = {name.partition(".")[0] for name in sys.modules}
    print("LOADED", *sorted(loaded & {"prefect", "sqlalchemy", "ckanapi", "great_expectations"}), file=sys.stderr)
"""


@dataclass(frozen=True)
class Said:
    """What a run of the command line gave back."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        return " ".join(f"{self.out} {self.err}".split())


@pytest.fixture
def city(tmp_path: Path) -> Path:
    make_city(tmp_path, "camden")
    return tmp_path


def environment(city: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    ours = {"PYTHONPATH": str(ROOT), "LONDATA_HOME": str(city / "home"), "LONDATA_DATASETS": str(city / "datasets")}
    return kept | ours | dict(more or {})


def londata(city: Path, *arguments: str, **more: str) -> Said:
    """Run the command line in the folder `city`; `more` are environment variables."""
    done = run_forked(arguments, environment(city, more), city)
    return Said(done.returncode, done.stdout, done.stderr)


def started(city: Path, *arguments: str) -> Said:
    """Run the command line in the folder `city` as a person does, with all that a start takes."""
    command = [sys.executable, "-m", "flows", *arguments]
    done = subprocess.run(command, env=environment(city), cwd=city, capture_output=True, text=True, timeout=1500)
    return Said(done.returncode, done.stdout, done.stderr)


def as_error(said: Said) -> dict[str, str]:
    error: dict[str, str] = json.loads(said.out)["error"]
    return error


def drop(city: Path, content: str) -> Path:
    path = city / "drop/camden/trees.csv"
    path.write_text(content)
    return path


# --- what each failure says, and how it ends --------------------------------------------------------------------------

SPOILT = {
    "missing column": (GOOD.replace("Tag", "Label"), 20, ["‘Tree number’", "what each one means"]),
    "extra column": (
        "\n".join(f"{line},{end}" for line, end in zip(GOOD.splitlines(), ("Girth", 1, 2, 3, 4), strict=True)),
        30,
        ["“Girth”"],
    ),
    "wrong date": (GOOD.replace("02/02/2021", "31/02/2021"), 20, ["“Planting date”", "row 4"]),
    "empty file": ("", 20, ["The file is empty.", "Export it again"]),
    "header only": (GOOD.splitlines()[0] + "\n", 20, ["no rows of data", "Export it again"]),
    "web page": ("<!doctype html><html><title>Sign in</title></html>", 20, ["This is a web page", "download link"]),
    "key twice": (GOOD + "T001,Acer campestre,01/01/2022,2.0\n", 20, ["“Tag”", "row 6"]),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_says_what_where_and_how(name: str, city: Path) -> None:
    content, code, words = SPOILT[name]
    path = drop(city, content)
    run = started if name == next(iter(SPOILT)) else londata
    checked = run(city, "check", str(path), "--dataset", "street-trees", "--publisher", "camden", "--quick")
    assert checked.code == code
    assert [word for word in (*words, "How to fix:") if word not in checked.words] == []
    assert [word for word in NEVER if word in checked.words] == []

    published = run(city, "publish", STREETS, "--json")
    assert (published.code, json.loads(published.out)["exit_code"]) == (code, code)
    assert (city / "home/site/current/datasets/street-trees/camden/listing.json").exists() is (code == 0)

    report = run(city, "report", STREETS)
    assert [word for word in words if word not in report.words] == []


PLANTED = "AB123456C"
"""A made-up National Insurance number."""

NAMED = {
    "heading": "\n".join(f"{line},{end}" for line, end in zip(GOOD.splitlines(), (PLANTED, 1, 2, 3, 4), strict=True)),
    "known heading": GOOD.replace("Tag", f"Tag {PLANTED}"),
    "heading twice": "\n".join(
        f"{line},{x},{x}" for line, x in zip(GOOD.splitlines(), (PLANTED, 1, 2, 3, 4), strict=True)
    ),
    "other table": f"{PLANTED},b\n1,2\n",
    "sheet": "",
}


@pytest.mark.parametrize("way", NAMED)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_byte_holds_what_a_heading_or_sheet_is_called_after(way: str, as_json: bool, city: Path) -> None:
    path = drop(city, NAMED[way])
    if way == "sheet":
        path = path.with_suffix(".xlsx")
        book = openpyxl.Workbook()
        book.active.title = f"Trees {PLANTED}"
        book.create_sheet(f"{PLANTED} too")
        for sheet in book:
            for line in GOOD.splitlines():
                sheet.append(line.split(","))
        book.save(path)
    asked = ("--dataset", "street-trees", "--publisher", "camden")
    more = ("--json",) if as_json else ()
    for command in (
        ("check", str(path), *asked, "--quick"),
        ("check", str(path), "--quick"),
        ("map", str(path), *asked),
    ):
        run = started if way == "sheet" else londata
        said = run(city, *command, *more)
        assert PLANTED not in said.out + said.err, command


def test_check_in_json_holds_the_whole_report(city: Path) -> None:
    path = drop(city, SPOILT["wrong date"][0])
    said = londata(city, "check", str(path), "--dataset", "street-trees", "--publisher", "camden", "--quick", "--json")
    report = json.loads(said.out)
    assert said.code == 20
    assert said.err == ""
    (finding,) = [f for f in report["findings"] if f["severity"] == "block"]
    assert finding["where"]["rows"] == [4]
    assert finding["what"]
    assert finding["fix"]
    assert finding["why"]


MISUSE = {
    "unknown dataset": (["publish", "street-tree/camden"], "There is no dataset called “street-tree”.", "street-trees"),
    "unknown publisher": (["publish", "street-trees/camdn"], "“camdn” has no description", "Did you mean “camden”?"),
    "half a name": (["publish", "street-trees"], "does not name a dataset of a publisher", "dataset/publisher"),
    "no such file": (["check", "nowhere.csv"], "There is no file nowhere.csv.", "Check the name"),
    "check for nobody": (["check", "drop/camden/trees.csv", "--publisher", "camdn"], "for “camdn”", "“camden”"),
    "check for no dataset": (["check", "drop/camden/trees.csv", "--dataset", "trees"], "“trees”", "street-trees"),
    "history of nothing": (["status", "street-trees/camdn"], "“camdn”", "“camden”"),
    "no report yet": (["report", STREETS], "There is no report", "--dry-run"),
    "pattern": (["nightly", "--only", "bus-stops/*"], "“bus-stops/*” matches no dataset.", "londata datasets"),
    "option": (["check", "drop/camden/trees.csv", "--fast"], "No such option: --fast", "londata check --help"),
    "command": (["chekc"], "No such command 'chekc'", "londata --help"),
    "nothing to check": (["check"], "Missing argument 'file'", "londata check --help"),
    "schema not there": (["validate", "drop/camden/trees.csv", "--schema", "s.json"], "no file s.json", "Check"),
    "report not writable": (
        ["check", "drop/camden/trees.csv", "--quick", "--report", "drop/none/r.html"],
        "cannot be written to drop/none/r.html",
        "folder that exists",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISUSE)
def test_what_was_asked_wrongly_is_a_set_up_problem(name: str, city: Path) -> None:
    arguments, what, fix = MISUSE[name]
    said = londata(city, *arguments)
    assert said.code == 60
    assert what in said.words
    assert fix in said.words
    assert [word for word in NEVER if word in said.words] == []
    error = as_error(londata(city, *arguments, "--json"))
    assert what in error["what"]
    assert fix in error["what"] + error["fix"]


def test_a_folder_that_cannot_be_written_publishes_nothing(city: Path) -> None:
    (city / "home").write_text("a file is in the way")
    said = londata(city, "publish", STREETS)
    assert said.code == 60
    assert "cannot be written" in said.words
    assert "LONDATA_HOME" in said.words
    assert (city / "home").read_text() == "a file is in the way"


def test_a_site_that_cannot_be_written_is_said_and_done_later(city: Path) -> None:
    (city / "home").mkdir()
    (city / "home/site").write_text("a file is in the way")
    said = londata(city, "publish", STREETS)
    assert said.code == 60
    assert "cannot be written" in said.words
    (city / "home/site").unlink()
    assert londata(city, "publish", STREETS).code == 0


CKAN_DOWN = {"LONDATA_CATALOGUE": "ckan", "LONDATA_CKAN_URL": "http://127.0.0.1:9", "LONDATA_CKAN_TOKEN": "canary-77"}


def test_a_catalogue_that_is_down_is_tried_again_later(city: Path) -> None:
    said = londata(city, "publish", STREETS, **CKAN_DOWN)
    assert said.code == 50
    assert "How to fix:" in said.words
    assert "canary" not in said.words
    assert as_error(londata(city, "publish", STREETS, "--json", **CKAN_DOWN))["exit_code"] == 50
    assert "none" in londata(city, "status", **CKAN_DOWN).out.splitlines()[-1]


def test_no_token_is_said_before_anything_is_sent(city: Path) -> None:
    said = londata(city, "publish", STREETS, **CKAN_DOWN | {"LONDATA_CKAN_TOKEN": ""})
    assert said.code == 60
    assert "No token" in said.words


SLOW = """
import time, packages.fetch

def take_your_time(*_, **__):
    print("reading", flush=True)
    time.sleep(60)

packages.fetch.extract_file = take_your_time
from flows.cli.app import main
main()
"""


def test_stopping_by_hand_ends_in_words(city: Path) -> None:
    path = drop(city, GOOD)
    command = [sys.executable, "-c", SLOW, "check", str(path), "--dataset", "street-trees", "--json"]
    process = subprocess.Popen(
        command,
        env=environment(city),
        cwd=city,
        stdout=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background has Ctrl-C ignored, and so would this process
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=1500)
    assert process.returncode == 50
    assert json.loads(out)["error"]["what"].startswith("Stopped on request.")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_stops_listening_is_no_error(options: tuple[str, ...], city: Path) -> None:
    path = drop(city, GOOD)
    command = [sys.executable, "-m", "flows", "check", str(path), "--dataset", "street-trees", "--quick", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(city), cwd=city, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=1500) == 0, errors
    assert "Error" not in errors


# --- check: no network, no account, nothing written but the report ----------------------------------------------------


def test_check_needs_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    path.write_bytes(PAYMENTS.read_bytes())
    command = [sys.executable, "-c", NO_NETWORK, "check", "payments.csv", "--quick", "--report", "r.html"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    home = {"HOME": str(tmp_path / "nobody"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=kept | home, cwd=tmp_path, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.splitlines()[-1] == "LOADED"
    assert {path.name for path in tmp_path.iterdir()} == {"payments.csv", "r.html"}
    assert "Skipped with --quick." in done.stdout


@pytest.mark.slow
def test_the_whole_check_has_its_findings_early_and_no_orchestrator(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    lines = PAYMENTS.read_bytes().decode().splitlines()
    path.write_text("\n".join([lines[0], *(lines[1:] * 2)[:200]]) + "\n")
    command = [sys.executable, "-c", NO_NETWORK, "check", str(path)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))}
    process = subprocess.Popen(
        command,
        env=kept | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    goes_on = process.poll() is None
    _, err = process.communicate(timeout=1500)
    assert "read as Council spending over £500, in the layout of camden" in first
    assert err.splitlines()[-1] == "LOADED"  # Great Expectations is imported by a second process, meanwhile
    assert goes_on  # how many seconds before the end depends on the machine
    assert list(tmp_path.iterdir()) == [path]


# --- help -------------------------------------------------------------------------------------------------------------

COMMANDS = sorted(info.name or info.callback.__name__ for info in app.registered_commands if info.callback)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(command: str, city: Path) -> None:
    said = londata(city, command, "--help")
    assert said.code == 0
    assert f"Example: londata {command}" in said.words
    assert "--json" in said.out


def test_no_command_at_all_shows_the_help_with_every_exit_code(city: Path) -> None:
    said = started(city)
    assert said.code == 0
    assert all(f"{code} " in said.out for code in (0, 10, 20, 30, 40, 50, 60))
    assert all(command in said.out for command in COMMANDS)
