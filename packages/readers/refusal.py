"""A file that cannot be read at all, said in the words of messages.yaml."""

from __future__ import annotations

from packages.errors import FileProblem
from packages.messages import finding
from packages.model import Where


def refusal(rule: str, where: Where | None = None, **words: object) -> FileProblem:
    """The FileProblem of a rule; `words` fill the `$names` of its message and must hold no value from the data."""
    said = finding(rule, where, severity=None, shapes=(), **words)
    return FileProblem(said.what, fix=said.fix, why=said.why)
