"""Two hosts with one ledger (PostgreSQL) and one object store, of which one is killed again and again: `main` below.

Each host is a process with a home of its own, that publishes everything and then makes the pages, as a night does. In
each round both begin together on new files, and one of them gets SIGKILL at a random moment. The other one has to
finish. A reader without an account looks on through `londata serve`, which has no home at all.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import load_settings
from flows.site.update import update_site
from packages.errors import LondataError
from packages.model import Identity
from packages.vocabulary import publishers
from tests.flows.city import GOOD, make_city
from tests.flows.postgres import programs, thrown_away
from tests.s3 import ACCOUNT, client, free_port, moto_server

DATASET = "street-trees"
TRIES = 40
SECONDS = 240
"""A night that needs longer is stuck."""


@dataclass
class Found:
    """What was seen. `backwards`: fewer rows than before; `mixed`: bytes that are not those of the listing beside them.

    `lost` are boroughs that do not show the last release at the end of a round, `doubled` releases that were published
    more than once.
    """

    rounds: int = 0
    killed: int = 0
    publishes: int = 0
    observations: int = 0
    mixed: int = 0
    backwards: int = 0
    lost: int = 0
    doubled: int = 0
    left_over: int = 0
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.mixed or self.backwards or self.lost or self.doubled or self.left_over)


def night() -> int:
    """What one host does: publish everything, whatever the other one does meanwhile, then make the pages."""
    services, left = Services(load_settings()), sorted(os.environ["TRY_BOROUGHS"].split(","))
    random.shuffle(left)
    for _ in range(TRIES):
        failed = []
        for slug in left:
            try:
                publish(PublishJob(Identity(DATASET, slug)), services, dt.datetime.now(dt.UTC))
            except LondataError as problem:
                print(slug, problem.what, file=sys.stderr)
                failed.append(slug)
        left = failed
        if not left:
            update_site(services, dt.datetime.now(dt.UTC))
            return 0
        time.sleep(0.2)
    return 1


def rows_of(number: int) -> str:
    """The file of a round: releases are put in order by their rows."""
    return GOOD + "".join(f"S{more:04},Betula pendula,30/11/2021,2.5\n" for more in range(number))


class Reader(threading.Thread):
    """Looks at one borough after the other as anybody can, and notes what does not fit together."""

    def __init__(self, address: str, slugs: tuple[str, ...], found: Found) -> None:
        super().__init__(daemon=True)
        self.address, self.slugs, self.found = address, slugs, found
        self.stop = threading.Event()
        self.newest: dict[str, int] = {}

    def run(self) -> None:
        while not self.stop.is_set():
            for slug in self.slugs:
                self.look(slug)
                self.stop.wait(0.03)

    def look(self, slug: str, *, again: int = 3) -> dict[str, object] | None:
        """One observation: a listing, and the bytes at the addresses that never hold those of another release."""
        page = f"{self.address}datasets/{DATASET}/{slug}/"
        try:
            said = json.loads(fetch(f"{page}listing.json"))
            for file in said["distributions"]:
                content = fetch(f"{page}releases/{said['release'][:16]}/{file['file']}")
                if hashlib.sha256(content).hexdigest() != file["sha256"]:
                    self.note(f"{slug}: {file['file']} is not what the listing says")
        except urllib.error.HTTPError as error:
            # the page was read more than two versions ago: read it again
            return self.look(slug, again=again - 1) if error.code in (404, 410) and again else None
        except (OSError, ValueError):
            return None
        rows = max(file["rows"] or 0 for file in said["distributions"])
        self.found.observations += 1
        self.found.backwards += rows < self.newest.get(slug, 0)
        self.newest[slug] = max(rows, self.newest.get(slug, 0))
        return dict(said)

    def note(self, words: str) -> None:
        self.found.mixed += 1
        self.found.said.append(words)


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return bytes(answer.read())


@contextlib.contextmanager
def served(environ: dict[str, str]) -> Iterator[str]:
    """The front as an operator starts it."""
    port = free_port()
    command = [sys.executable, "-m", "flows", "serve", "--port", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environ, stdout=quiet, stderr=quiet) as process:
        try:
            address = f"http://127.0.0.1:{port}/"
            for _ in range(300):
                with contextlib.suppress(OSError):
                    fetch(address)
                    break
                time.sleep(0.1)
            yield address
        finally:
            process.kill()


def play(rounds: int, boroughs: int, seed: int) -> Found:
    """Let two hosts play so many rounds, in each of which one is killed; and one more without."""
    found, dice, slugs = Found(), random.Random(seed), tuple(sorted(publishers()))[:boroughs]
    binaries = programs()
    assert binaries is not None, "needs PostgreSQL"
    room, began = Path(tempfile.mkdtemp(prefix="londata-hosts-")), time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            make_city(room, *slugs)
            store = stack.enter_context(moto_server())
            environ = {name: text for name, text in os.environ.items() if not name.startswith("LONDATA_")} | {
                "LONDATA_LEDGER_URL": stack.enter_context(thrown_away(binaries)),
                "LONDATA_STORE_URL": f"{ACCOUNT.url}/city",
                "LONDATA_STORE_ENDPOINT": store.endpoint,
                "LONDATA_STORE_REGION": store.region,
                "LONDATA_STORE_KEY_ID": store.key_id,
                "LONDATA_STORE_SECRET": store.secret,
                "LONDATA_DATASETS": str(room / "datasets"),
                "LONDATA_INSTANCE_KEY": "ab" * 32,
                "TRY_BOROUGHS": ",".join(slugs),
            }
            for number in (0, 1):
                environ_of(environ, room, number)
            assert host(environ_of(environ, room, 0)).wait(SECONDS) == 0
            address = stack.enter_context(served(environ | {"LONDATA_HOME": str(room / "none")}))
            reader = Reader(address, slugs, found)
            reader.start()
            longest = SECONDS / 40
            for number in range(1, rounds + 2):
                for slug in slugs:
                    (room / "drop" / slug / "trees.csv").write_text(rows_of(number))
                longest = one_round(environ, room, dice, found, longest, kill=number <= rounds)
                check(reader, environ, room, found, number)
            check_catalogue(reader, found)
            reader.stop.set()
            reader.join(30)
            found.left_over = unnamed(store)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    found.seconds = round(time.monotonic() - began, 1)
    return found


def environ_of(environ: dict[str, str], room: Path, number: int) -> dict[str, str]:
    return environ | {"LONDATA_HOME": str(room / f"host-{number}")}


def host(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.reliability.hosts", "--night"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def one_round(
    environ: dict[str, str], room: Path, dice: random.Random, found: Found, longest: float, *, kill: bool
) -> float:
    """Both begin together, and one is killed within the time of a night. Return how long it took."""
    hosts = [host(environ_of(environ, room, number)) for number in (0, 1)]
    began = time.monotonic()
    if kill:
        doomed = hosts.pop(dice.randrange(2))
        time.sleep(dice.uniform(0.5, longest))
        doomed.kill()
        found.killed += doomed.wait() == -9
    for one in hosts:
        assert one.wait(SECONDS) == 0, "a night did not come to its end"
    found.rounds += 1
    return min(longest, max(1.0, time.monotonic() - began))


def check(reader: Reader, environ: dict[str, str], room: Path, found: Found, number: int) -> None:
    """Every borough shows the file of the round, and every release was published once."""
    with services_of(environ_of(environ, room, 0)) as services:
        for slug in reader.slugs:
            said = reader.look(slug)
            if said is None or max(file["rows"] or 0 for file in said["distributions"]) != number + GOOD_ROWS:  # type: ignore[attr-defined]
                found.lost += 1
                found.said.append(f"round {number}: {slug} does not show its last release")
            steps = services.ledger.steps(Identity(DATASET, slug), "folder")
            done = Counter(step.release for step in steps if step.state == "done")
            found.doubled += sum(count - 1 for count in done.values())
            found.lost += len(done) != number + 1
            found.publishes += 1


def check_catalogue(reader: Reader, found: Found) -> None:
    """What both made together at the end of the last round names the files that are public, of every borough."""
    time.sleep(1.1)  # the front looks again after a second
    catalogue = fetch(f"{reader.address}catalog.jsonld").decode()
    for slug in reader.slugs:
        said = reader.look(slug)
        assert said is not None
        for file in said["distributions"]:  # type: ignore[attr-defined]
            if file["sha256"] not in catalogue:
                found.lost += 1
                found.said.append(f"{slug}: the catalogue does not know {file['file']}")


GOOD_ROWS = len(GOOD.strip().splitlines()) - 1


@contextlib.contextmanager
def services_of(environ: dict[str, str]) -> Iterator[Services]:
    settings = load_settings({name: text for name, text in environ.items() if name.startswith("LONDATA_")})
    services = Services(settings)
    try:
        yield services
    finally:
        services.ledger.database.engine.dispose()


def unnamed(store) -> int:  # type: ignore[no-untyped-def]
    """How many objects of datasets no shown version and none before it names: what killed runs left for good."""
    s3 = client(store)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="londata", Prefix="city/site/")
    keys = {one["Key"] for page in pages for one in page.get("Contents", [])}
    kept = set()
    for key in (key for key in keys if key.startswith("city/site/datasets/")):
        tree = json.loads(s3.get_object(Bucket="londata", Key=key)["Body"].read())
        pointer = key.removeprefix("city/site/").removesuffix(".json")
        names = [f"{since}/{sha256}" for sha256, _, since, _ in tree["files"].values()] + tree["before"]
        kept |= {f"city/site/files/{pointer}/{name}" for name in names}
        assert kept <= keys, "a tree names what is not there"
    return len([key for key in keys if key.startswith("city/site/files/datasets/")]) - len(kept)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--night", action="store_true", help="be one host, with the settings in the environment")
    parser.add_argument("-n", type=int, default=50, help="rounds in each of which one host is killed")
    parser.add_argument("--boroughs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    if told.night:
        return night()
    found = play(told.n, told.boroughs, told.seed)
    print(json.dumps(found.__dict__, indent=1))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
