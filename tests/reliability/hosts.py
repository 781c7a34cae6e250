"""Two hosts with one ledger (PostgreSQL) and one object store, of which one is killed again and again: `main` below.

Each host has a home of its own. In each round both begin together on new files, and one of them gets SIGKILL at a
random moment. The other one has to finish. A reader without an account looks on through `londata serve`, which has no
home at all.

A host is a process that publishes everything and then makes the pages, as a night does, or with `--nightly` the command
`londata nightly` itself, with the Prefect server that it starts. With `--faults` every request to the store, those of
the front included, goes through a proxy that breaks answers and gives lists that are old; one dataset is then so large
that it is stored in parts. A night that ends with a temporary problem is run again, as a timer does.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import functools
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import load_settings
from flows.site.update import update_site
from flows.state.tables import LEASES
from packages.errors import ExitCode, LondataError
from packages.model import Identity
from packages.objects import StoreAddress
from packages.vocabulary import publishers
from tests.flows.city import GOOD, make_city
from tests.flows.postgres import programs, thrown_away
from tests.s3 import BUCKET, client, free_port, moto_server, radosgw_server
from tests.s3_faults import Faults, faulty

DATASET = "street-trees"
TRIES = 40
SECONDS = 400
"""A night that needs longer is stuck."""

NIGHTS = 12
"""Times that a night is run before its temporary problems are not temporary any more."""

LEASE_SECONDS = 5
"""A dead host is known by its lease alone; the default of two minutes would only make each round longer."""

FAULTS = {
    "stale": 0.5,
    "error": 0.02,
    "error_after": 0.04,
    "error_within": 0.2,
    "reset_after": 0.03,
    "busy": 0.02,
    "cut": 0.03,
    "slow": 0.03,
}
"""Shares of the requests that a kind can strike: lists for `stale`, copies and ends of uploads for `error_within`."""

LARGE_ROWS = 40_000
LARGE_CELL = "Betula pendula and Platanus x hispanica and Tilia cordata" + " and others of the same kind" * 18
"""With these, the largest file has 23 MB."""

APART = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"')
"""Runs a command as on a machine of its own: no process of another one is seen there, and all end with the first."""


@dataclass
class Found:
    """What was seen. `backwards`: fewer rows than before; `mixed`: bytes that are not those of the listing beside them.

    `lost` are boroughs that do not show the last release at the end of a round, or are not in the catalogue with it;
    `doubled` releases that were published more than once, `gone` pages that were not there. `at_work` counts those of
    the `killed` that had a dataset for themselves, `again` nights that ended with a temporary problem, `left_over`
    objects of datasets that no version names at the end.
    """

    rounds: int = 0
    killed: int = 0
    at_work: int = 0
    again: int = 0
    publishes: int = 0
    observations: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    gone: int = 0
    mixed: int = 0
    backwards: int = 0
    lost: int = 0
    doubled: int = 0
    left_over: int = 0
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.gone or self.mixed or self.backwards or self.lost or self.doubled or self.left_over)


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
            try:
                update_site(services, dt.datetime.now(dt.UTC))
            except LondataError as problem:
                print(problem.what, file=sys.stderr)
                return problem.exit_code
            return 0
        time.sleep(0.2)
    return 1


@dataclass(frozen=True)
class Plan:
    """What to play: rounds in each of which one host is killed, with which hosts, store and faults."""

    rounds: int
    boroughs: int
    seed: int = 7
    is_nightly: bool = False
    is_faulty: bool = False
    on_ceph: bool = False

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(sorted(publishers()))[: self.boroughs]

    def rows(self, slug: str, number: int) -> int:
        """How many rows a borough publishes in a round: releases are put in order by them."""
        return number + GOOD_ROWS + (LARGE_ROWS if self.is_large(slug) else 0)

    def is_large(self, slug: str) -> bool:
        return self.is_faulty and slug == self.slugs[0]

    def file(self, slug: str, number: int) -> str:
        more = (f"S{row:06},Betula pendula,30/11/2021,2.5\n" for row in range(number))
        large = (f"L{row:06},{LARGE_CELL},30/11/2021,2.5\n" for row in range(LARGE_ROWS * self.is_large(slug)))
        return "".join((GOOD, *more, *large))


BROKEN_OFF = (OSError, ValueError, http.client.HTTPException)
"""What a reader meets where an answer ends before its end."""


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
                self.stop.wait(0.1)

    def look(self, slug: str, *, again: int = 3) -> dict[str, object] | None:
        """One observation: a listing, and the bytes at the addresses that never hold those of another release."""
        page = f"{self.address}datasets/{DATASET}/{slug}/"
        try:
            said = json.loads(fetch(f"{page}listing.json"))
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                self.found.gone += 1
                self.found.said.append(f"{slug}: its page is not there ({error.code})")
            return None
        except BROKEN_OFF:
            return None
        try:
            for file in said["distributions"]:
                content = fetch(f"{page}releases/{said['release'][:16]}/{file['file']}")
                if hashlib.sha256(content).hexdigest() != file["sha256"]:
                    self.note(f"{slug}: {file['file']} is not what the listing says")
        except urllib.error.HTTPError as error:
            # the page was read more than two versions ago: read it again
            return self.look(slug, again=again - 1) if error.code in (404, 410) and again else None
        except BROKEN_OFF:
            return None
        rows = rows_of(said)
        self.found.observations += 1
        self.found.backwards += rows < self.newest.get(slug, 0)
        self.newest[slug] = max(rows, self.newest.get(slug, 0))
        return dict(said)

    def look_until_answered(self, slug: str) -> dict[str, object] | None:
        """The same, asked again while the store behind the front fails."""
        for _ in range(20):
            if said := self.look(slug):
                return said
            time.sleep(0.5)
        return None

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


@dataclass
class Hosts:
    """Two hosts that share what `environ` names; `store` is where it is without the faults, that are off at first."""

    plan: Plan
    room: Path
    environ: Mapping[str, str]
    store: StoreAddress
    faults: Faults
    found: Found

    def environ_of(self, number: int) -> dict[str, str]:
        return {**self.environ, "LONDATA_HOME": str(self.room / f"host-{number}")}

    def start(self, number: int) -> subprocess.Popen[bytes]:
        """Begin a night on one of the hosts."""
        ours = ("-m", "tests.reliability.hosts", "--night")
        command = (sys.executable, *(("-m", "flows", "nightly", "--all", "--json") if self.plan.is_nightly else ours))
        apart = (*APART, f"host-{number}") if self.plan.is_nightly and can_be_apart() else ()
        with self.log(number).open("wb") as log:
            return subprocess.Popen(
                (*apart, *command), env=self.environ_of(number), stdout=log, stderr=log, start_new_session=True
            )

    def log(self, number: int) -> Path:
        return self.room / f"host-{number}.log"

    def finish(self, number: int, night: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a night, and run it again while it ends with a problem that passes."""
        for _ in range(NIGHTS):
            code = night.wait(SECONDS)
            if code in (ExitCode.DONE, ExitCode.UNCHANGED):
                return
            words = self.log(number).read_text(errors="replace")[-2000:]
            assert self.plan.is_faulty, f"a night ended with {code}: {words}"
            assert code == ExitCode.TEMPORARY, f"a night ended with {code}: {words}"
            self.found.again += 1
            night = self.start(number)
        raise AssertionError("a night did not come to its end")

    def round(self, number: int, dice: random.Random, longest: float, *, kill: bool) -> float:
        """Both begin together, and one is killed within the time of a night. Return how long it took."""
        for slug in self.plan.slugs:
            (self.room / "drop" / slug / "trees.csv").write_text(self.plan.file(slug, number))
        nights = {number: self.start(number) for number in (0, 1)}
        began = time.monotonic()
        if kill:
            doomed = dice.randrange(2)
            self.kill(doomed, nights.pop(doomed), dice, longest)
        for one, night in nights.items():
            self.finish(one, night)
        self.found.rounds += 1
        return time.monotonic() - began

    def kill(self, number: int, night: subprocess.Popen[bytes], dice: random.Random, longest: float) -> None:
        """End a host at a random moment: of the whole night, or every other time while it may have a dataset."""
        moment = dice.uniform(0.5, longest)
        if dice.random() < 0.5:
            end = time.monotonic() + longest
            while time.monotonic() < end and not self.has_lease(night.pid, number):
                time.sleep(0.05)
            moment = dice.uniform(0, 1)
        time.sleep(moment)
        # with the Prefect server that it started: a dead host has no processes
        with contextlib.suppress(ProcessLookupError):
            os.killpg(night.pid, signal.SIGKILL)
        if night.wait() == -signal.SIGKILL:
            self.found.killed += 1
            self.found.at_work += self.has_lease(night.pid, number)

    def has_lease(self, pid: int, number: int) -> bool:
        """Whether a host has a dataset for itself, or had one when it was killed."""
        name = f"%@host-{number} (%" if self.plan.is_nightly and can_be_apart() else f"% (process {pid})"
        query = sa.select(sa.func.count()).where(LEASES.c.holder.like(name))
        # the first of all nights makes the tables
        with contextlib.suppress(sa.exc.ProgrammingError), self.ledger.begin() as connection:
            return bool(connection.execute(query).scalar())
        return False

    @functools.cached_property
    def ledger(self) -> sa.Engine:
        return sa.create_engine(self.environ["LONDATA_LEDGER_URL"], poolclass=sa.NullPool)

    def check(self, reader: Reader, number: int) -> None:
        """Every borough shows the file of the round, and every release was published once."""
        with services_of(self.environ_of(0)) as services:
            for slug in reader.slugs:
                said = reader.look_until_answered(slug)
                if said is None or rows_of(said) != self.plan.rows(slug, number):
                    self.found.lost += 1
                    self.found.said.append(f"round {number}: {slug} does not show its last release")
                steps = services.ledger.steps(Identity(DATASET, slug), "folder")
                done = Counter(step.release for step in steps if step.state == "done")
                self.found.doubled += sum(count - 1 for count in done.values())
                self.found.lost += len(done) != number + 1
                self.found.publishes += 1

    def check_catalogue(self, reader: Reader) -> None:
        """What both made together at the end of a round names the files that are public, of every borough."""
        time.sleep(1.1)  # the front looks again after a second
        catalogue = fetch(f"{reader.address}catalog.jsonld").decode()
        for slug in reader.slugs:
            said = reader.look_until_answered(slug)
            assert said is not None
            for file in said["distributions"]:  # type: ignore[attr-defined]
                if file["sha256"] not in catalogue:
                    self.found.lost += 1
                    self.found.said.append(f"{slug}: the catalogue does not know {file['file']}")


def rows_of(said: Mapping[str, object]) -> int:
    return max(file["rows"] or 0 for file in said["distributions"])  # type: ignore[attr-defined]


@functools.cache
def can_be_apart() -> bool:
    """Whether this account may give each host a machine of its own, as far as processes see."""
    with contextlib.suppress(OSError):
        return subprocess.run((*APART, "host", "true"), capture_output=True, check=False).returncode == 0
    return False


def play(plan: Plan) -> Found:
    """Let two hosts play so many rounds, in each of which one is killed; and one more without kill and faults."""
    found, dice, binaries = Found(), random.Random(plan.seed), programs()
    assert binaries is not None, "needs PostgreSQL"
    room, began = Path(tempfile.mkdtemp(prefix="londata-hosts-")), time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            datasets = make_city(room, *plan.slugs)
            store = stack.enter_context(radosgw_server() if plan.on_ceph else moto_server())
            faults = Faults({}, seed=plan.seed)
            shown = stack.enter_context(faulty(store, faults)) if plan.is_faulty else store
            environ = {
                name: text for name, text in os.environ.items() if not name.startswith(("LONDATA_", "PREFECT_"))
            } | {
                "LONDATA_LEDGER_URL": stack.enter_context(thrown_away(binaries)),
                "LONDATA_STORE_URL": f"s3://{BUCKET}/city",
                "LONDATA_STORE_ENDPOINT": shown.endpoint,
                "LONDATA_STORE_REGION": store.region,
                "LONDATA_STORE_KEY_ID": store.key_id,
                "LONDATA_STORE_SECRET": store.secret,
                "LONDATA_DATASETS": str(datasets),
                "LONDATA_INSTANCE_KEY": "ab" * 32,
                "LONDATA_LEASE_SECONDS": str(LEASE_SECONDS),
                "TRY_BOROUGHS": ",".join(plan.slugs),
            }
            hosts = Hosts(plan, room, environ, store, faults, found)
            reader = Reader("", plan.slugs, found)
            longest = 20.0 if plan.is_nightly else 6.0
            for number in range(plan.rounds + 1):
                is_last = number == plan.rounds
                faults.shares = FAULTS if plan.is_faulty and not is_last else {}
                took = hosts.round(number, dice, longest, kill=not is_last)
                longest = min(longest, max(1.0, took))
                if number == 0:
                    # before, there is nothing to be served
                    reader.address = stack.enter_context(served({**environ, "LONDATA_HOME": str(room / "none")}))
                    reader.start()
                hosts.check(reader, number)
                if is_last or not plan.is_faulty:
                    hosts.check_catalogue(reader)
            reader.stop.set()
            reader.join(30)
            found.left_over = unnamed(store)
            found.faults = dict(faults.met)
    except AssertionError as error:
        error.add_note(f"after {found}")
        raise
    finally:
        shutil.rmtree(room, ignore_errors=True)
    found.seconds = round(time.monotonic() - began, 1)
    return found


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
    parser.add_argument("--nightly", action="store_true", help="each host is `londata nightly`")
    parser.add_argument("--faults", action="store_true", help="break requests to the store, and take in a large file")
    parser.add_argument("--ceph", action="store_true", help="with radosgw in place of moto")
    told = parser.parse_args()
    if told.night:
        return night()
    found = play(Plan(told.n, told.boroughs, told.seed, told.nightly, told.faults, told.ceph))
    print(json.dumps(found.__dict__, indent=1))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
