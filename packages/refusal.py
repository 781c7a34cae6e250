"""The refusal of a file that cannot be read at all, worded in messages.yaml."""

from __future__ import annotations

from packages.errors import FileProblem
from packages.messages import finding
from packages.model import Finding, Severity, Where


def refusal(rule: str, where: Where | None = None, **words: object) -> FileProblem:
    """Return the FileProblem of a rule; `words` fill the `$names` of its message and must hold no value from the data.

    Raises KeyError for an unknown rule or a missing word.
    """
    problem = finding(rule, where, severity=None, shapes=(), **words)
    return FileProblem(problem.what, fix=problem.fix, why=problem.why)


def unread_finding(problem: FileProblem, where: Where) -> Finding:
    """Return the finding for a file, or one of its tables, that could not be read."""
    return Finding(
        "file-not-readable", Severity.BLOCK, where, problem.what, problem.fix, problem.why, who="data officer"
    )
