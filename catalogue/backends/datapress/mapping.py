"""A listing as a DataPress stores it, and back: what is sent and how an answer is understood, never when. Pure.

Topics are among the keywords, with `topic:` before their id: a listing has one, and people may add others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from catalogue.backends.datapress.wording import html_to_text, plain_paragraphs, read_file_mark, read_record
from catalogue.listing import Distribution, Listing, file_id, file_part
from catalogue.plan import Live, Wording, file_facts, listing_facts
from catalogue.signing.listed import SIGNATURE, signature_of
from catalogue.signing.signer import Signer
from packages.model import Identity
from packages.vocabulary import licences

PUBLIC, PRIVATE = "public", "private"
TOPIC = "topic:"
DRAFT = "draft"
"""The state in the record of a dataset that was made and never shown."""

CONTACT_LINK = "londata-contact"
"""The key of the link to the page of whoever answers questions."""

FREQUENCIES = {"Twice a year": "Biannual", "When it changes": "Ad hoc"}
"""Our words for how often data appear, where those of the London Datastore differ."""

RECORDED = {
    "identifier": "identifier",
    "release": "release",
    "verdict": "verdict",
    "issued": "issued",
    "modified": "modified",
    "period_from": "from",
    "period_to": "to",
    SIGNATURE: "signature",
    "withdrawn": "withdrawn",
    "reason": "reason",
}
"""Facts of a listing in the record, and their names there."""

SHOWS = frozenset(RECORDED) | {"title", "description", "licence", "contact", "contact_email", "contact_page"}
FILE_SHOWS = frozenset({"title", "sha256", "bytes", "rows", "url", "release"})


@dataclass(frozen=True, slots=True)
class DatapressSettings:
    """The address of a DataPress, and what its datasets belong to.

    `teams` and `mastheads` are ids by publisher; that of an empty publisher is for all others. `fields` are the names
    of its custom fields: `record` for what we know a dataset by, `frequency` and `geography`, empty where it has none.
    """

    url: str
    key: str = field(repr=False)
    teams: Mapping[str, str] = field(default_factory=dict)
    mastheads: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=lambda: {"record": "londata"})
    signer: Signer | None = field(default=None, repr=False)

    def team(self, publisher: str) -> str:
        """Return the id of the team that owns the datasets of a publisher; empty when none is set."""
        return self.teams.get(publisher) or self.teams.get("", "")

    def masthead(self, publisher: str) -> str:
        """Return the id of the masthead of a publisher; empty when none is set."""
        return self.mastheads.get(publisher) or self.mastheads.get("", "")

    @property
    def shows(self) -> frozenset[str]:
        """The facts that this DataPress has a place for."""
        custom = {"frequency": "frequency_words", "geography": "geography"}
        return SHOWS | FILE_SHOWS | {fact for name, fact in custom.items() if self.fields.get(name)}

    @property
    def wording(self) -> Wording:
        """How this DataPress words a listing: what it has no place for is left out."""

        def shown(facts: Mapping[str, str]) -> dict[str, str]:
            return {name: text for name, text in facts.items() if name in self.shows}

        return Wording(
            of_dataset=lambda listed: shown(self.facts(listed)),
            of_file=lambda file, listed: shown(file_facts(file, listed.release)),
        )

    def facts(self, listed: Listing) -> dict[str, str]:
        """Return the facts of a listing, with the signature of its release if anybody signs."""
        return listing_facts(listed) | signature_of(listed, self.signer)


def named_values(text: str) -> dict[str, str]:
    """Return what `camden=4mxpm, 53oj7` says by name; what has no name stands under an empty one."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    pairs = [part.partition("=") if "=" in part else ("", "=", part) for part in parts]
    return {name.strip(): value.strip() for name, _, value in pairs}


# --- a listing as it would be shown -----------------------------------------------------------------------------------


def as_shown_there(listed: Listing, document: Mapping[str, Any], topics: Mapping[str, str]) -> Listing:
    """Return the listing with what this DataPress makes of it: texts without layout, its topic and its addresses.

    `document` is the dataset as it was read, empty when there is none; `topics` are titles by id.
    """
    ours = resources_of(document, listed.identity)
    topic = topic_of(listed, topics)
    tags = [" ".join(keyword.split()) for keyword in listed.keywords]

    def with_url(file: Distribution) -> Distribution:
        # the address is the server's; one that ends in another name gives another file
        url = str(document["resources"][ours[file.id]].get("url") or "") if file.id in ours else ""
        return replace(file, url=url if unquote(url.partition("?")[0].rpartition("/")[2]) == file.file else "")

    return replace(
        listed,
        description=plain_paragraphs(listed.description),
        keywords=tuple(dict.fromkeys([*filter(None, tags), *([TOPIC + topic] if topic else [])])),
        distributions=tuple(with_url(file) for file in listed.distributions),
        documents=tuple(with_url(file) for file in listed.documents),
    )


def topic_of(listed: Listing, topics: Mapping[str, str]) -> str:
    """Return the id of the topic that a DataPress has for the theme of a listing; empty when it has none."""
    wanted = _letters(listed.theme.title)
    return next((key for key, title in topics.items() if wanted in (_letters(title), _letters(key))), "")


def read_topics(site: Any) -> dict[str, str]:
    """Return the titles of topics by id from what a DataPress says of itself; none when it says nothing of them."""
    told = site.get("topics") if isinstance(site, dict) else None
    if isinstance(told, dict):
        told = [{"id": key} | (value if isinstance(value, dict) else {"title": value}) for key, value in told.items()]
    entries = [entry for entry in told or [] if isinstance(entry, dict) and entry.get("id")]
    return {str(entry["id"]): str(entry.get("title") or entry["id"]) for entry in entries}


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold().replace("&", "and") if letter.isalnum())


# --- a dataset as it is shown -----------------------------------------------------------------------------------------


def document_to_live(document: Mapping[str, Any], identity: Identity, settings: DatapressSettings) -> Live:
    """Return what a dataset of a DataPress says, under our names. Files without our description are not ours."""
    record = record_of(document, settings)
    is_public, is_draft = document.get("sharing") == PUBLIC, record.get("state") == DRAFT
    is_withdrawn = "withdrawn" in record and not is_public
    facts = {fact: record[name] for fact, name in RECORDED.items() if name in record}
    facts |= _own_facts(document, settings)
    team, wanted_team = str(document.get("team") or ""), settings.team(identity.publisher)
    ours, resources = resources_of(document, identity), document.get("resources") or {}
    frame = {name: record[name][:7] for name in ("from", "to") if record.get(name)}

    def file_facts_of(resource: Mapping[str, Any]) -> dict[str, str]:
        mark = read_file_mark(str(resource.get("description") or ""))
        told: dict[str, Any] = {name: mark.get(name, "") for name in ("sha256", "rows", "release")}
        told |= {"title": resource.get("title"), "bytes": resource.get("size"), "url": resource.get("url")}
        if "rows" in mark and timeframe_of(resource) != frame:
            # changed by hand: it does not show what this release is about
            told["release"] = ""
        return {name: str(text) for name, text in told.items() if text not in (None, "")}

    return Live(
        id=str(document["id"]),
        stamp=str(document.get("updatedAt") or ""),
        organisation=identity.publisher if wanted_team in ("", team) else team,
        facts={name: text for name, text in facts.items() if text},
        keywords=frozenset([*_texts(document, "tags"), *(TOPIC + topic for topic in _texts(document, "topics"))]),
        files={key: file_facts_of(resources[one]) for key, one in _files(document, identity)},
        state="deleted" if is_withdrawn else DRAFT if is_draft and not is_public else "active",
        private=not is_withdrawn and not is_draft and (not is_public or bool(document.get("archivedAt"))),
        page=page_of(document, settings.url),
        urls={key: str(resources[one].get("url") or "") for key, one in ours.items()},
        shows=settings.shows,
    )


def record_of(document: Mapping[str, Any], settings: DatapressSettings) -> dict[str, str]:
    """Return what we know a dataset by, from its custom field; empty when it has none."""
    return read_record((document.get("custom") or {}).get(settings.fields["record"]))


def resources_of(document: Mapping[str, Any], identity: Identity) -> dict[str, str]:
    """Return the ids of the files of ours in a dataset, by our own ids; of two that are the same one the first."""
    return {key: resource for key, resource in reversed(list(_files(document, identity))) if "#" not in key}


def page_of(document: Mapping[str, Any], url: str) -> str:
    """Return the address of the page of a dataset."""
    path = str(document.get("canonical") or "")
    return url + (path if path.startswith("/dataset/") else f"/dataset/{quote(str(document['id']))}")


def timeframe_of(resource: Mapping[str, Any]) -> dict[str, str]:
    """Return the first and the last month of a file, under either spelling; empty when it has none."""
    told = resource.get(timeframe_name(resource))
    return {name: str(told[name]) for name in ("from", "to") if told.get(name)} if isinstance(told, dict) else {}


def timeframe_name(resource: Mapping[str, Any]) -> str:
    """Return how this DataPress spells the time frame of a file."""
    return "timeFrame" if "timeFrame" in resource else "timeframe"


def wanted_timeframe(listed: Listing) -> dict[str, str]:
    """Return the months that a listing is about, as a DataPress has them; empty when they are not known."""
    months = {"from": listed.period.start[:7], "to": listed.period.end[:7]}
    return {name: month for name, month in months.items() if month}


def _files(document: Mapping[str, Any], identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield our id and the resource of each file of ours; one that is there again has its resource after its id."""
    seen: set[str] = set()
    resources = document.get("resources") or {}
    for resource in sorted(resources, key=lambda key: (resources[key].get("order") or 0, key)):
        mark = read_file_mark(str(resources[resource].get("description") or ""))
        if mark:
            key = file_id(identity, mark["part"])
            yield (f"{key}#{resource}" if key in seen else key), resource
            seen.add(key)


def _own_facts(document: Mapping[str, Any], settings: DatapressSettings) -> dict[str, str]:
    """Return the facts for which a DataPress has fields of its own."""
    licence, contact = document.get("licence") or {}, document.get("contact") or {}
    custom, links = document.get("custom") or {}, document.get("links") or {}
    facts = {
        "title": str(document.get("title") or ""),
        "description": html_to_text(str(document.get("description") or "")),
        "licence": next((known.ckan_id for known in licences().values() if known.url == licence.get("url")), ""),
        "contact": str(contact.get("title") or ""),
        "contact_email": str(contact.get("email") or ""),
        "contact_page": str((links.get(CONTACT_LINK) or {}).get("url") or ""),
    }
    if name := settings.fields.get("frequency"):
        ours = {theirs: word for word, theirs in FREQUENCIES.items()}
        facts["frequency_words"] = ours.get(str(custom.get(name)), str(custom.get(name) or ""))
    if name := settings.fields.get("geography"):
        facts["geography"] = str(custom.get(name) or "")
    return facts


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    return [text for text in document.get(name) or [] if isinstance(text, str)]


def marked_parts(listed: Listing) -> dict[str, str]:
    """Return what each file of a listing is called in its description, by our id."""
    return {file.id: file_part(file) for file in listed.files}
