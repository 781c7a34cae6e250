"""Completeness of the metadata: what DCAT-AP and the UK exchange model ask for, and the five stars of open data. Pure.

As with the data there is no score: what is missing is named, with who can add it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalogue.listing import Distribution, Listing

DATASET_TEAM = "the londata team, in the dataset's datapackage.yaml"
PUBLISHER_TEAM = "the publisher, in its publishers/{slug}.yaml"
GOVERNANCE = "the publisher, under governance in its publishers/{slug}.yaml"
OPERATOR = "whoever runs the site, with the setting public_url"
VOCABULARY = "the londata team, in vocabulary/publishers.yaml"
DATA_OFFICER = "the publisher's data officer, in the data"


@dataclass(frozen=True, slots=True)
class DcatProperty:
    """A property that DCAT-AP 3 or the UK exchange model makes mandatory or recommends, and who can add it where."""

    name: str
    title: str
    mandatory: bool
    present: Callable[[Listing], bool]
    who: str


@dataclass(frozen=True, slots=True)
class FoundProperty:
    """A property in one listing; `who` can add it when it is not there."""

    name: str
    title: str
    mandatory: bool
    there: bool
    who: str


@dataclass(frozen=True, slots=True)
class OpenDataStar:
    """One of the five stars of open data: what it asks for, whether it is reached, and who can bring it."""

    number: int
    title: str
    reached: bool
    who: str


def _every_file(has: Callable[[Distribution], object]) -> Callable[[Listing], bool]:
    return lambda listed: bool(listed.distributions) and all(has(file) for file in listed.distributions)


PROPERTIES: tuple[DcatProperty, ...] = (
    DcatProperty("dct:title", "Title", True, lambda listed: bool(listed.title.strip()), DATASET_TEAM),
    DcatProperty("dct:description", "Description", True, lambda listed: bool(listed.description.strip()), DATASET_TEAM),
    DcatProperty("dcat:accessURL", "Address of each file", True, _every_file(lambda file: file.url), OPERATOR),
    DcatProperty("vcard:hasEmail", "Contact with an e-mail address (UK model)", True,
                 lambda listed: bool(listed.contact.email), PUBLISHER_TEAM),
    DcatProperty("dct:creator", "Body that makes the data (UK model)", True,
                 lambda listed: bool(listed.creator), GOVERNANCE),
    DcatProperty("ukgov:securityClassification", "Security classification (UK model)", True,
                 lambda listed: bool(listed.classification), GOVERNANCE),
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
             _every_file(lambda file: file.description), DATASET_TEAM),
    DcatProperty("dct:format", "Format of each file", False, _every_file(lambda file: file.format), DATASET_TEAM),
    DcatProperty("dct:license", "Licence", False, lambda listed: bool(listed.licence.url), DATASET_TEAM),
)  # fmt: skip


def metadata_properties(listed: Listing) -> tuple[FoundProperty, ...]:
    """Return every property of PROPERTIES as found in a listing, mandatory ones first."""
    slug = listed.identity.publisher
    return tuple(
        FoundProperty(asked.name, asked.title, asked.mandatory, asked.present(listed), asked.who.format(slug=slug))
        for asked in PROPERTIES
    )


def missing_properties(listed: Listing) -> tuple[FoundProperty, ...]:
    """Return the properties that are not there."""
    return tuple(found for found in metadata_properties(listed) if not found.there)


def open_data_stars(listed: Listing) -> tuple[OpenDataStar, ...]:
    """Return the five stars (5stardata.info); each one counts only when those before it are reached."""
    columns = [column for file in listed.distributions for column in file.schema.get("fields", ())]
    # columns of web addresses: by their declared format, or by a name such as OrganisationURI
    has_uris = any(
        column.get("format") == "uri" or column["name"].casefold().endswith(("uri", "url")) for column in columns
    )
    criteria = (
        ("It is on the web under an open licence", bool(listed.licence.url), DATASET_TEAM),
        ("It is a table that programs can read", bool(listed.distributions), DATASET_TEAM),
        ("A format that nobody owns (CSV)", any(file.format == "CSV" for file in listed.distributions), DATASET_TEAM),
        ("Things in it are named by web identifiers", has_uris, DATA_OFFICER),
        ("It leads to the data of others: columns say which public list their codes come from",
         any(column.get("rdfType") for column in columns), DATASET_TEAM),
    )  # fmt: skip
    reached, stars = True, []
    for number, (title, is_met, who) in enumerate(criteria, start=1):
        reached = reached and is_met
        stars.append(OpenDataStar(number, title, reached, who))
    return tuple(stars)


def stars_reached(listed: Listing) -> int:
    """Return how many of the five stars are reached."""
    return sum(star.reached for star in open_data_stars(listed))
