"""What keeps a dataset away until people let it in again: a withdrawal, a rollback, a removal by somebody else."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flows.decisions.asking import found_fact
from flows.decisions.book import read_book
from flows.decisions.deciding import decide_by_account
from flows.decisions.facts import Request
from flows.decisions.standing import State
from flows.services import Services
from flows.settings import account_name
from packages.errors import SetupProblem
from packages.messages import finding, is_about_people
from packages.model import Identity, Severity
from packages.spec import load_spec

if TYPE_CHECKING:
    from flows.state.ledger import PublishStep

Condition = Literal["dataset-withdrawn", "release-taken-back", "removed-elsewhere"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a dataset, or one release of it, away; `since` tells this time from others."""

    identity: Identity
    rule: Condition
    since: dt.datetime
    release: str = ""


def obstacles_to(identity: Identity, services: Services, release: str = "") -> dict[Obstacle, PublishStep]:
    """Return what keeps a dataset, or one release of it, away, with the steps that did it."""
    catalogue, ledger = services.settings.catalogue, services.ledger
    found: dict[Obstacle, PublishStep] = {}
    if step := ledger.withdrawal(identity, catalogue):
        found[Obstacle(identity, "dataset-withdrawn", step.at)] = step
    if release and (step := ledger.taken_back(identity, catalogue, release)):
        found[Obstacle(identity, "release-taken-back", step.at, release)] = step
    return found


def obstacle_request(obstacle: Obstacle, services: Services) -> Request:
    """Return what has to be decided before the obstacle is out of the way."""
    key = f"{obstacle.rule} {obstacle.since.isoformat()} {obstacle.release}"
    found = {
        "dataset-withdrawn": finding("dataset-withdrawn"),
        "release-taken-back": finding("release-taken-back"),
        "removed-elsewhere": finding("removed-elsewhere"),
    }[obstacle.rule]
    try:
        concerns = str(load_spec(obstacle.identity, services.settings.datasets).concerns)
    except SetupProblem:
        concerns = "people"  # nobody knows any more what it was about
    fact = found_fact(found)
    about_people = obstacle.rule != "release-taken-back" and _was_about_people(obstacle.identity, services)
    return Request(
        dataset=obstacle.identity.dataset,
        publisher=obstacle.identity.publisher,
        fingerprint=hashlib.sha256(key.encode()).hexdigest(),
        content=obstacle.release,
        findings=(fact.model_copy(update={"about_people": about_people}),),
        concerns=concerns,
    )


def is_out_of_the_way(obstacle: Obstacle, services: Services, now: dt.datetime, *, yes: bool) -> bool:
    """Return whether people have let it in again; with `yes`, whether the account that runs us may do so."""
    if not yes and not services.ledger.has_records(obstacle.identity):
        return False
    request, book = obstacle_request(obstacle, services), read_book(obstacle.identity, services)
    (standing,) = book.standings(request, now.date())
    return standing.state is State.APPROVED or (yes and bool(book.for_an_account(request)))


def let_in_by_account(obstacles: Iterable[Obstacle], services: Services, now: dt.datetime) -> None:
    """Note that the account that runs us lets in again what was taken away, as far as it may."""
    for obstacle in obstacles:
        decide_by_account(obstacle_request(obstacle, services), account_name(), services, now)


def _was_about_people(identity: Identity, services: Services) -> bool:
    """Return whether an incident is known, or something about people was found in the file that was judged last."""
    from flows.report_files import last_report

    records = services.ledger.records(identity)
    if any(record.kind in ("incident", "exposure") for record in records):
        return True
    report = last_report(identity, services)
    stops = report.with_severity(Severity.BLOCK, Severity.HOLD) if report else ()
    return any(is_about_people(found.rule) for found in stops)
