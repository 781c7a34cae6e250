"""Planning registers: brownfield land, conservation areas, developer contributions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

from tests.datasets.made_up import Agreement, Area, Contribution, Site, agreements, areas, sites
from tests.datasets.sample import Linked, Row, Sample, plain

Tables = Callable[[Random], Mapping[str, list[Row]]]
Spoil = Callable[[dict[str, list[Row]]], None]

# --- brownfield -------------------------------------------------------------------------------------------------------


def version_2(uri: str, day: str) -> Callable[[Site], Row]:
    """A row of version 2; `day` is how the authority writes its dates."""

    def row(s: Site) -> Row:
        return {
            "OrganisationURI": f"http://opendatacommunities.org/id/{uri}",
            "SiteReference": s.reference,
            "SiteNameAddress": s.address,
            "SiteplanURL": f"https://plans.example/{s.reference}.pdf",
            "GeoX": f"{s.longitude:.6f}",
            "GeoY": f"{s.latitude:.6f}",
            "Hectares": f"{s.hectares:.2f}",
            "OwnershipStatus": s.ownership,
            "Deliverable": "yes" if s.deliverable else "",
            "PlanningStatus": s.status,
            "PermissionType": s.permission,
            "PermissionDate": s.permitted.strftime(day) if s.permitted else "",
            "PlanningHistory": f"https://applications.example/{s.reference}",
            "NetDwellingsRangeFrom": str(s.homes),
            "NetDwellingsRangeTo": str(s.homes_to),
            "HazardousSubstances": "",
            "Notes": s.notes,
            "FirstAddedDate": s.added.strftime(day),
            "LastUpdatedDate": s.updated.strftime(day),
            "EndDate": s.ended.strftime(day) if s.ended else "",
        }

    return row


def workbook_site(uri: str) -> Callable[[Site], Row]:
    """A row of version 2 with true dates and numbers."""

    def row(s: Site) -> Row:
        row = version_2(uri, "%d/%m/%Y")(s)
        numbers = {"GeoX": s.longitude, "GeoY": s.latitude, "Hectares": s.hectares}
        homes = {"NetDwellingsRangeFrom": s.homes, "NetDwellingsRangeTo": s.homes_to}
        days = {"PermissionDate": s.permitted, "FirstAddedDate": s.added, "LastUpdatedDate": s.updated}
        return row | numbers | homes | {h: day or "" for h, day in (days | {"EndDate": s.ended}).items()}

    return row


def mapped_site(uri: str) -> Callable[[Site], Row]:
    """A row of version 2 on a map: its place is the shape."""

    def row(s: Site) -> Row:
        row = version_2(uri, "%Y-%m-%d")(s)
        shape = {"type": "Point", "coordinates": [s.longitude, s.latitude]}
        kept = {heading: cell for heading, cell in row.items() if heading not in ("GeoX", "GeoY")}
        return {"OBJECTID": int(s.reference[3:])} | kept | {"geometry": shape}

    return row


def plain_2017(slug: str, title: str) -> Callable[[Site], Row]:
    """A row of the 2017 standard without columns of its own."""

    def row(s: Site) -> Row:
        own = ("Fields", "EASTING", "NORTHING", "PlanningAuthority1", "PlanningAuthority2", "PlanningAuthority3")
        row = {heading: cell for heading, cell in site_of_2017(s).items() if heading not in own}
        uri = f"http://opendatacommunities.org/id/london-borough-council/{slug}"
        return row | {"OrganisationURI": uri, "OrganisationLabel": title, "CoordinateReferenceSystem": "WGS84"}

    return row


def borough_site(slug: str) -> Callable[[Site], Row]:
    return version_2(f"london-borough-council/{slug}", "%d/%m/%Y")


def portal_site(s: Site) -> Row:
    row = version_2("london-borough-council/camden", "%m/%d/%Y")(s)
    return {"Site Plan URL" if h == "SiteplanURL" else h: cell for h, cell in row.items()}


def mixed_site(s: Site) -> Row:
    # a register in version 2 that kept columns of 2017, capitals in its codes and a misspelt heading
    row = version_2("london-borough-council/richmond", "%d/%m/%Y")(s)
    row["OwenrshipStatus"] = row.pop("OwnershipStatus").capitalize()
    row["PlanningStatus"] = row["PlanningStatus"].capitalize()
    return row | {"OrganisationLabel": "Richmond upon Thames", "CoordinateReferenceSystem": "WGS84", "Part2": ""}


def swapped(rows: list[Row]) -> None:
    for index in (11, 30):
        rows[index]["GeoX"], rows[index]["GeoY"] = rows[index]["GeoY"], rows[index]["GeoX"]


def site_of_2017(s: Site) -> Row:
    return {
        "Fields": s.reference,
        "OrganisationURI": "http://opendatacommunities.org/doc/dev-corp/london-legacy",
        "OrganisationLabel": "London Legacy Development Corporation",
        "SiteReference": s.reference,
        "PreviouslyPartOf": "",
        "SiteNameAddress": s.address,
        "SiteplanURL": f"https://plans.example/{s.reference}.ashx?la=en",
        "CoordinateReferenceSystem": "ETRS89",
        "GeoX": f"{s.longitude:.8f}",
        "GeoY": f"{s.latitude:.8f}",
        "EASTING": str(s.easting),
        "NORTHING": str(s.northing),
        "Hectares": f"{s.hectares:.2f}",
        "OwnershipStatus": s.ownership.capitalize(),
        "Deliverable": "Yes" if s.deliverable else "No",
        "Planning Status": s.status.capitalize(),
        "PermissionType": s.permission.capitalize(),
        "PermissionDate": s.permitted.strftime("%d/%m/%Y") if s.permitted else "",
        "PlanningHistory": f"Planning Application - {s.reference}/OUT",
        "ProposedForPIP": "No",
        "MinNetDwellings": str(s.homes),
        "DevelopmentDescription": s.notes,
        "NonHousingDevelopment": "",
        "Part2": "No",
        "NetDwellingsRangeFrom": "",
        "NetDwellingsRangeTo": "",
        "HazardousSubstances": "",
        "SiteInformation": "",
        "Notes": "",
        "FirstAddedDate": s.added.strftime("%d-%b-%y"),
        "LastUpdatedDate": s.updated.strftime("%d-%b-%y"),
        "PlanningAuthority1": "",
        "PlanningAuthority2": "",
        "PlanningAuthority3": "",
    }


# --- conservation areas ----------------------------------------------------------------------------------------------


def national_area(organisation: str) -> Callable[[Area], Row]:
    def row(a: Area) -> Row:
        corners = ", ".join(f"{x} {y}" for x, y in a.corners)
        return {
            "reference": f"CA{a.number:02}",
            "name": a.name,
            "geometry": f"MULTIPOLYGON ((({corners})))",
            "designation-date": a.designated.isoformat(),
            "document-url": f"https://areas.example/CA{a.number:02}.pdf",
            "documentation-url": "https://areas.example",
            "notes": "",
            "organisation": f"local-authority:{organisation}",
            "entry-date": "2026-05-12",
            "start-date": a.designated.isoformat(),
            "end-date": "",
        }

    return row


def drawn(organisation: str) -> Callable[[Area], Row]:
    def row(a: Area) -> Row:
        row = national_area(organisation)(a)
        shape = {"type": "Polygon", "coordinates": [[list(corner) for corner in a.corners]]}
        return {"OBJECTID": a.number} | row | {"geometry": shape}

    return row


def month_first(a: Area) -> Row:
    # a portal that writes its stamps month first, and calls the boundary as its database does
    row = national_area("CMD")(a)
    stamps = dict.fromkeys(("designation-date", "start-date"), f"{a.designated:%m/%d/%Y} 12:00:00 AM")
    row |= stamps | {"entry-date": "05/12/2026 12:00:00 AM"}
    return {"the_geom" if heading == "geometry" else heading: cell for heading, cell in row.items()}


def renamed(organisation: str, names: Mapping[str, str], *kept: str) -> Callable[[Area], Row]:
    def row(a: Area) -> Row:
        row = drawn(organisation)(a)
        return {names.get(heading, heading): cell for heading, cell in row.items() if heading in (*names, *kept)}

    return row


def layer(a: Area) -> Row:
    row = national_area("ENF")(a)
    return {heading: cell for heading, cell in row.items() if heading != "geometry"} | {"ring": a.grid}


def documented(a: Area) -> Row:
    names = {"reference": "Conservation_area"}
    row = renamed("WFT", names, "name", "designation-date", "document-url", "geometry")(a)
    shape = {"type": "Polygon", "coordinates": [[list(corner) for corner in a.grid]]}
    return row | {"Document_Reference": f"DOC{a.number}", "geometry": shape}


def inspire(a: Area) -> Row:
    return {
        "OBJECTID_2": a.number + 880,
        "OBJECTID": a.number,
        "REF": a.number,
        "CHANGE": " ",
        "LABEL": f"{a.number}  {a.name}",
        "FID_1": 0,
        "ID": 0,
        "OBJECTID_1": a.number + 400,
        "BOOKMARK": "Core Strategy Policy BE1 – Built Environment",
        "CHAPTER": 4,
        "LINK": "Policy DM G7 – Heritage and Conservation",
        "LINK_IMS": " ",
        "LENGTH": 1220.5,
        "DISTANCE": 0,
        "NAME": a.name,
        "ring": a.grid,
    }


# --- developer contributions: three tables ---------------------------------------------------------------------------


def agreement_row(a: Agreement, organisation: str) -> Row:
    return {
        "developer-agreement": f"DA{a.number:03}",
        "organisation": f"local-authority:{organisation}",
        "planning-application": a.application,
        "developer-agreement-type": "section-106",
        "document-url": f"https://agreements.example/DA{a.number:03}.pdf",
        "start-date": a.signed.isoformat(),
        "end-date": "",
        "entry-date": "2026-10-30",
    }


def contribution_row(a: Agreement, c: Contribution) -> Row:
    return {
        "developer-agreement-contribution": f"DA{a.number:03}-{c.number}",
        "developer-agreement": f"DA{a.number:03}",
        "contribution-purpose": c.purpose,
        "amount": plain(c.pence),
        "units": "",
        "entry-date": "2026-10-30",
        "start-date": a.signed.isoformat(),
        "end-date": "",
    }


def transaction_rows(a: Agreement, c: Contribution) -> list[Row]:
    return [
        {
            "developer-agreement-transaction": f"DA{a.number:03}-{c.number}-{step}",
            "developer-agreement-contribution": f"DA{a.number:03}-{c.number}",
            "contribution-funding-status": status,
            "amount": plain(c.pence),
            "units": "",
            "entry-date": "2026-10-30",
            "start-date": (a.signed + dt.timedelta(days=200 * step)).isoformat(),
            "end-date": "",
        }
        for step, status in enumerate(c.statuses)
    ]


def three_tables(organisation: str, names: tuple[str, str, str], spoil: Spoil = lambda _: None) -> Tables:
    def tables(rng: Random) -> dict[str, list[Row]]:
        made = agreements(rng, 40)
        linked = [(a, c) for a in made for c in a.contributions]
        rows = (
            [agreement_row(a, organisation) for a in made],
            [contribution_row(a, c) for a, c in linked],
            [row for a, c in linked for row in transaction_rows(a, c)],
        )
        named = dict(zip(names, rows, strict=True))
        spoil(named)
        return named

    return tables


def misspelt(tables: dict[str, list[Row]]) -> None:
    # as councils have misspelt the codes of the national list
    words = {"affordable-housing": "Affordable Housing", "community-facilities": "commumnity-facilities"}
    for row in tables["developer-agreement-contribution"]:
        row["contribution-purpose"] = words.get(row["contribution-purpose"], row["contribution-purpose"])


def with_true_cells(tables: dict[str, list[Row]]) -> None:
    # a workbook holds dates and amounts, not texts
    for row in (row for rows in tables.values() for row in rows):
        for heading, cell in row.items():
            if heading.endswith("-date") and cell:
                row[heading] = dt.date.fromisoformat(cell)
        if "amount" in row:
            row["amount"] = float(row["amount"])


def without_a_contribution(tables: dict[str, list[Row]]) -> None:
    # one contribution was left out of its table, and its transactions are still there
    contributions, transactions = (
        tables["developer_agreement_contributions"],
        tables["developer_agreement_transactions"],
    )
    counts = Counter(row["developer-agreement-contribution"] for row in transactions)
    lost = next(row for row in contributions if counts[row["developer-agreement-contribution"]] == 3)
    contributions.remove(lost)


NATIONAL = ("developer-agreement", "developer-agreement-contribution", "developer-agreement-transaction")
PLURAL = ("developer_agreements", "developer_agreement_contributions", "developer_agreement_transactions")
LAMBETH, LEWISHAM = "london-borough-council/lambeth", "london-borough-council/lewisham"

LAMBETH_MAP = {"OBJECTID": "OBJECTID", "reference": "CA_REF_NO", "name": "NAME"}
DRAWN = {"city-of-london": "LND", "barking-and-dagenham": "BDG", "hackney": "HCK", "hillingdon": "HIL",
         "kingston-upon-thames": "KTT", "southwark": "SWK"}  # fmt: skip

REGISTERS = {
    "barking-and-dagenham": "LBBD Brownfield Land Register 2024 .csv",
    "barnet": "Brownfield Land Register.csv",
    "bexley": "brownfield-land-register-23-12-24.csv",
    "bromley": "brownfield-land-register.csv",
    "greenwich": "brownfield_land_register_csv.csv",
    "hackney": "brownfield-land.csv",
    "harrow": "Brownfield Register data csv.csv",
    "hillingdon": "6m2020_Brownfield_Land_Register_2.csv",
    "hounslow": "Hounslow Brownfield Land Register 2025 Update.csv",
    "islington": "20220907brownfieldlandregister2020.csv",
    "kingston-upon-thames": "kingston-brownfield-register-march-2023.csv",
    "merton": "Merton_Brownfield_Land_Register_2024.csv",
    "newham": "newhambrownfieldregister-dec-2022.csv",
    "redbridge": "brownfield-register.csv",
    "wandsworth": "brownfield-land.csv",
    "westminster": "city-of-westminsters-brownfield-register-2023.csv",
}
"""Registers in version 2: each borough with its file."""

WORKBOOKS = {
    "city-of-london": "city-of-london-brownfieldregister-2021-01-05.xlsx",
    "croydon": "Brownfield _register_2020.xlsx",
    "enfield": "planning-policy-information-enfield-blr-part-1.xlsx",
    "hammersmith-and-fulham": "brownfield-register-2022.xlsx",
    "waltham-forest": "2021 Brownfield Land Register.xlsx",
}

SAMPLES: dict[str, Sample | Linked] = {
    **{f"brownfield-land/{p}": Sample(name, sites, borough_site(p), 30) for p, name in REGISTERS.items()},
    **{
        f"brownfield-land/{p}": Sample(name, sites, workbook_site(f"london-borough-council/{p}"), 25)
        for p, name in WORKBOOKS.items()
    },
    "brownfield-land/brent": Sample("brownfield.geojson", sites, mapped_site("london-borough-council/brent"), 35),
    "brownfield-land/southwark": Sample(
        "Brownfield Land.geojson", sites, mapped_site("london-borough-council/southwark"), 35
    ),
    "brownfield-land/ealing": Sample(
        "ealings_brownfield_land_register_version_1.csv", sites, plain_2017("ealing", "London Borough of Ealing"), 30
    ),
    "brownfield-land/tower-hamlets": Sample(
        "tower_hamlets_brownfieldregister_2017_11_27_rev1.csv",
        sites,
        plain_2017("tower-hamlets", "London Borough of Tower Hamlets"),
        30,
    ),
    **{f"conservation-areas/{p}": Sample("conservation-areas.geojson", areas, drawn(o), 25) for p, o in DRAWN.items()},
    "conservation-areas/barnet": Sample("conservation-area.csv", areas, national_area("BNE"), 16, "utf-8-sig"),
    "conservation-areas/kensington-and-chelsea": Sample("conservationarea.csv", areas, national_area("KEC"), 38),
    "conservation-areas/camden": Sample("Conservation_Areas.csv", areas, month_first, 39),
    "conservation-areas/enfield": Sample("Conservation-areas-map-data-Planning.gpkg", areas, layer, 22),
    "conservation-areas/hammersmith-and-fulham": Sample("Conservation_Areas.gml", areas, inspire, 44),
    "conservation-areas/lambeth": Sample(
        "LambethConservationAreas.geojson", areas, renamed("LBH", LAMBETH_MAP, "geometry"), 60
    ),
    "conservation-areas/waltham-forest": Sample("Conservation_Areas.geojson", areas, documented, 15),
    "developer-contributions/islington": Linked(three_tables("ISL", NATIONAL, misspelt)),
    "developer-contributions/hounslow": Linked(three_tables("HNS", NATIONAL, with_true_cells), "xlsx"),
    "developer-contributions/greenwich": Linked(three_tables("GRE", PLURAL, without_a_contribution)),
    "brownfield-land/camden": Sample("Brownfield_Land_Register.csv", sites, portal_site, 60),
    "brownfield-land/lambeth": Sample("brownfield-land.csv", sites, version_2(LAMBETH, "%Y-%m-%d"), 50),
    "brownfield-land/lewisham": Sample(
        "brownfield-land-register.csv", sites, version_2(LEWISHAM, "%d/%m/%Y"), 45, spoil=swapped
    ),
    "brownfield-land/lldc": Sample("lldc-brownfield-register.csv", sites, site_of_2017, 40),
    "brownfield-land/richmond-upon-thames": Sample("brownfield-land.csv", sites, mixed_site, 48, "cp1252"),
}
