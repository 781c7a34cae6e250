"""The pages of the desk from their templates: everything printed is made harmless and escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from packages.html import template_environment
from packages.masking import mask
from packages.vocabulary import publisher, publishers
from quality.report import wording
from quality.report.sanitise import BRIEF, NAME, sanitise

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}
"""The files that pages load, with their media types."""


def render_page(template: str, **values: Any) -> bytes:
    """Return a page; every variable that the template names has to be given."""
    # a lone surrogate in a text of a file cannot be written as UTF-8
    return desk_templates().get_template(template).render(**values).encode("utf-8", "replace")


@cache
def static_file(name: str) -> bytes:
    """Return a file that pages load: the style of the site with that of the desk, or the script."""
    own = resources.files("flows.desk").joinpath(f"static/{name}").read_bytes()
    if name != "desk.css":
        return own
    return resources.files("catalogue.site").joinpath("templates/style.css").read_bytes() + b"\n" + own


@cache
def desk_templates() -> Environment:
    """Return the environment of the templates of the desk."""
    filters: dict[str, Callable[..., Any]] = {
        "name": lambda text: sanitise(text, NAME),
        "brief": lambda text: sanitise(text, BRIEF),
        "masked": mask,
        "moment": moment_text,
        "size": wording.size_text,
        "borough": borough_name,
    }
    environment = template_environment("flows.desk", filters, shown=_printable)
    environment.globals["w"] = wording
    return environment


def moment_text(at: dt.datetime) -> str:
    """Return a moment as people in London say it: `3 May 2026 at 14:05`."""
    from zoneinfo import ZoneInfo

    there = at.astimezone(ZoneInfo("Europe/London"))
    return f"{there.day} {there:%B %Y} at {there:%H:%M}"


def borough_name(slug: str) -> str:
    """Return the name of a publisher; the slug where it is none that we know."""
    return publisher(slug).name if slug in publishers() else slug


def _printable(value: Any) -> Any:
    # only plain `str`: Markup is our own, and would lose its marking as safe
    return sanitise(value) if type(value) is str else value
