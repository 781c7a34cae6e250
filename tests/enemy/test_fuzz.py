"""Every saved file, and a minute of new ones: each is read or refused in words, and costs little."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from tests.enemy.fuzz import CORPUS, fuzz, outcome_of, prepare_worker

FRESH = multiprocessing.get_context("spawn")
"""The workers fork, and a process that has run other tests has threads and locks that a fork of it would wait for."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "45"))
"""Seconds in which new files are made; the saved ones and what other tests make take the rest of a minute."""


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
    paths = sorted(path for path in CORPUS.iterdir() if path.suffix != ".md")
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


@pytest.mark.timeout(600)
def test_new_files(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = FRESH.Pipe(duplex=False)
    worker = FRESH.Process(target=_tally, args=(SECONDS, int.from_bytes(os.urandom(4)), theirs))
    worker.start()
    theirs.close()
    tally = ours.recv()
    worker.join()
    with capsys.disabled():
        print(f"\n{tally.text(SECONDS)}")
    assert tally.executions > 50
    assert not tally.crashes, json.dumps({name: content.hex() for name, (_, content) in tally.crashes.items()})[:20_000]
