"""A release of a gigabyte goes to a real CKAN, and our memory stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.backends.ckan.settings import CkanSettings
from tests.conftest import ROOT
from tests.live.conftest import RIG, start_rig
from tests.reliability.test_folder_effects import EVERY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not EVERY, reason="writes 3 GB to the disk and restarts the CKAN; `make effects` does it"),
]

SIZE = 1_000_000_000
MOST = 200
"""Megabytes above the process before it begins."""

PUBLISH = """
import dataclasses, hashlib, json, os, resource, sys
from pathlib import Path
from catalogue.backends.ckan.catalogue import CkanCatalogue
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.listing import listing_of
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import LATER, release, spec

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

room, size, settings = Path(sys.argv[1]), int(sys.argv[2]), CkanSettings(*sys.argv[3:5])
identity = Identity("spend-over-500", "havering")
small = release(room, identity)
path, digest, block = small.folder / "payments.csv", hashlib.sha256(), os.urandom(1_000_000)
with path.open("wb") as file:
    for _ in range(size // len(block)):
        digest.update(block)
        file.write(block)
big = dataclasses.replace(small.file("payments.csv"), sha256=digest.hexdigest(), bytes=size)
table = dataclasses.replace(small.tables[0], csv=big)
manifest = tuple(big if file.name == big.name else file for file in small.manifest)
made = dataclasses.replace(small, tables=(table,), manifest=manifest)
wanted, idle = listing_of(made, spec(identity), publisher("havering")), peak()
receipt = CkanCatalogue(settings).publish(wanted, made, now=LATER)
same = receipt.read_back["payments.csv"] == digest.hexdigest()
print(json.dumps({"idle": idle, "peak": peak(), "as sealed": same, "writes": receipt.writes}))
"""


@pytest.fixture
def roomy(rig: CkanSettings) -> Iterator[CkanSettings]:
    """A CKAN that takes files of up to 1,200 MB; afterwards it is as it was."""
    subprocess.run([RIG], env=os.environ | {"CKAN_RIG_MAX_RESOURCE_MB": "1200"}, check=True, timeout=600)
    yield rig
    start_rig()


def test_a_gigabyte_needs_little_memory(roomy: CkanSettings, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PUBLISH, str(tmp_path), str(SIZE), roomy.url, roomy.token]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=1500, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    print(seen)
    assert seen["as sealed"]
    assert seen["peak"] - seen["idle"] < MOST
