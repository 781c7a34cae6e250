"""What ran, as the ledger tells it: for how long, what came out, what failed and why; and how the set-up stands."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from flows.desk.actions import DeskAction
from flows.desk.review.queue import title_of
from flows.desk.visits import Visit
from flows.orchestration.summary import GOOD, WORDS
from flows.outcome import FAILED
from flows.process.version import VERSION
from flows.services import Services
from flows.settings import prefect_page
from flows.site.links import broken_links_sentence
from flows.site.update import CHANNEL, WHY
from flows.state.hosts import hosts_since
from flows.state.ledger import Attempt, PublishStep
from packages.model import Identity
from packages.spec import list_identities
from quality.report.wording import count_text

PAUSE = dt.timedelta(minutes=20)
"""So long nothing is noted between two runs."""

DAYS = 30
"""Days of runs that the page shows."""


@dataclass(frozen=True, slots=True)
class NightRun:
    """One run: what is noted in the ledger without a long pause. `stopped` is what did not become public, and why."""

    began: dt.datetime
    ended: dt.datetime
    counts: tuple[tuple[str, int], ...]
    published: int
    stopped: tuple[Attempt, ...]

    @property
    def lasted(self) -> str:
        """How long it took, in words."""
        seconds = round((self.ended - self.began).total_seconds())
        return count_text(seconds, "second") if seconds < 120 else count_text(round(seconds / 60), "minute")


@dataclass(frozen=True, slots=True)
class FailingSource:
    """A dataset whose last run failed: since when, and why."""

    identity: Identity
    title: str
    since: dt.datetime
    why: str


def nights_page(visit: Visit) -> Response:
    """Show the runs of the last days, what fails, and how the set-up stands."""
    visit.require(DeskAction.OPERATE)
    services, since = visit.desk.services, visit.now - dt.timedelta(days=DAYS)
    ledger = services.ledger
    steps = ledger.steps_since(since, services.settings.catalogue)
    return visit.page(
        "nights.html",
        runs=list(runs_of(ledger.attempts_since(since), steps)),
        days=DAYS,
        words=WORDS,
        failing=list(_failing(visit)),
        links=_links(visit),
        hosts=hosts_since(ledger.database, since),
        chain=ledger.chain,
        version=VERSION,
        prefect=prefect_page(),
        waiting=visit.desk.workshop.waiting,
        working=visit.desk.workshop.running,
        drafts=len(visit.desk.drafts.all()),
    )


def runs_of(attempts: Iterable[Attempt], steps: Iterable[PublishStep]) -> Iterator[NightRun]:
    """Yield the runs that some attempts and steps were part of, the latest first. Pure."""
    noted: list[Attempt | PublishStep] = sorted((*attempts, *steps), key=lambda one: one.at)
    together: list[list[Attempt | PublishStep]] = []
    for one in noted:
        if together and one.at - together[-1][-1].at <= PAUSE:
            together[-1].append(one)
        else:
            together.append([one])
    for group in reversed(together):
        yield _run(group)


def _run(group: Sequence[Attempt | PublishStep]) -> NightRun:
    # a file that was judged twice within a run counts as it was judged last
    judged = {one.identity: one for one in group if isinstance(one, Attempt)}
    counts = Counter(WORDS[one.verdict] for one in judged.values())
    return NightRun(
        began=group[0].at,
        ended=group[-1].at,
        counts=tuple((word, counts[word]) for word in WORDS.values() if counts[word]),
        published=len({one.identity for one in group if isinstance(one, PublishStep) and one.state == "done"}),
        stopped=tuple(one for _, one in sorted(judged.items()) if one.verdict not in GOOD),
    )


def _failing(visit: Visit) -> Iterator[FailingSource]:
    ledger = visit.desk.services.ledger
    reasons: Mapping[Identity, tuple[str, dt.datetime]] = ledger.last_notices(WHY)
    for identity, (state, since) in sorted(ledger.last_notices(CHANNEL).items()):
        if state == FAILED:
            why = reasons.get(identity, ("The log of the run says why.", since))[0]
            yield FailingSource(identity, title_of(identity, visit), since, why)


def _links(visit: Visit) -> str:
    """Return how the links of the site stand, when somebody asks; it is a look at every page."""
    services: Services = visit.desk.services
    if "links" not in visit.query:
        return ""
    every = list_identities(services.settings.datasets)
    # the sentence of a night speaks of tonight
    broken = broken_links_sentence(services, every).replace("tonight’s pages hold", "the pages hold")
    return broken or "Every link of the pages answers."
