"""What has to be done so that a catalogue shows what we want: the listing wanted against the listing live. Pure.

Both sides are compared as text, under names of ours. Fields, keywords and files that others added are never looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from catalogue.listing import Distribution, Listing, continue_listing
from packages.errors import WaitingForPerson

LINKS = {"report.html": "report", "datapackage.json": "schema"}
"""Documents whose address is a fact of the dataset as well."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a catalogue shows now of one dataset.

    `facts` and `files` (by id; only files of ours) hold what `facts` and `file_facts` would give for it. `stamp`
    changes whenever anybody writes. `urls` are the addresses of the files by id.
    """

    id: str
    stamp: str
    organisation: str
    facts: Mapping[str, str]
    keywords: frozenset[str]
    files: Mapping[str, Mapping[str, str]]
    state: str = "active"
    private: bool = False
    page: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def release(self) -> str:
        """The digest of the release that it shows; empty when it is not one of ours."""
        return self.facts.get("release", "")

    def holding(self, digests: Mapping[str, str]) -> Live:
        """The same, with the sha256 that was found in files (by id) instead of the one that the catalogue states."""
        seen = {
            key: {**known, "sha256": digests.get(key, known.get("sha256", ""))} for key, known in self.files.items()
        }
        return replace(self, files=seen)


@dataclass(frozen=True, slots=True)
class EnsureOrganisation:
    """Find the organisation, or make it."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class CreateDraft:
    """Make the dataset where nobody sees it yet."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class PutFiles:
    """Bring these files to where the catalogue will serve them."""

    files: tuple[Distribution, ...]


@dataclass(frozen=True, slots=True)
class Revise:
    """Write every field and file entry in one step, provided that nobody wrote since `stamp`.

    `keywords` are ours and theirs together; `remove` are ids of files of ours that the release does not have.
    """

    listing: Listing
    stamp: str
    keywords: tuple[str, ...]
    add: tuple[Distribution, ...]
    change: tuple[Distribution, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activate:
    """Show the dataset to everybody."""


Action = EnsureOrganisation | CreateDraft | PutFiles | Revise | Activate


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions in their order; none when the catalogue already shows what is wanted."""

    actions: tuple[Action, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.actions


def make_plan(wanted: Listing, live: Live | None) -> Plan:
    """Decide what to do; WaitingForPerson when somebody took the dataset out of the public's sight or moved it."""
    if live is None:
        return _from_nothing(wanted)
    _respect(wanted, live)
    wanted = continue_listing(
        wanted, issued=live.facts.get("issued", ""), modified=live.facts.get("modified", ""), release=live.release
    )
    revise = _revise(wanted, live)
    steps: tuple[Action, ...] = (revise,) if _differs(revise, live) else ()
    put = tuple(d for d in revise.add + revise.change if _moved(d, live))
    if put:
        steps = (PutFiles(put), *steps)
    if live.state == "draft":
        steps = (*steps, Activate())
    return Plan(steps)


def listing_facts(listed: Listing) -> dict[str, str]:
    """Everything a catalogue says of the dataset as a whole, as text; what is not known is left out."""
    said = {
        "identifier": listed.id,
        "title": listed.title,
        "description": listed.description,
        "licence": listed.licence.ckan_id,
        "contact": listed.contact.name,
        "contact_email": listed.contact.email,
        "contact_page": listed.contact.page,
        "publisher_uri": listed.publisher.uri,
        "theme": listed.theme.uri,
        "topic": listed.theme.title,
        "frequency": listed.frequency.eu_uri,
        "frequency_words": listed.frequency.title,
        "period_from": listed.period.start,
        "period_to": listed.period.end,
        "geography": listed.geography,
        "geography_uri": listed.publisher.geography,
        "gss": listed.publisher.gss,
        "issued": listed.issued.isoformat(),
        "modified": listed.modified.isoformat(),
        "release": listed.release,
        "verdict": listed.verdict,
    }
    links = {name: document.url for document in listed.documents if (name := LINKS.get(document.file))}
    return {name: value for name, value in (said | links).items() if value}


def file_facts(file: Distribution, release: str) -> dict[str, str]:
    """Everything a catalogue says of one file, as text; what is not known is left out."""
    said = {
        "title": file.title,
        "format": file.format,
        "media_type": file.media_type,
        "sha256": file.sha256,
        "bytes": str(file.bytes),
        "rows": "" if file.rows is None else str(file.rows),
        "schema": json.dumps(file.schema, sort_keys=True, ensure_ascii=False) if file.schema else "",
        "url": file.url,
        "release": release,
    }
    return {name: value for name, value in said.items() if value}


def _from_nothing(wanted: Listing) -> Plan:
    everything = Revise(
        listing=wanted, stamp="", keywords=tuple(sorted(wanted.keywords)), add=wanted.files, change=(), remove=()
    )
    organisation = EnsureOrganisation(wanted.publisher.slug, wanted.publisher.title)
    return Plan((organisation, CreateDraft(wanted), PutFiles(wanted.files), everything, Activate()))


def _respect(wanted: Listing, live: Live) -> None:
    """What somebody decided by hand is not undone by a nightly run."""
    done = ""
    if live.state == "deleted":
        done = _withdrawn(live) or "was deleted"
    elif live.private:
        done = "was made private"
    elif live.organisation != wanted.publisher.slug:
        done = f"was moved to the organisation “{live.organisation}”"
    if done:
        raise WaitingForPerson(
            f"In the catalogue, {wanted.identity} {done}. It was left as it is.",
            fix="If that was a mistake, undo it in the catalogue and publish again. If it was meant, take the dataset "
            "out of the nightly run.",
            why="Somebody may have had a reason, for example personal data, to take it away.",
        )


def _withdrawn(live: Live) -> str:
    said = live.facts
    return f"was withdrawn on {said['withdrawn'][:10]} ({said.get('reason', '')})" if "withdrawn" in said else ""


def _revise(wanted: Listing, live: Live) -> Revise:
    ours = {file.id for file in wanted.files}
    return Revise(
        listing=wanted,
        stamp=live.stamp,
        keywords=tuple(sorted(live.keywords.union(wanted.keywords))),
        add=tuple(d for d in wanted.files if d.id not in live.files),
        change=tuple(d for d in wanted.files if d.id in live.files and _stale(d, wanted.release, live)),
        remove=tuple(sorted(key for key in live.files if key not in ours)),
    )


def _stale(file: Distribution, release: str, live: Live) -> bool:
    return live.files[file.id] != file_facts(file, release)


def _differs(revise: Revise, live: Live) -> bool:
    if revise.add or revise.change or revise.remove:
        return True
    return live.facts != listing_facts(revise.listing) or not live.keywords.issuperset(revise.listing.keywords)


def _moved(file: Distribution, live: Live) -> bool:
    said, wanted = live.files.get(file.id, {}), file_facts(file, "")
    return any(said.get(fact) != wanted.get(fact) for fact in ("sha256", "bytes", "url"))
