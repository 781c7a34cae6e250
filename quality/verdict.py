"""The verdict that follows from findings and checks: pure decisions, no data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packages.model import Check, CheckOutcome, Finding, Severity, Verdict

SKIPPED = "Skipped with --quick."
"""The note of a check that was left out on request: it does not hold a file back."""


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """The findings of one part of the judgement, and how each of its checks ended."""

    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[JudgedPart]) -> JudgedPart:
        """Join several parts into one, in their order."""
        parts = tuple(parts)
        return cls(tuple(f for p in parts for f in p.findings), tuple(c for p in parts for c in p.checks))


def decide_verdict(
    findings: Iterable[Finding], checks: Iterable[Check], *, unchanged: bool = False, approved: bool = False
) -> Verdict:
    """Return what happens to the file; an approval lets held findings pass, never blocked ones."""
    severities = {f.severity for f in findings}
    if Severity.BLOCK in severities:
        return Verdict.BLOCKED
    # what is already public needs no second decision by a person
    if unchanged:
        return Verdict.UNCHANGED
    waits = Severity.HOLD in severities or any(is_missed(c) for c in checks)
    return Verdict.HELD if waits and not approved else Verdict.PUBLISH


def is_missed(check: Check) -> bool:
    """Return whether a check was due, did not run, and was not left out on request."""
    return check.outcome is CheckOutcome.NOT_RUN and check.note != SKIPPED
