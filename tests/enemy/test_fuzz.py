"""Every saved file, and a minute of new ones: each is read or refused in words, and costs little."""

from __future__ import annotations

import multiprocessing
import os
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.enemy.fuzz import CORPUS, Crash, fuzz, outcome_of, prepare_worker, refusal_of

FRESH = multiprocessing.get_context("spawn")
"""The workers fork, and a process that has run other tests has threads and locks that a fork of it would wait for."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "45"))
"""Seconds in which new files are made; the saved ones and what other tests make take the rest of a minute."""

CONTAINED = sorted(CORPUS.glob("contained-*"))
"""Saved files that end their reader by a fault of a library."""


def _outcomes(paths: list[Path], pipe: Any) -> None:
    prepare_worker()
    for path in paths:
        pipe.send((path.name, outcome_of(path, path.suffix[1:]).crash))
    pipe.close()
    os._exit(0)


def _tally(seconds: float, seed: int, pipe: Any) -> None:
    pipe.send(fuzz(seconds, seed=seed))


def test_the_saved_files() -> None:
    """In one process of their own, as the fuzzing does it."""
    paths = sorted(path for path in CORPUS.iterdir() if path not in CONTAINED)
    assert len(paths) > 50
    ours, theirs = FRESH.Pipe(duplex=False)
    worker = FRESH.Process(target=_outcomes, args=(paths, theirs))
    worker.start()
    theirs.close()
    told: dict[str, str] = {}
    while len(told) < len(paths):
        assert ours.poll(60), f"the file after {list(told)[-1:]} hangs"
        name, crash = ours.recv()
        told[name] = crash
    worker.join()
    assert {name: crash for name, crash in told.items() if crash} == {}


@pytest.mark.parametrize("path", CONTAINED, ids=lambda path: path.stem)
def test_a_file_that_ends_its_reader_is_refused_in_words(path: Path, tmp_path: Path) -> None:
    assert refusal_of(Crash(path.suffix[1:], path.read_bytes()), tmp_path).startswith("Reading the file takes more")


@pytest.mark.timeout(600)
def test_new_files(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = FRESH.Pipe(duplex=False)
    worker = FRESH.Process(target=_tally, args=(SECONDS, int.from_bytes(os.urandom(4)), theirs))
    worker.start()
    theirs.close()
    tally = ours.recv()
    worker.join()
    failures = tally.failures()
    with capsys.disabled():
        print(f"\n{tally.text(SECONDS)}")
        for place, crash in tally.crashes.items():
            # the whole file, in one line that can be turned into one again
            print(f"{place} ({crash.kind}, zlib, base64): {b64encode(zlib.compress(crash.content)).decode()}")
    assert tally.executions > 50
    assert not failures, f"neither read nor refused in words, see above: {list(failures)}"
