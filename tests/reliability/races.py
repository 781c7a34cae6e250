"""Eight processes publish to one dataset, round by round, all at once; two of them have the same content.

What is published are made-up releases, made before: a race is about who writes when, not about the checks of a file.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.context import exclusive, list_release
from flows.services import Services
from flows.settings import Settings
from flows.state.audit import read_entries, verify_chain
from packages.errors import TemporaryProblem
from packages.model import Identity, Publication, Release
from tests.catalogue.city import ROWS, release, spec

CAMDEN = Identity("spend-over-500", "camden")
NIGHT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
WRITERS = 8
CONTENTS = WRITERS // 2
"""In each round."""

SPAWN = multiprocessing.get_context("spawn")
"""A process of its own, and no fork: a lock that a thread of ours holds at that moment stays locked in the child."""

PATIENCE = 900.0
"""Seconds after which somebody who does not come to the gate, or to an end, is stuck; far more than ever needed."""


@dataclass(frozen=True)
class Ended:
    """How one publish ended: which release, how many writes, and what the public then got of each file."""

    release: str
    writes: int
    as_sealed: bool


def race(settings: Settings, room: Path, rounds: int, beside: Callable[[], object] | None = None) -> list[Ended]:
    """All rounds, with somebody `beside` who does something else until they are over; how each publish ended."""
    made = [_releases(settings, round_) for round_ in range(rounds)]
    gate = SPAWN.Barrier(WRITERS)
    bystander = SPAWN.Process(target=beside, daemon=True) if beside else None
    if bystander:
        bystander.start()
    run_to_the_end(_write, [(settings, room, number, made, gate) for number in range(WRITERS)])
    if bystander:
        bystander.terminate()
        bystander.join()
    return [Ended(**ended) for path in room.glob("writer-*.json") for ended in json.loads(path.read_text())]


def run_to_the_end(work: Callable[..., None], shares: Sequence[tuple[Any, ...]]) -> None:
    """Give each share to a process of its own; fail when one of them fails or is stuck."""
    writers = [SPAWN.Process(target=work, args=share) for share in shares]
    for writer in writers:
        writer.start()
    end = time.monotonic() + PATIENCE
    for writer in writers:
        writer.join(max(0.0, end - time.monotonic()))
    ended = [writer.exitcode for writer in writers]
    for writer in writers:
        writer.kill()
    assert ended == [0] * len(writers)


def nothing_was_lost(ended: list[Ended], settings: Settings, rounds: int) -> str:
    """Every content is one release, every publish had its moment and its receipt; the digest that was last."""
    services = Services(settings)
    steps = services.ledger.steps(CAMDEN, settings.catalogue)
    done = [step.release for step in reversed(steps) if step.state == "done"]
    assert len(ended) == WRITERS * rounds
    assert all(one.as_sealed for one in ended)
    assert len({one.release for one in ended}) == CONTENTS * rounds == len(services.store.stored(CAMDEN))
    assert sorted(done) == sorted(one.release for one in ended if one.writes)
    assert all(done[at] != done[at + 1] for at in range(len(done) - 1))
    assert steps[0].state == "done"
    acts = read_entries(services.ledger.database)
    assert [act["after"] for act in acts] == done
    assert [act["before"] for act in acts] == ["", *done[:-1]]
    assert not verify_chain(acts).broken_at
    return done[-1]


def _releases(settings: Settings, round_: int) -> list[Release]:
    rows = [(*ROWS, ("2026-03-01", f"Supplier {round_} {number}", "700.00")) for number in range(CONTENTS)]
    return [release(settings.home / "releases", CAMDEN, some) for some in rows]


def _write(settings: Settings, room: Path, writer: int, made: list[list[Release]], gate: Any) -> None:
    """One writer publishes one release in each round, as a fresh process would."""
    ended = []
    for releases in made:
        mine, services = releases[writer % CONTENTS], Services(settings)
        gate.wait(PATIENCE)
        receipt = _publish(mine, services)
        services.ledger.database.engine.dispose()
        # a CKAN holds the descriptor with the addresses of its own files
        read_back = {file: digest for file, digest in receipt.read_back.items() if file != "datapackage.json"}
        sealed = {file: mine.file(file).sha256 for file in read_back}
        ended.append({"release": mine.digest, "writes": receipt.writes, "as_sealed": read_back == sealed})
    (room / f"writer-{writer}.json").write_text(json.dumps(ended))


def _publish(mine: Release, services: Services) -> Publication:
    """As often as it takes: whoever met somebody else in the catalogue too often leaves it to the next run."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with exclusive(CAMDEN, services, NIGHT) as context:
                return list_release(mine, spec(CAMDEN), context)
        except TemporaryProblem:
            if time.monotonic() > end:
                raise
