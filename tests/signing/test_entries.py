"""A release in a CKAN or a DataPress: one fact of its entry signs it, and a re-user proves it with a root key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.backends.ckan.entry import Translation
from catalogue.backends.ckan.schema import TargetSchema
from catalogue.backends.ckan.settings import CkanSettings
from catalogue.backends.datapress.catalogue import DatapressCatalogue
from catalogue.backends.datapress.mapping import DatapressSettings
from catalogue.listing import Listing, listing_of
from catalogue.verifying.entries import entry_address
from catalogue.verifying.found import Attack, Verified
from catalogue.verifying.seen import SeenFile
from packages.model import Identity
from packages.vocabulary import publisher
from tests.catalogue.city import ROWS, release, spec
from tests.catalogue.web_server import served
from tests.datapress.server import KEY, datapress
from tests.signing.trusted_keys import TrustedKeys

CAMDEN = Identity("spend-over-500", "camden")
NOW = dt.datetime(2026, 11, 2, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def signing(tmp_path: Path) -> TrustedKeys:
    return TrustedKeys.in_folder(tmp_path, NOW)


def verified(keys: TrustedKeys, address: str) -> Verified:
    return keys.verify_entry(address, NOW)


def listed(root: Path) -> tuple[Listing, Path]:
    sealed = release(root / "releases", CAMDEN, ROWS)
    return listing_of(sealed, spec(CAMDEN), publisher("camden")), sealed.folder


@pytest.fixture
def ckan(signing: TrustedKeys) -> Iterator[tuple[Path, str]]:
    """What a CKAN would answer to package_show, with the files beside it; the file of the answer, and its address."""
    listing, folder = listed(signing.room)
    with served(signing.room) as url:
        where = f"{url}/{folder.relative_to(signing.room)}/"
        listing = replace(
            listing,
            distributions=tuple(replace(file, url=where + file.file) for file in listing.distributions),
            documents=tuple(replace(file, url=where + file.file) for file in listing.documents),
        )
        translation = Translation.of(CkanSettings(url, "token", signer=signing.signer(NOW)), TargetSchema())
        package = translation.dataset(listing, {})
        package["resources"] = [translation.resource(file, listing) for file in listing.files]
        place = signing.room / "package_show"
        place.write_text(json.dumps({"success": True, "result": package}))
        yield place, f"{url}/package_show"


def test_a_dataset_in_a_ckan(ckan: tuple[Path, str], signing: TrustedKeys) -> None:
    result = verified(signing, ckan[1])
    assert not result.found
    assert result.files == 4
    said = json.loads(ckan[0].read_bytes())
    said["result"]["resources"].append({"url": "http://x/other.csv", "hash": "", "size": 1})
    ckan[0].write_text(json.dumps(said))
    assert verified(signing, ckan[1]).notes[0].startswith("1 files there are signed by nobody")


SPOILT = (
    ("hash", "0" * 64, Attack.FORGED),
    ("size", 1, Attack.FORGED),
    ("url", "http://127.0.0.1:1/payments.csv", Attack.SILENT),
    ("url", "file:///etc/passwd", Attack.FORGED),
)


@pytest.mark.parametrize(("field", "value", "attack"), SPOILT)
def test_a_changed_entry_is_found(
    field: str, value: object, attack: Attack, ckan: tuple[Path, str], signing: TrustedKeys
) -> None:
    said = json.loads(ckan[0].read_bytes())
    said["result"]["resources"][0][field] = value
    ckan[0].write_text(json.dumps(said))
    assert {one.attack for one in verified(signing, ckan[1]).found} == {attack}


def test_a_changed_file_and_an_entry_without_signature_are_found(ckan: tuple[Path, str], signing: TrustedKeys) -> None:
    said = json.loads(ckan[0].read_bytes())
    csv = next(signing.room.rglob("payments.csv"))
    csv.chmod(0o644)
    csv.write_bytes(csv.read_bytes().replace(b"612.50", b"612.51"))
    assert {one.attack for one in verified(signing, ckan[1]).found} == {Attack.CHANGED}
    said["result"]["extras"] = [one for one in said["result"]["extras"] if one["key"] != "release_signature"]
    ckan[0].write_text(json.dumps(said))
    assert {one.attack for one in verified(signing, ckan[1]).found} == {Attack.DAMAGED}


def test_an_older_release_is_a_rollback_for_whoever_saw_the_newer_one(
    ckan: tuple[Path, str], signing: TrustedKeys
) -> None:
    assert not verified(signing, ckan[1]).found
    seen = SeenFile(signing.room / "seen.json")
    seen.write(ckan[1], replace(seen.read(ckan[1]), version=seen.read(ckan[1]).version + 1))
    assert {one.attack for one in verified(signing, ckan[1]).found} == {Attack.ROLLBACK}


def test_a_datapress_takes_no_request_more_for_it(signing: TrustedKeys) -> None:
    wanted = release(signing.room / "releases", CAMDEN, ROWS)
    listing = listing_of(wanted, spec(CAMDEN), publisher("camden"))
    counts = []
    for signer in (None, signing.signer(NOW)):
        with datapress() as server:
            fields = {"record": "londata", "frequency": "update_frequency", "geography": "geo"}
            settings = DatapressSettings(server.url, KEY, {"": "53oj7"}, {"": "gla"}, fields, signer=signer)
            catalogue = DatapressCatalogue(settings)
            receipt = catalogue.publish(listing, wanted, now=NOW)
            counts.append(receipt.writes)
            assert catalogue.publish(listing, wanted, now=NOW).writes == 0
            if signer:
                address = f"{server.url}/api/v3/dataset/{receipt.ids['dataset']}"
                result = verified(signing, address)
                assert not result.found
                assert result.files == 4
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://data.example/dataset/a-b", "https://data.example/api/3/action/package_show?id=a-b"),
        ("https://d.example/ckan/dataset/a-b/", "https://d.example/ckan/api/3/action/package_show?id=a-b"),
        ("https://d.example/api/3/action/package_show?id=x", "https://d.example/api/3/action/package_show?id=x"),
        ("https://d.example/api/v3/dataset/4mxpm", "https://d.example/api/v3/dataset/4mxpm"),
        ("https://d.example/datasets/spend-over-500/camden/", ""),
        ("/srv/site", ""),
    ],
)
def test_which_addresses_are_those_of_an_entry(address: str, api: str) -> None:
    assert entry_address(address) == api
