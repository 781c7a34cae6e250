"""The kinds of CKAN that datasets are published to, as settings of ../shared/ckan/up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWN_SCHEMA = Path(__file__).with_name("own_schema.yaml")
PRESETS = "scheming.presets = ckanext.scheming:presets.json ckanext.dcat.schemas:presets.yaml"


@dataclass(frozen=True)
class SetUp:
    """A CKAN: its plugins, its schema (for ckanext-scheming; empty without it), and the settings that go with it."""

    name: str
    plugins: str
    schema: str = ""
    datastore: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make the rig this CKAN."""
        # the rig writes the schema into a line of its settings, and a second line comes along
        schema = f"{self.schema}\\n{PRESETS}" if self.schema else "none"
        return {"CKAN_RIG_PLUGINS": self.plugins, "CKAN_RIG_SCHEMA": schema}

    @property
    def has_dcat(self) -> bool:
        return "dcat" in self.plugins.split()


DCAT = "activity structured_data dcat"
TABLES = "datastore datatables_view"

PLAIN = SetUp("plain", DCAT)
FULL = SetUp("dcat_ap_full", f"{DCAT} {TABLES} scheming_datasets", "ckanext.dcat.schemas:dcat_ap_full.yaml", True)
RECOMMENDED = SetUp("dcat_ap_recommended", f"{DCAT} scheming_datasets", "ckanext.dcat.schemas:dcat_ap_recommended.yaml")
OWN = SetUp(
    "own required fields",
    "activity scheming_datasets",
    f"file://{OWN_SCHEMA}",
    fields={"data_steward": "Parks team", "audience": "Everybody", "resources": {"quality_level": "checked"}},
)
SET_UPS = (PLAIN, FULL, RECOMMENDED, OWN)
