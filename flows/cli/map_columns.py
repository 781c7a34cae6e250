"""`londata map`: a layout for a file that nobody has described, proposed for a person to confirm."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.cli.terminal import progress, show_aside, show_json, show_text
from flows.settings import load_settings
from flows.state.store import Store, folder_not_writable
from packages.errors import ExitCode, SetupProblem
from packages.fetch import extract_file
from packages.headings import known_headings
from packages.model import Identity
from packages.profile import Profile
from packages.read import read
from packages.shaping.proposal import Proposal, constants_of, crosswalk, propose
from packages.shaping.proposal_yaml import ProposalContext, proposal_yaml
from packages.spec import DatasetSpec, generic_spec, list_identities, load_spec
from packages.vocabulary import publisher, publishers
from quality.report import report_from_json


@dataclasses.dataclass(frozen=True, slots=True)
class MapOptions:
    """What `londata map` was asked."""

    file: Path
    dataset: str
    publisher: str
    out: Path | None = None


def map_file(request: MapOptions, as_json: bool) -> int:
    """Propose the YAML; the exit code asks for a person when a required field has nothing."""
    settings, now = load_settings(), dt.datetime.now(dt.UTC)
    whose = publisher(request.publisher)
    with progress(quiet=as_json) as say:
        say("looking at the headings and the first rows")
        plain = generic_spec(request.dataset, settings.datasets)
        others = described_publishers(request.dataset, settings.datasets)
        proposal = propose_mapping(request.file, plain, others, whose.slug, Store(settings.home), now)
    standing = next((spec.publisher for spec in others if spec.identity.publisher == whose.slug), None)
    several = len(plain.package.resources) > 1
    named = proposal.resource.name if several else ""
    text = proposal_yaml(
        proposal, ProposalContext(request.dataset, request.file.name, whose, now.date(), standing, named)
    )
    _hand_over(text, proposal, request, as_json)
    return int(ExitCode.WAITING if proposal.missing_required else ExitCode.DONE)


def described_publishers(dataset: str, root: Path) -> tuple[DatasetSpec, ...]:
    """Every publisher of a dataset."""
    return tuple(load_spec(one, root) for one in list_identities(root) if one.dataset == dataset)


def propose_mapping(
    file: Path, plain: DatasetSpec, others: tuple[DatasetSpec, ...], whose: str, store: Store, now: dt.datetime
) -> Proposal:
    """The proposal for the table of the dataset that the file fits best."""
    extract = extract_file(file, store=None, now=now)
    constants = constants_of(others, publisher(whose), publishers())
    found = []
    for resource in plain.package.resources:
        known = frozenset[str]().union(*(known_headings(spec, resource) for spec in (plain, *others)))
        rows = read(extract, plain.reading, known)
        seen = crosswalk((plain, *others), resource, dict(_profiles(plain.identity, resource.name, store)))
        fields = resource.table_schema.names
        ours = {name: text for name, text in constants.items() if name in fields}
        found.append(propose(rows, resource, seen, ours))
    return max(found, key=lambda one: sum(match.score for match in one.matches))


def _profiles(identity: Identity, resource: str, store: Store) -> Iterator[tuple[str, list[Profile]]]:
    """What each field looks like in the releases that are here, of whatever publisher."""
    found: dict[str, list[Profile]] = {}
    for path in store.last_reports(identity.dataset):
        for table in report_from_json(path.read_bytes()).tables:
            for column in table.columns if table.name == resource else ():
                found.setdefault(column.name, []).append(column.profile)
    return iter(found.items())


def _hand_over(text: str, proposal: Proposal, request: MapOptions, as_json: bool) -> None:
    if request.out is not None:
        _write(text, request.out)
    if as_json:
        show_json(_value(proposal) | {"yaml": text})
    elif request.out is None:
        show_text(text.rstrip("\n"))
    if not as_json:
        show_aside(_summary(proposal, request.out))


def _write(text: str, path: Path) -> None:
    if path.exists():
        raise SetupProblem(f"{path} is there already.", fix="Name another file: a person should merge the two.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise folder_not_writable(path, error) from error


def _summary(proposal: Proposal, out: Path | None) -> str:
    sure = sum(match.sureness == "sure" for match in proposal.matches)
    parts = [f"{len(proposal.matches)} columns are fields, {sure} of them for sure"]
    left = len(proposal.unmatched)
    parts += [f"{left} {'is' if left == 1 else 'are'} left for you to decide"] if left else []
    parts += (
        [f"nothing was found for {', '.join(one.name for one in proposal.missing_required)}"]
        if proposal.missing_required
        else []
    )
    where = f" Written to {out}." if out else ""
    return f"{'; '.join(parts)}.{where} Compare it with the file before you keep it."


def _value(proposal: Proposal) -> dict[str, Any]:
    return {
        "resource": proposal.resource.name,
        "columns": [
            {"field": m.field.name, "heading": m.heading, "score": m.score, "sureness": m.sureness, "why": m.why}
            for m in proposal.matches
        ],
        "left": [{"heading": heading, "nearest": nearest} for heading, nearest in proposal.unmatched],
        "missing": [one.name for one in proposal.missing],
        "constants": dict(proposal.constants),
    }
