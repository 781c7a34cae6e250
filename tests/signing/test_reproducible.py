"""The same files published on another machine, day and place give the same bytes, but for times that are named here."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from catalogue.signing.keys import PrivateKey
from catalogue.signing.sums import OWN_NOTES
from tests.catalogue.public_site import public_files
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
"""Two processes publish, seven seconds of computing each."""

ONE = ("2026-11-02T04:00:00+00:00", "022", {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"})
OTHER = ("2026-11-05T23:10:59+00:00", "077", {"TZ": "America/St_Johns", "PYTHONHASHSEED": "77", "LC_ALL": "C"})


def made(room: Path, key: Path, how: tuple[str, str, dict[str, str]]) -> dict[str, bytes]:
    """Everything that is public of a city that was published so, by its path."""
    moment, umask, changed = how
    room.mkdir(parents=True)
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("LONDATA_", "LC_", "LANG"))}
    environment |= {"PYTHONPATH": str(ROOT), "LONDATA_SIGNING_KEY": str(key), "PYTHONUTF8": "1", **changed}
    command = [sys.executable, "-m", "tests.signing.one_publish", str(room), moment, umask]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return {path: place.read_bytes() for path, place in public_files(room / "home/site/current").items()}


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    room = tmp_path_factory.mktemp("twice")
    key = room / "key.pem"
    key.write_text(PrivateKey.new().pem)
    key.chmod(0o600)
    return made(room / "a", key, ONE), made(room / "else where/b", key, OTHER)


TIMES = (
    # moments: when a file was fetched, a release sealed, listed and changed, and a list signed
    re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?"),
    # the same in words: on the page of a dataset, of a release, and in its report
    re.compile(r"\d{1,2} November 2026(?:,\s+\d\d:\d\d UTC)?"),
    re.compile(r"(?<=, )\s*\d\d:\d\d UTC|(?<=,) \d\d:\d\d UTC"),
    # the version of a signed list, which is the second in which it was made
    re.compile(r"(?<=# version: )\d+|(?<=# folder: )\d+"),
)
"""Every time that is in what is public, by how it is written."""

DAY = re.compile(r"2026-11-0[2-7]\b")
"""A day of one of these publishes: released, judged, awaited since."""

HEAD = re.compile(r'(?<="head": ")[0-9a-f]{64}')
"""The last hash of the audit, which holds when everything was done."""


def without_times(city: dict[str, bytes]) -> dict[str, str]:
    """Everything that is public as text, without times; digests of files in it stand for what these say."""
    names: dict[str, str] = {}
    for path in sorted(city):
        # one content has many addresses: `latest` is the newest release
        names.setdefault(hashlib.sha256(city[path]).hexdigest(), path)
    shown = {}
    for path, content in city.items():
        if path.rpartition("/")[2] in OWN_NOTES or path.endswith(".sig"):
            continue
        if path.endswith(".parquet"):
            rows = pq.read_table(io.BytesIO(content)).to_pylist()
            content = json.dumps(rows, default=str).encode()
        text = content.decode()
        for time in (*TIMES, DAY, HEAD):
            text = time.sub("<time>", text)
        shown[path] = re.sub(r"\b[0-9a-f]{64}\b", lambda found: names.get(found[0], found[0]), text)
    return shown


def test_the_same_files_give_the_same_bytes_but_for_times(cities: tuple[dict[str, bytes], ...]) -> None:
    one, two = without_times(cities[0]), without_times(cities[1])
    assert set(one) == set(two)
    assert len(one) > 100
    differ = [path for path in one if one[path] != two[path]]
    assert not differ, difference(one[differ[0]], two[differ[0]])


@pytest.mark.parametrize("name", ["trees.csv", "trees.parquet", "datapackage.json"])
def test_data_and_their_description_hold_no_time_at_all(name: str, cities: tuple[dict[str, bytes], ...]) -> None:
    files = [{path: content for path, content in city.items() if path.endswith(f"/{name}")} for city in cities]
    assert files[0]
    assert files[0] == files[1]


def difference(one: str, two: str) -> str:
    """The first lines that differ, for whoever has to mend it."""
    pairs = zip(re.split(r"(?<=[>,\n])", one), re.split(r"(?<=[>,\n])", two), strict=False)
    return "; ".join(f"{a!r} and {b!r}" for a, b in pairs if a != b)[:1000]
