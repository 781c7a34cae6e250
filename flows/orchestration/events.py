"""Events of a night for Prefect's automations: what became of a dataset, and that a night has ended.

Only told to a server that somebody runs: the one that Prefect starts for a single night has nobody who listens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from prefect.events import emit_event
from prefect.settings import PREFECT_API_URL

from flows.orchestration.summary import GOOD, night_headline
from flows.outcome import Outcome

NIGHT_ENDED = "londata.night.ended"
RESOURCE = "londata.night"
STOPPED_LABEL = "londata.stopped"


def outcome_event(outcome: Outcome) -> str:
    """Return the name of the event of an outcome, such as `londata.dataset.held`."""
    return f"londata.dataset.{outcome.verdict}"


def emit_outcome(outcome: Outcome) -> None:
    """Tell what became of a dataset, unless nothing has changed; a summary holds no value of the data."""
    if outcome.verdict != "unchanged" and PREFECT_API_URL.value():
        resource = {
            "prefect.resource.id": f"londata.dataset.{outcome.identity}",
            "prefect.resource.name": str(outcome.identity),
            "londata.dataset": outcome.identity.dataset,
            "londata.publisher": outcome.identity.publisher,
        }
        payload = {"verdict": outcome.verdict, "exit_code": int(outcome.exit_code), "summary": outcome.summary}
        emit_event(outcome_event(outcome), resource, payload=payload)


def emit_night(outcomes: Sequence[Outcome]) -> None:
    """Tell that a night has ended, with its number of datasets by verdict, and whether any was stopped or failed."""
    if PREFECT_API_URL.value():
        counts = Counter(str(outcome.verdict) for outcome in outcomes)
        resource = {
            "prefect.resource.id": RESOURCE,
            "prefect.resource.name": "night",
            # a label, because triggers match labels and not what an event carries
            STOPPED_LABEL: "yes" if counts.keys() - set(GOOD) else "no",
        }
        emit_event(NIGHT_ENDED, resource, payload={"headline": night_headline(outcomes), **counts})
