"""A proposal as YAML that a person reads line by line, corrects and keeps. Guesses are marked as such."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from packages.shaping.proposals.proposal import Proposal
from packages.spec import PublisherFile
from packages.vocabulary import Publisher

WIDTH = 44
"""The column at which notes begin, when the line before them is short enough."""


@dataclass(frozen=True, slots=True)
class ProposalContext:
    """The file that a layout is proposed for, by name, and its publisher and date.

    `current` is the publisher's existing description, if there is one. `resource` is given in a dataset of several
    tables.
    """

    dataset: str
    file: str
    publisher: Publisher
    day: dt.date
    current: PublisherFile | None = None
    resource: str = ""


def proposal_yaml(proposal: Proposal, context: ProposalContext) -> str:
    """Return the text of publishers/<publisher>.yaml; only the new layout where such a file exists already."""
    lines = [*_head(proposal, context), *_layout(proposal, context), *_rules(proposal)]
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal, context: ProposalContext) -> Iterator[str]:
    slug = context.publisher.slug
    yield f"# Proposed by `londata map` from {_scalar(context.file)}: a layout of {context.dataset} for a person to"
    yield "# confirm. Compare every line with the file, correct it, and remove the notes."
    if context.current is not None:
        yield f"# {slug} has a description: put the layout below first under its `layouts`, and give the"
        yield "# one before it the last day on which it held, as `to`."
    for field in proposal.missing:
        need = "every row needs it" if field.required else "may be left out"
        yield f"# Nothing was found for {field.name} ({field.title or field.name}): {need}."
    if context.current is None:
        yield f"publisher: {slug}"
        yield _with_note("contact:", "whom to ask: a team, never a person")
        yield "  team: Open data team"
        yield f"  page: {context.publisher.website}"
        yield _with_note("source:", "where the nightly run finds the file")
        yield "  kind: folder"
        yield f"  path: samples/{slug}"


def _layout(proposal: Proposal, context: ProposalContext) -> Iterator[str]:
    yield "layouts:"
    yield f"  - name: {_scalar(context.file)}"
    if context.resource:
        yield f"    resource: {context.resource}"
    if context.current is not None:
        yield _with_note(f"    from: {context.day.isoformat()}", "the first day on which it holds")
    yield "    columns:" if proposal.matches else "    columns: {}"
    for match in proposal.matches:
        reason = f"{match.sureness}: {match.why}" if match.why else match.sureness
        yield _with_note(f"      {match.field.name}: {_scalar(match.heading)}", reason)
    if proposal.constants:
        yield _with_note("    constants:", "one text for the whole file, as the other publishers give it")
        yield from (f"      {name}: {_scalar(text)}" for name, text in proposal.constants.items())
    if proposal.unmatched:
        yield "    ignore: []"
        # comments, not entries of `ignore`: until a person decides, the file waits because of these columns
        yield "    # these columns are no field yet: give each to a field above, or leave it out on purpose in `ignore`"
        for heading, nearest in proposal.unmatched:
            yield _with_note(
                f"    #   - {_scalar(heading)}", f"nearest is {nearest}, which has a column" if nearest else ""
            )


def _rules(proposal: Proposal) -> Iterator[str]:
    names = [*dict.fromkeys((*proposal.orders, *proposal.values))]
    if not names:
        return
    yield "rules:"
    for name in names:
        yield f"  {name}:"
        if order := proposal.orders.get(name):
            yield _with_note(f"    date: {order}", "as the file proves; leave it out if files differ")
        if values := proposal.values.get(name):
            yield _with_note("    values:", "a text of the file: what it may mean")
            yield from (f"      {_scalar(text)}: {_scalar(code)}" for text, code in values.items())


def _with_note(line: str, note: str) -> str:
    return f"{line.ljust(WIDTH)}  # {note}" if note else line


def _scalar(text: str) -> str:
    """Return a text as YAML writes it on one line."""
    dumped: str = yaml.safe_dump(text, default_flow_style=True, allow_unicode=True, width=10_000)
    # PyYAML ends a plain scalar with the mark of the end of a document
    return dumped.removesuffix("\n").removesuffix("\n...")
