"""The plan of a publish: the actions that turn what a catalogue shows into what it should show. Pure.

Both sides are compared as text, under our own names. Fields, keywords and files that others added do not count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from catalogue.listing import Distribution, Listing, continue_listing
from packages.errors import WaitingForPerson

LINKS = {"report.html": "report", "datapackage.json": "schema"}
"""Documents whose address is also a fact of the dataset."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a catalogue shows now of one dataset.

    `facts` are as in `listing_facts`, `files` (by id; only our files) as in `file_facts`. `stamp` changes with every
    write, whoever writes. `urls` are the addresses of the files by id. `shows` names the facts that this catalogue has
    a place for; None is all of them.
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
    shows: frozenset[str] | None = None

    def shown(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Return those of the facts that this catalogue has a place for."""
        return {name: value for name, value in facts.items() if self.shows is None or name in self.shows}

    @property
    def release(self) -> str:
        """The digest of the public release; empty when it is not one of ours.

        Where the dataset does not say it (somebody emptied its fields), its files do, if they agree.
        """
        of_files = {facts.get("release", "") for facts in self.files.values()}
        return self.facts.get("release", "") or (of_files.pop() if len(of_files) == 1 else "")

    def with_digests(self, digests: Mapping[str, str]) -> Live:
        """Return it with the sha256 read back from files (by id) in place of those that the catalogue states."""
        files = {
            key: {**facts, "sha256": digests.get(key, facts.get("sha256", ""))} for key, facts in self.files.items()
        }
        return replace(self, files=files)


@dataclass(frozen=True, slots=True)
class EnsureOrganisation:
    """Make the organisation unless it exists."""

    slug: str
    title: str
    website: str = ""


@dataclass(frozen=True, slots=True)
class CreateDraft:
    """Make the dataset without showing it to the public."""

    listing: Listing


@dataclass(frozen=True, slots=True)
class PutFiles:
    """Bring these files to the place that the catalogue serves them from."""

    files: tuple[Distribution, ...]


@dataclass(frozen=True, slots=True)
class Revise:
    """Write every field and file entry in one step, provided that nothing was written since `stamp`.

    `keywords` are ours and those that others added; `remove` are the ids of our files that the release does not have.
    """

    listing: Listing
    stamp: str
    keywords: tuple[str, ...]
    add: tuple[Distribution, ...]
    change: tuple[Distribution, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activate:
    """Show the dataset to the public."""


Action = EnsureOrganisation | CreateDraft | PutFiles | Revise | Activate


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions in their order; none when the catalogue already shows what is wanted."""

    actions: tuple[Action, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.actions


def make_plan(wanted: Listing, live: Live | None, wording: Wording | None = None) -> Plan:
    """Decide what to do; WaitingForPerson when a person took the dataset out of public sight or moved it.

    `wording` says how the catalogue that `live` was read from words a listing, where it shows more than the usual.
    """
    wording = wording or Wording()
    if live is None:
        keywords = tuple(sorted(wanted.keywords))
        everything = Revise(wanted, stamp="", keywords=keywords, add=wanted.files, change=(), remove=())
        organisation = EnsureOrganisation(wanted.publisher.slug, wanted.publisher.title, wanted.publisher.website)
        return Plan((organisation, CreateDraft(wanted), PutFiles(wanted.files), everything, Activate()))
    if change := _change_by_hand(wanted, live):
        raise WaitingForPerson(
            f"In the catalogue, {wanted.identity} {change}. It was left as it is.",
            fix="If that was a mistake, undo it in the catalogue and publish again. If it was meant, take the dataset "
            "out of the nightly run.",
            why="Somebody may have had a reason, for example personal data, to take it away.",
        )
    wanted = continue_listing(
        wanted, issued=live.facts.get("issued", ""), modified=live.facts.get("modified", ""), release=live.release
    )
    revise = _revision(wanted, live, wording)
    actions: tuple[Action, ...] = ()
    # files first: no entry may point at bytes that are not there yet
    if files := tuple(file for file in revise.add + revise.change if _has_new_bytes(file, live)):
        actions += (PutFiles(files),)
    if _changes_anything(revise, live, wording):
        actions += (revise,)
    if live.state == "draft":
        actions += (Activate(),)
    return Plan(actions)


def _change_by_hand(wanted: Listing, live: Live) -> str:
    """Return what a person did in the catalogue that a nightly run must not undo; empty when nothing."""
    if live.state == "deleted":
        if "withdrawn" not in live.facts:
            return "was deleted"
        return f"was withdrawn on {live.facts['withdrawn'][:10]} ({live.facts.get('reason', '')})"
    if live.private:
        return "was made private"
    if live.organisation != wanted.publisher.slug:
        return f"was moved to the organisation “{live.organisation}”"
    return ""


def _revision(wanted: Listing, live: Live, wording: Wording) -> Revise:
    """Return the revision that makes every difference good, whether there is one or not."""
    ours = {file.id for file in wanted.files}
    return Revise(
        listing=wanted,
        stamp=live.stamp,
        keywords=tuple(sorted(live.keywords.union(wanted.keywords))),
        add=tuple(file for file in wanted.files if file.id not in live.files),
        change=tuple(
            file
            for file in wanted.files
            if file.id in live.files and live.files[file.id] != wording.of_file(file, wanted)
        ),
        remove=tuple(sorted(key for key in live.files if key not in ours)),
    )


def _has_new_bytes(file: Distribution, live: Live) -> bool:
    # the other facts of a file change without sending it again
    facts, wanted = live.files.get(file.id, {}), file_facts(file, "")
    return any(facts.get(name) != wanted.get(name) for name in ("sha256", "bytes", "url"))


def _changes_anything(revise: Revise, live: Live, wording: Wording) -> bool:
    if revise.add or revise.change or revise.remove:
        return True
    return live.facts != wording.of_dataset(revise.listing) or not live.keywords.issuperset(revise.listing.keywords)


def listing_facts(listed: Listing) -> dict[str, str]:
    """Return what a catalogue shows of the dataset as a whole, as text; facts that are not known are left out."""
    facts = {
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
    return {name: value for name, value in (facts | links).items() if value}


def file_facts(file: Distribution, release: str) -> dict[str, str]:
    """Return what a catalogue shows of one file, as text; facts that are not known are left out."""
    facts = {
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
    return {name: value for name, value in facts.items() if value}


def _usual_file_facts(file: Distribution, listed: Listing) -> dict[str, str]:
    return file_facts(file, listed.release)


@dataclass(frozen=True, slots=True)
class Wording:
    """How a catalogue words a listing: the facts of the dataset, and of one of its files."""

    of_dataset: Callable[[Listing], Mapping[str, str]] = listing_facts
    of_file: Callable[[Distribution, Listing], Mapping[str, str]] = _usual_file_facts
