"""What every page of ours has in common: escaped templates, and a policy that lets in only our own style and script."""

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
    """The templates in `<package>/templates`: everything is escaped, and a name that is not given is a mistake.

    `shown` sees whatever a template prints before it is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
    )
    made.filters.update(filters)
    return made


def package_text(package: str, name: str) -> Markup:
    """A file of ours that goes into a page as it is: a style or a script, never anything that was received."""
    from markupsafe import Markup

    return Markup(resources.files(package).joinpath(name).read_text(encoding="utf-8"))  # noqa: S704


def csp_hash(text: str) -> str:
    """How a content security policy names exactly this style or script: `sha256-…`."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
