"""Every place that a release can be listed in; those of a real CKAN are `live`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from packages.objects import StoreAddress
from tests.contract.places import CkanPlace, DatapressPlace, FolderPlace, Place, Remembering, StorePlace, served
from tests.datapress.server import datapress
from tests.live.conftest import FaultProxy, rig, start_rig
from tests.s3 import BUCKET, moto_server

__all__ = ["rig"]

PLACES = (
    "folder",
    "store",
    "datapress",
    pytest.param("ckan upload", marks=pytest.mark.live),
    pytest.param("ckan link", marks=pytest.mark.live),
)


@pytest.fixture(scope="session")
def moto() -> Iterator[StoreAddress]:
    """A server that speaks S3."""
    with moto_server() as address:
        yield address


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty catalogue of each kind."""

    def without_waits() -> None:
        """Nobody sleeps from here on; servers that are still to start are waited for before."""
        monkeypatch.setattr("catalogue.backends.transport.answers.time.sleep", lambda seconds: None)

    kind, _, mode = request.param.partition(" ")
    if kind == "folder":
        without_waits()
        yield FolderPlace(tmp_path)
        return
    if kind == "store":
        without_waits()
        address = request.getfixturevalue("moto")
        yield StorePlace(tmp_path, replace(address, url=f"s3://{BUCKET}/{tmp_path.name}"))
        return
    if kind == "datapress":
        with datapress() as server:
            without_waits()
            yield DatapressPlace(server, Remembering())
        return
    request.getfixturevalue("rig")
    started = start_rig()
    with served(tmp_path) as public, FaultProxy(started) as proxy:
        proxy.play("ok", match="^(POST|PUT|PATCH|DELETE) ")
        settings = replace(started, mode=mode, public_url=public if mode == "link" else "")
        without_waits()
        yield CkanPlace(settings, proxy, monkeypatch)
