"""Blank YAML files to start from: those of a new dataset, or of one more publisher, with notes on what to fill in."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from importlib import resources
from string import Template

from packages.spec import DataPackage
from packages.spec.questions import questions

DATASET = ("datapackage.yaml", "quality.yaml", "mapping.yaml")
WIDTH = 108
SCHEMAS = ".schemas"
"""The folder beside the dataset folders with the JSON Schemas by which an editor checks these files."""

ONE_SOURCE = """\
# Where the file is: a folder into which somebody drops it, or one of the other kinds, which docs/descriptions.md names
# and packages/spec/source.py shows with an example each.
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
    """Return the file name of a JSON Schema: `publishers.schema.json` for `publishers/*.yaml`."""
    return f"{name.removesuffix('.yaml').replace('/*', '')}.schema.json"


def publisher_blank(package: DataPackage, publisher: str, website: str) -> str:
    """Return publishers/<publisher>.yaml for a dataset, to be edited; it loads as it is."""
    several = len(package.resources) > 1
    source = ONE_SOURCE.format(publisher=publisher)
    if several:
        part = f"{{kind: folder, path: samples/{publisher}, pattern: "
        source = SEVERAL_SOURCES + "".join(f'    {r.name}: {part}"*{r.name}*"}}\n' for r in package.resources)
    layouts = ""
    for resource in package.resources:
        resource_line = f"    resource: {resource.name}\n" if several else ""
        fields = ""
        for field in resource.table_schema.fields:
            needed = "Needed. " if field.required else ""
            comment = textwrap.wrap(f"{needed}{field.description}", WIDTH)
            # a title may hold what YAML would read as syntax
            title = (field.title or field.name).replace("\\", "\\\\").replace('"', '\\"')
            fields += "".join(f"      # {line}\n" for line in comment) + f'      {field.name}: "{title}"\n'
        layouts += f"  - name: first layout\n{resource_line}{DATED}    columns:\n{fields}{IGNORED}"
    values = {
        "publisher": publisher,
        "website": website,
        "dataset": package.name,
        "cadence": package.cadence,
        "source": source,
        "layouts": layouts,
    }
    return _modeline("../../", "publishers/*.yaml") + _template("publisher.yaml").substitute(values)


def dataset_blanks(name: str) -> Mapping[str, str]:
    """Return the files of a new dataset by name, to be edited; they load as they are."""
    asked = "".join(
        "".join(f"    # {line}\n" for line in textwrap.wrap(question.ask, WIDTH)) + f"    # {key}: {{say: , why: }}\n"
        for key, question in questions().items()
    )
    values = {"name": name, "title": name.replace("-", " ").capitalize(), "questions": asked.rstrip()}
    return {file: _modeline("../", file) + _template(file).substitute(values) for file in DATASET}


def _template(file: str) -> Template:
    return Template(resources.files(__name__).joinpath(file).read_text(encoding="utf-8"))


def _modeline(up: str, file: str) -> str:
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{schema_file(file)}\n"
