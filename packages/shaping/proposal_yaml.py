"""A proposal as YAML that a person reads line by line, corrects and keeps. What is only a guess is said to be one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from packages.shaping.proposal import ColumnMatch, Proposal
from packages.spec import PublisherFile
from packages.vocabulary import Publisher

WIDTH = 44
"""Where the notes begin, when the line before them is short enough."""


@dataclass(frozen=True, slots=True)
class ProposalContext:
    """Of what a layout is proposed: a file by its name, whose, on which day, and what is described already."""

    dataset: str
    file: str
    whose: Publisher
    day: dt.date
    standing: PublisherFile | None = None
    resource: str = ""


def proposal_yaml(proposal: Proposal, occasion: ProposalContext) -> str:
    """The text of publishers/<publisher>.yaml; only the new layout where there is such a file already."""
    lines = [*_head(proposal, occasion)]
    if occasion.standing is None:
        lines += _whose(occasion)
    lines += _layout(proposal, occasion)
    lines += _rules(proposal)
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal, occasion: ProposalContext) -> Iterator[str]:
    yield f"# Proposed by `londata map` from {_scalar(occasion.file)}: a layout of {occasion.dataset} for a person to"
    yield "# confirm. Compare every line with the file, correct it, and remove the notes."
    if occasion.standing is not None:
        yield f"# {occasion.whose.slug} has a description: put the layout below first under its `layouts`, and give the"
        yield "# one before it the last day on which it held, as `to`."
    for one in proposal.missing:
        need = "every row needs it" if one.required else "may be left out"
        yield f"# Nothing was found for {one.name} ({one.title or one.name}): {need}."


def _whose(occasion: ProposalContext) -> Iterator[str]:
    yield f"publisher: {occasion.whose.slug}"
    yield _noted("contact:", "whom to ask: a team, never a person")
    yield "  team: Open data team"
    yield f"  page: {occasion.whose.website}"
    yield _noted("source:", "where the nightly run finds the file")
    yield "  kind: folder"
    yield f"  path: samples/{occasion.whose.slug}"


def _layout(proposal: Proposal, occasion: ProposalContext) -> Iterator[str]:
    yield "layouts:"
    yield f"  - name: {_scalar(occasion.file)}"
    if occasion.resource:
        yield f"    resource: {occasion.resource}"
    if occasion.standing is not None:
        yield _noted(f"    from: {occasion.day.isoformat()}", "the first day on which it holds")
    yield "    columns:" if proposal.matches else "    columns: {}"
    for match in proposal.matches:
        yield _noted(f"      {match.field.name}: {_scalar(match.heading)}", _reason(match))
    if proposal.constants:
        yield _noted("    constants:", "one text for the whole file, as the other publishers give it")
        yield from (f"      {name}: {_scalar(text)}" for name, text in proposal.constants.items())
    yield from _left(proposal)


def _left(proposal: Proposal) -> Iterator[str]:
    """What a person must decide: until then, the file waits because of these columns."""
    if not proposal.left:
        return
    yield "    ignore: []"
    yield "    # these columns are no field yet: give each to a field above, or leave it out on purpose in `ignore`"
    for heading, nearest in proposal.left:
        yield _noted(f"    #   - {_scalar(heading)}", f"nearest is {nearest}, which has a column" if nearest else "")


def _rules(proposal: Proposal) -> Iterator[str]:
    names = [*dict.fromkeys((*proposal.orders, *proposal.values))]
    if not names:
        return
    yield "rules:"
    for name in names:
        yield f"  {name}:"
        if order := proposal.orders.get(name):
            yield _noted(f"    date: {order}", "as the file proves; leave it out if files differ")
        if values := proposal.values.get(name):
            yield _noted("    values:", "a text of the file: what it may mean")
            yield from (f"      {_scalar(text)}: {_scalar(code)}" for text, code in values.items())


def _reason(match: ColumnMatch) -> str:
    return f"{match.sureness}: {match.why}" if match.why else match.sureness


def _noted(line: str, note: str) -> str:
    return f"{line.ljust(WIDTH)}  # {note}" if note else line


def _scalar(text: str) -> str:
    """A text as YAML writes it on one line."""
    dumped: str = yaml.safe_dump(text, default_flow_style=True, allow_unicode=True, width=10_000)
    return dumped.removesuffix("\n").removesuffix("\n...")
