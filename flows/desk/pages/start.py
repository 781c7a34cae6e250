"""The start page: what somebody handed in, what waits for them, and how their datasets stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from flows.desk.actions import DeskAction
from flows.desk.drafts.draft import DeskDraft
from flows.desk.pages.hand_in import dataset_titles, hand_in_values
from flows.desk.visits import Visit
from flows.orchestration.due import standing_verdict
from flows.orchestration.summary import WORDS
from packages.model import Identity, Verdict
from packages.spec import list_identities, list_unions
from quality.report.wording import count_text


@dataclass(frozen=True, slots=True)
class StateWords:
    """How something stands: in words, and the kind by which the page marks it."""

    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """One dataset of a borough on the start page."""

    identity: Identity
    title: str
    looked: str
    words: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a visitor: the page at which they act, what it is, and why it waits."""

    page: str
    what: str
    why: str


KINDS = {Verdict.PUBLISH: "done", Verdict.UNCHANGED: "done", Verdict.HELD: "held", Verdict.BLOCKED: "failed"}


def start_page(visit: Visit) -> Response:
    """Show the start page."""
    own = tuple(draft for draft in visit.desk.drafts.of_owner(visit.visitor.who) if draft.errand is None)
    return visit.page(
        "start.html",
        drafts=[(draft, draft_state(draft)) for draft in own],
        waits=[*_decisions(visit), *_waits(own)],
        datasets=list(_datasets(visit)) if visit.visitor.is_signed_in else [],
        titles=dataset_titles(visit.desk.services.settings.datasets),
        # who only checks a file finds the form at once
        form=None if visit.visitor.is_signed_in else hand_in_values(visit),
    )


def accessibility_page(visit: Visit) -> Response:
    """Show the accessibility statement."""
    return visit.page("accessibility.html")


def draft_state(draft: DeskDraft) -> StateWords:
    """Return how a draft stands. Pure."""
    if draft.is_busy and draft.job:
        return StateWords("Waits for its turn" if draft.job.state == "waiting" else "Is worked on", "soon")
    if draft.job and draft.job.trouble:
        return StateWords("Broken off", "failed")
    if draft.sent:
        if draft.sent.taken_back:
            return StateWords("Taken back", "none")
        return {
            "publish": StateWords("Published", "done"),
            "unchanged": StateWords("Is public already", "done"),
            "held": StateWords("Sent, waits for a decision", "held"),
            "blocked": StateWords("Stopped: must be fixed", "failed"),
        }.get(draft.sent.verdict, StateWords("Not published", "failed"))
    if draft.result is None:
        return StateWords("Not handed in yet", "none")
    return {
        "publish": StateWords("Ready to publish", "done"),
        "unchanged": StateWords("The same as what is public", "done"),
        "held": StateWords("A person must decide", "held"),
    }.get(draft.result.verdict, StateWords("Must be fixed", "failed"))


def _decisions(visit: Visit) -> Iterator[Waiting]:
    """Yield that decisions wait for a visitor, where some do."""
    if not visit.may(DeskAction.REVIEW):
        return
    waiting = [one for one in visit.desk.queue.open(visit.now) if visit.may(DeskAction.REVIEW, one.identity)]
    if theirs := sum(one.is_for(visit.visitor.proven) for one in waiting):
        what = f"Decide on {count_text(theirs, 'thing')}"
        yield Waiting("queue", what, "nothing of it is published before")


def _waits(drafts: tuple[DeskDraft, ...]) -> Iterator[Waiting]:
    for draft in drafts:
        if draft.is_busy or draft.sent or draft.is_anonymous or not draft.result:
            continue
        page = f"drafts/{draft.id}"
        if draft.result.verdict == "blocked":
            yield Waiting(page, f"Mend {draft.name}", "and hand it in again")
        elif draft.result.verdict != "unchanged":
            yield Waiting(page, f"Go on with {draft.name}", "it is checked, and not sent yet")


def _datasets(visit: Visit) -> Iterator[DatasetRow]:
    services = visit.desk.services
    root, catalogue = services.settings.datasets, services.settings.catalogue
    attempts, published = services.ledger.last_attempts(), services.ledger.all_published(catalogue)
    titles = dataset_titles(root)
    for identity in sorted((*list_identities(root), *list_unions(root))):
        if not visit.may(DeskAction.REVIEW, identity):
            continue
        attempt, step = attempts.get(identity), published.get(identity)
        words, kind = "Not looked at yet", "none"
        if attempt:
            is_standing = standing_verdict(attempt, step)
            words = str(WORDS[attempt.verdict]) if is_standing else "accepted, and not public"
            kind = KINDS.get(Verdict(attempt.verdict), "none") if is_standing else "soon"
        yield DatasetRow(
            identity,
            titles[identity.dataset],
            f"{attempt.at:%d %B %Y}" if attempt else "never",
            words.capitalize(),
            kind,
            f"{step.at:%d %B %Y}" if step else "not public",
        )
