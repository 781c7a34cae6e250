"""The pages of the site: one for all of London, one for each dataset. Plain HTML without scripts. Pure."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalogue import dcat
from catalogue.listing import Listing, Period, file_place, place, release_place
from catalogue.tombstone import Tombstone

if TYPE_CHECKING:
    from jinja2 import Environment

FILES = {
    "datapackage.json": "Data Package descriptor with the schema",
    "report.html": "quality report",
    "report.json": "quality report for machines",
    "manifest.json": "sha256 and size of each file",
    "listing.json": "what this page says, for machines",
}
VERDICTS = {
    "publish": ("Passed", "It passed its checks."),
    "held": ("Reviewed", "A person looked at what the checks found and decided to publish it."),
}


def site_files(listings: Iterable[Listing], *, public_url: str = "") -> dict[str, bytes]:
    """The files at the top of the site: the index and the catalogue for machines."""
    listed = sorted(listings, key=lambda one: one.identity)
    return {
        "index.html": index_page(listed),
        "catalog.jsonld": dcat.jsonld(listed, public_url=public_url),
        "catalog.ttl": dcat.turtle(listed, public_url=public_url),
        "data.json": data_json(listed),
    }


def index_page(listed: list[Listing]) -> bytes:
    """London on one page: publishers by datasets."""
    about = {one.identity.dataset: one for one in listed}
    publishers = {one.publisher.slug: one.publisher for one in listed}
    return _render(
        "index.html",
        listings=listed,
        datasets=sorted(((name, _dataset_title(one)) for name, one in about.items()), key=lambda d: d[1]),
        publishers=sorted(publishers.values(), key=lambda p: p.name),
        cells={(one.identity.dataset, one.identity.publisher): one for one in listed},
        about=about,
        counts=Counter(one.identity.dataset for one in listed),
        rows=sum(_rows(one) for one in listed),
        changed=max((one.modified for one in listed), default=None),
    )


def dataset_page(listed: Listing, files: Iterable[str]) -> bytes:
    """The page of one dataset; `files` are the names of everything that lies beside it."""
    names = set(files)
    data = {file.file: f"{file.title}, {_size(file.bytes)}" for file in listed.distributions}
    return _render(
        "dataset.html",
        listing=listed,
        top="../" * place(listed.identity).count("/"),
        tables=[file for file in listed.distributions if file.format == "CSV"],
        here=release_place(listed.release),
        has_report="report.html" in names,
        files=[(name, what) for name, what in (data | FILES).items() if name in names],
        attribution=_attribution(listed),
        citation=_citation(listed),
    )


def withdrawn_page(gone: Tombstone) -> bytes:
    """What stands in the place of a dataset that was withdrawn."""
    return _render("withdrawn.html", gone=gone, top="../" * place(gone.identity).count("/"))


def data_json(listed: list[Listing]) -> bytes:
    """The catalogue in the `data.json` form (DCAT-US 1.1) that many harvesters read."""
    entries = [_entry(one) for one in listed]
    catalogue = {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": entries}
    return (json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n").encode()


def _entry(listed: Listing) -> dict[str, Any]:
    entry = {
        "@type": "dcat:Dataset",
        "accessLevel": "public",
        "identifier": listed.id,
        "title": listed.title,
        "description": listed.description,
        "keyword": list(listed.keywords),
        "theme": [listed.theme.title],
        "issued": listed.issued.isoformat(),
        "modified": listed.modified.isoformat(),
        "license": listed.licence.url,
        "publisher": {"@type": "org:Organization", "name": listed.publisher.title},
        "contactPoint": {"@type": "vcard:Contact", "fn": listed.contact.name, "hasEmail": _mail(listed)},
        "accrualPeriodicity": f"R/{listed.frequency.iso}" if listed.frequency.iso else "irregular",
        "temporal": f"{listed.period.start}/{listed.period.end}" if listed.period.start else "",
        "spatial": listed.publisher.name,
        "landingPage": listed.page or f"{place(listed.identity)}index.html",
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": file.title,
                "format": file.format,
                "mediaType": file.media_type,
                "downloadURL": file.url or file_place(listed, file),
            }
            for file in listed.distributions
        ],
    }
    return {key: value for key, value in entry.items() if value}


def _mail(listed: Listing) -> str:
    return f"mailto:{listed.contact.email}" if listed.contact.email else ""


# --- words ------------------------------------------------------------------------------------------------------------


def _dataset_title(listed: Listing) -> str:
    return listed.title.removesuffix(f" – {listed.publisher.name}")


def _attribution(listed: Listing) -> str:
    if listed.licence.name == "OGL-UK-3.0":
        return (
            f"Source: {listed.publisher.title}. Contains public sector information licensed under the "
            "Open Government Licence v3.0."
        )
    return f"Source: {listed.publisher.title}, “{listed.title}”, licensed under {listed.licence.title}."


def _citation(listed: Listing) -> str:
    where = f" {listed.page}" if listed.page else ""
    return (
        f"{listed.publisher.title} ({listed.modified.year}): {listed.title}. "
        f"Release {listed.release[:12]}, {_day(listed.modified)}.{where}"
    )


def _rows(listed: Listing) -> int:
    """Rows of the dataset: each resource counts once, though it is there in two formats."""
    return sum({file.resource: file.rows or 0 for file in listed.distributions}.values())


def _day(moment: dt.date) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _period(period: Period) -> str:
    start, end = (_day(dt.date.fromisoformat(text)) if text else "" for text in (period.start, period.end))
    if not (start and end):
        return f"from {start}" if start else f"to {end}"
    return f"{start} to {end}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _verdict(verdict: str) -> str:
    return VERDICTS.get(verdict, (verdict, ""))[0]


def _verdict_sentence(verdict: str) -> str:
    return VERDICTS.get(verdict, ("", f"The verdict was: {verdict}."))[1]


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


FILTERS: Mapping[str, Callable[..., object]] = {
    "day": _day,
    "first_paragraph": lambda text: (_paragraphs(text) or [""])[0],
    "paragraphs": _paragraphs,
    "period": _period,
    "place": place,
    "rows": _rows,
    "size": _size,
    "thousands": lambda number: f"{number:,}",
    "verdict": _verdict,
    "verdict_sentence": _verdict_sentence,
}


# --- rendering --------------------------------------------------------------------------------------------------------


def _render(template: str, **known: object) -> bytes:
    from markupsafe import Markup

    style = resources.files("catalogue").joinpath("templates/style.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # the style is ours and holds no data
    known |= {"style": Markup(style), "style_hash": Markup(f"sha256-{allowed}")}  # noqa: S704
    return _environment().get_template(template).render(**known).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("catalogue"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(FILTERS)
    return made
