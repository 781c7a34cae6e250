"""The Jinja2 templates that the page and its charts share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from packages.html import template_environment
from quality.report import wording
from quality.report.sanitise import BRIEF, NAME, sanitise

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def report_templates() -> Environment:
    """Return the environment of `quality/report/templates`, in which `w` is the wording of reports."""
    shortened = {"name": lambda text: sanitise(text, NAME), "brief": lambda text: sanitise(text, BRIEF)}
    environment = template_environment("quality.report", shortened, shown=_printable)
    environment.globals["w"] = wording
    return environment


def _printable(value: Any) -> Any:
    # every printed text passes here, so no heading can turn the direction of the page or flood it;
    # only plain `str`: Markup is our own, and would lose its marking as safe
    return sanitise(value) if type(value) is str else value
