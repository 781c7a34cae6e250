"""Which publisher a text names, in whatever spelling: a name, a code or a web identifier."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from packages.vocabulary import publishers

ELSEWHERE = "elsewhere"
"""Stands for an authority that is none of ours."""

_STYLE = re.compile(r"^(the )?(london borough of|royal borough of|lb of|lb|council of) | council$")
_SUFFIX = re.compile(r" (london borough|borough|city)( council)?$")
_CODE = re.compile(r"[EWSN](0[6-9]|1[0-3]|47|51)\d{6}", re.IGNORECASE)
_CURIE = re.compile(r"(local-authority(-eng)?|development-corporation|national-park-authority):(\S+)", re.IGNORECASE)
_URI = re.compile(r"https?://(opendatacommunities\.org|statistics\.data\.gov\.uk)/(id|doc)/\S+", re.IGNORECASE)
_COUNCIL = re.compile(r"\b(district|county|borough|city|metropolitan)\b.* council$|\bcounty council$", re.IGNORECASE)


def publisher_named(text: str) -> str:
    """Return the slug of the publisher that a text names; ELSEWHERE for another authority, empty for anything else.

    The text has to be a name as a whole: `Camden` and `London Borough of Camden`, but not `Camden Town`.
    """
    text = text.strip()
    if found := _by_spelling().get(_folded(text)):
        return found
    if uri := _URI.fullmatch(text):
        # with /id/ and /doc/, and both spellings of the scheme
        return _by_spelling().get(_folded(uri[0].rstrip("/").rpartition("/")[2]), ELSEWHERE)
    if curie := _CURIE.fullmatch(text):
        return _by_spelling().get(_folded(curie[3]), ELSEWHERE)
    return ELSEWHERE if _CODE.fullmatch(text) or _COUNCIL.search(text) else ""


@cache
def _by_spelling() -> Mapping[str, str]:
    """Return the slug for each folded spelling; one that two publishers share names neither."""
    slugs: dict[str, str] = {}
    for known in publishers().values():
        path = known.opendatacommunities.rpartition("/")[2]
        names = (known.slug, known.name, known.title, *known.aliases)
        codes = (known.gss, known.ref, known.snac, known.lpa, known.wikidata, path)
        for spelling in {_folded(spelling) for spelling in (*names, *codes) if spelling}:
            slugs[spelling] = "" if slugs.get(spelling, known.slug) != known.slug else known.slug
    return slugs


def _folded(text: str) -> str:
    spaced = " ".join(text.casefold().replace("&", " and ").replace("-", " ").replace("_", " ").split())
    plain = _SUFFIX.sub("", _STYLE.sub("", spaced))
    return "".join(char for char in plain if char.isalnum())
