"""One's turn at a dataset: alone, with a lease, and with everything at hand to make a release public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from catalogue.listing import listing_of
from flows.services import Services
from flows.state.audit import Act
from flows.state.lease import Lease, LeaseTerms, current_user, hold_lease
from flows.state.ledger import NewStep, PublishStep
from packages.errors import WaitingForPerson
from packages.model import Identity, Publication, Release
from packages.spec import DatasetSpec
from packages.vocabulary import publisher

SHARED = ("ckan",)
"""Catalogues that other people write to as well: what is missing there was removed by somebody."""


@dataclass(frozen=True)
class PublishContext:
    """Who works on which dataset, when, with what. `instead_of` is the release that a rollback takes back.

    `approved_by` names a person who has just let pass what was held.
    """

    identity: Identity
    tools: Services
    now: dt.datetime
    lease: Lease | None = None
    approved_by: str = ""
    what: str = "published"
    instead_of: str = ""

    @property
    def catalogue(self) -> str:
        return self.tools.settings.catalogue

    @property
    def public(self) -> str:
        """The digest of the release that is public as far as we know; empty when none is."""
        step = self.tools.ledger.published(self.identity, self.catalogue)
        return step.release if step else ""

    def last_step(self) -> PublishStep | None:
        return self.tools.ledger.last_step(self.identity, self.catalogue)

    def act(self, what: str, after: str = "", note: str = "") -> Act:
        """An entry for the audit: from what is public now to `after`."""
        who = self.approved_by or current_user()
        return Act(self.now, who, what, self.identity, before=self.public, after=after, note=note)

    def begun(self, release: str, state: str = "intent", reason: str = "") -> NewStep:
        """The step to note before the first outside effect."""
        return NewStep(self.identity, self.catalogue, release, self.now, state, self.instead_of, reason)


@contextmanager
def exclusive(identity: Identity, tools: Services, now: dt.datetime, approved_by: str = "") -> Iterator[PublishContext]:
    """Work on a dataset alone; TemporaryProblem when somebody else does and does not end soon."""
    terms = LeaseTerms(tools.settings.lease_seconds, tools.settings.lease_wait)
    with hold_lease(tools.ledger.database, identity, terms) as lease:
        yield PublishContext(identity, tools, now, lease, approved_by)


def list_release(release: Release, spec: DatasetSpec, turn: PublishContext) -> Publication:
    """Make the catalogue say what the release says; the receipt counts no writes when it did so already.

    The ledger hears of the intent before the first outside effect, and of nothing when all is as it should be.
    """
    tools, ledger = turn.tools, turn.tools.ledger
    wanted = listing_of(release, spec, publisher(spec.identity.publisher), public_url=tools.settings.public_url)

    def intend() -> None:
        _respect_removal(turn)
        ledger.intend(turn.begun(release.digest), turn.lease)

    publication = tools.catalogue.publish(wanted, release, now=turn.now, intend=intend)
    step = turn.last_step()
    if publication.writes or step is None or (step.state, step.release) != ("done", release.digest):
        ledger.done(publication, turn.act(turn.what, release.digest), turn.lease)
    return publication


def _respect_removal(turn: PublishContext) -> None:
    """What somebody removed from a catalogue of many is not made again by a nightly run."""
    if turn.catalogue not in SHARED or not turn.public or turn.approved_by:
        return
    if turn.tools.catalogue.live(turn.identity) is None:
        raise WaitingForPerson(
            f"{turn.identity} was public, and is not in the catalogue any more: somebody removed it for good.",
            fix=f"If it should come back, run `londata publish {turn.identity} --yes`. If it was meant, run `londata "
            f"withdraw {turn.identity} --reason …`, so that the nightly run leaves it alone.",
            why="Somebody may have had a reason, for example personal data, to take it away.",
        )


def withdraw_release(reason: str, turn: PublishContext) -> Publication:
    """Take a dataset out of the public's sight, in the catalogue and in our own folder of releases.

    The receipt's `read_back` names files elsewhere that the public got while we looked, by address.
    """
    ledger, tools = turn.tools.ledger, turn.tools
    act = turn.act("withdrawn", note=reason)

    def intend() -> None:
        ledger.intend(turn.begun("", "withdrawing", reason), turn.lease)

    publication = tools.catalogue.withdraw(turn.identity, reason=reason, now=turn.now, intend=intend)
    tools.store.set_aside(turn.identity)
    step = turn.last_step()
    if publication.writes or step is None or step.state != "withdrawn":
        ledger.withdrawn(publication, reason, act, turn.lease)
    return publication
