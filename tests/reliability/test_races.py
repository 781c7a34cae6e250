"""Eight writers on one dataset: each content becomes one release, and nobody's work is lost."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.state.audit import read_entries, verify_chain
from tests.flows.city import GOOD, make_city
from tests.reliability.races import CAMDEN as SPEND
from tests.reliability.races import WRITERS, nothing_was_lost, race, run_to_the_end
from tests.reliability.site import shown, unsigned
from tests.reliability.test_folder_effects import CAMDEN, EVERY, NIGHT
from tests.signing.trusted_keys import TrustedKeys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if EVERY else 1800)]

ROUNDS = int(os.environ.get("RACES", 200 if EVERY else 10))
"""Of releases that were made before."""

FILES = 3
"""That each writer takes all the way, from the file to the page."""


def content(writer: int, round_: int) -> str:
    """Two writers have the same file in the same round."""
    return GOOD + f"R{round_:02}{writer % (WRITERS // 2)},Betula pendula,30/11/2021,2.5\n"


def write(settings: Settings, root: Path, writer: int) -> None:
    """Publish one content after the other, and note how each ended."""
    ended = []
    for round_ in range(FILES):
        file = root / f"{writer}.csv"
        file.write_text(content(writer, round_))
        outcome = publish(PublishJob(CAMDEN, file=file), Services(settings), NIGHT)
        ended.append((outcome.verdict, outcome.release))
    (root / f"{writer}.json").write_text(json.dumps(ended))


def test_eight_writers_take_their_files_all_the_way(tmp_path: Path, ledger_url: str) -> None:
    datasets = make_city(tmp_path, "camden")
    package = datasets / "street-trees/datapackage.yaml"
    package.write_text(package.read_text().replace(", safe: true", ""))
    keys = TrustedKeys.in_folder(tmp_path / "home/keys", dt.datetime.now(dt.UTC))
    settings = Settings(home=tmp_path / "home", datasets=datasets, ledger_url=ledger_url, lease_wait=600)
    run_to_the_end(write, [(settings, tmp_path, number) for number in range(WRITERS)])

    ended = [tuple(end) for path in tmp_path.glob("*.json") for end in json.loads(path.read_text())]
    contents = {content(writer, round_) for writer in range(WRITERS) for round_ in range(FILES)}
    services = Services(settings)
    done = [step.release for step in reversed(services.ledger.steps(CAMDEN, "folder")) if step.state == "done"]
    assert {verdict for verdict, _ in ended} <= {"publish", "unchanged"}
    assert len({release for _, release in ended}) == len(contents) == len(services.store.stored(CAMDEN))
    assert sorted(release for verdict, release in ended if verdict == "publish") == sorted(done)
    page = services.settings.site / "current/datasets/street-trees/camden"
    assert (shown(page), unsigned(page, keys.key.public)) == (done[-1], "")
    assert not verify_chain(read_entries(services.ledger.database)).broken_at


def test_eight_writers_race_round_by_round(tmp_path: Path, ledger_url: str) -> None:
    keys = TrustedKeys.in_folder(tmp_path / "home/keys", dt.datetime.now(dt.UTC))
    settings = Settings(home=tmp_path / "home", ledger_url=ledger_url, lease_wait=600)
    ended = race(settings, tmp_path, ROUNDS)
    last = nothing_was_lost(ended, settings, ROUNDS)
    page = settings.site / f"current/datasets/{SPEND.dataset}/{SPEND.publisher}"
    assert (shown(page), unsigned(page, keys.key.public)) == (last, "")
    print(f"{ROUNDS} rounds: {len(ended)} publishes, {sum(one.writes > 0 for one in ended)} of them wrote")
