"""How long the site of a whole city takes: 36 publishers, 8 datasets, 12 releases each, in seconds of CPU.

    python tests/bench/site.py [--publishers 36] [--datasets 8] [--releases 12]

The ledger, the store with its reports, and the listings are made up first, out of one file that was really judged; that
is not timed. Then: the whole site, the same again without news, again with one file that failed, again with one new
release.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from catalogue.backends.site_folder import SiteFolder
from catalogue.listing import listing_of, listing_to_json, release_path
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from flows.state.ledger import Attempt
from packages.model import Identity, Publication, Release, Verdict
from packages.release.seal import open_release
from packages.spec import load_spec
from packages.vocabulary import publishers
from tests.catalogue.public_site import public_files
from tests.flows.city import DATAPACKAGE, QUALITY, make_city

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
TEMPLATE = Identity("street-trees", "camden")


def main() -> None:
    """Make a city, show it, and print what that took."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("publishers", 36), ("datasets", 8), ("releases", 12)):
        asked.add_argument(f"--{name}", type=int, default=number)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="londata-bench-") as folder:
        services = make(Path(folder), wanted.publishers, wanted.datasets, wanted.releases)
        identities = list(_identities(wanted.publishers, wanted.datasets))
        one = identities[len(identities) // 2]
        timed("the whole site", lambda: update_site(services, NOW))
        pages = sum(name.endswith(".html") for name in public_files(services.settings.site / "current"))
        timed("again, without news", lambda: update_site(services, NOW))
        _attempt(services, one, Verdict.BLOCKED, open_release(_stored(services, one)[-1]))
        timed("again, with one file that failed", lambda: update_site(services, NOW))
        _relist(services, one)
        timed("again, with one new release", lambda: update_site(services, NOW))
        print(f"{len(identities)} datasets, {pages:,} pages")


def timed(what: str, work: Callable[[], int]) -> None:
    """Run it and print user and system seconds, and how many files it wrote."""
    before = time.process_time()
    writes = work()
    print(f"{what:<36}{time.process_time() - before:8.2f} s CPU {writes:>8,} files written", flush=True)


def make(root: Path, many_publishers: int, many_datasets: int, many_releases: int) -> Services:
    """A city with its history in ledger, store and listings, and no page yet."""
    datasets = make_city(root, *list(publishers())[:many_publishers], *([] if many_publishers > 6 else ["camden"]))
    services = Services(Settings(home=root / "home", datasets=datasets))
    publish(PublishJob(TEMPLATE), services, NOW)
    judged = open_release(next((services.store.releases / "street-trees" / "camden").iterdir()))
    for number in range(1, many_datasets):
        _dataset(datasets, f"street-trees-{number}")
    for identity in _identities(many_publishers, many_datasets):
        for number in range(many_releases):
            made = _release(services, judged, identity, number)
            _attempt(services, identity, Verdict.PUBLISH, made)
        _list(services, identity, made)
    return services


def _identities(many_publishers: int, many_datasets: int) -> Iterator[Identity]:
    for number in range(many_datasets):
        for slug in list(publishers())[:many_publishers]:
            yield Identity(f"street-trees-{number}" if number else "street-trees", slug)


def _dataset(datasets: Path, name: str) -> None:
    folder = datasets / name
    (folder / "publishers").mkdir(parents=True)
    (folder / "datapackage.yaml").write_text(DATAPACKAGE.replace("name: street-trees", f"name: {name}", 1))
    (folder / "quality.yaml").write_text(QUALITY)
    for path in (datasets / "street-trees" / "publishers").iterdir():
        (folder / "publishers" / path.name).write_text(path.read_text())


def _release(services: Services, judged: Release, identity: Identity, number: int) -> Release:
    """One more release of that identity: the same files, under a digest of its own."""
    digest = hashlib.sha256(f"{identity} {number}".encode()).hexdigest()
    folder = services.store.release_folder(identity, digest)
    folder.mkdir(parents=True)
    for file in judged.manifest:
        if not file.name.startswith("report."):
            os.link(judged.folder / file.name, folder / file.name)
    for name in ("report.json", "report.html"):
        text = (judged.folder / name).read_text().replace(str(judged.identity), str(identity))
        (folder / name).write_text(text)
    manifest = json.loads((judged.folder / "manifest.json").read_text())
    sealed = NOW - dt.timedelta(days=31 * (12 - number))
    manifest |= {"dataset": identity.dataset, "publisher": identity.publisher, "digest": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"sealed": sealed.isoformat()}))
    return open_release(folder)


def _attempt(services: Services, identity: Identity, verdict: Verdict, release: Release) -> None:
    stopped = verdict is Verdict.BLOCKED
    mark = hashlib.sha256(release.digest.encode()).hexdigest()
    digest, at = ("" if stopped else release.digest), release.sealed
    services.ledger.note_attempt(Attempt(identity, at, "source", mark, verdict, digest, str(release.folder), 4, 0, "…"))


def _list(services: Services, identity: Identity, release: Release) -> None:
    spec = load_spec(identity, services.settings.datasets)
    site = SiteFolder(services.settings.site)
    site.prepare()
    with site.dataset(identity).new_version() as version:
        lasting = version.folder / release_path(release.digest)
        lasting.mkdir(parents=True, exist_ok=True)
        for file in release.manifest:
            for target in (version.folder, lasting):
                (target / file.name).unlink(missing_ok=True)
                os.link(release.folder / file.name, target / file.name)
        wanted = listing_of(release, spec, publishers()[identity.publisher])
        version.write(version.folder / "listing.json", listing_to_json(wanted))
    receipt = Publication(identity, "folder", release.digest, "", {}, {}, {}, 1, release.sealed)
    services.ledger.done(receipt)


def _stored(services: Services, identity: Identity) -> list[Path]:
    folders = (services.store.releases / identity.dataset / identity.publisher).iterdir()
    return sorted(folders, key=lambda folder: open_release(folder).sealed)


def _relist(services: Services, identity: Identity) -> None:
    """One more release, listed as a publish would list it."""
    newest = open_release(_stored(services, identity)[-1])
    made = replace(_release(services, newest, identity, 99), sealed=NOW)
    _attempt(services, identity, Verdict.PUBLISH, made)
    _list(services, identity, made)


if __name__ == "__main__":
    main()
