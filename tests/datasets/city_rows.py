"""Made-up rows of what boroughs must publish, in our own fields, and how a publisher's headings are put over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from random import Random

from packages.vocabulary import publisher
from packages.vocabulary.outlines import outlines
from tests.datasets.made_up import FIRST, PARTS, STREETS, WARDS
from tests.datasets.sample import Row

YEAR_END = dt.date(2026, 3, 31)
CAUSES = ("Youth Theatre", "Food Bank", "Community Garden", "Carers Network", "Advice Centre", "Refugee Forum",
          "Boxing Club CIC", "Lunch Club", "Allotments Society", "Sheltered Housing Trust")  # fmt: skip
SPECIES = (("Platanus x hispanica", "London plane"), ("Prunus avium", "Wild cherry"), ("Acer platanoides",
           "Norway maple"),
           ("Tilia x europaea", "Common lime"), ("Quercus robur", "English oak"), ("Betula pendula", "Silver birch"),
           ("Fraxinus excelsior", "Ash"), ("Pyrus calleryana", "Callery pear"))  # fmt: skip
ROLES = ("Chief Executive", "Director of Finance", "Director of Housing", "Director of Children's Services",
         "Head of Legal Services", "Head of Planning", "Head of Parks", "Head of Revenues", "Head of Human Resources",
         "Head of Street Scene", "Head of Libraries", "Head of Adult Commissioning")  # fmt: skip


def headed(headings: Mapping[str, str], day: str = "%Y-%m-%d", **more: object) -> Callable[[Row], Row]:
    """A row under a publisher's headings (field -> heading); `day` is how it writes dates, `more` its other columns.

    With an empty `day`, dates and numbers stay what they are, as in a workbook.
    """

    def row(thing: Row) -> Row:
        return {heading: written(thing[field], day) for field, heading in headings.items()} | more

    return row


def written(value: object, day: str) -> object:
    if value is None:
        return ""
    if isinstance(value, dt.date) and day:
        return value.strftime(day)
    return value if not day or isinstance(value, str) else str(value)


def company(rng: Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(CAUSES)}"


def pounds(rng: Random, low: int, high: int, step: int = 50) -> str:
    return f"{rng.randrange(low, high, step)}.00"


def day_in(rng: Random, first: dt.date, days: int) -> dt.date:
    return first + dt.timedelta(days=rng.randrange(days))


def place_in(rng: Random, slug: str) -> tuple[float, float]:
    """A longitude and a latitude within an authority; of the GLA, somewhere in London."""
    import shapely

    shape = outlines().get(slug) or outlines()[rng.choice(sorted(outlines()))]
    west, south, east, north = shape.bounds
    while True:
        point = shapely.Point(round(rng.uniform(west, east), 6), round(rng.uniform(south, north), 6))
        if shape.contains(point):
            return point.x, point.y


def square_at(longitude: float, latitude: float, size: float = 0.0006) -> str:
    """A square as WKT, its south-west corner at a place."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = ", ".join(f"{longitude + x * size:.6f} {latitude + y * size:.6f}" for x, y in corners)
    return f"MULTIPOLYGON ((({ring})))"


# --- transparency -----------------------------------------------------------------------------------------------------


def grants(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_grant(rng, slug, number) for number in range(1, count + 1)]

    return made


def _grant(rng: Random, slug: str, number: int) -> Row:
    awarded = day_in(rng, dt.date(2025, 4, 1), 330)
    charity = str(rng.randint(1_900_000, 1_999_999))
    recipient = company(rng)
    return {
        "grant_id": f"360G-{slug}-{number:04}",
        "title": f"Grant to {recipient}",
        "description": rng.choice(("Running costs", "A summer programme", "Rent of a hall", "Training of volunteers")),
        "currency": "GBP",
        "amount_gbp": pounds(rng, 500, 60_000),
        "award_date": awarded,
        "start_date": awarded,
        "end_date": awarded + dt.timedelta(days=364),
        "recipient": recipient,
        "recipient_id": f"GB-CHC-{charity}",
        "charity_number": charity,
        "company_number": "" if number % 3 else f"{rng.randint(10_000_000, 15_999_999):08}",
        "department": rng.choice(list(PARTS)),
        "funder": publisher(slug).title,
        "funder_id": f"GB-LAE-{publisher(slug).ref}",
        "programme": rng.choice(("Community fund", "Neighbourhood grants", "Advice services")),
    }


def assets(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_asset(rng, slug, number) for number in range(1, count + 1)]

    return made


def _asset(rng: Random, slug: str, number: int) -> Row:
    street = rng.choice(STREETS)
    longitude, latitude = place_in(rng, slug)
    holding = ("land", "building", "both")[number % 3]
    return {
        "asset_id": f"AST{number:05}",
        "uprn": str(100_021_000_000 + number),
        "name": f"{street} {rng.choice(('Library', 'Depot', 'Community Hall', 'Car Park', 'Nursery'))} {number}",
        "street_number": str(rng.randint(1, 180)),
        "street": street,
        "town": "London",
        "postcode": f"NW{rng.randint(1, 9)} 9ZZ",
        "longitude": f"{longitude:.6f}",
        "latitude": f"{latitude:.6f}",
        "tenure": ("freehold", "leasehold", "licence")[number % 3],
        "tenure_detail": rng.choice(("", "125 years from 1988", "Annual tenancy")),
        "holding": holding,
        "reason_held": rng.choice(("Operational", "Investment", "Surplus", "Held for regeneration")),
        "building_area_m2": "" if holding == "land" else str(rng.randint(60, 4_000)),
        "land_area_hectares": "" if holding == "building" else f"{rng.uniform(0.02, 3):.2f}",
        "effective_date": YEAR_END,
    }


ITEMS = {
    ("on-street", "income"): ("Parking charges", "Residents' permits", "Penalty charge notices"),
    ("on-street", "expenditure"): ("Enforcement", "Administration and appeals", "Maintenance"),
    ("on-street", "use of surplus"): ("Concessionary fares", "Highway maintenance"),
    ("off-street", "income"): ("Parking charges", "Penalty charge notices"),
    ("off-street", "expenditure"): ("Business rates", "Maintenance"),
}


def account(rng: Random) -> list[Row]:
    years = ("2023/24", "2024/25", "2025/26")
    return [
        {"year": year, "side": side, "kind": kind, "item": item, "amount_gbp": pounds(rng, 20_000, 4_000_000, 1000)}
        for year in years
        for (side, kind), items in ITEMS.items()
        for item in items
    ]


def spaces(rng: Random) -> list[Row]:
    zones = [f"Zone {letter}" for letter in "ABCDEF"]
    on_street = [
        {"effective_date": YEAR_END, "side": "on-street", "location": zone, "spaces": rng.randint(80, 2_400),
         "basis": rng.choice(("marked", "estimated"))}
        for zone in zones
    ]  # fmt: skip
    off_street = [
        {"effective_date": YEAR_END, "side": "off-street", "location": f"{street} car park",
         "spaces": rng.randint(12, 400), "basis": "marked"}
        for street in STREETS[:6]
    ]  # fmt: skip
    return on_street + off_street


def senior_posts(rng: Random) -> list[Row]:
    rows = []
    for number, title in enumerate(ROLES):
        low = 150_000 if number == 0 else rng.randrange(70_000, 145_000, 5_000)
        rows.append(
            {
                "effective_date": YEAR_END,
                "job_title": title,
                "directorate": rng.choice(list(PARTS)),
                "salary_from": low,
                "salary_to": low + 4_999,
                "pension_percent": "18.5",
                "responsibilities": f"Runs the work of the {title.lower().removeprefix('head of ')} service.",
                "budget_gbp": pounds(rng, 1_000_000, 90_000_000, 100_000),
                "staff": rng.randint(6, 900),
            }
        )
    return rows


def bands(rng: Random) -> list[Row]:
    return [
        {"effective_date": YEAR_END, "salary_from": low, "salary_to": low + 4_999, "posts": rng.randint(6, 240)}
        for low in range(50_000, 160_000, 5_000)
    ]


def pay_multiple(rng: Random) -> list[Row]:
    rows = []
    for year in ("2023/24", "2024/25", "2025/26"):
        highest, median = rng.randrange(180_000, 230_000, 1_000), rng.randrange(36_000, 44_000, 100)
        rows.append(
            {
                "year": year,
                "highest_salary_gbp": highest,
                "median_salary_gbp": median,
                "mean_salary_gbp": median + 2_350,
                "ratio": f"{highest / median:.2f}",
                "basis": "Highest to median of the whole workforce",
            }
        )
    return rows


def posts(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_post(rng, slug, number) for number in range(1, count + 1)]

    return made


def _post(rng: Random, slug: str, number: int) -> Row:
    directorate = rng.choice(list(PARTS))
    tier = 1 if number == 1 else 2 if number <= 7 else 3
    low = {1: 190_000, 2: 120_000, 3: 65_000}[tier] + 5_000 * rng.randint(0, 4)
    return {
        "effective_date": YEAR_END,
        "post_id": f"P{number:04}",
        "tier": tier,
        "job_title": "Chief Executive"
        if tier == 1
        else f"{'Director' if tier == 2 else 'Head'} of {rng.choice(PARTS[directorate])} {number}",
        "reports_to": "" if tier == 1 else "P0001" if tier == 2 else f"P{rng.randint(2, 7):04}",
        "grade": {1: "Spot salary", 2: "SM3", 3: f"SM{rng.randint(1, 2)}"}[tier],
        "directorate": "Chief Executive" if tier == 1 else directorate,
        "service": "" if tier == 1 else rng.choice(PARTS[directorate]),
        "contract": "temporary" if number % 11 == 0 else "permanent",
        "contact": f"office-{number}@{slug}.example",
        "salary_from": low,
        "salary_to": low + 4_999,
        "salary_ceiling_gbp": low + 12_000,
        "vacant": "yes" if number % 13 == 0 else "no",
    }


def facility_time(rng: Random, count: int) -> list[Row]:
    rows = []
    for year in range(2026 - count, 2026):
        people = rng.randint(24, 60)
        half = rng.randint(6, 9)
        cost = rng.randrange(90_000, 260_000, 500)
        rows.append(
            {
                "effective_date": dt.date(year + 1, 3, 31),
                "representatives": people,
                "representatives_fte": f"{people * 0.92:.2f}",
                "half_time_or_more": half,
                "half_time_or_more_fte": f"{half * 0.9:.2f}",
                "unions": "UNISON | GMB | Unite",
                "cost_gbp": f"{cost}.00",
                "cost_share_percent": f"{cost / 1_900_000:.3f}",
            }
        )
    return rows


def fraud(rng: Random, count: int) -> list[Row]:
    rows = []
    for year in range(2026 - count, 2026):
        staff, specialists, cases = rng.randint(8, 16), rng.randint(6, 8), rng.randint(120, 600)
        rows.append(
            {
                "effective_date": dt.date(year + 1, 3, 31),
                "powers_used": rng.randint(20, 90),
                "staff": staff,
                "staff_fte": f"{staff * 0.9:.1f}",
                "specialists": specialists,
                "specialists_fte": f"{specialists * 0.95:.1f}",
                "amount_spent_gbp": pounds(rng, 250_000, 900_000, 500),
                "cases_investigated": cases,
                "fraud_identified": cases // 3,
                "value_detected_gbp": pounds(rng, 200_000, 4_000_000, 500),
                "value_recovered_gbp": pounds(rng, 20_000, 190_000, 500),
            }
        )
    return rows


# --- places and registers ---------------------------------------------------------------------------------------------


def trees(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_tree(rng, slug, number) for number in range(1, count + 1)]

    return made


def _tree(rng: Random, slug: str, number: int) -> Row:
    scientific, common = rng.choice(SPECIES)
    longitude, latitude = place_in(rng, slug)
    return {
        "reference": f"{publisher(slug).ref}{number:06}",
        "scientific_name": scientific,
        "common_name": common,
        "site": f"{rng.choice(STREETS)}",
        "land": rng.choice(("highways", "parks", "housing", "other")),
        "maintainer": publisher(slug).title,
        "height_m": str(rng.randint(3, 24)),
        "spread_m": str(rng.randint(1, 15)),
        "diameter_cm": str(rng.randint(6, 95)),
        "maturity": rng.choice(("Young", "Semi-mature", "Mature", "Over mature")),
        "inspected": day_in(rng, dt.date(2023, 1, 1), 1_000),
        "ward": rng.choice(WARDS)[1],
        "longitude": f"{longitude:.6f}",
        "latitude": f"{latitude:.6f}",
    }


def directions(slug: str) -> Callable[[Random], dict[str, list[Row]]]:
    """Article 4 directions with the areas that they cover."""

    def made(rng: Random) -> dict[str, list[Row]]:
        heads = [
            {
                "reference": f"A4D{number}",
                "name": f"{rng.choice(STREETS)} {number}",
                "description": "Changes of use from offices to homes need permission.",
                "start-date": day_in(rng, dt.date(2012, 1, 1), 4_500),
                "end-date": None,
                "document-url": f"https://plans.example/a4d{number}.pdf",
                "documentation-url": "https://plans.example/article-4",
                "organisation": f"local-authority:{publisher(slug).ref}",
                "entry-date": dt.date(2026, 6, 1),
                "notes": "",
            }
            for number in range(1, 9)
        ]
        zones = []
        for number in range(1, 25):
            head = rng.choice(heads)
            longitude, latitude = place_in(rng, slug)
            zones.append(
                {
                    "reference": f"A4DA{number}",
                    "name": f"{head['name']} area {number}",
                    "article-4-direction": head["reference"],
                    "geometry": square_at(longitude, latitude, 0.002),
                    "permitted-development-rights": rng.choice(("3L", "3MA", "3G")),
                    "start-date": head["start-date"],
                    "end-date": None,
                    "organisation": head["organisation"],
                    "entry-date": dt.date(2026, 6, 1),
                    "notes": "",
                }
            )
        return {"directions": heads, "areas": zones}

    return made


def outlines_of_buildings(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_building(rng, slug, number) for number in range(1, count + 1)]

    return made


def _building(rng: Random, slug: str, number: int) -> Row:
    street = rng.choice(STREETS)
    longitude, latitude = place_in(rng, slug)
    return {
        "reference": f"LBO{number:04}",
        "name": f"{rng.randint(1, 90)} {street}",
        "listed-building": str(1_000_000 + rng.randint(1, 390_000)),
        "geometry": square_at(longitude, latitude, 0.0002),
        "address-text": f"{rng.randint(1, 90)} {street}, London",
        "notes": "",
        "start-date": day_in(rng, dt.date(1970, 1, 1), 12_000),
        "end-date": None,
        "entry-date": dt.date(2026, 6, 1),
        "organisation": f"local-authority:{publisher(slug).ref}",
    }


def preservation_orders(slug: str) -> Callable[[Random], dict[str, list[Row]]]:
    """Tree preservation orders with their zones and single trees."""

    def made(rng: Random) -> dict[str, list[Row]]:
        organisation = f"local-authority:{publisher(slug).ref}"
        orders = [_order(rng, number, organisation) for number in range(1, 21)]
        zones = [_protected(rng, slug, number, rng.choice(orders)) for number in range(1, 13)]
        single = [_protected(rng, slug, number, rng.choice(orders)) for number in range(1, 61)]
        return {
            "orders": orders,
            "zones": [
                {
                    "reference": f"Z{n}",
                    "tree-preservation-zone-type": rng.choice(("area", "woodland", "group")),
                    "tree-species-list": "Oak; ash; lime",
                    "geometry": square_at(*one.pop("place"), 0.001),
                }
                | one
                for n, one in enumerate(zones, start=1)
            ],
            "trees": [
                {
                    "reference": f"T{n}",
                    "tree-species": rng.choice(SPECIES)[0],
                    "point": "POINT ({:.6f} {:.6f})".format(*one.pop("place")),
                    "address-text": f"{rng.choice(STREETS)}, London",
                    "felled-date": None,
                }
                | one
                for n, one in enumerate(single, start=1)
            ],
        }

    return made


def _order(rng: Random, number: int, organisation: str) -> Row:
    made = day_in(rng, dt.date(1975, 1, 1), 15_000)
    return {
        "reference": f"TPO{number:03}",
        "name": f"{rng.choice(STREETS)} {number}",
        "made-date": made,
        "confirmed-date": made + dt.timedelta(days=120),
        "document-url": f"https://plans.example/tpo{number}.pdf",
        "documentation-url": "https://plans.example/tree-preservation-orders",
        "notes": "",
        "organisation": organisation,
        "start-date": made,
        "end-date": None,
        "entry-date": dt.date(2026, 6, 1),
    }


def _protected(rng: Random, slug: str, number: int, order: Row) -> Row:
    return {
        "name": f"{order['name']} {number}",
        "tree-preservation-order": order["reference"],
        "notes": "",
        "organisation": order["organisation"],
        "start-date": order["start-date"],
        "end-date": None,
        "entry-date": dt.date(2026, 6, 1),
        "place": place_in(rng, slug),
    }


def licences(slug: str) -> Callable[[Random, int], list[Row]]:
    def made(rng: Random, count: int) -> list[Row]:
        return [_licence(rng, slug, number) for number in range(1, count + 1)]

    return made


def _licence(rng: Random, slug: str, number: int) -> Row:
    longitude, latitude = place_in(rng, slug)
    name = rng.choice(("The Ropemaker", "Saddlers Arms", "Foundry Kitchen", "Corner Shop", "Wharf Theatre"))
    return {
        "licence_number": f"PREM-{number:05}",
        "premises": f"{name} {number}",
        "address": f"{rng.randint(1, 200)} {rng.choice(STREETS)}, London",
        "postcode": f"NW{rng.randint(1, 9)} 9ZZ",
        "ward": rng.choice(WARDS)[1],
        "holder": f"{rng.choice(FIRST)} {rng.choice(('Taverns Ltd', 'Leisure plc', 'Restaurants Ltd'))}",
        "activities": rng.choice(("Sale of alcohol", "Sale of alcohol; live music", "Late night refreshment")),
        "alcohol": rng.choice(("on the premises", "off the premises", "both", "none")),
        "opening_hours": "Monday to Sunday 10:00 to 23:30",
        "granted": day_in(rng, dt.date(2006, 1, 1), 7_000),
        "status": ("current", "current", "suspended", "lapsed")[number % 4],
        "longitude": f"{longitude:.6f}",
        "latitude": f"{latitude:.6f}",
    }
