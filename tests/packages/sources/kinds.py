"""One source of every kind, with the portal that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from packages.spec import Source
from tests.packages.sources.portals import (
    ArcgisPortal,
    BucketPortal,
    CkanPortal,
    DatapressPortal,
    FilePortal,
    OpendatasoftPortal,
    Portal,
    SheetsPortal,
    SocrataPortal,
    WfsPortal,
)
from tests.packages.sources.server import Server


@dataclass(frozen=True)
class Kind:
    """How a kind is described for a server, its portal, and the address that the description holds."""

    name: str
    portal: Callable[[Server], Portal]
    path: str
    told: dict[str, object]

    def source(self, base: str, **more: object) -> Source:
        adapter: TypeAdapter[Source] = TypeAdapter(Source)
        return adapter.validate_python({"kind": self.name, "url": base + self.path} | self.told | more)


WFS = "/geoserver/planning/wfs"

KINDS = {
    "http": Kind("http", lambda _: FilePortal(), "/council/files/spend-june-2026.csv", {}),
    "webpage": Kind("webpage", lambda _: FilePortal(), "/council/", {"links": [{"match": "*payments*"}]}),
    "bucket": Kind("bucket", lambda _: BucketPortal(), "/drops", {"prefix": "spend/", "match": "*.csv"}),
    "socrata": Kind("socrata", lambda _: SocrataPortal(), "", {"dataset": "abcd-1234", "page_rows": 10}),
    "arcgis": Kind("arcgis", lambda _: ArcgisPortal(), ArcgisPortal.layer, {}),
    "arcgis-geojson": Kind("arcgis", lambda _: ArcgisPortal(), ArcgisPortal.layer, {"format": "geojson"}),
    "ckan": Kind("ckan", CkanPortal, "/data", {"resource": "june"}),
    "ckan-datastore": Kind("ckan", CkanPortal, "/data", {"resource": "june", "datastore": True}),
    "wfs": Kind("wfs", lambda _: WfsPortal(), WFS, {"layer": "planning:areas", "sort_by": "name", "page_rows": 10}),
    "wfs-csv": Kind("wfs", lambda _: WfsPortal(), WFS, {"layer": "planning:areas", "format": "csv"}),
    "wfs-gml": Kind("wfs", lambda _: WfsPortal(), WFS, {"layer": "planning:areas", "format": "gml"}),
    "datapress": Kind("datapress", lambda _: DatapressPortal(), "", {"dataset": "spend", "match": "spend"}),
    "opendatasoft": Kind("opendatasoft", lambda _: OpendatasoftPortal(), "", {"dataset": "spend"}),
    "google-sheets": Kind("google-sheets", lambda _: SheetsPortal(), "/spreadsheets/d/KEY/edit#gid=7", {}),
}
