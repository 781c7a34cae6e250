"""`londata map`: a layout for a file that has no description yet, proposed for a person to confirm."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from flows.checking.mapping import MappingEvidence, described_publishers, propose_mapping
from flows.cli.results import now
from flows.cli.terminal import progress, show_aside, show_json, show_text
from flows.settings import load_settings
from flows.state.store import Store, folder_not_writable
from packages.errors import ExitCode, SetupProblem
from packages.readers.budget import put_budgets_in_force
from packages.shaping.proposals.proposal import Proposal
from packages.shaping.proposals.proposal_yaml import ProposalContext, proposal_yaml
from packages.spec import generic_spec
from packages.vocabulary import publisher
from quality.disclosure.hidden_names import without_personal


@dataclasses.dataclass(frozen=True, slots=True)
class MapOptions:
    """The options of `londata map`."""

    file: Path
    dataset: str
    publisher: str
    out: Path | None = None


def run_map(options: MapOptions, as_json: bool) -> int:
    """Propose the YAML; the exit code asks for a person when nothing was found for a required field."""
    settings, at = load_settings(), now()
    put_budgets_in_force(settings.budgets)
    owner = publisher(options.publisher)
    with progress(quiet=as_json) as on_stage:
        on_stage("looking at the headings and the first rows")
        generic = generic_spec(options.dataset, settings.datasets)
        described = described_publishers(options.dataset, settings.datasets)
        evidence = MappingEvidence(generic, described, Store(settings.home))
        proposal = propose_mapping(options.file, owner.slug, evidence, at)
    # a heading that holds personal data can stand in no description: the publisher has to mend the file
    matches = (dataclasses.replace(match, heading=without_personal(match.heading)) for match in proposal.matches)
    unmatched = ((without_personal(heading), nearest) for heading, nearest in proposal.unmatched)
    proposal = dataclasses.replace(proposal, matches=tuple(matches), unmatched=tuple(unmatched))
    existing = next((spec.publisher for spec in described if spec.identity.publisher == owner.slug), None)
    resource = proposal.resource.name if len(generic.package.resources) > 1 else ""
    name = without_personal(options.file.name)
    context = ProposalContext(options.dataset, name, owner, at.date(), existing, resource)
    text = proposal_yaml(proposal, context)
    if options.out is not None:
        if options.out.exists():
            fix = "Name another file: a person should merge the two."
            raise SetupProblem(f"{options.out} is there already.", fix=fix)
        try:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise folder_not_writable(options.out, error) from error
    if as_json:
        show_json(_proposal_value(proposal) | {"yaml": text})
    else:
        if options.out is None:
            show_text(text.rstrip("\n"))
        show_aside(_in_words(proposal, options.out))
    return int(ExitCode.WAITING if proposal.missing_required else ExitCode.DONE)


def _in_words(proposal: Proposal, out: Path | None) -> str:
    sure = sum(match.sureness == "sure" for match in proposal.matches)
    parts = [f"{len(proposal.matches)} columns are fields, {sure} of them for sure"]
    left = len(proposal.unmatched)
    parts += [f"{left} {'is' if left == 1 else 'are'} left for you to decide"] if left else []
    parts += (
        [f"nothing was found for {', '.join(field.name for field in proposal.missing_required)}"]
        if proposal.missing_required
        else []
    )
    where = f" Written to {out}." if out else ""
    return f"{'; '.join(parts)}.{where} Compare it with the file before you keep it."


def _proposal_value(proposal: Proposal) -> dict[str, Any]:
    return {
        "resource": proposal.resource.name,
        "columns": [
            {"field": m.field.name, "heading": m.heading, "score": m.score, "sureness": m.sureness, "why": m.why}
            for m in proposal.matches
        ],
        "left": [{"heading": heading, "nearest": nearest} for heading, nearest in proposal.unmatched],
        "missing": [field.name for field in proposal.missing],
        "constants": dict(proposal.constants),
    }
