"""What several commands share: the time, results as JSON values, and outcomes as lines of text."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.terminal import show_text

if TYPE_CHECKING:
    from flows.maintenance.reconcile import Reconciled
    from flows.outcome import Outcome


def now() -> dt.datetime:
    """Return the present time in UTC."""
    return dt.datetime.now(dt.UTC)


def result_value(result: Outcome | Reconciled) -> dict[str, Any]:
    """Return how something ended on one dataset, as a JSON object."""
    return dataclasses.asdict(result) | {"identity": str(result.identity), "exit_code": int(result.exit_code)}


def show_summary(outcome: Outcome) -> None:
    """Show how a job ended."""
    show_text(f"{outcome.identity}: {outcome.summary}")


def show_links(outcome: Outcome, *, report: bool) -> None:
    """Show where the page of a dataset is, and with `report` its report."""
    if outcome.page:
        show_text(f"Page: {outcome.page}")
    if report and outcome.report:
        show_text(f"Report: {Path(outcome.report) / 'report.html'}")
