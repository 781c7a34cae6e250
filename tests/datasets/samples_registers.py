"""Registers of places: article 4 directions, public trees, listed buildings, tree preservation orders, licences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from packages.vocabulary import publisher
from tests.datasets import city_rows as made
from tests.datasets.city_rows import headed, written
from tests.datasets.sample import Linked, Row, Sample

TREES_PORTAL = {
    "reference": "Identifier",
    "site": "Site Name",
    "scientific_name": "Scientific Name",
    "common_name": "Common Name",
    "inspected": "Inspection Date",
    "height_m": "Height In Metres",
    "spread_m": "Spread In Metres",
    "diameter_cm": "Diameter In Centimetres At Breast Height",
    "maturity": "Maturity",
    "ward": "Ward Name",
    "longitude": "Longitude",
    "latitude": "Latitude",
}
TREES_CITY = {
    "latitude": "lat",
    "longitude": "lon",
    "reference": "uniqueid",
    "scientific_name": "taxon_species",
    "common_name": "common_name",
    "maintainer": "maintainer",
    "land": "location",
    "maturity": "age_cat",
}
LICENCES = {
    "licence_number": "Licence number",
    "premises": "Premises name",
    "address": "Premises address",
    "postcode": "Postcode",
    "ward": "Ward",
    "holder": "Licence holder",
    "activities": "Licensable activities",
    "alcohol": "Alcohol supplied",
    "opening_hours": "Opening hours",
    "granted": "Date granted",
    "status": "Status",
    "longitude": "Longitude",
    "latitude": "Latitude",
}


def city_tree(slug: str) -> Callable[[Row], Row]:
    """A row of the list that the GLA makes of the lists of all boroughs: sizes with their unit."""

    def row(tree: Row) -> Row:
        sizes = {"canopy_m": f"{tree['spread_m']} m", "height_m": f"{tree['height_m']} m",
                 "girth_dbh": f"{tree['diameter_cm']} cm"}  # fmt: skip
        kept = headed(TREES_CITY)(tree) | {"location": str(tree["land"]).capitalize()}
        own = {"borough": publisher(slug).name, "gla_name": tree["common_name"], "taxon_genus": "", "common_genus": "",
               "taxon_family": "", "climate_suitability": "", "cs_confidence": ""}  # fmt: skip
        return kept | sizes | own

    return row


def national(tables: Callable[[Random], Mapping[str, list[Row]]], names: Mapping[str, str], day: str) -> Linked:
    """The files of the national specification: each table under the name of its file."""
    return Linked(
        lambda rng: {
            names[table]: [{field: written(cell, day) for field, cell in row.items()} for row in rows]
            for table, rows in tables(rng).items()
        }
    )


DIRECTIONS = {"directions": "article-4-direction", "areas": "article-4-direction-area"}
ORDERS = {"orders": "tree-preservation-order", "zones": "tree-preservation-zone", "trees": "tree"}


def directions(slug: str, day: str = "%Y-%m-%d") -> Linked:
    return national(made.directions(slug), DIRECTIONS, day)


def orders(slug: str, day: str = "%Y-%m-%d") -> Linked:
    return national(made.preservation_orders(slug), ORDERS, day)


def building(day: str) -> Callable[[Row], Row]:
    return lambda thing: {field: written(cell, day) for field, cell in thing.items()}


def supervised(day: str) -> Callable[[Row], Row]:
    """A licence with the person who answers for it, who is left out."""
    return lambda thing: headed(LICENCES, day)(thing) | {"Designated premises supervisor": "A. Sample"}


SAMPLES: dict[str, Sample | Linked] = {
    "article-4-directions/barnet": directions("barnet", "%d/%m/%Y"),
    "article-4-directions/camden": directions("camden"),
    "article-4-directions/lambeth": directions("lambeth"),
    "article-4-directions/southwark": directions("southwark"),
    "public-trees/camden": Sample(
        "trees.csv",
        made.trees("camden"),
        headed(TREES_PORTAL, "%m/%d/%Y", **{"Number Of Trees": "1", "Contract Area": "Highways", "Ward Code": ""}),
        rows=200,
    ),
    "public-trees/gla": Sample("Borough_tree_list.csv", made.trees("gla"), city_tree("camden"), rows=300),
    "public-trees/hackney": Sample("trees.csv", made.trees("hackney"), city_tree("hackney"), rows=150),
    "public-trees/lewisham": Sample("trees.csv", made.trees("lewisham"), city_tree("lewisham"), rows=150),
    "listed-building-outlines/camden": Sample(
        "listed-building-outline.csv", made.outlines_of_buildings("camden"), building("%Y-%m-%d"), rows=120
    ),
    "listed-building-outlines/lambeth": Sample(
        "listed-building-outline.csv", made.outlines_of_buildings("lambeth"), building("%Y-%m-%d"), rows=90
    ),
    "listed-building-outlines/southwark": Sample(
        "listed-building-outline.csv", made.outlines_of_buildings("southwark"), building("%Y-%m-%d"), rows=90
    ),
    "listed-building-outlines/tower-hamlets": Sample(
        "listed-building-outline.csv", made.outlines_of_buildings("tower-hamlets"), building("%d/%m/%Y"), rows=80
    ),
    "tree-preservation-orders/barnet": orders("barnet", "%d/%m/%Y"),
    "tree-preservation-orders/camden": orders("camden"),
    "tree-preservation-orders/lambeth": orders("lambeth"),
    "tree-preservation-orders/southwark": orders("southwark"),
    "premises-licences/camden": Sample(
        "premises-licences.csv", made.licences("camden"), headed(LICENCES, "%m/%d/%Y"), rows=100
    ),
    "premises-licences/hackney": Sample(
        "licensing register.csv", made.licences("hackney"), supervised("%d/%m/%Y"), rows=80
    ),
    "premises-licences/islington": Sample(
        "premises.csv", made.licences("islington"), headed(LICENCES, "%d/%m/%Y"), rows=80
    ),
    "premises-licences/westminster": Sample(
        "licences.csv", made.licences("westminster"), supervised("%d %B %Y"), rows=120
    ),
}
