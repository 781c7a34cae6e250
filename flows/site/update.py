"""What the site shows besides the listings: the state of every dataset, its history, its tasks, the register.

Read from the ledger, the descriptions and the reports, and handed to the site as plain values. The same night twice
gives the same values, so that nothing is written again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalogue.site.status import (
    DatasetOverview,
    DatasetState,
    DatasetStatus,
    InformationAsset,
    ReleaseSummary,
    SiteStatus,
)
from flows.outcome import FAILED, Outcome
from flows.services import Services
from flows.site.advice import production_steps, tasks_of
from flows.site.dataset_state import DatasetFacts, dataset_state, expected_day
from flows.site.history import dimension_statuses, public_report, release_history
from packages.errors import LondataError, SetupProblem
from packages.model import Identity
from packages.spec import LONDON, DatasetSpec, list_identities, list_unions, load_spec
from packages.vocabulary import cadences, licences, publisher, publishers

if TYPE_CHECKING:
    from catalogue.backends.folder import FolderCatalogue
    from flows.state.ledger import Attempt, PublishStep

REVIEW_SOON = dt.timedelta(days=90)
"""Time before the day of a review from which it is due soon."""

CHANNEL = "site"
"""The name under which the ledger keeps which runs failed, next to the channels of notices."""

WHY = "failure"
"""The name under which it keeps why the last run failed that did."""


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the ledger says of all datasets, read at once: asked for each of them, that was most of an update.

    By identity: the last attempt, the finished publication, the withdrawal, and the last note on runs that failed.
    """

    attempts: Mapping[Identity, Attempt]
    public: Mapping[Identity, PublishStep]
    withdrawals: Mapping[Identity, PublishStep]
    failures: Mapping[Identity, tuple[str, dt.datetime]]

    @classmethod
    def of(cls, services: Services) -> LedgerView:
        """Read it."""
        ledger, catalogue = services.ledger, services.settings.catalogue
        withdrawals = ledger.all_withdrawals(catalogue)
        return cls(ledger.last_attempts(), ledger.all_published(catalogue), withdrawals, ledger.last_notices(CHANNEL))


def update_site(services: Services, now: dt.datetime) -> int:
    """Make the pages of the site that are not as they should be; return how many files changed."""
    # the folder catalogue loads the templates of the site; a run with another catalogue needs none of them
    from catalogue.backends import site_catalogue
    from catalogue.trees.again import until_won

    site = site_catalogue(services.settings)
    # in this order: what is known is as new as the pages that are replaced, or newer
    return until_won(lambda: site.show(site_status(services, site, now.date())), site.refresh)


def update_site_after(services: Services, now: dt.datetime) -> str:
    """Update the site after something was done; return what went wrong in words, because that was done all the same.

    Where another catalogue lists the releases, the site is only made when a person asks for it.
    """
    if services.settings.catalogue != "folder":
        return ""
    try:
        update_site(services, now)
    except LondataError as problem:
        return f"The pages of the site are not up to date: {problem.what} {problem.fix}"
    return ""


def record_failures(outcomes: Iterable[Outcome], services: Services, now: dt.datetime) -> None:
    """Note which runs failed and which no longer do: a failed run leaves no attempt behind."""
    for outcome in outcomes:
        state = FAILED if outcome.verdict == FAILED else ""
        if services.ledger.last_state(outcome.identity, CHANNEL) != state:
            services.ledger.note_notice(outcome.identity, CHANNEL, state, now)
        # summaries of failures hold no data
        if state and services.ledger.last_state(outcome.identity, WHY) != outcome.summary:
            services.ledger.note_notice(outcome.identity, WHY, outcome.summary, now)


def site_status(services: Services, site: FolderCatalogue, today: dt.date) -> SiteStatus:
    """Return everything that is known today, as the site shows it."""
    root, known = services.settings.datasets, LedgerView.of(services)
    # all of London in one release is shown once a run has looked at it
    unions = (union for union in list_unions(root) if union in known.attempts)
    overviews = (_overview(identity, services, site, known, today) for identity in (*list_identities(root), *unions))
    names = sorted((body.name, body.slug) for body in publishers().values())
    return SiteStatus(tuple((slug, name) for name, slug in names), tuple(found for found in overviews if found))


def register_overviews(services: Services, today: dt.date) -> tuple[DatasetOverview, ...]:
    """Return every dataset as far as the register tells of it: what is public is known from the site as it is."""
    from catalogue.backends import site_catalogue

    root, known, site = services.settings.datasets, LedgerView.of(services), site_catalogue(services.settings)
    found = []
    for identity in sorted((*list_identities(root), *(one for one in list_unions(root) if one in known.attempts))):
        try:
            spec = load_spec(identity, root)
            publisher(identity.publisher)
        except SetupProblem:
            continue
        step, shown = known.public.get(identity), site.overview(identity)
        public = next((one for one in shown.history if step and one.release == step.release), None) if shown else None
        cadence = cadences().get(spec.cadence)
        found.append(
            DatasetOverview(
                _status(spec, public, known, today),
                cadence.title if cadence else spec.cadence,
                spec.package.description.strip(),
                information_asset(spec, today),
            )
        )
    return tuple(found)


def _overview(
    identity: Identity, services: Services, site: FolderCatalogue, known: LedgerView, today: dt.date
) -> DatasetOverview | None:
    """Return one dataset; None when its description cannot be read, which the run itself reports."""
    try:
        spec = load_spec(identity, services.settings.datasets)
        publisher(identity.publisher)  # raises when the vocabulary does not know it
    except SetupProblem:
        return None
    step, attempt = known.public.get(identity), known.attempts.get(identity)
    shown = site.overview(identity)
    releases = release_history(spec, services, {summary.release: summary for summary in shown.history} if shown else {})
    public = next((summary for summary in releases if step and summary.release == step.release), None)
    status = _status(spec, public, known, today)
    cadence = cadences().get(spec.cadence)
    overview = DatasetOverview(
        status,
        cadence.title if cadence else spec.cadence,
        spec.package.description.strip(),
        information_asset(spec, today),
    )
    # of a withdrawn dataset, only its description is shown and that it was withdrawn
    if status.state is DatasetState.WITHDRAWN:
        return overview
    judged = public_report(services.store.report_folder(attempt.report), spec) if attempt else None
    folder = services.store.release_copy(identity, public.release) if public else None
    # on most days, the file that was judged last is the one that is public
    is_judged_last = attempt is not None and services.store.report_path(attempt.report) == folder
    published = judged if is_judged_last else public_report(folder, spec) if folder else None
    # in the folder catalogue the page of a dataset is this one
    receipt = json.loads(step.receipt or "{}") if step and services.settings.catalogue != "folder" else {}
    return replace(
        overview,
        steps=tuple(production_steps(spec, published)),
        tasks=() if identity.publisher == LONDON else tuple(tasks_of(status, judged, spec)),
        judged=attempt.at.date().isoformat() if attempt else "",
        history=releases,
        dimensions=dimension_statuses(published or judged, spec, status, public),
        page=str(receipt.get("page", "")),
    )


def _status(spec: DatasetSpec, public: ReleaseSummary | None, known: LedgerView, today: dt.date) -> DatasetStatus:
    identity = spec.identity
    attempt, failing = known.attempts.get(identity), known.failures.get(identity)
    withdrawal = known.withdrawals.get(identity)
    facts = DatasetFacts(
        days=cadences()[spec.cadence].days if spec.cadence in cadences() else 0,
        verdict=attempt.verdict if attempt else None,
        judged=attempt.at.date() if attempt else None,
        released=public.sealed.date() if public else None,
        covers_to=public.covers[1] if public else "",
        failing=failing[1].date() if failing and failing[0] == FAILED else None,
        withdrawn=withdrawal.at.date() if withdrawal else None,
        is_open=spec.governance.is_open,
    )
    state, since = dataset_state(facts, today)
    expected = expected_day(facts)
    is_withdrawn = state is DatasetState.WITHDRAWN
    return DatasetStatus(
        identity=identity,
        title=spec.package.title,
        publisher=publisher(identity.publisher).name,
        state=state,
        since=since.isoformat() if since else "",
        due=expected.isoformat() if expected and not is_withdrawn else "",
        released=facts.released.isoformat() if facts.released and not is_withdrawn else "",
        release=public.release if public and not is_withdrawn else "",
    )


def information_asset(spec: DatasetSpec, today: dt.date) -> InformationAsset:
    """Return the entry of a dataset in the register, as its description says it and as it stands today. Pure."""
    governance = spec.governance
    licence = licences().get(spec.package.licence)
    said = {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in governance.model_dump(exclude={"review_months"}, exclude_none=True).items()
    }
    contact, due = spec.publisher.contact, governance.next_review
    review = "never"
    if due:
        review = "overdue" if today > due else "soon" if today > due - REVIEW_SOON else "in time"
    return InformationAsset(
        **said
        | {
            "controller": governance.controller or publisher(spec.identity.publisher).title,
            "creator": governance.creator or publisher(spec.identity.publisher).title,
            "contact": ", ".join(filter(None, (contact.team, contact.email, contact.page))),
            "concerns": spec.concerns,
            "openness": governance.openness or "open",
            "licence": licence.title if licence else spec.package.licence,
            "review_due": due.isoformat() if due else "",
            "review": review,
            "answered": spec.answers.date.isoformat() if spec.answers.date else "",
        }
    )
