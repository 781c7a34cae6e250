"""A signed site made by the pipeline: two boroughs, keys of its own, a clock that is set."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from catalogue.signing.key_files import KeyFolder, write_secret
from catalogue.signing.key_list import KeyList, first_key_list
from catalogue.signing.keys import PrivateKey
from flows.outcome import PublishJob
from flows.publish import publish
from flows.services import Services
from flows.settings import Settings
from flows.site.update import update_site
from packages.model import Identity
from tests.flows.city import GOOD, make_city

CAMDEN, HACKNEY = Identity("street-trees", "camden"), Identity("street-trees", "hackney")
BEGIN = dt.datetime(2026, 11, 2, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class SignedCity:
    """Publishes and signs in `room`; `now` is the clock of both."""

    room: Path
    now: dt.datetime = BEGIN
    root: PrivateKey = field(default_factory=PrivateKey.new)

    def __post_init__(self) -> None:
        self.services = Services(
            Settings(home=self.room / "home", datasets=make_city(self.room, "camden", "hackney"), lease_wait=0)
        )
        self.keys = KeyFolder(self.room / "home/keys")

    def new_keys(self) -> KeyList:
        """Make a signing key and the first list of keys."""
        key = PrivateKey.new()
        write_secret(self.keys.signing_key, key.pem)
        keys = first_key_list(self.root.public, self.now).with_key(key.public, self.now)
        self.keys.keep(keys, self.root)
        return keys

    @property
    def current(self) -> Path:
        """The site as the public sees it."""
        return self.services.settings.site / "current"

    def publish(self, identity: Identity, content: str = GOOD) -> str:
        """Publish a file; return the verdict or state."""
        (self.room / "drop" / identity.publisher / "trees.csv").write_text(content)
        with self.clock():
            return str(publish(PublishJob(identity), self.services, self.now).verdict)

    def show(self) -> int:
        """Bring the pages up to date, as every run does at its end; return how many files changed."""
        with self.clock():
            return update_site(self.services, self.now)

    def clock(self) -> mock._patch[object]:
        """Let who signs read the clock of the city."""
        return mock.patch("flows.settings.signing_clock", side_effect=lambda: self.now)
