"""A dataset of two tables for tests: trees, and the visits to them, which point to the trees."""

from __future__ import annotations

from pathlib import Path

DATAPACKAGE = """
name: tree-care
title: Tree care
description: Every tree that a borough looks after on its streets, and every visit to one of them.
license: OGL-UK-3.0
keywords: [trees, environment]
theme: environment
cadence: monthly
period_field: visited
resources:
  - name: visits
    title: Visits
    schema:
      fields:
        - {name: tree, title: Tree, description: The number on the tag., constraints: {required: true}}
        - {name: visited, type: date, title: Visited on, description: The day of the visit., safe: true}
        - {name: note, title: Note, description: What was done.}
      foreignKeys:
        - {fields: [tree], reference: {resource: trees, fields: [reference]}}
  - name: trees
    title: Trees
    schema:
      fields:
        - {name: reference, title: Tree, description: The number on the tag., constraints: {required: true}}
        - {name: species, title: Species, description: The Latin name., safe: true}
        - {name: note, title: Note, description: Anything else.}
      primaryKey: [reference]
"""

QUALITY = """
suites:
  - resource: visits
    expectations:
      - type: expect_column_values_to_not_be_null
        kwargs: {column: note}
        title: Visits have a note
        what: Some visits have no note.
        fix: Say what was done.
"""

PUBLISHER = """
publisher: camden
contact: {{team: Open data team, page: "https://www.example.org"}}
source: {source}
layouts:
  - {{resource: trees, columns: {{reference: Tag, note: Remarks}}}}
  - {{resource: visits, columns: {{tree: Tag of tree, visited: Day, note: Work}}}}
"""

TREES = "Tag,Species,Remarks\nT1,Tilia cordata,by the gate\nT2,Betula pendula,\n"
VISITS = "Tag of tree,Day,Work\nT1,13/03/2026,pruned\nT2,14/03/2026,watered\nT1,15/04/2026,\n"
STRANGER = VISITS + "T9,16/04/2026,felled\n"


def make_linked(root: Path, source: str) -> Path:
    """Write the dataset under `root/datasets`, with the given source; returns the datasets folder."""
    folder = root / "datasets" / "tree-care"
    (folder / "publishers").mkdir(parents=True)
    (folder / "datapackage.yaml").write_text(DATAPACKAGE)
    (folder / "quality.yaml").write_text(QUALITY)
    (folder / "publishers" / "camden.yaml").write_text(PUBLISHER.format(source=source))
    return root / "datasets"
