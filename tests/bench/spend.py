"""Made-up payments in the layout in which Camden publishes them, as many rows as are asked for.

    python -m tests.bench.spend ROWS OUT [--changed]

The same arguments give the same bytes. With --changed it is the file of the month after: every 400th amount is
corrected, every 1,000th row is gone, and as many new ones stand at the end. Beside OUT lies its `datapackage.json`: a
description of the file as it is received, for those who validate it without us.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = 2026
CHUNK = 50_000
CORRECTED, GONE = 400, 1_000
"""Every so manieth row is corrected, or gone, in the file of the month after."""

FIRST, DAYS = dt.date(2019, 9, 1), 2_600
PLACES = ("Alder", "Birch", "Cedar", "Elder", "Hazel", "Linden", "Maple", "Oakfield", "Poplar", "Rowan", "Willow")
TRADES = (
    "Building Services",
    "Catering Supplies",
    "Energy",
    "Fleet Hire",
    "Homes",
    "Lift Maintenance",
    "Nursing Homes",
)
FORMS = ("Ltd", "Limited", "LLP", "plc", "Group Ltd", "(UK) Ltd", ", London, Ltd")
SUPPLIERS = 8_000
PURPOSES = (
    "Agency staff", "Building repairs & maintenance", "Consultancy fees", "Electricity", "Equipment hire",
    "Grounds maintenance", "Insurance premiums", "Legal fees, counsel", "Residential placements", "Vehicle hire",
)  # fmt: skip
UNITS = ("Adults and Health", "Children & Learning", "Corporate Resources", "Housing", "Supporting Communities")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
BODY = "London Borough of Camden,http://opendatacommunities.org/id/london-borough-council/camden"
COLUMNS = (
    "organisation_label", "organisation_uri", "payment_date", "payment_month", "payment_year", "financial_year",
    "beneficiary_name", "purpose", "organisational_unit", "amount_gbp", "irrecoverable_vat_amount_gbp",
    "latest_financial_year", "latest_year", "latest_month", "unique_identifier",
)  # fmt: skip
TYPES: dict[str, dict[str, Any]] = {
    "payment_date": {"type": "datetime", "format": "%m/%d/%Y %I:%M:%S %p"},
    "amount_gbp": {"type": "number"},
    "irrecoverable_vat_amount_gbp": {"type": "number"},
    "payment_year": {"type": "integer"},
}
REQUIRED = ("payment_date", "beneficiary_name", "organisational_unit", "amount_gbp")


def write_spend(rows: int, path: Path, *, changed: bool = False) -> None:
    """Write so many payments and the description beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\r\n")
        file.writelines(_changed_lines(rows) if changed else _lines(rows))
    resource = {"name": path.stem, "path": path.name, "encoding": "utf-8", "schema": received_schema()}
    described = {"name": path.stem, "resources": [resource]}
    (path.parent / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")


def received_schema() -> dict[str, Any]:
    """Return the Table Schema of the file as it is received."""
    fields = []
    for name in COLUMNS:
        constraints = {"constraints": {"required": True}} if name in REQUIRED else {}
        fields.append({"name": name, **TYPES.get(name, {"type": "string"}), **constraints})
    return {"fields": fields, "missingValues": [""]}


def _changed_lines(rows: int) -> Iterator[str]:
    gone = 0
    for number, line in enumerate(_lines(rows + rows // GONE)):
        if number < rows and number % GONE == GONE - 1:
            gone += 1
            continue
        if number == rows + gone:
            return
        yield line.replace(".", ".5", 1) if number % CORRECTED == 0 else line


def _lines(rows: int) -> Iterator[str]:
    suppliers = list(_suppliers())
    days = [FIRST + dt.timedelta(number) for number in range(DAYS)]
    stamps = [_stamp(day) for day in days]
    for start in range(0, rows, CHUNK):
        # always a whole chunk, so that a small file is the beginning of a large one
        chance = random.Random(f"{SEED} {start}")
        for number in range(start, start + CHUNK):
            bits = chance.getrandbits(64)
            # a few suppliers have most of the payments
            share = (bits & 0xFFFFFF) / 0x1000000
            supplier = suppliers[int(share * share * share * SUPPLIERS)]
            pence = 50_000 + (bits >> 24 & 0xFFFFF) * (1 + (bits >> 44 & 7))
            sign = "-" if bits >> 47 & 31 == 0 else ""
            stamp = stamps[(bits >> 52) * DAYS >> 12]
            purpose, unit = PURPOSES[bits % len(PURPOSES)], UNITS[(bits >> 7) % len(UNITS)]
            if number < rows:
                yield (
                    f"{BODY},{stamp},{supplier},{_quoted(purpose)},{unit},{sign}{pence // 100}.{pence % 100:02}"
                    f",0.00,No,No,No,CMD-{700_000 + number * 7}\r\n"
                )


def _stamp(day: dt.date) -> str:
    year = day.year - (day.month < 4)
    return f"{day:%m/%d/%Y} 12:00:00 AM,{MONTHS[day.month - 1]},{day.year},{year}/{(year + 1) % 100:02}"


def _suppliers() -> Iterator[str]:
    chance = random.Random(SEED)
    for number in range(SUPPLIERS):
        name = f"{chance.choice(PLACES)}{chance.choice(PLACES).lower()} {chance.choice(TRADES)} {number}"
        yield _quoted(f"{name} {chance.choice(FORMS)}".replace(" ,", ","))


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


def main() -> None:
    """Write what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rows", type=int)
    asked.add_argument("out", type=Path)
    asked.add_argument("--changed", action="store_true")
    options = asked.parse_args()
    write_spend(options.rows, options.out, changed=options.changed)


if __name__ == "__main__":
    main()
