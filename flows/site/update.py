"""What the site shows besides the listings: how every dataset stands, its history, its tasks, the register.

Read from the ledger, the descriptions and the reports, and handed to the site as plain values. The same night twice
gives the same values, so that nothing is written again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalogue.site.status import (
    DatasetOverview,
    DatasetState,
    DatasetStatus,
    InformationAsset,
    ReleaseSummary,
    SiteStatus,
)
from flows.publish import Outcome
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
    from flows.state.ledger import PublishStep

FAILED = "failed"
CHANNEL = "site"
"""Under this name the ledger keeps which runs failed, as it keeps what other people were told."""


def update_site(tools: Services, now: dt.datetime) -> int:
    """Make the pages of the site that are not as they should be; gives how many files changed."""
    site = _site(tools)
    return site.show(site_status(tools, site, now.date()))


def record_failures(outcomes: Iterable[Outcome], tools: Services, now: dt.datetime) -> None:
    """Remember which runs failed and which do no longer: they leave no attempt behind."""
    for outcome in outcomes:
        told = FAILED if outcome.verdict == FAILED else ""
        if tools.ledger.told(outcome.identity, CHANNEL) != told:
            tools.ledger.note_notice(outcome.identity, CHANNEL, told, now)


def site_status(tools: Services, site: FolderCatalogue, today: dt.date) -> SiteStatus:
    """Everything that is known today."""
    described = (*list_identities(tools.settings.datasets), *_unions(tools))
    holdings = (_holding(identity, tools, site, today) for identity in described)
    names = sorted((one.name, one.slug) for one in publishers().values())
    return SiteStatus(tuple((slug, name) for name, slug in names), tuple(one for one in holdings if one))


def _unions(tools: Services) -> tuple[Identity, ...]:
    """All of London in one release, where somebody has looked at that."""
    return tuple(one for one in list_unions(tools.settings.datasets) if tools.ledger.last_attempt(one))


def _site(tools: Services) -> FolderCatalogue:
    from catalogue.backends.folder import FolderCatalogue

    return FolderCatalogue(tools.settings.site, public_url=tools.settings.public_url)


def _holding(identity: Identity, tools: Services, site: FolderCatalogue, today: dt.date) -> DatasetOverview | None:
    """One dataset; None when its description cannot be read, which the run itself says."""
    try:
        spec = load_spec(identity, tools.settings.datasets)
        publisher(identity.publisher)
    except SetupProblem:
        return None
    step = tools.ledger.published(identity, tools.settings.catalogue)
    shown = site.holding(identity)
    releases = release_history(spec, tools, {past.release: past for past in shown.history} if shown else {})
    public = next((past for past in releases if step and past.release == step.release), None)
    standing = _standing(spec, public, tools, today)
    holding = DatasetOverview(standing, _cadence(spec), spec.package.description.strip(), _asset(spec))
    if standing.state is DatasetState.WITHDRAWN:
        return holding
    attempt = tools.ledger.last_attempt(identity)
    judged = public_report(Path(attempt.report), spec) if attempt else None
    published = public_report(tools.store.release_folder(identity, public.release), spec) if public else None
    return replace(
        holding,
        steps=tuple(production_steps(spec, published)),
        tasks=() if identity.publisher == LONDON else tuple(tasks_of(standing, judged, spec)),
        judged=attempt.at.date().isoformat() if attempt else "",
        history=releases,
        dimensions=dimension_statuses(published or judged, spec, standing, public),
        page=_page(step) if step and tools.settings.catalogue != "folder" else "",
    )


def _cadence(spec: DatasetSpec) -> str:
    known = cadences().get(spec.cadence)
    return known.title if known else spec.cadence


def _page(step: PublishStep) -> str:
    return str(json.loads(step.receipt or "{}").get("page", ""))


def _standing(spec: DatasetSpec, public: ReleaseSummary | None, tools: Services, today: dt.date) -> DatasetStatus:
    identity = spec.identity
    attempt = tools.ledger.last_attempt(identity)
    failing = tools.ledger.last_notice(identity, CHANNEL)
    withdrawal = tools.ledger.withdrawal(identity, tools.settings.catalogue)
    known = DatasetFacts(
        days=cadences()[spec.cadence].days if spec.cadence in cadences() else 0,
        verdict=attempt.verdict if attempt else None,
        judged=attempt.at.date() if attempt else None,
        released=public.sealed.date() if public else None,
        covers_to=public.covers[1] if public else "",
        failing=failing[1].date() if failing and failing[0] == FAILED else None,
        withdrawn=withdrawal.at.date() if withdrawal else None,
        is_open=spec.governance.is_open,
    )
    found, since = dataset_state(known, today)
    expected = expected_day(known)
    return DatasetStatus(
        identity=identity,
        title=spec.package.title,
        publisher=publisher(identity.publisher).name,
        state=found,
        since=since.isoformat() if since else "",
        due=expected.isoformat() if expected and found is not DatasetState.WITHDRAWN else "",
        released=known.released.isoformat() if known.released and found is not DatasetState.WITHDRAWN else "",
        release=public.release if public and found is not DatasetState.WITHDRAWN else "",
    )


def _asset(spec: DatasetSpec) -> InformationAsset:
    said = spec.governance
    licence = licences().get(spec.package.licence)
    return InformationAsset(
        owner=said.owner,
        purpose=said.purpose,
        lawful_basis=said.lawful_basis,
        personal_data=said.personal_data,
        dpia=said.dpia,
        sharing_agreement=said.sharing_agreement,
        retention=said.retention,
        reviewed=said.reviewed.isoformat() if said.reviewed else "",
        openness=said.openness or "open",
        reason=said.reason,
        licence=licence.title if licence else spec.package.licence,
    )


def update_site_after(tools: Services, now: dt.datetime) -> str:
    """Show the site after something was done; gives in words what went wrong, because that was done all the same.

    Where another catalogue lists the releases, the site is only made when somebody asks for it.
    """
    if tools.settings.catalogue != "folder":
        return ""
    try:
        update_site(tools, now)
    except LondataError as problem:
        return f"The pages of the site are not up to date: {problem.what} {problem.fix}"
    return ""
