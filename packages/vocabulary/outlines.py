"""The outlines of the 33 authorities, for the question in which borough a place lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from packages.vocabulary import publishers

ATTRIBUTION = (
    "Boundaries: Martin Chorley, UK-GeoJSON, CC BY 4.0. Contains Ordnance Survey data © Crown copyright and database "
    "right 2014. Contains National Statistics data © Crown copyright."
)
"""What every page says that shows these outlines."""


@cache
def outlines() -> Mapping[str, Any]:
    """Return the outline of each authority by its slug: a shapely polygon, or several, in longitude and latitude.

    They are simplified to about 30 metres, and neighbours share their border.
    """
    # imported here: most commands need no shapes
    from shapely.geometry import shape

    text = resources.files("packages.vocabulary").joinpath("outlines.geojson").read_text(encoding="utf-8")
    slugs = {known.gss: slug for slug, known in publishers().items() if known.gss}
    return {slugs[f["properties"]["gss"]]: shape(f["geometry"]) for f in json.loads(text)["features"]}
