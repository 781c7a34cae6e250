"""From a release to what a catalogue says about it: a listing in the shape of DCAT. Pure."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from packages.errors import SetupProblem
from packages.model import Identity, Release, StagedFile, Table
from packages.spec import Contact, DatasetSpec, ResourceSpec, suggestion
from packages.vocabulary import Cadence, Licence, Publisher, Theme, cadences, licences, themes

NAMESPACE = uuid.UUID("5f0d7c1e-3f0a-5d54-9d2a-6b1c0f6f4e11")
"""Every id of ours is a uuid5 in this namespace. It must never change: ids are how we know our own listings again."""

DOCUMENTS = {
    "report.html": ("Quality report", "HTML"),
    "datapackage.json": ("Data Package descriptor", "JSON"),
}
"""Files of a release that are listed beside the data, with title and format."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a listing. `rows` is None and `schema` empty for a document; `url` is empty while not known."""

    id: str
    name: str
    title: str
    format: str
    media_type: str
    file: str
    sha256: str
    bytes: int
    rows: int | None = None
    url: str = ""
    resource: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """The organisation that publishes. `geography` is the URI of its area, `bbox` west, south, east, north (WGS84)."""

    slug: str
    name: str
    title: str
    uri: str
    website: str
    gss: str
    geography: str
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Team:
    """Who answers questions about the data: a team, never a person."""

    name: str
    email: str
    page: str


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day that the data are about (ISO); both empty when not known."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a catalogue shows of one dataset of one publisher.

    `distributions` are the data, `documents` what explains them. `issued` is when it was first listed, `modified` when
    this release was sealed. `geography` is the smallest area that the rows tell apart. `page` is empty while not known.
    """

    identity: Identity
    id: str
    name: str
    title: str
    description: str
    licence: Licence
    publisher: Agent
    contact: Team
    keywords: tuple[str, ...]
    theme: Theme
    frequency: Cadence
    period: Period
    geography: str
    issued: dt.datetime
    modified: dt.datetime
    release: str
    verdict: str
    distributions: tuple[Distribution, ...]
    documents: tuple[Distribution, ...]
    page: str = ""

    @property
    def files(self) -> tuple[Distribution, ...]:
        """Everything that can be downloaded: the data first."""
        return self.distributions + self.documents


def listing_of(
    release: Release, spec: DatasetSpec, publisher: Publisher, *, public_url: str = "", verdict: str = ""
) -> Listing:
    """Describe a release for a catalogue; SetupProblem when its licence, theme or cadence is not in the vocabulary.

    `public_url` is the address under which the site is public; without it, pages and files have no address yet.
    """
    package, identity = spec.package, release.identity
    page = f"{public_url.rstrip('/')}/{dataset_path(identity)}" if public_url else ""
    return Listing(
        identity=identity,
        id=dataset_id(identity),
        name=dataset_name(identity),
        title=f"{package.title} – {publisher.name}",
        description=package.description.strip(),
        licence=_known("licence", package.licence, licences()),
        publisher=_agent(publisher),
        contact=_team(spec.publisher.contact),
        keywords=tuple(dict.fromkeys(package.keywords)),
        theme=_known("theme", package.theme, themes()),
        frequency=_known("cadence", spec.cadence, cadences()),
        period=_period(release.descriptor),
        geography=package.geography,
        issued=release.sealed,
        modified=release.sealed,
        release=release.digest,
        verdict=verdict or str(release.verdict),
        distributions=tuple(_data(release, spec, page and page + release_path(release.digest))),
        documents=tuple(_documents(release, page and page + release_path(release.digest))),
        page=page,
    )


def dataset_id(identity: Identity) -> str:
    """The id of a dataset in every catalogue: the same for ever."""
    return _id(str(identity))


def dataset_name(identity: Identity) -> str:
    """The readable part of its address in a catalogue: `spend-over-500-camden`."""
    return f"{identity.dataset}-{identity.publisher}"


def dataset_path(identity: Identity) -> str:
    """Where the page of a dataset is below the address of the site, with a slash at the end."""
    return f"datasets/{identity.dataset}/{identity.publisher}/"


def dataset_overview_path(dataset: str) -> str:
    """Where the page of a dataset of all publishers is below the address of the site."""
    return f"datasets/{dataset}/"


def publisher_path(slug: str) -> str:
    """Where the page of a publisher is below the address of the site."""
    return f"publishers/{slug}/"


def history_path(digest: str) -> str:
    """Where the page about one release is below the page of its dataset; it stays when the files are gone."""
    return f"history/{digest[:16]}.html"


def release_path(digest: str) -> str:
    """Where the files of one release are below the page of its dataset, for as long as it is among the last two."""
    return f"releases/{digest[:16]}/"


def file_path(listed: Listing, file: Distribution) -> str:
    """Where a file is below the address of the site: a place that never holds the bytes of another release."""
    return dataset_path(listed.identity) + release_path(listed.release) + file.file


def continue_listing(wanted: Listing, *, issued: str, modified: str, release: str) -> Listing:
    """The listing as the next version of one that is live: first listed then, and unmodified while the release is.

    The three are what is live, dates in ISO form; empty when not known.
    """
    kept = wanted
    if issued:
        kept = replace(kept, issued=dt.datetime.fromisoformat(issued))
    if modified and release == wanted.release:
        kept = replace(kept, modified=dt.datetime.fromisoformat(modified))
    return kept


def _id(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))


def _known(kind: str, name: str, vocabulary: Mapping[str, Any]) -> Any:
    if name in vocabulary:
        return vocabulary[name]
    raise SetupProblem(f"The {kind} “{name}” is not in the vocabulary.", fix=suggestion(name, sorted(vocabulary)))


def _agent(publisher: Publisher) -> Agent:
    return Agent(
        slug=publisher.slug,
        name=publisher.name,
        title=publisher.title,
        uri=publisher.uri,
        website=publisher.website,
        gss=publisher.gss,
        geography=publisher.geography_uri,
        bbox=publisher.bbox,
    )


def _team(contact: Contact) -> Team:
    return Team(contact.team, contact.email, contact.page)


def _period(descriptor: Mapping[str, Any]) -> Period:
    temporal = descriptor.get("temporal") or {}
    return Period(str(temporal.get("start") or ""), str(temporal.get("end") or ""))


def _data(release: Release, spec: DatasetSpec, base: str) -> Iterable[Distribution]:
    described = {resource.name: resource for resource in spec.package.resources}
    for table in release.tables:
        for format_name, file in (("CSV", table.csv), ("Parquet", table.parquet)):
            yield _datum(release.identity, table, described[table.name], (format_name, file, base))


def _datum(
    identity: Identity, table: Table, resource: ResourceSpec, written: tuple[str, StagedFile, str]
) -> Distribution:
    format_name, file, base = written
    return Distribution(
        id=_id(f"{identity}#{table.name}.{format_name.lower()}"),
        name=f"{table.name}-{format_name.lower()}",
        title=f"{resource.title or table.name} ({format_name})",
        format=format_name,
        media_type=file.media_type,
        file=file.name,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=table.rows,
        url=base and base + file.name,
        resource=table.name,
        schema=table.schema,
        description=resource.description.strip(),
    )


def _documents(release: Release, base: str) -> Iterable[Distribution]:
    held = {file.name: file for file in release.manifest}
    for name, (title, format_name) in DOCUMENTS.items():
        if name not in held:
            continue
        file = held[name]
        yield Distribution(
            id=_id(f"{release.identity}#{name}"),
            name=name.replace(".", "-"),
            title=title,
            format=format_name,
            media_type=file.media_type,
            file=file.name,
            sha256=file.sha256,
            bytes=file.bytes,
            url=base and base + file.name,
        )


# --- listing.json -----------------------------------------------------------------------------------------------------


def listing_to_json(listed: Listing) -> bytes:
    """The listing as JSON, always the same bytes for the same listing."""
    return (json.dumps(asdict(listed), indent=2, sort_keys=True, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def listing_from_json(text: bytes) -> Listing:
    """Read a listing back; KeyError, TypeError or ValueError when it was not written by `to_json`."""
    held = json.loads(text)
    moments = {key: dt.datetime.fromisoformat(held[key]) for key in ("issued", "modified")}
    return Listing(
        **held
        | moments
        | {
            "identity": Identity(**held["identity"]),
            "licence": Licence(**held["licence"]),
            "publisher": Agent(**held["publisher"] | {"bbox": tuple(held["publisher"]["bbox"])}),
            "contact": Team(**held["contact"]),
            "keywords": tuple(held["keywords"]),
            "theme": Theme(**held["theme"]),
            "frequency": Cadence(**held["frequency"]),
            "period": Period(**held["period"]),
            "distributions": tuple(Distribution(**file) for file in held["distributions"]),
            "documents": tuple(Distribution(**file) for file in held["documents"]),
        }
    )
