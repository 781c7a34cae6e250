"""What frictionless and chardet keep for the whole process is as before when several threads have used it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from chardet import detector
from frictionless import system

from quality.conform.frictionless.resource import _without_languages
from quality.conform.table_schema import trust_paths

THREADS = 4


def overlapping(context: Callable[[], AbstractContextManager[None]], inside: Callable[[], object]) -> list[object]:
    """What each of four threads sees inside: all enter before any leaves, and they leave in the order of entering."""
    together, seen = threading.Barrier(THREADS), list[object]()
    turns = [threading.Event() for _ in range(THREADS + 1)]
    left = [threading.Event() for _ in range(THREADS + 1)]
    turns[0].set()
    left[0].set()

    def run(number: int) -> None:
        turns[number].wait(10)
        with context():
            turns[number + 1].set()
            together.wait(10)
            left[number].wait(10)
            seen.append(inside())
        left[number + 1].set()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return seen


def test_frictionless_trusts_paths_only_while_a_thread_needs_it() -> None:
    assert system.trusted is False
    assert overlapping(trust_paths, lambda: system.trusted) == [True] * THREADS
    assert system.trusted is False


def test_chardet_finds_languages_again_afterwards() -> None:
    whole = vars(detector)["run_pipeline"]
    inside = overlapping(_without_languages, lambda: vars(detector)["run_pipeline"] is whole)
    assert inside == [False] * THREADS
    assert vars(detector)["run_pipeline"] is whole


def test_an_error_inside_puts_the_value_back() -> None:
    with pytest.raises(ZeroDivisionError), trust_paths():
        raise ZeroDivisionError
    assert system.trusted is False
