"""Work on all cores: in its order, never far ahead, stopped by the first failure."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from packages.parallel.threads import CORES, feed_all, made_beside, map_in_order


class Source:
    """Numbers, and how many have been taken."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        for number in range(self._count):
            self.taken = number + 1
            yield number


def test_results_come_in_the_order_of_the_work_through_several_stages() -> None:
    doubled = map_in_order(lambda number: 2 * number, range(500), 1)
    assert list(map_in_order(lambda number: number + 1, doubled, 1)) == [2 * number + 1 for number in range(500)]


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_no_more_is_taken_than_may_be_ahead(ahead: int) -> None:
    source = Source(100)
    for done, _ in enumerate(map_in_order(lambda number: number, source, ahead), start=1):
        assert source.taken <= done + ahead


def test_all_stages_together_use_no_more_threads_than_there_are_cores() -> None:
    seen: set[int] = set()

    def note(number: int) -> int:
        seen.add(threading.get_ident())
        return number

    list(map_in_order(note, map_in_order(note, range(200))))
    assert len(seen) <= CORES


def test_a_failure_stops_the_work_and_is_told() -> None:
    source = Source(1000)

    def fail_at_five(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    with pytest.raises(ValueError, match="five"):
        list(map_in_order(fail_at_five, source, 3))
    assert source.taken < 20
    # the threads are there for the next
    assert list(map_in_order(abs, [-1])) == [1]


def test_every_sink_gets_every_item_in_order() -> None:
    first: list[int] = []
    second: list[int] = []
    assert list(feed_all(range(300), [first.append, second.append])) == first == second == list(range(300))


def test_a_sink_that_fails_stops_the_others() -> None:
    taken: list[int] = []

    def full(number: int) -> None:
        if number == 3:
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        list(feed_all(range(1000), [full, taken.append]))
    assert len(taken) < 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
def test_a_forked_process_gets_threads_of_its_own() -> None:
    assert list(map_in_order(abs, [-1])) == [1]
    child = os.fork()
    if not child:
        threading.Timer(20, os._exit, (2,)).start()
        os._exit(0 if list(map_in_order(abs, [-2])) == [2] else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_what_is_made_beside_comes_in_order_and_never_far_ahead() -> None:
    source = Source(200)
    for done, number in enumerate(made_beside(source), start=1):
        assert number == done - 1
        # one waits, and one is being handed over
        assert source.taken <= done + 2
    assert source.taken == 200


def test_what_is_made_beside_fails_where_it_is_asked_for() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise LookupError("the second")

    items = made_beside(failing())
    assert next(items) == 1
    with pytest.raises(LookupError, match="the second"):
        next(items)


def test_who_stops_early_leaves_nothing_running_or_open() -> None:
    closed: list[str] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(threading.current_thread().name)

    before = threading.active_count()
    items = made_beside(endless())
    assert next(items) == 1
    items.close()  # type: ignore[attr-defined]
    assert (closed, threading.active_count()) == (["beside"], before)
