"""Made-up payments, places, sites and agreements. No company, address or number here is meant to exist."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from random import Random

FIRST = ("Thamesford", "Larkmead", "Ravensgate", "Oakhollow", "Millbrace", "Copperfinch", "Northlight", "Fennwick",
         "Silverquay", "Brackenholt", "Tidewharf", "Elderstow", "Wexcombe", "Harrowfen", "Quillstone")  # fmt: skip
TRADE = ("Paving Ltd", "Care Services Ltd", "Office Supplies plc", "Consulting LLP", "Fleet Hire Ltd", "Catering Ltd",
         "Software Ltd", "Housing Association", "Waste Management Ltd", "Training CIC", "Lift Maintenance Ltd",
         "Electrical Contractors & Co", "Translation Services Ltd", "Security Guarding Ltd")  # fmt: skip
PARTS = {
    "Children & Learning": ("Fostering", "Special Educational Needs", "Early Years"),
    "Adults and Health": ("Learning Disabilities", "Public Health", "Reablement"),
    "Environment": ("Street Cleansing", "Parks", "Highways"),
    "Housing": ("Repairs", "Temporary Accommodation", "Estate Services"),
    "Chief Executive": ("Legal Services", "Communications", "Elections"),
    "Corporate Resources": ("Information Technology", "Facilities", "Customer Services"),
}
PURPOSES = ("Agency staff", "Building repairs and maintenance", "Equipment purchase", "Residential placements",
            "Professional fees", "Grounds maintenance", "Printing and stationery", "Vehicle hire", "Training",
            "Licences and software", "Supplies and services")  # fmt: skip
CATEGORIES = ("Human resources", "Construction", "Information technology", "Social care", "Vehicles", "Facilities")
STREETS = ("Foundry Yard", "Tannery Lane", "Limekiln Street", "Osier Walk", "Ropewalk Road", "Gasworks Approach",
           "Cooperage Row", "Saddlers Rise", "Maltings Way", "Brickfield Terrace")  # fmt: skip
WARDS = (("E05099001", "Canalside"), ("E05099002", "Market Hill"), ("E05099003", "Old Wharf"))
OWNERSHIP = ("owned by a public authority", "not owned by a public authority", "mixed ownership", "unknown ownership")
PERMISSIONS = ("full planning permission", "outline planning permission", "reserved matters approval", "other")


@dataclass(frozen=True)
class Payment:
    """One payment line; `pence` is net, negative for a credit; `private` payees are redacted by their publisher."""

    number: int
    day: dt.date
    supplier: str
    directorate: str
    department: str
    purpose: str
    category: str
    pence: int
    vat: int
    private: bool


def payments(rng: Random, count: int) -> list[Payment]:
    """Payments of July 2026 in the order of their days: one in 25 is a credit, one in 20 has a private payee."""
    days = sorted(dt.date(2026, 7, rng.randint(1, 31)) for _ in range(count))
    return [_payment(rng, 700_000 + 7 * index, day) for index, day in enumerate(days)]


def _payment(rng: Random, number: int, day: dt.date) -> Payment:
    directorate = rng.choice(list(PARTS))
    pence = round(rng.lognormvariate(7.6, 1.1) * 100) + 50_000
    credit = rng.random() < 0.04
    return Payment(
        number=number,
        day=day,
        supplier=f"{rng.choice(FIRST)} {rng.choice(TRADE)}",
        directorate=directorate,
        department=rng.choice(PARTS[directorate]),
        purpose=rng.choice(PURPOSES),
        category=rng.choice(CATEGORIES),
        pence=-pence if credit else pence,
        vat=round(pence * 0.2) if rng.random() < 0.05 and not credit else 0,
        private=rng.random() < 0.05,
    )


@dataclass(frozen=True)
class Toilet:
    """One toilet in inner London; eastings and northings are only near its longitude and latitude."""

    number: int
    name: str
    building: str
    house: str
    street: str
    postcode: str
    hours: str
    ward_code: str
    ward: str
    longitude: float
    latitude: float
    easting: int
    northing: int


def toilets(rng: Random, count: int) -> list[Toilet]:
    """Toilets with unique names; some have no building, house number or hours."""
    return [_toilet(rng, number) for number in range(1, count + 1)]


def _toilet(rng: Random, number: int) -> Toilet:
    street = rng.choice(STREETS)
    code, ward = rng.choice(WARDS)
    return Toilet(
        number=number,
        name=f"{street} public toilet {number}",
        building=rng.choice(("Public Convenience", "Library", "")),
        house=rng.choice((str(rng.randint(1, 200)), "")),
        street=street,
        postcode=rng.choice((f"NW{rng.randint(1, 6)} 9ZZ", "")),
        hours=rng.choice(("Mon - Sat, 11am to 3.30pm", "7am – 7pm, every day", "Open 24 hours", "")),
        ward_code=code,
        ward=ward,
        longitude=round(rng.uniform(-0.17, -0.11), 6),
        latitude=round(rng.uniform(51.53, 51.56), 6),
        easting=rng.randint(525_500, 531_000),
        northing=rng.randint(182_000, 187_000),
    )


@dataclass(frozen=True)
class Site:
    """One brownfield site; a site that has no permission has neither its type nor its date."""

    reference: str
    address: str
    longitude: float
    latitude: float
    easting: int
    northing: int
    hectares: float
    ownership: str
    deliverable: bool
    status: str
    permission: str
    permitted: dt.date | None
    homes: int
    homes_to: int
    notes: str
    added: dt.date
    updated: dt.date
    ended: dt.date | None


def sites(rng: Random, count: int) -> list[Site]:
    """Sites with unique references; one in ten is no longer on the register."""
    return [_site(rng, number) for number in range(1, count + 1)]


def _site(rng: Random, number: int) -> Site:
    status = rng.choice(("permissioned", "not permissioned", "pending decision"))
    permitted = status == "permissioned"
    added = dt.date(rng.randint(2017, 2022), 12, rng.randint(1, 31))
    updated = added + dt.timedelta(days=rng.randint(30, 900))
    homes = rng.randint(5, 300)
    return Site(
        reference=f"BLR{number:03}",
        address=f"Land at {rng.randint(1, 90)} {rng.choice(STREETS)}\nLondon",
        longitude=round(rng.uniform(-0.2, 0.0), 8),
        latitude=round(rng.uniform(51.42, 51.56), 8),
        easting=rng.randint(525_500, 539_000),
        northing=rng.randint(172_000, 187_000),
        hectares=round(rng.uniform(0.05, 6), 2),
        ownership=rng.choice(OWNERSHIP),
        deliverable=rng.random() < 0.6,
        status=status,
        permission=rng.choice(PERMISSIONS) if permitted else "",
        permitted=added - dt.timedelta(days=rng.randint(20, 700)) if permitted else None,
        homes=homes,
        homes_to=homes + rng.randint(0, 40),
        notes=rng.choice(("Former depot, now cleared.", "Car park with a café – to be replaced.", "")),
        added=added,
        updated=updated,
        ended=updated if rng.random() < 0.1 else None,
    )


PURPOSE_CODES = ("affordable-housing", "education", "open-space-and-leisure", "transport-and-travel", "other",
                 "highways", "community-facilities", "monitoring-fees", "health")  # fmt: skip
STATUSES = ("secured", "received", "allocated", "spent")


@dataclass(frozen=True)
class Contribution:
    """What an agreement asks for, and how far the money has come: one transaction for each status so far."""

    number: int
    purpose: str
    pence: int
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """An agreement with its contributions."""

    number: int
    application: str
    signed: dt.date
    street: str
    contributions: tuple[Contribution, ...]


def agreements(rng: Random, count: int) -> list[Agreement]:
    """Agreements with one to four contributions each."""
    return [_agreement(rng, number) for number in range(1, count + 1)]


def _agreement(rng: Random, number: int) -> Agreement:
    signed = dt.date(rng.randint(2016, 2025), rng.randint(1, 12), rng.randint(1, 28))
    contributions = tuple(_contribution(rng, place) for place in range(1, rng.randint(2, 5)))
    return Agreement(
        number, f"P{signed.year}/{rng.randint(100, 4999):04}/FUL", signed, rng.choice(STREETS), contributions
    )


def _contribution(rng: Random, number: int) -> Contribution:
    so_far = STATUSES[: rng.randint(1, 4)]
    return Contribution(number, rng.choice(PURPOSE_CODES), rng.randint(50_000, 40_000_000), so_far)


@dataclass(frozen=True)
class Purchase:
    """One payment with a purchase card; `pence` is negative for a refund."""

    number: int
    day: dt.date
    merchant: str
    department: str
    purpose: str
    category: str
    pence: int
    vat: int


SHOPS = ("Larkmead Stationers", "Millbrace Rail", "Copperfinch Catering", "Fennwick Tools", "Tidewharf Hotel",
         "Wexcombe Books", "Quillstone Cloud", "Elderstow Taxis")  # fmt: skip
SHOP_KINDS = ("Stationery", "Passenger railways", "Caterers", "Hardware", "Hotels", "Book stores", "Computer services",
              "Taxis")  # fmt: skip


def purchases(rng: Random, count: int) -> list[Purchase]:
    """Purchases of one quarter in the order of their days: one in thirty is a refund."""
    days = sorted(dt.date(2026, rng.randint(7, 9), rng.randint(1, 30)) for _ in range(count))
    return [_purchase(rng, 40_000 + 3 * place, day) for place, day in enumerate(days)]


def _purchase(rng: Random, number: int, day: dt.date) -> Purchase:
    shop = rng.randrange(len(SHOPS))
    pence = round(rng.lognormvariate(4.0, 1.0) * 100)
    return Purchase(
        number=number,
        day=day,
        merchant=SHOPS[shop],
        department=rng.choice([part for parts in PARTS.values() for part in parts]),
        purpose=rng.choice(("Books and publications", "Travel", "Refreshments", "Office supplies", "Small equipment")),
        category=SHOP_KINDS[shop],
        pence=-pence if rng.random() < 1 / 30 else pence,
        vat=0 if rng.random() < 0.8 else round(pence / 6),
    )


@dataclass(frozen=True)
class Contract:
    """One contract; `ends` is empty for one that was never ended."""

    number: int
    title: str
    supplier: str
    company: str
    department: str
    pounds: int
    starts: dt.date
    ends: dt.date
    tendered: bool
    small: bool
    voluntary: bool


def contracts(rng: Random, count: int) -> list[Contract]:
    """Contracts with unique numbers, most of them over £5,000."""
    return [_contract(rng, number) for number in range(1, count + 1)]


def _contract(rng: Random, number: int) -> Contract:
    trade = rng.choice(TRADE)
    starts = dt.date(rng.randint(2021, 2026), rng.randint(1, 12), rng.randint(1, 28))
    return Contract(
        number=number,
        title=f"{rng.choice(PURPOSES)} {number}",
        supplier=f"{rng.choice(FIRST)} {trade}",
        company=f"0{rng.randint(1_000_000, 9_999_999)}",
        department=rng.choice(list(PARTS)),
        pounds=round(rng.lognormvariate(11, 1.2)),
        starts=starts,
        ends=starts + dt.timedelta(days=rng.choice((364, 729, 1094, 1459))),
        tendered=rng.random() < 0.7,
        small=rng.random() < 0.5,
        voluntary=trade.endswith(("CIC", "Housing Association")),
    )


@dataclass(frozen=True)
class Area:
    """A conservation area: a square, as corners in degrees, and one like it in the National Grid."""

    number: int
    name: str
    designated: dt.date
    corners: tuple[tuple[float, float], ...]
    grid: tuple[tuple[int, int], ...]


def areas(rng: Random, count: int) -> list[Area]:
    """Areas in inner London with unique names."""
    return [_area(rng, number) for number in range(1, count + 1)]


def _area(rng: Random, number: int) -> Area:
    west, south = round(rng.uniform(-0.2, -0.08), 5), round(rng.uniform(51.45, 51.55), 5)
    easting, northing = rng.randint(522_500, 524_500), rng.randint(177_500, 181_500)
    return Area(
        number=number,
        name=f"{rng.choice(STREETS)} {number}",
        designated=dt.date(rng.randint(1968, 2019), rng.randint(1, 12), rng.randint(1, 28)),
        corners=tuple((round(west + x * 0.004, 5), round(south + y * 0.003, 5)) for x, y in SQUARE),
        grid=tuple((easting + 280 * x, northing + 330 * y) for x, y in SQUARE),
    )


SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


@dataclass(frozen=True)
class Station:
    """A polling station; eastings and northings are only near its longitude and latitude."""

    number: int
    district: str
    name: str
    street: str
    postcode: str
    ward: str
    longitude: float
    latitude: float
    easting: int
    northing: int


def stations(rng: Random, count: int) -> list[Station]:
    """Polling stations, each with its own district."""
    return [_station(rng, number) for number in range(1, count + 1)]


def _station(rng: Random, number: int) -> Station:
    street = rng.choice(STREETS)
    kind = rng.choice(("Primary School", "Church Hall", "Community Centre", "Library"))
    return Station(
        number=number,
        district=f"{chr(65 + number // 26)}{chr(65 + number % 26)}",
        name=f"{street} {kind}",
        street=f"{rng.randint(1, 200)} {street}",
        postcode=f"NW{rng.randint(1, 9)} 9ZZ",
        ward=rng.choice(WARDS)[1],
        longitude=round(rng.uniform(-0.21, -0.05), 6),
        latitude=round(rng.uniform(51.42, 51.56), 6),
        easting=rng.randint(525_500, 531_000),
        northing=rng.randint(172_000, 187_000),
    )


Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def within(box: Box, thing: Placed, rng: Random) -> Placed:
    """The same place, toilet or site somewhere in the middle of a borough's box; its grid reference is only near."""
    west, south, east, north = box
    x = round(west + (east - west) * rng.uniform(0.3, 0.7), 6)
    y = round(south + (north - south) * rng.uniform(0.3, 0.7), 6)
    easting, northing = round(530_000 + (x + 0.1276) * 69_300), round(180_400 + (y - 51.5074) * 111_200)
    if isinstance(thing, Area):
        corners = tuple((round(x + 0.004 * right, 6), round(y + 0.003 * up, 6)) for right, up in SQUARE)
        grid = tuple((easting + 280 * right, northing + 330 * up) for right, up in SQUARE)
        return replace(thing, corners=corners, grid=grid)
    return replace(thing, longitude=x, latitude=y, easting=easting, northing=northing)


Placed = Toilet | Site | Station | Area


@dataclass(frozen=True)
class WardCount:
    """Households with council tax support in one ward on one day; `code` is empty for all wards together."""

    day: dt.date
    code: str
    ward: str
    working: int
    pension: int


QUARTERS = (dt.date(2026, 6, 30), dt.date(2026, 9, 30))
WARD_NAMES = ("Canalside", "Market Hill", "Old Wharf", "St Anne's", "Gasworks", "Northgate", "Limekiln", "Osier Park",
              "Tannery", "Ropewalk", "Brickfields", "All Saints", "Maltings", "Foundry")  # fmt: skip


def households(rng: Random, count: int) -> list[WardCount]:
    """Wards on two days, each day with all wards together as its last row; a few wards have very few households.

    `count` is the number of rows: an even number of at most thirty.
    """
    found = []
    for day in QUARTERS:
        wards = [
            WardCount(day, f"E05099{number:03}", name, *_households(rng, number))
            for number, name in enumerate(WARD_NAMES[: count // 2 - 1], start=1)
        ]
        working, pension = sum(w.working for w in wards), sum(w.pension for w in wards)
        found += [*wards, WardCount(day, "", "All wards", working, pension)]
    return found


def _households(rng: Random, number: int) -> tuple[int, int]:
    # a new quarter of flats, and a ward of offices
    if number % 6 == 3:
        return rng.randint(30, 90), rng.randint(1, 4)
    return rng.randint(200, 1500), rng.randint(90, 700)


def wards_only(rng: Random, count: int) -> list[WardCount]:
    """Wards on two days without the rows of all wards together."""
    return [ward for ward in households(rng, count + 2) if ward.code]
