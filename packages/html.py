"""Common parts of all HTML pages: escaped templates, and the hashes of a content security policy."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def template_environment(
    package: str, filters: Mapping[str, Callable[..., Any]], shown: Callable[[Any], Any] | None = None
) -> Environment:
    """Return the environment of the templates in `<package>/templates`: all output is escaped, undefined names raise.

    `shown` is applied to every printed value before it is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
    )
    environment.filters.update(filters)
    return environment


def package_text(package: str, name: str) -> Markup:
    """Return a style or a script of ours, to be put into a page unescaped; never for anything that was received."""
    from markupsafe import Markup

    return Markup(resources.files(package).joinpath(name).read_text(encoding="utf-8"))  # noqa: S704


def csp_hash(text: str) -> str:
    """Return the name of exactly this style or script in a content security policy: `sha256-…`."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
