"""The shared vocabularies: publishers, licences, themes and cadences, each from one YAML file."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from packages.errors import SetupProblem
from packages.yaml_file import read_yaml

LONDON = (-0.5104, 51.2868, 0.3340, 51.6919)
"""Greater London's extent in WGS84 degrees: west, south, east, north."""

ODC = "http://opendatacommunities.org/id/"
GEOGRAPHY = "http://statistics.data.gov.uk/id/statistical-geography/"
EU_THEME = "http://publications.europa.eu/resource/authority/data-theme/"
EU_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"


@dataclass(frozen=True, slots=True)
class Publisher:
    """One body that publishes London data. Codes that it does not have are empty.

    `bbox` is west, south, east, north in WGS84 degrees: a box that certainly holds the publisher's area.
    """

    slug: str
    name: str
    title: str
    kind: str
    ref: str
    wikidata: str
    website: str
    opendatacommunities: str
    gss: str = ""
    custodian: str = ""
    billing: str = ""
    lpa: str = ""
    snac: str = ""
    aliases: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] = LONDON

    @property
    def uri(self) -> str:
        """The organisation's URI, as the national registers write it."""
        return ODC + self.opendatacommunities

    @property
    def curie(self) -> str:
        """The organisation's short name in planning data: `local-authority:CMD`."""
        prefix = "development-corporation" if self.kind == "development-corporation" else "local-authority"
        return f"{prefix}:{self.ref}"

    @property
    def geography_uri(self) -> str:
        """The URI of the area in the ONS geography; empty where there is no code."""
        return GEOGRAPHY + self.gss if self.gss else ""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by its Data Package name; `ckan_id` is its id in CKAN's list."""

    name: str
    title: str
    url: str
    ckan_id: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A London Datastore topic; `uri` is the nearest EU data theme."""

    name: str
    title: str
    uri: str


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm of releases: `days` in between (0 when irregular), ISO 8601 duration, EU frequency URI."""

    name: str
    title: str
    days: int
    iso: str
    eu_uri: str


@cache
def publishers() -> Mapping[str, Publisher]:
    """Return all publishers by slug."""
    found = {}
    for slug, entry in vocabulary_file("publishers.yaml").items():
        # YAML has lists only, and a frozen value needs tuples
        attributes: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
        }
        found[slug] = Publisher(slug=slug, **attributes)
    return found


@cache
def licences() -> Mapping[str, Licence]:
    """Return all licences by their Data Package name."""
    return {name: Licence(name=name, **entry) for name, entry in vocabulary_file("licences.yaml").items()}


@cache
def themes() -> Mapping[str, Theme]:
    """Return all themes by name."""
    return {
        name: Theme(name, entry["title"], EU_THEME + entry["eu"])
        for name, entry in vocabulary_file("themes.yaml").items()
    }


@cache
def cadences() -> Mapping[str, Cadence]:
    """Return all cadences by name."""
    entries = vocabulary_file("cadences.yaml").items()
    return {
        name: Cadence(name, entry["title"], entry["days"], entry["iso"], EU_FREQUENCY + entry["eu"])
        for name, entry in entries
    }


def find_publisher(slug: str) -> Publisher | None:
    """Return the publisher of that slug, or None; `london` is all of them together."""
    return london() if slug == "london" else publishers().get(slug)


@cache
def london() -> Publisher:
    """Return all publishers as one: with the codes of the Greater London Authority, under a name of its own."""
    return replace(
        publishers()["gla"],
        slug="london",
        name="London",
        title="London, all publishers together",
        kind="union",
        website="https://data.london.gov.uk",
        aliases=(),
    )


def publisher(slug: str) -> Publisher:
    """Return the publisher of that slug; SetupProblem with the nearest one otherwise."""
    if found := find_publisher(slug):
        return found
    slugs = {}
    for known in publishers().values():
        codes = [code for code in (known.gss, known.ref) if code]
        for spelling in (known.slug, known.name, known.title, *known.aliases, *codes):
            slugs[spelling.casefold()] = known.slug
    near = difflib.get_close_matches(slug.strip().casefold(), slugs, n=1, cutoff=0.6)
    fix = "Use the council's short name with hyphens, for example kingston-upon-thames."
    if near:
        fix = f"Did you mean “{slugs[near[0]]}”?"
    raise SetupProblem(f"No publisher is called “{slug}”.", fix=fix)


def vocabulary_file(name: str) -> dict[str, dict[str, Any]]:
    """Return the entries of a YAML file of this folder by their names."""
    text = resources.files("packages.vocabulary").joinpath(name).read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = read_yaml(text)
    return loaded
