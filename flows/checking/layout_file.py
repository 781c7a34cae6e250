"""A layout put into the file that describes a publisher, before all others; every other line stays as it is."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from flows.checking.description_file import replace_description
from packages.errors import SetupProblem
from packages.spec import Layout, PublisherFile
from packages.yaml_file import read_yaml

LAYOUTS = re.compile(r"^layouts:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)
"""The line after which the layouts of a description begin, each further in."""


ENTRY = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ")
"""The first layout of a description, after lines of comments: how far in it stands."""


def layout_yaml(layout: Layout, indent: str = "  ") -> str:
    """Return a layout as it stands under `layouts` of a description."""
    # Python values, so that a day is written as a day
    content = layout.model_dump(by_alias=True, exclude_defaults=True)
    text = yaml.dump(
        [content], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=False
    )
    # at line feeds alone: a heading may hold other characters that end a line
    return "".join(f"{indent}{line}\n" for line in text.removesuffix("\n").split("\n"))


class _Dumper(yaml.SafeDumper):
    """Writes a text with odd characters between double quotes, where each of them is escaped."""


def _written_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _written_text)


def write_layout(path: Path, layout: Layout) -> None:
    """Put a layout before all others of a description; SetupProblem when the file has another form than expected."""
    text = path.read_text(encoding="utf-8")
    text = text if text.endswith("\n") else f"{text}\n"
    found = LAYOUTS.search(text)
    entry = ENTRY.match(text, found.end()) if found else None
    block = layout_yaml(layout, entry[1] if entry else "  ")
    new = text[: found.end()] + block + text[found.end() :] if found else f"{text}layouts:\n{block}"
    before, after = read_yaml(text), read_yaml(new)
    wanted = before | {"layouts": [after["layouts"][0], *(before.get("layouts") or [])]}
    if wanted != after or PublisherFile.model_validate(after).layouts[0] != layout:
        raise SetupProblem(
            f"The layout cannot be put into {path.name} without touching what else stands there.",
            fix="Download it, and let whoever keeps the descriptions put it first under `layouts`.",
        )
    replace_description(path, new)
