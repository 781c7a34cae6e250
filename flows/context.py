"""The context of work on one dataset: its lease, its services, and the steps that make a release public or withdraw it.

Every step is noted in the ledger before its first outside effect, so that a run that is killed can be finished later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue.listing import listing_of
from flows.decisions.conditions import Obstacle, is_out_of_the_way, let_in_by_account, obstacles_to
from flows.decisions.guard import release_guard
from flows.privacy.freezes import freeze_on, frozen_problem
from flows.process.system_problems import system_problems
from flows.services import Services
from flows.state.audit import Act
from flows.state.lease import Lease, LeaseTerms, current_user, hold_lease
from flows.state.ledger import Agree, NewStep, PublishStep
from packages.errors import WaitingForPerson
from packages.model import Identity, Publication, Release
from packages.spec import DatasetSpec
from packages.vocabulary import publisher

SHARED = ("ckan", "datapress")
"""Catalogues that other people write to as well: what is missing there was removed by a person."""


@dataclass(frozen=True)
class PublishContext:
    """Who works on which dataset, when, and with what. `instead_of` is the release that a rollback takes back.

    `yes` says that the account that runs us lets pass what such an account may. `what` is the word for the audit.
    `agree` is asked in the transaction of the intent whether what was decided still holds. `takes_away` is set where a
    release only takes the place of one with data that have to go: no incident keeps it back.
    """

    identity: Identity
    services: Services
    now: dt.datetime
    lease: Lease | None = None
    yes: bool = False
    what: str = "published"
    instead_of: str = ""
    agree: Agree | None = None
    takes_away: bool = False

    @property
    def catalogue(self) -> str:
        """The name of the catalogue that is written to."""
        return self.services.settings.catalogue

    @property
    def public(self) -> str:
        """The digest of the release that is public according to the ledger; empty when none is."""
        step = self.services.ledger.published(self.identity, self.catalogue)
        return step.release if step else ""

    def last_step(self) -> PublishStep | None:
        """Return the latest step of the publish protocol."""
        return self.services.ledger.last_step(self.identity, self.catalogue)

    def is_let_in(self, obstacle: Obstacle) -> bool:
        """Return whether people have decided that something may come back that was taken away."""
        return is_out_of_the_way(obstacle, self.services, self.now, yes=self.yes)

    def standing(self, release: str = "") -> PublishStep | None:
        """Return the step that keeps the dataset or the release away, unless people have let it in again."""
        found = obstacles_to(self.identity, self.services, release)
        return next((step for obstacle, step in found.items() if not self.is_let_in(obstacle)), None)

    def act(self, what: str, after: str = "", note: str = "") -> Act:
        """Return an entry for the audit: from what is public now to the release `after`."""
        return Act(self.now, current_user(), what, self.identity, before=self.public, after=after, note=note)

    def new_step(self, release: str, state: str = "intent", reason: str = "") -> NewStep:
        """Return the step to note before the first outside effect."""
        return NewStep(self.identity, self.catalogue, release, self.now, state, self.instead_of, reason)


@contextmanager
def exclusive(
    identity: Identity, services: Services, now: dt.datetime, *, yes: bool = False
) -> Iterator[PublishContext]:
    """Hold the lease on a dataset; TemporaryProblem when another run has it and does not end soon."""
    terms = LeaseTerms(services.settings.lease_seconds, services.settings.lease_wait)
    with hold_lease(services.ledger.database, identity, terms) as lease, system_problems():
        yield PublishContext(identity, services, now, lease, yes)


def list_release(release: Release, spec: DatasetSpec, context: PublishContext) -> Publication:
    """Make the catalogue show a release; the receipt counts no writes when it did so already.

    The ledger gets the intent before the first outside effect, and nothing when the catalogue is as it should be.
    """
    services, ledger = context.services, context.services.ledger
    wanted = listing_of(release, spec, publisher(spec.identity.publisher), public_url=services.settings.public_url)

    def intend() -> None:
        _respect_removal(context)
        if context.yes:
            let_in_by_account(obstacles_to(context.identity, services, release.digest), services, context.now)
        agree = context.agree or release_guard(release, spec, services, context.now)
        is_new = not context.takes_away and release.digest != context.public

        def agree_unless_frozen(connection: sa.Connection) -> None:
            if is_new and (incident := freeze_on(context.identity, services, connection)):
                raise frozen_problem(context.identity, incident)
            agree(connection)

        ledger.intend(context.new_step(release.digest), context.lease, agree_unless_frozen)

    publication = services.catalogue.publish(wanted, release, now=context.now, intend=intend)
    step = context.last_step()
    if publication.writes or step is None or (step.state, step.release) != ("done", release.digest):
        ledger.done(publication, context.act(context.what, release.digest), context.lease)
    return publication


def shown_already(release: Release, spec: DatasetSpec, context: PublishContext) -> Publication | None:
    """Return the receipt of a release that the catalogue shows as it should, by reading alone; None if it does not."""
    services, step = context.services, context.last_step()
    if step is None or (step.state, step.release) != ("done", release.digest):
        return None
    wanted = listing_of(release, spec, publisher(spec.identity.publisher), public_url=services.settings.public_url)

    def refuse() -> None:
        raise _NotShownError

    try:
        return services.catalogue.publish(wanted, release, now=context.now, intend=refuse)
    except _NotShownError:
        return None


class _NotShownError(Exception):
    """Raised instead of noting an intent, which a catalogue asks for before its first outside effect."""


def _respect_removal(context: PublishContext) -> None:
    """Raise WaitingForPerson rather than put back what a person removed from a shared catalogue."""
    step = context.services.ledger.published(context.identity, context.catalogue)
    if context.catalogue not in SHARED or not step or context.services.catalogue.live(context.identity):
        return
    if not context.is_let_in(Obstacle(context.identity, "removed-elsewhere", step.at)):
        raise WaitingForPerson(
            f"{context.identity} was public, and is not in the catalogue any more: somebody removed it for good.",
            fix=f"If it should come back, run `londata ask {context.identity}` and decide. If it was meant, run "
            f"`londata withdraw {context.identity} --reason …`, so that the nightly run leaves it alone.",
            why="Somebody may have had a reason, for example personal data, to take it away.",
        )


def withdraw_release(reason: str, context: PublishContext) -> Publication:
    """Take a dataset out of the catalogue and out of our own folder of releases, which a web server may serve.

    The receipt's `read_back` names files elsewhere that were still public when they were read back, by address.
    """
    ledger, services = context.services.ledger, context.services
    # made first: it says what was public before
    act = context.act("withdrawn", note=reason)

    def intend() -> None:
        ledger.intend(context.new_step("", "withdrawing", reason), context.lease)

    publication = services.catalogue.withdraw(context.identity, reason=reason, now=context.now, intend=intend)
    steps = ledger.steps(context.identity, context.catalogue)
    services.store.set_aside(context.identity, {known.release for known in steps})
    step = context.last_step()
    if publication.writes or step is None or step.state != "withdrawn":
        ledger.withdrawn(publication, reason, act, context.lease)
    return publication
