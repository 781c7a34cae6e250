"""The services of a job: settings, store, ledger and catalogue, opened once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from flows.process.startup import keep_files_private
from flows.settings import Settings
from flows.state.store import Store
from packages.model import Identity
from packages.readers.budget import put_budgets_in_force

if TYPE_CHECKING:
    from catalogue.backends.protocol import Catalogue
    from flows.state.ledger import Ledger


log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def services_for(settings: Settings) -> Services:
    """Return the services that all threads of a night share: the ledger is opened once, not for each dataset.

    To be called by one thread first: what is opened on first use is opened by this call.
    """
    services = Services(settings)
    _ = services.ledger, services.catalogue
    return services


@dataclass(frozen=True)
class Services:
    """Services that are opened on first use, so that a job pays only for what it touches."""

    settings: Settings

    def __post_init__(self) -> None:
        # whatever this process has read for these services is read within their limits
        put_budgets_in_force(self.settings.budgets)

    @cached_property
    def store(self) -> Store:
        """What was received and made: in the folder, or in the object store that the settings name."""
        keep_files_private()
        if not self.settings.store_url:
            return Store(self.settings.home).prepare()
        # an object store is another library, which most machines do without
        from flows.state.shared_store import SharedStore
        from packages.objects import open_store_of

        return SharedStore(self.settings.home, open_store_of(self.settings)).prepare()

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger; SetupProblem when its database cannot be opened."""
        # SQLAlchemy takes a tenth of a second to import, and a check has no ledger
        from flows.state.ledger import Ledger
        from flows.state.records import chain_broken

        _ = self.store  # SQLite does not make the folder of its file
        ledger = Ledger(self.settings.ledger)
        # whatever is done with the ledger says so: on standard error, where no handler is set
        if ledger.chain.broken_at:
            log.error("%s", chain_broken(ledger.chain).what)
        return ledger

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue that the settings name."""
        from catalogue.backends import BACKENDS

        _ = self.store  # nothing is written where a link leads out of our folder
        return BACKENDS[self.settings.catalogue](self.settings, self)

    def recall(self, identity: Identity, place: str) -> str:
        """Return the id that a dataset has in the catalogue at an address; empty when the ledger knows none."""
        return self.ledger.recall(identity, place)

    def remember(self, identity: Identity, place: str, key: str) -> None:
        """Note in the ledger the id that a dataset has in the catalogue at an address."""
        self.ledger.remember(identity, place, key)

    @property
    def address(self) -> str:
        """The address at which a person sees what is published."""
        if self.settings.catalogue == "ckan":
            return self.settings.ckan_url
        if self.settings.catalogue == "datapress":
            return self.settings.datapress_url
        if self.settings.store_url:
            # what is on this disk is a copy to work on, with gaps
            return self.settings.public_url or "http://127.0.0.1:8000/"
        return str(self.settings.site.absolute() / "current" / "index.html")

    @property
    def site_address(self) -> str:
        """The address of the folder catalogue, with a slash at the end; empty when it has none."""
        if self.settings.catalogue != "folder":
            return ""
        if self.settings.public_url:
            return f"{self.settings.public_url.rstrip('/')}/"
        if self.settings.store_url:
            return ""
        return f"{(self.settings.site.absolute() / 'current').as_uri()}/"
