"""The listing of a release: what a catalogue shows of it, in the shape of DCAT. Pure."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import PlainSerializer, TypeAdapter

from packages.errors import SetupProblem
from packages.model import Identity, Release, StagedFile
from packages.spec import DatasetSpec, suggestion
from packages.vocabulary import Cadence, Licence, Publisher, Theme, cadences, licences, themes

Entry = TypeVar("Entry")

NAMESPACE = uuid.UUID("5f0d7c1e-3f0a-5d54-9d2a-6b1c0f6f4e11")
"""The namespace of every uuid5 of ours. It must never change: by their ids we recognise our own listings."""

LATEST = "latest/"
"""The folder of the files of the newest release, relative to the page of its dataset: addresses that never change."""

DOCUMENTS = {
    "report.html": ("Quality report", "HTML"),
    "datapackage.json": ("Data Package descriptor", "JSON"),
}
"""Files of a release that are listed beside the data, with title and format."""

# pydantic would write UTC as `Z`; the published files have `+00:00`, and their bytes decide whether anything changed
Moment = Annotated[dt.datetime, PlainSerializer(dt.datetime.isoformat, when_used="json")]
"""A moment that is written in JSON as Python's isoformat has it."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a listing. A document has no `rows` and no `schema`; `url` is empty while it is not known."""

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
    """The team that answers questions about the data; never a person."""

    name: str
    email: str
    page: str


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day (ISO) of the data; an end that is not known is empty."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard or guidance that the data follow, with its address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class PlaceFields:
    """The fields of a table that say where something is: degrees (WGS84) in `x` and `y`, or a shape in `wkt`.

    `label` names the place. `system` is a field with the system of each row, where it may be another one.
    """

    resource: str
    x: str = ""
    y: str = ""
    wkt: str = ""
    label: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class TimeFields:
    """The fields of a table whose sum over time is drawn. `unit` is GBP for money, else the plural of what counts."""

    resource: str
    date: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a catalogue shows of one dataset of one publisher.

    `distributions` are the data, `documents` what explains them. `issued` is when the dataset was first listed,
    `modified` when this release was sealed. `geography` is the smallest area that the rows distinguish. `page` is empty
    while it is not known. `creator` is the body that makes the data, `classification` its security classification
    (empty where nobody said it), `provenance` how the data came here, `conforms_to` what they follow. `places` and
    `over_time` say what can be drawn of the data. `ckan_fields` are fields that the description gives for a CKAN; no
    other catalogue shows them.
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
    issued: Moment
    modified: Moment
    release: str
    verdict: str
    distributions: tuple[Distribution, ...]
    documents: tuple[Distribution, ...]
    page: str = ""
    creator: str = ""
    classification: str = ""
    provenance: str = ""
    conforms_to: tuple[Standard, ...] = ()
    places: tuple[PlaceFields, ...] = ()
    over_time: TimeFields | None = None
    ckan_fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Distribution, ...]:
        """Everything that can be downloaded: the data first."""
        return self.distributions + self.documents


# --- a release becomes a listing --------------------------------------------------------------------------------------


def listing_of(
    release: Release, spec: DatasetSpec, publisher: Publisher, *, public_url: str = "", verdict: str = ""
) -> Listing:
    """Describe a release for a catalogue; SetupProblem when its licence, theme or cadence is not in the vocabulary.

    `public_url` is the public address of the site; without it, pages and files have no address yet.
    """
    package, contact, identity = spec.package, spec.publisher.contact, release.identity
    temporal = release.descriptor.get("temporal") or {}
    page = f"{public_url.rstrip('/')}/{dataset_path(identity)}" if public_url else ""
    files_url = page and page + release_path(release.digest)
    return Listing(
        identity=identity,
        id=dataset_id(identity),
        name=dataset_name(identity),
        title=f"{package.title} – {publisher.name}",
        description=package.description.strip(),
        licence=_known("licence", package.licence, licences()),
        publisher=_agent(publisher),
        contact=Team(contact.team, contact.email, contact.page),
        # without duplicates, in the order of the description
        keywords=tuple(dict.fromkeys(package.keywords)),
        theme=_known("theme", package.theme, themes()),
        frequency=_known("cadence", spec.cadence, cadences()),
        period=Period(str(temporal.get("start") or ""), str(temporal.get("end") or "")),
        geography=package.geography,
        issued=release.sealed,
        modified=release.sealed,
        release=release.digest,
        verdict=verdict or str(release.verdict),
        distributions=tuple(_distributions(release, spec, files_url)),
        documents=tuple(_documents(release, files_url)),
        page=page,
        creator=spec.governance.creator or publisher.title,
        classification=spec.governance.classification,
        provenance=_provenance(spec, publisher),
        conforms_to=tuple(
            Standard(source["title"], source["path"])
            for source in package.sources
            if source.get("title") and source.get("path")
        ),
        places=tuple(
            PlaceFields(place.resource, place.x, place.y, place.wkt, place.label, place.system)
            for place in spec.quality.places
        ),
        over_time=_over_time(spec),
        ckan_fields=spec.ckan_fields,
    )


def _over_time(spec: DatasetSpec) -> TimeFields | None:
    chart = spec.package.chart
    if chart is None:
        return None
    return TimeFields(chart.resource or spec.resource.name, chart.date, chart.value, chart.unit)


def _provenance(spec: DatasetSpec, publisher: Publisher) -> str:
    """Return in words how the data came here; of the received file nothing is said but who sent it."""
    if spec.is_union:
        return "Made of the last good release of every publisher; a table of publishers says how fresh each is."
    system = (
        f" from its {spec.governance.system[:1].lower()}{spec.governance.system[1:]}" if spec.governance.system else ""
    )
    return (
        f"Published by {publisher.title}{system}. Every release is checked against the table schema, the quality "
        "suite and the privacy rules; what was repaired on the way is in its quality report."
    )


def _known(kind: str, name: str, vocabulary: Mapping[str, Entry]) -> Entry:
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


def _distributions(release: Release, spec: DatasetSpec, files_url: str) -> Iterator[Distribution]:
    """Yield both files of every table."""
    described = {resource.name: resource for resource in spec.package.resources}
    for table in release.tables:
        resource = described[table.name]
        for format_name, file in (("CSV", table.csv), ("Parquet", table.parquet)):
            # not made of the name of the file: an id must outlive a change of names
            key = file_id(release.identity, f"{table.name}.{format_name.lower()}")
            listed = _listed_file(file, key, f"{resource.title or table.name} ({format_name})", format_name, files_url)
            yield replace(
                listed,
                name=f"{table.name}-{format_name.lower()}",
                rows=table.rows,
                resource=table.name,
                schema=table.schema,
                description=resource.description.strip(),
            )


def _documents(release: Release, files_url: str) -> Iterator[Distribution]:
    files = {file.name: file for file in release.manifest}
    for name, (title, format_name) in DOCUMENTS.items():
        if name in files:
            yield _listed_file(files[name], file_id(release.identity, name), title, format_name, files_url)


def _listed_file(file: StagedFile, key: str, title: str, format_name: str, files_url: str) -> Distribution:
    """Return what every file of a listing has; `key` is its id."""
    return Distribution(
        id=key,
        name=file.name.replace(".", "-"),
        title=title,
        format=format_name,
        media_type=file.media_type,
        file=file.name,
        sha256=file.sha256,
        bytes=file.bytes,
        url=files_url and files_url + file.name,
    )


def continue_listing(wanted: Listing, *, issued: str, modified: str, release: str) -> Listing:
    """Return the listing as the next version of the live one: it keeps `issued`, and `modified` if the release stays.

    `issued`, `modified` (ISO) and `release` are those of the live listing; empty when not known.
    """
    if issued:
        wanted = replace(wanted, issued=dt.datetime.fromisoformat(issued))
    if modified and release == wanted.release:
        wanted = replace(wanted, modified=dt.datetime.fromisoformat(modified))
    return wanted


# --- names and places -------------------------------------------------------------------------------------------------


def dataset_id(identity: Identity) -> str:
    """Return the id of a dataset in every catalogue; it never changes."""
    return _uuid(str(identity))


def _uuid(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))


def document_ids(identity: Identity) -> frozenset[str]:
    """Return the ids of the documents of a dataset in every catalogue; nothing else has them."""
    return frozenset(_uuid(f"{identity}#{name}") for name in DOCUMENTS)


def dataset_name(identity: Identity) -> str:
    """Return the readable part of its address in a catalogue: `spend-over-500-camden`."""
    return f"{identity.dataset}-{identity.publisher}"


def dataset_title(listed: Listing) -> str:
    """Return the title of the dataset without its publisher."""
    return listed.title.removesuffix(f" – {listed.publisher.name}")


def dataset_path(identity: Identity) -> str:
    """Return the folder of the page of a dataset, relative to the root of the site, with a slash at the end."""
    return f"datasets/{identity.dataset}/{identity.publisher}/"


def dataset_overview_path(dataset: str) -> str:
    """Return the folder of the page of a dataset of all publishers, relative to the root of the site."""
    return f"datasets/{dataset}/"


def publisher_path(slug: str) -> str:
    """Return the folder of the page of a publisher, relative to the root of the site."""
    return f"publishers/{slug}/"


def file_id(identity: Identity, part: str) -> str:
    """Return the id of a file of a dataset in every catalogue; `part` is what `file_part` returns of it."""
    return _uuid(f"{identity}#{part}")


def file_part(file: Distribution) -> str:
    """Return what tells a file from the others of its dataset, whatever its name: `payments.csv`, `report.html`."""
    return f"{file.resource}.{file.format.lower()}" if file.resource else file.file


def history_path(digest: str) -> str:
    """Return the page about one release, relative to that of its dataset; it outlives the files."""
    return f"history/{digest[:16]}.html"


def release_path(digest: str) -> str:
    """Return the folder of the files of one release, relative to the page of its dataset; the last two are kept."""
    return f"releases/{digest[:16]}/"


def file_path(listed: Listing, file: Distribution) -> str:
    """Return the place of a file, relative to the root of the site, that never holds bytes of another release."""
    return dataset_path(listed.identity) + release_path(listed.release) + file.file


def lasting_path(listed: Listing, file: Distribution) -> str:
    """Return the place of a file, relative to the root of the site, that always holds its newest release."""
    return dataset_path(listed.identity) + LATEST + file.file


def lasting_address(listed: Listing, file: Distribution) -> str:
    """Return the address of a file that never changes; relative to the root of a site without a public address."""
    return listed.page + LATEST + file.file if listed.page else lasting_path(listed, file)


def without_blanks(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry says: without texts, lists and objects that are empty."""
    return {key: value for key, value in entry.items() if value not in ("", [], {}, None)}


# --- listing.json -----------------------------------------------------------------------------------------------------


# built on first use: an adapter takes milliseconds, and most commands never need one
@cache
def _adapter() -> TypeAdapter[Listing]:
    return TypeAdapter(Listing)


def listing_to_json(listed: Listing) -> bytes:
    """Return the listing as JSON, always the same bytes for the same listing."""
    # pydantic writes keys in the order of the fields; the file has them sorted
    content = _adapter().dump_python(listed, mode="json", exclude={"ckan_fields"})
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def listing_from_json(text: bytes) -> Listing:
    """Read what `listing_to_json` wrote; ValueError when it is something else."""
    return _adapter().validate_json(text, strict=True, extra="forbid")
