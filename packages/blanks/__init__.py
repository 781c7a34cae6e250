"""The YAML that somebody starts from: a dataset, or one more publisher of it, with words on what to fill in."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from importlib import resources
from string import Template

from packages.spec import DataPackage, FieldSpec, ResourceSpec

DATASET = ("datapackage.yaml", "quality.yaml", "mapping.yaml")
WIDTH = 108
SCHEMAS = ".schemas"
"""Folder beside the dataset folders with the JSON Schemas that an editor checks these files by."""

ONE_SOURCE = """\
# Where the file is: a folder into which somebody drops it, or one of the other kinds, which packages/spec.py describes.
# source: {{kind: http, url: "https://…/spend.csv"}}
# source: {{kind: webpage, url: "https://…/spending", links: [{{match: "*.csv"}}]}}
source:
  kind: folder
  path: samples/{publisher}
  pattern: "*"
"""

SEVERAL_SOURCES = """\
# Where the file of each table is. One workbook or archive with all tables is a source without parts.
source:
  kind: bundle
  parts:
"""

DATED = """\
    # from which day on the file looks like this; when it changes, this layout gets a `to` and the next one a `from`
    # from: 2026-04-01
"""

IGNORED = """\
    # headings that are left out on purpose; any other makes the file wait for somebody
    ignore: []
"""


def schema_file(name: str) -> str:
    """The JSON Schema of a kind of YAML file: `publishers.schema.json` for `publishers/*.yaml`."""
    return f"{name.removesuffix('.yaml').replace('/*', '')}.schema.json"


def publisher_blank(package: DataPackage, publisher: str, website: str) -> str:
    """publishers/<publisher>.yaml for a dataset, to be edited; it loads as it is."""
    several = len(package.resources) > 1
    words = {
        "publisher": publisher,
        "website": website,
        "dataset": package.name,
        "cadence": package.cadence,
        "source": _bundle(package, publisher) if several else ONE_SOURCE.format(publisher=publisher),
        "layouts": "".join(_layout(resource, several) for resource in package.resources),
    }
    return _modeline("../../", "publishers/*.yaml") + _template("publisher.yaml").substitute(words)


def dataset_blanks(name: str) -> Mapping[str, str]:
    """The files of a new dataset by name, to be edited; they load as they are."""
    words = {"name": name, "title": name.replace("-", " ").capitalize()}
    return {file: _modeline("../", file) + _template(file).substitute(words) for file in DATASET}


def _template(file: str) -> Template:
    return Template(resources.files(__name__).joinpath(file).read_text(encoding="utf-8"))


def _modeline(up: str, file: str) -> str:
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{schema_file(file)}\n"


def _bundle(package: DataPackage, publisher: str) -> str:
    part = f"{{kind: folder, path: samples/{publisher}, pattern: "
    return SEVERAL_SOURCES + "".join(f'    {r.name}: {part}"*{r.name}*"}}\n' for r in package.resources)


def _layout(resource: ResourceSpec, several: bool) -> str:
    which = f"    resource: {resource.name}\n" if several else ""
    fields = "".join(_field(field) for field in resource.table_schema.fields)
    return f"  - name: first layout\n{which}{DATED}    columns:\n{fields}{IGNORED}"


def _field(field: FieldSpec) -> str:
    needed = "Needed. " if field.required else ""
    about = textwrap.wrap(f"{needed}{field.description}", WIDTH)
    said = "".join(f"      # {line}\n" for line in about)
    return f"{said}      {field.name}: {_quoted(field.title or field.name)}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
