"""Thousands of publishes through a proxy that breaks things, with a stranger who looks on: `make soak`.

Several writers share 36 organisations, as a nightly run does, with one ledger. Now and then one is killed in the
middle. Before CKAN there is ../shared/ckan/faultproxy, our own DataPress fails by itself, and in the folder a write, a
rename or a commit fails (`effects.py`). Another process is the reader: it knows only public addresses and looks all
the while. Everything is signed: in the folder, the reader holds each list of sums against the files beside it. At the
end everything is counted and verified with the root key, and a table is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import functools
import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.exc import SQLAlchemyError

from catalogue.backends.ckan.settings import CkanSettings
from catalogue.backends.transport import answers
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from packages.errors import LondataError
from packages.model import Identity
from packages.vocabulary import publishers
from tests.datapress.server import KEY, Faults, Server, datapress
from tests.datapress.stranger import look as look_by_title
from tests.flows.city import GOOD, make_city
from tests.live.conftest import RIG, FaultProxy, start_rig
from tests.reliability.effects import Effects, Pulled, counted
from tests.reliability.site import unsigned
from tests.reliability.stranger import Seen, look
from tests.signing.trusted_keys import TrustedKeys

DATASET = "street-trees"
FORK = multiprocessing.get_context("fork")
TRIES = 6
GRACE = 600.0
"""Seconds that a writer may need for its last publish after the time is over; one that needs more is stuck."""

PAUSE = 0.03
"""Seconds between two observations: the writers need the machine as well."""

FAILED_EFFECTS = 0.9
"""The share of publishes into the folder in which a random effect fails; every other time all after it fail as well."""

EFFECTS = 200
"""So many effects a publish into the folder has (docs/reliability.md): the one that fails is drawn from them."""

SHOWN_EVERY = 9
"""After so many publishes into the folder the pages about several datasets are made, with an effect that fails."""

KILLED = {"folder": 0.1, "link": 0.05, "upload": 0.05, "tables": 0.05, "datapress": 0.05}
"""The share of publishes that are killed in the middle, by mode."""

LATEST_KILL = {"folder": 0.4, "link": 1.0, "upload": 1.0, "tables": 1.5, "datapress": 0.6}
"""Seconds: a publish is killed at a random moment before that, by mode."""

FAULTS = (
    "500_after=0.01,502=0.01,502_after=0.015,503=0.01,reset=0.01,reset_after=0.015,reset_mid=0.01,"
    "short_body=0.01,429=0.01,upload_cut=0.01,upload_short=0.015,delay_after=0.01"
)

OF_DATAPRESS = {
    "500_after": 0.01, "502": 0.01, "502_after": 0.01, "503": 0.01, "504_after": 0.01, "429": 0.01, "reset": 0.01,
    "reset_after": 0.01, "short_body": 0.01, "part_short": 0.01, "delay_after": 0.002,
}  # fmt: skip
"""The rate of each fault in our own DataPress: a publish meets two or three."""

NOT_AT_ONCE = ("upload", "tables", "datapress")
"""Modes in which files of two releases can be beside each other while a publish is at work."""


@dataclass
class Result:
    """One row of the table. `short` are mixed observations while that borough was published, `longest` in seconds.

    `verified` counts files that were proven with the root key at the end, `unproven` what was found wrong then.
    """

    mode: str
    publishes: int = 0
    faults: int = 0
    killed: int = 0
    interrupted: int = 0
    observations: int = 0
    short: int = 0
    longest: float = 0.0
    outlived: int = 0
    backwards: int = 0
    lost: int = 0
    duplicated: int = 0
    by_hand: int = 0
    verified: int = 0
    unproven: int = 0
    seconds: float = 0.0
    stopped_early: bool = False

    @property
    def good(self) -> bool:
        wrong = self.outlived + self.backwards + self.lost + self.duplicated + self.by_hand + self.unproven
        return not wrong and (self.mode in NOT_AT_ONCE or not self.short)


@dataclass
class Diary:
    """What the writers did, for each borough.

    `spans`: when each publish began and ended. `wanted`: the releases that each ended with, in order. `killed`,
    `interrupted` and `by_hand` count publishes, `faults` failed effects of the folder.
    """

    spans: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    wanted: dict[str, list[str]] = field(default_factory=dict)
    killed: int = 0
    interrupted: int = 0
    by_hand: int = 0
    faults: int = 0
    stopped_early: bool = False

    @property
    def publishes(self) -> int:
        return sum(len(spans) for spans in self.spans.values())

    def at_work(self, slug: str, moment: float) -> bool:
        return any(start <= moment <= end for start, end in self.spans.get(slug, ()))

    def add(self, other: dict[str, Any]) -> None:
        """Take in the diary of one writer, whose boroughs nobody else has."""
        self.spans |= other["spans"]
        self.wanted |= other["wanted"]
        self.killed += other["killed"]
        self.interrupted += other["interrupted"]
        self.by_hand += other["by_hand"]
        self.faults += other["faults"]
        self.stopped_early |= other["stopped_early"]


@dataclass
class Share:
    """The part of the work that one writer has: every `of`-th borough from the `first` on, until the clock says so."""

    first: int
    of: int
    until: float

    def numbers(self, publishes: int, boroughs: int) -> list[int]:
        return [number for number in range(publishes) if number % boroughs % self.of == self.first]


def main() -> int:
    told = _arguments()
    modes = ("folder", "datapress", "link", "upload", "tables") if told.mode == "all" else (told.mode,)
    if told.mode == "all" and not RIG.is_file():
        print("There is no ../shared/ckan/up, so only the folder and our own DataPress are tried.", file=sys.stderr)
        modes = ("folder", "datapress")
    results = [soak(mode, told) for mode in modes]
    print(table(results), flush=True)
    if told.json:
        Path(told.json).write_text(json.dumps([asdict(result) for result in results], indent=1))
    return 0 if all(result.good for result in results) else 1


def soak(mode: str, told: argparse.Namespace) -> Result:
    """Publish `told.n` times in one mode, at most `told.minutes` long."""
    room = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    package = make_city(room, *publishers()) / DATASET / "datapackage.yaml"
    # without safe columns a page has no charts and no values: what is tried here does not depend on them
    package.write_text(package.read_text().replace(", safe: true", ""))
    try:
        with contextlib.ExitStack() as stack:
            scene = Scene(mode, room, stack, told)
            return scene.play()
    finally:
        shutil.rmtree(room)


class Scene:
    """A catalogue, a proxy before it if it is a CKAN, and the settings to publish there."""

    def __init__(self, mode: str, room: Path, stack: contextlib.ExitStack, told: argparse.Namespace) -> None:
        self.mode, self.room, self.told, self.proxy = mode, room, told, None
        self.known: dict[str, Any] = {"home": room / "home", "datasets": room / "datasets"}
        self.rig: CkanSettings | None = None
        self.keys = TrustedKeys.in_folder(room / "home/keys", dt.datetime.now(dt.UTC))
        self.hot = multiprocessing.Array("i", told.writers)
        self.done = multiprocessing.Value("i", 0)
        if mode == "folder":
            self.look: Callable[[str], Seen] = functools.partial(look_at_folder, room / "home/site/current", self.keys)
            return
        if mode == "datapress":
            self.datapress = stack.enter_context(datapress())
            self.datapress.faults = Faults(rates=OF_DATAPRESS, match="/api/", seed=told.seed)
            self.known |= {"catalogue": "datapress", "datapress_url": self.datapress.url, "datapress_key": KEY}
            self.known |= {"datapress_team": "53oj7", "datapress_masthead": "gla"}
            self.look = functools.partial(look_at_datapress, self.datapress.url)
            return
        self.rig = start_rig()
        self.proxy = stack.enter_context(FaultProxy(self.rig))
        told = {"faults": FAULTS, "seed": told.seed, "streak": 3, "delay": 0.2, "retry_after": "0"}
        requests.post(f"{self.proxy.settings.url}/__faults__", json=told, timeout=10).raise_for_status()
        self.known |= {"catalogue": "ckan", "ckan_url": self.proxy.settings.url, "ckan_token": self.rig.token}
        if mode == "tables":
            self.known |= {"ckan_datastore": True}
        if mode == "link":
            (room / "home/releases").mkdir(parents=True)
            public = stack.enter_context(public_folder(room / "home/releases"))
            self.known |= {"ckan_mode": "link", "public_url": public}
        self.look = functools.partial(look_at_ckan, self.rig.url)

    @property
    def services(self) -> Services:
        return Services(Settings(**self.known))

    @property
    def catalogue(self) -> str:
        return str(self.known.get("catalogue", "folder"))

    def play(self) -> Result:
        """Publish and watch, then judge what was seen."""
        stop, seen = multiprocessing.Event(), self.room / "seen.jsonl"
        if self.mode == "folder":
            update_site(self.services, dt.datetime.now(dt.UTC))
        reader = FORK.Process(target=watch, args=(self.look, self.hot, stop, seen), daemon=True)
        reader.start()
        began = time.monotonic()
        try:
            diary = self._publish_all(began + self.told.minutes * 60)
        finally:
            stop.set()
            reader.join(60)
        result = Result(self.mode, diary.publishes, killed=diary.killed, interrupted=diary.interrupted)
        result.by_hand, result.stopped_early, result.faults = diary.by_hand, diary.stopped_early, diary.faults
        result.seconds = round(time.monotonic() - began, 1)
        judge(result, diary, [json.loads(line) for line in seen.read_text().splitlines()])
        self._count(result, diary)
        self._verify(result, diary)
        return result

    def _publish_all(self, until: float) -> Diary:
        shares = [Share(number, self.told.writers, until) for number in range(self.told.writers)]
        writers = [FORK.Process(target=self._write, args=(share,)) for share in shares]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(max(0.0, until + GRACE - time.monotonic()))
        ended = [writer.exitcode for writer in writers]
        for writer in writers:
            writer.kill()
        if any(ended) or None in ended:
            raise ChildProcessError("a writer came to an end that nobody expects")
        diary = Diary()
        for share in shares:
            diary.add(json.loads((self.room / f"diary-{share.first}.json").read_text()))
        return diary

    def _write(self, share: Share) -> None:
        """The work of one writer, who leaves a diary."""
        diary, dice, slugs = Diary(), random.Random(self.told.seed + share.first), list(publishers())
        # waits between two tries take a tenth of the time
        answers.time = _Hurried()  # type: ignore[attr-defined]
        for number in share.numbers(self.told.n, len(slugs)):
            if time.monotonic() > share.until:
                diary.stopped_early = True
                break
            self.hot[share.first] = number % len(slugs)
            slug = slugs[number % len(slugs)]
            (self.room / "drop" / slug / "trees.csv").write_text(grown(number // len(slugs)))
            self._publish(slug, diary, dice)
            if self.mode == "folder" and number % SHOWN_EVERY == 0:
                self._show(diary, dice)
            with self.done.get_lock():
                self.done.value += 1
                _tell(self.done.value, self.told.n, self.mode)
        (self.room / f"diary-{share.first}.json").write_text(json.dumps(asdict(diary)))

    def _publish(self, slug: str, diary: Diary, dice: random.Random) -> None:
        """Publish until it is done, as the next runs would; whoever has to help is counted."""
        began = time.time()
        job, moment = PublishJob(Identity(DATASET, slug)), dt.datetime.now(dt.UTC)
        if dice.random() < KILLED[self.mode]:
            seconds = dice.uniform(0, LATEST_KILL[self.mode])
            diary.killed += killed_in_the_middle(lambda: publish(job, self.services, moment), seconds)
        for again in range(TRIES):
            try:
                if self.mode == "folder" and not again and dice.random() < FAILED_EFFECTS:
                    effects = Effects(self.room, dice.randint(1, EFFECTS), dice.choice(("exception", "full")))
                    diary.faults += fails(effects, lambda: publish(job, self.services, moment))
                outcome = publish(job, self.services, moment)
            except LondataError as problem:
                diary.interrupted += 1
                said = problem
                continue
            if not outcome.release:
                print(f"\n{slug}: {outcome.verdict}: {outcome.summary}", file=sys.stderr)
            diary.wanted.setdefault(slug, []).append(outcome.release)
            break
        else:
            diary.by_hand += 1
            print(f"\n{slug}: {said.what}", file=sys.stderr)
        diary.spans.setdefault(slug, []).append((began, time.time()))

    def _show(self, diary: Diary, dice: random.Random) -> None:
        """Make the pages about several datasets, and the list of the catalogue, with an effect that fails."""
        effects = Effects(self.room, dice.randint(1, EFFECTS), dice.choice(("exception", "full")))
        diary.faults += fails(effects, lambda: update_site(self.services, dt.datetime.now(dt.UTC)))

    def _verify(self, result: Result, diary: Diary) -> None:
        """Prove what is public with the root key; in the folder first as the faults have left it."""
        now = dt.datetime.now(dt.UTC)
        if self.mode == "folder":
            site = self.room / "home/site/current"
            proofs = [self.keys.verify_site(site, now)]
            update_site(self.services, now)
            proofs.append(self.keys.verify_site(site, now))
            # by then the list of the catalogue has followed every folder
            result.unproven += len(proofs[1].notes)
        else:
            if self.mode == "datapress":
                self.datapress.faults = Faults()
            proofs = [self.keys.verify_afresh(self._entry(slug), now) for slug in diary.wanted]
        result.verified = sum(proof.files for proof in proofs)
        for flaw in (flaw for proof in proofs for flaw in proof.found):
            result.unproven += 1
            print(f"{flaw.attack}: {flaw.where} {flaw.what}", file=sys.stderr)

    def _entry(self, slug: str) -> str:
        """The address at which the API tells of the dataset of a borough."""
        if self.rig is not None:
            return f"{self.rig.url}/api/3/action/package_show?id={DATASET}-{slug}"
        step = self.services.ledger.published(Identity(DATASET, slug), self.catalogue)
        return f"{self.datapress.url}/api/v3/dataset/{json.loads(step.receipt)['ids']['dataset']}" if step else ""

    def _count(self, result: Result, diary: Diary) -> None:
        """What is there in the end: nothing lost, nothing twice, everything whole."""
        for slug, wanted in diary.wanted.items():
            steps = self.services.ledger.steps(Identity(DATASET, slug), self.catalogue)
            seen = self.look(slug)
            unnoted = set(wanted) - {step.release for step in steps if step.state == "done"}
            if seen.release != wanted[-1] or unnoted:
                print(f"{slug}: shows {seen.release[:16]} of {wanted[-1][:16]}, {unnoted} not noted", file=sys.stderr)
            result.lost += (seen.release != wanted[-1]) + len(unnoted)
            result.outlived += bool(seen.wrong)
            result.lost += self.mode == "tables" and seen.tables != 1
        if self.mode == "datapress":
            result.faults = self.datapress.faults.met.total()
            result.duplicated = duplicates_in(self.datapress, len(diary.wanted))
        if self.rig is None or self.proxy is None:
            return
        result.faults = int(sum(self.proxy.counts()["by_name"].values()))  # type: ignore[attr-defined]
        result.duplicated = duplicates(self.rig, self.services, len(diary.wanted))


class _Hurried:
    """A clock for waits between tries: ten times as fast."""

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 10)


def grown(more: int) -> str:
    """The file with `more` trees: releases can be told apart, and put in order, by their rows."""
    return GOOD + "".join(f"S{number:04},Betula pendula,30/11/2021,2.5\n" for number in range(more))


def fails(effects: Effects, act: Callable[[], object]) -> bool:
    """Act while one effect fails, and say whether it was reached."""
    with contextlib.suppress(Pulled, LondataError, OSError, SQLAlchemyError), counted(effects):
        act()
    return effects.failed


def killed_in_the_middle(act: Callable[[], object], seconds: float) -> int:
    """Act in a child process that is killed after some time; 1 if it had not ended by then."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(LondataError):
            act()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return int(os.WIFSIGNALED(os.waitpid(child, 0)[1]))


# --- the reader -------------------------------------------------------------------------------------------------------


def look_at_ckan(url: str, slug: str) -> Seen:
    return look(url, f"{DATASET}-{slug}")


def look_at_datapress(url: str, slug: str) -> Seen:
    """By the title: nobody who looks from outside knows an id."""
    return look_by_title(url, f"Street trees – {publishers()[slug].name}")


def look_at_folder(current: Path, keys: TrustedKeys, slug: str) -> Seen:
    """One observation of the site: a listing, the bytes at the places that it names, and the list that signs it all."""
    page = current / "datasets" / DATASET / slug
    try:
        said = json.loads((page / "listing.json").read_bytes())
    except FileNotFoundError:
        return Seen("")
    rows = max(file["rows"] or 0 for file in said["distributions"])
    for file in said["distributions"]:
        try:
            found = _sha256(page / "releases" / said["release"][:16] / file["file"])
        except FileNotFoundError:
            return look_at_folder(current, keys, slug)  # the page was read more than two releases ago: read it again
        if found != file["sha256"]:
            return Seen(said["release"], rows, f"{file['format']}: not the bytes of the hash beside it")
    return Seen(said["release"], rows, unsigned(page, keys.key.public))


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def watch(observe: Callable[[str], Seen], hot: Any, stop: Any, into: Path) -> None:
    """Look until told to stop, at each borough in turn and at the `hot` ones, where something is likely to be seen.

    A mixed one is looked at again and again until it is whole.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    slugs = list(publishers())
    with into.open("w") as lines:
        while not stop.is_set():
            for slug in itertools.chain.from_iterable((one, *(slugs[busy] for busy in hot)) for one in slugs):
                while _note(observe, slug, lines) and not stop.is_set():
                    pass
                time.sleep(PAUSE)
                if stop.is_set():
                    break


def _note(observe: Callable[[str], Seen], slug: str, lines: Any) -> bool:
    began = time.time()
    try:
        seen = observe(slug)
    except (urllib.error.URLError, OSError):
        return False
    if seen.release or seen.wrong:
        lines.write(json.dumps({"slug": slug, "began": began, "ended": time.time(), **asdict(seen)}) + "\n")
        lines.flush()
    return bool(seen.wrong)


def judge(result: Result, diary: Diary, observations: list[dict[str, Any]]) -> None:
    """Mixed while somebody published that borough is short; mixed afterwards outlived the recovery."""
    newest: dict[str, int] = {}
    since: dict[str, float] = {}
    for seen in observations:
        slug = seen["slug"]
        result.observations += 1
        result.backwards += seen["rows"] < newest.get(slug, 0)
        newest[slug] = max(seen["rows"], newest.get(slug, 0))
        if not seen["wrong"]:
            since.pop(slug, None)
            continue
        began = since.setdefault(slug, seen["began"])
        result.longest = round(max(result.longest, seen["ended"] - began), 2)
        # a download that began in a publish may end after it
        if diary.at_work(slug, seen["began"]) or diary.at_work(slug, seen["ended"]):
            result.short += 1
        else:
            result.outlived += 1


def duplicates(rig: CkanSettings, services: Services, datasets: int) -> int:
    """How many datasets and files there are beyond one dataset, and the files of its receipt, for each borough."""
    answer = requests.get(
        f"{rig.url}/api/3/action/package_search",
        params={"q": f"name:{DATASET}*", "rows": "1000", "include_drafts": "true"},
        headers={"Authorization": rig.token},
        timeout=60,
    ).json()["result"]
    more = abs(int(answer["count"]) - datasets)
    for package in answer["results"]:
        step = services.ledger.published(Identity(DATASET, package["organization"]["name"]), "ckan")
        more += abs(len(package["resources"]) - len(json.loads(step.receipt)["urls"] if step else ()))
    return more


def duplicates_in(server: Server, datasets: int) -> int:
    """How many datasets and files there are beyond one dataset of four files for each borough."""
    found = server.portal.datasets.values()
    return abs(len(found) - datasets) + sum(abs(len(one["resources"]) - 4) for one in found)


# --- round about ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def public_folder(folder: Path) -> Iterator[str]:
    """A folder, public over plain HTTP on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def table(results: list[Result]) -> str:
    """The results as a Markdown table."""
    columns = ("mode", "publishes", "faults", "killed", "interrupted", "observations", "mixed, short", "longest (s)",
               "mixed, outliving", "backwards", "lost", "duplicated", "by hand", "verified", "unproven",
               "seconds")  # fmt: skip
    rows = [
        (r.mode, r.publishes, r.faults, r.killed, r.interrupted, r.observations, r.short, r.longest, r.outlived,
         r.backwards, r.lost, r.duplicated, r.by_hand, r.verified, r.unproven, r.seconds)
        for r in results
    ]  # fmt: skip
    lines = [columns, ("---",) * len(columns), *rows]
    early = [f"{r.mode} stopped after its time was over." for r in results if r.stopped_early]
    return "\n".join(["", *(f"| {' | '.join(map(str, line))} |" for line in lines), *early])


def _tell(done: int, whole: int, mode: str) -> None:
    if done % 50 == 0 or done == whole:
        print(f"{mode}: {done} of {whole}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mode", choices=("all", *KILLED), default="all")
    parser.add_argument("-n", type=int, default=2000, help="publishes in each mode")
    parser.add_argument("--writers", type=int, default=4, help="processes that publish at once")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=40, help="at most so long in each mode")
    parser.add_argument("--json", default="", help="where to write the figures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
