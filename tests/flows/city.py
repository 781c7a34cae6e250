"""A dataset of our own for tests: small, with every way to end, and nothing from outside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml

from packages.spec import generic_spec
from packages.spec.questions import questions

DATAPACKAGE = """
name: street-trees
title: Street trees
description: Every tree that a borough looks after on its streets, with species and date of planting.
license: OGL-UK-3.0
keywords: [trees, environment]
theme: environment
cadence: monthly
period_field: planted
resources:
  - name: trees
    title: Street trees
    schema:
      fields:
        - name: tree_id
          title: Tree number
          description: The number on the tag.
          constraints: {required: true}
        - {name: species, type: string, title: Species, description: The Latin name., safe: true}
        - {name: planted, type: date, title: Planted on, description: The day of planting., safe: true}
        - {name: height_m, type: number, title: Height, description: In metres., decimals: 1, safe: true}
      primaryKey: [tree_id]
"""

QUALITY = """
drift: {rows_below: 0.5}
"""

PUBLISHER = """
publisher: {publisher}
contact: {{team: Open data team, page: "https://www.example.org"}}
source: {{kind: folder, path: {folder}, pattern: trees.csv}}
layouts:
  - columns: {{tree_id: Tag, species: Species, planted: Planting date, height_m: Height (m)}}
rules:
  planted: {{date: day-first}}
"""

GOOD = """Tag,Species,Planting date,Height (m)
T001,Platanus x hispanica,01/03/2019,12.5
T002,Tilia cordata,15/11/2020,4.0
T003,Acer campestre,02/02/2021,3.5
T004,Betula pendula,30/11/2021,2.5
"""


def make_city(root: Path, *publishers: str) -> Path:
    """Write the dataset under `root/datasets`, with one drop folder for each publisher; returns the datasets folder."""
    folder = root / "datasets" / "street-trees"
    (folder / "publishers").mkdir(parents=True)
    (folder / "datapackage.yaml").write_text(DATAPACKAGE)
    (folder / "quality.yaml").write_text(QUALITY)
    for publisher in publishers:
        drop = root / "drop" / publisher
        drop.mkdir(parents=True)
        (drop / "trees.csv").write_text(GOOD)
        (folder / "publishers" / f"{publisher}.yaml").write_text(PUBLISHER.format(publisher=publisher, folder=drop))
    return root / "datasets"


def answer_questions(root: Path, *, seen_by: tuple[str, ...] = ("ig-reviewer", "dpo"), **said: str) -> None:
    """Answer the screening questions of the dataset as it is described now: no, or what is said."""
    path = root / "street-trees/datapackage.yaml"
    package = yaml.safe_load(path.read_text()) | {"answers": {}}
    path.write_text(yaml.safe_dump(package, sort_keys=False))
    package["answers"] = {
        "date": dt.date(2026, 11, 1),
        "role": "asset-owner",
        "seen_by": list(seen_by),
        "about": generic_spec("street-trees", root).asked_about.model_dump(),
        "to": dict.fromkeys(questions(), "no") | said,
    }
    path.write_text(yaml.safe_dump(package, sort_keys=False))
