"""`londata links` and `londata serve` as their user meets them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalogue.backends.folder import FolderCatalogue
from catalogue.listing import listing_of
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, release, spec
from tests.conftest import ROOT
from tests.flows.forked import run_forked

CAMDEN = Identity("spend-over-500", "camden")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    sealed = release(tmp_path / "releases", CAMDEN)
    catalogue = FolderCatalogue(tmp_path / "home/site")
    catalogue.publish(listing_of(sealed, spec(CAMDEN), publisher("camden")), sealed, now=LATER)
    catalogue.rebuild()
    return tmp_path / "home"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flows", *arguments]


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LONDATA_")}
    return kept | {"PYTHONPATH": str(ROOT), "LONDATA_HOME": str(home)}


def londata(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_forked(arguments, environment(home), home.parent)


def test_links_says_that_every_link_answers_and_which_does_not(home: Path) -> None:
    said = londata(home, "links")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("Every link answers: ")

    (home / "site/current/datasets/spend-over-500/camden/latest/payments.csv").unlink()
    said = londata(home, "links")
    assert said.returncode == 60
    assert "datasets/spend-over-500/camden/latest/payments.csv" in said.stdout
    assert "`londata site` makes the pages again" in said.stdout
    told = json.loads(londata(home, "links", "--json").stdout)
    assert told["broken"] == len(told["problems"]) > 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("links", "--url", "data.example"), 60, "is no web address"),
        (("links", "--url", "http://127.0.0.1:9"), 50, "does not answer"),
    ],
)
def test_an_address_that_cannot_be_asked(home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    said = londata(home, *arguments)
    assert said.returncode == code
    assert words in said.stderr
    assert "Traceback" not in said.stderr


def test_without_a_site_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    for name in ("links", "serve"):
        said = londata(tmp_path / "home", name)
        assert said.returncode == 60
        assert "There is no site" in said.stderr


def test_serve_gives_the_site_until_it_is_stopped(home: Path) -> None:
    with (
        subprocess.Popen(
            command("serve", "--port", "0", "--json"), env=environment(home), stdout=subprocess.PIPE, text=True
        ) as process,
        ExitStack() as stack,
    ):
        # a test that fails must not wait for a server that nobody stops
        stack.callback(process.kill)
        assert process.stdout is not None
        told = ""
        while "}" not in told:
            told += process.stdout.readline()
        address = json.loads(told)["address"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        with urllib.request.urlopen(f"{address}api/3/action/package_show?id=spend-over-500-camden") as answer:
            assert json.load(answer)["result"]["name"] == "spend-over-500-camden"
        said = londata(home, "links", "--url", address)
        assert said.returncode == 0, said.stdout
        taken = londata(home, "serve", "--port", address.rstrip("/").rpartition(":")[2])
        assert taken.returncode == 60
        assert "cannot be used" in taken.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in (0, 130)
