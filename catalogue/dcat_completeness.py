"""How good the metadata are: what DCAT-AP asks for and is there, who can add the rest, and how many stars. Pure.

As with the data there is no score: what is missing is named, with whoever can add it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalogue.listing import Distribution, Listing

DATASET_TEAM = "the londata team, in the dataset's datapackage.yaml"
PUBLISHER_TEAM = "the publisher, in its publishers/{slug}.yaml"
OPERATOR = "whoever runs the site, with the setting public_url"
VOCABULARY = "the londata team, in vocabulary/publishers.yaml"
DATA_OFFICER = "the publisher's data officer, in the data"


@dataclass(frozen=True, slots=True)
class DcatProperty:
    """One property that DCAT-AP 3 makes mandatory or recommends, and where a person would add it."""

    name: str
    title: str
    mandatory: bool
    present: Callable[[Listing], bool]
    who: str


@dataclass(frozen=True, slots=True)
class FoundProperty:
    """A property as it is in one listing; `who` can add it when it is not there."""

    name: str
    title: str
    mandatory: bool
    there: bool
    who: str


@dataclass(frozen=True, slots=True)
class OpenDataStar:
    """One of the five stars of open data: what it asks for, whether it is reached, and who could bring it."""

    number: int
    title: str
    reached: bool
    who: str


def _each(of: Callable[[Distribution], object]) -> Callable[[Listing], bool]:
    return lambda listed: bool(listed.distributions) and all(of(file) for file in listed.distributions)


PROPERTIES: tuple[DcatProperty, ...] = (
    DcatProperty("dct:title", "Title", True, lambda listed: bool(listed.title.strip()), DATASET_TEAM),
    DcatProperty("dct:description", "Description", True, lambda listed: bool(listed.description.strip()), DATASET_TEAM),
    DcatProperty("dcat:accessURL", "Address of each file", True, _each(lambda file: file.url), OPERATOR),
    DcatProperty("dcat:contactPoint", "Contact with an e-mail address or a page", False,
             lambda listed: bool(listed.contact.name and (listed.contact.email or listed.contact.page)),
             PUBLISHER_TEAM),
    DcatProperty("dcat:distribution", "Files", False, lambda listed: bool(listed.distributions), PUBLISHER_TEAM),
    DcatProperty("dcat:keyword", "Keywords", False, lambda listed: bool(listed.keywords), DATASET_TEAM),
    DcatProperty("dct:publisher", "Publisher with a web identifier", False,
             lambda listed: bool(listed.publisher.uri), VOCABULARY),
    DcatProperty("dct:spatial", "Area with a web identifier", False,
             lambda listed: bool(listed.publisher.geography), VOCABULARY),
    DcatProperty("dct:temporal", "Period that the data cover", False,
             lambda listed: bool(listed.period.start and listed.period.end), DATASET_TEAM),
    DcatProperty("dcat:theme", "Theme", False, lambda listed: bool(listed.theme.uri), DATASET_TEAM),
    DcatProperty("dcatap:availability", "How long the files will be there", False,
             lambda listed: bool(listed.distributions), OPERATOR),
    DcatProperty("dct:description of each file", "Description of each file", False,
             _each(lambda file: file.description), DATASET_TEAM),
    DcatProperty("dct:format", "Format of each file", False, _each(lambda file: file.format), DATASET_TEAM),
    DcatProperty("dct:license", "Licence", False, lambda listed: bool(listed.licence.url), DATASET_TEAM),
)  # fmt: skip


def metadata_properties(listed: Listing) -> tuple[FoundProperty, ...]:
    """Every property of DCAT-AP that counts, mandatory ones first."""
    slug = listed.identity.publisher
    return tuple(
        FoundProperty(p.name, p.title, p.mandatory, p.present(listed), p.who.format(slug=slug)) for p in PROPERTIES
    )


def missing_properties(listed: Listing) -> tuple[FoundProperty, ...]:
    """What is not there."""
    return tuple(found for found in metadata_properties(listed) if not found.there)


def open_data_stars(listed: Listing) -> tuple[OpenDataStar, ...]:
    """The five stars (5stardata.info); each one counts only when those before it are reached."""
    fields = [field for file in listed.distributions for field in file.schema.get("fields", ())]
    asked = (
        ("It is on the web under an open licence", bool(listed.licence.url), DATASET_TEAM),
        ("It is a table that programs can read", bool(listed.distributions), DATASET_TEAM),
        ("A format that nobody owns (CSV)", any(file.format == "CSV" for file in listed.distributions), DATASET_TEAM),
        ("Things in it are named by web identifiers", any(_names_by_address(field) for field in fields), DATA_OFFICER),
        ("It leads to the data of others: columns say which public list their codes come from",
         any(field.get("rdfType") for field in fields), DATASET_TEAM),
    )  # fmt: skip
    reached, made = True, []
    for number, (title, there, who) in enumerate(asked, start=1):
        reached = reached and there
        made.append(OpenDataStar(number, title, reached, who))
    return tuple(made)


def stars_reached(listed: Listing) -> int:
    """How many of the five stars it has."""
    return sum(star.reached for star in open_data_stars(listed))


def _names_by_address(field: dict[str, str]) -> bool:
    return field.get("format") == "uri" or field["name"].casefold().endswith(("uri", "url"))
