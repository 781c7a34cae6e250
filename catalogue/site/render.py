"""The templates of the site, with their style and script in the page itself."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from catalogue.site.words import FILTERS
from packages.html import csp_hash, package_text, template_environment
from packages.vocabulary.outlines import ATTRIBUTION

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **variables: object) -> bytes:
    """Return a page; every variable that the template names has to be given."""
    return _templates().get_template(template).render(**variables).encode()


@cache
def page_version() -> str:
    """Return a digest of the templates: pages made with another one have to be made again."""
    templates = sorted(resources.files("catalogue.site").joinpath("templates").iterdir(), key=lambda file: file.name)
    return hashlib.sha256(b"".join(file.read_bytes() for file in templates)).hexdigest()


@cache
def _templates() -> Environment:
    environment = template_environment("catalogue.site", FILTERS)
    environment.globals["attribution"] = ATTRIBUTION
    # within the page, so that it works as a file; the policy in the page allows what has these hashes and nothing else
    for name in ("style.css", "script.js", "explore.js", "parquet.js"):
        text = package_text("catalogue.site", f"templates/{name}")
        kind = name.partition(".")[0]
        environment.globals[kind] = text
        environment.globals[f"{kind}_hash"] = csp_hash(text)
    return environment
