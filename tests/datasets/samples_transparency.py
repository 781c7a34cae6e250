"""What the Transparency Code asks for once a year: grants, assets, parking, pay, posts, unions, fraud."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from packages.vocabulary import publisher
from tests.datasets import city_rows as made
from tests.datasets.city_rows import headed
from tests.datasets.sample import Linked, Row, Sample

GRANTS_360 = {
    "grant_id": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amount_gbp": "Amount Awarded",
    "award_date": "Award Date",
    "start_date": "Planned Dates:Start Date",
    "end_date": "Planned Dates:End Date",
    "recipient_id": "Recipient Org:Identifier",
    "recipient": "Recipient Org:Name",
    "charity_number": "Recipient Org:Charity Number",
    "company_number": "Recipient Org:Company Number",
    "funder_id": "Funding Org:Identifier",
    "funder": "Funding Org:Name",
    "department": "Funding Org:Department",
    "programme": "Grant Programme:Title",
}
GRANTS_CODE = {
    "award_date": "Date the grant was awarded",
    "start_date": "Period from",
    "end_date": "Period to",
    "department": "Local authority department",
    "recipient": "Beneficiary",
    "charity_number": "Charity number",
    "description": "Summary of the purpose",
    "amount_gbp": "Amount",
}
ASSETS_LGA = {
    "effective_date": "EffectiveDate",
    "uprn": "UPRN",
    "asset_id": "AssetCode",
    "name": "PropertyName",
    "street_number": "StreetNumber",
    "street": "StreetName",
    "town": "PostTown",
    "postcode": "PostCode",
    "longitude": "GeoX",
    "latitude": "GeoY",
    "tenure": "TenureType",
    "tenure_detail": "TenureDetail",
    "holding": "HoldingType",
    "building_area_m2": "BuildingSize",
    "land_area_hectares": "LandArea",
}
ASSETS_CODE = {
    "uprn": "Unique Property Reference Number",
    "asset_id": "Unique asset identity",
    "name": "Name of the building or land",
    "street_number": "Street number",
    "street": "Street",
    "town": "Town",
    "postcode": "Postcode",
    "longitude": "Longitude",
    "latitude": "Latitude",
    "tenure": "Freehold, lease or licence",
    "reason_held": "Reason for holding the asset",
    "holding": "Land, building or both",
    "effective_date": "As at",
}
SENIOR = {
    "effective_date": "EffectiveDate",
    "job_title": "JobTitle",
    "directorate": "Directorate",
    "pension_percent": "PensionContribution",
    "responsibilities": "Responsibilities",
    "budget_gbp": "Budget",
    "staff": "NumberOfStaff",
}
BANDS = {"effective_date": "EffectiveDate", "posts": "Number of posts"}
PAY_MULTIPLE = {
    "year": "Period",
    "highest_salary_gbp": "Highest salary",
    "median_salary_gbp": "Median salary",
    "mean_salary_gbp": "Mean salary",
    "ratio": "Ratio",
    "basis": "Model calculation",
}
POSTS_LGA = {
    "effective_date": "EffectiveDate",
    "tier": "Level",
    "job_title": "JobTitle",
    "grade": "Grade",
    "directorate": "Directorate",
    "service": "Service",
    "contract": "ContractType",
    "contact": "ContactDetails",
    "salary_ceiling_gbp": "MaximumSalary",
}
POSTS_CODE = {
    "post_id": "Post reference",
    "job_title": "Job title",
    "reports_to": "Reports to",
    "tier": "Tier",
    "grade": "Grade",
    "directorate": "Local authority department",
    "service": "Team",
    "contract": "Permanent or temporary staff",
    "contact": "Contact details",
    "salary_from": "Salary from",
    "salary_to": "Salary to",
    "salary_ceiling_gbp": "Salary ceiling",
    "vacant": "Vacant",
    "effective_date": "As at",
}
UNIONS = {
    "effective_date": "Effective date",
    "representatives": "Total representative count",
    "representatives_fte": "FTE representatives count",
    "half_time_or_more": "Total representatives majority duty count",
    "half_time_or_more_fte": "FTE representatives majority duty count",
    "unions": "Names of the unions",
    "cost_gbp": "Total estimate spending amount",
    "cost_share_percent": "Relative estimate spending",
}
FRAUD = {
    "effective_date": "Effective date",
    "powers_used": "Total occasions fraud powers",
    "staff": "Total fraud employees count",
    "staff_fte": "FTE fraud employees count",
    "specialists": "Total fraud specialists count",
    "specialists_fte": "FTE fraud specialist count",
    "amount_spent_gbp": "Fraud spent amount",
    "cases_investigated": "Total investigated fraud",
    "fraud_identified": "Total identified fraud",
    "value_detected_gbp": "Value fraud",
    "value_recovered_gbp": "Value fraud recovered",
}


def bracket(thing: Row) -> str:
    return f"£{thing['salary_from']:,} - £{thing['salary_to']:,}"


def senior_salaries(rng: Random, day: str) -> dict[str, list[Row]]:
    return {
        "senior-salaries": [
            headed(SENIOR, day)(post) | {"SalaryBand": bracket(post)} for post in made.senior_posts(rng)
        ],
        "senior-salary-bands": [headed(BANDS, day)(band) | {"SalaryBand": bracket(band)} for band in made.bands(rng)],
        "pay-multiple": [headed(PAY_MULTIPLE, day)(year) for year in made.pay_multiple(rng)],
    }


def salaries(day: str = "%d/%m/%Y") -> Linked:
    return Linked(lambda rng: senior_salaries(rng, day))


def parking(day: str = "%d/%m/%Y") -> Linked:
    account = {"year": "Financial year", "side": "On or off street", "kind": "Income or expenditure", "item": "Item",
               "amount_gbp": "Amount"}  # fmt: skip
    spaces = {"effective_date": "As at", "side": "On or off street", "location": "Location",
              "spaces": "Number of spaces", "basis": "Marked or estimated"}  # fmt: skip
    return Linked(
        lambda rng: {
            "parking-account": [headed(account)(line) for line in made.account(rng)],
            "parking-spaces": [headed(spaces, day)(place) for place in made.spaces(rng)],
        }
    )


def lga(slug: str) -> dict[str, str]:
    return {"OrganisationLabel": publisher(slug).title, "OrganisationURI": publisher(slug).uri}


def lga_post(slug: str, day: str = "%d/%m/%Y") -> Callable[[Row], Row]:
    def row(post: Row) -> Row:
        more = {"SalaryBand": bracket(post), "Vacancy": "Vacant" if post["vacant"] == "yes" else "", "SharedPost": ""}
        return lga(slug) | headed(POSTS_LGA, day)(post) | more

    return row


def private_contacts(rows: list[Row]) -> None:
    """What must not leave the council: private addresses and telephones among those of offices."""
    for number, row in enumerate(rows[8:20]):
        row["Contact details"] = f"jo.sample{number}@gmail.com, 07700 900{100 + number}"
        row["Team"] = f"{row['Team']}; home: {number + 3} Osier Walk, London NW1 9ZZ"


SAMPLES: dict[str, Sample | Linked] = {
    "grants-to-voluntary-bodies/southwark": Sample(
        "grants-2025-26.csv", made.grants("southwark"), headed(GRANTS_360), rows=80
    ),
    "grants-to-voluntary-bodies/tower-hamlets": Sample(
        "360giving.xlsx", made.grants("tower-hamlets"), headed(GRANTS_360, ""), rows=70
    ),
    "grants-to-voluntary-bodies/barnet": Sample(
        "voluntary sector grants.csv", made.grants("barnet"), headed(GRANTS_CODE, "%d/%m/%Y"), rows=40
    ),
    "grants-to-voluntary-bodies/camden": Sample(
        "grants.csv", made.grants("camden"), headed(GRANTS_CODE, "%m/%d/%Y"), rows=60
    ),
    "land-and-building-assets/barnet": Sample(
        "assets.csv", made.assets("barnet"), headed(ASSETS_CODE, "%d/%m/%Y"), rows=90
    ),
    "land-and-building-assets/camden": Sample(
        "land-and-property.csv", made.assets("camden"), headed(ASSETS_CODE, "%m/%d/%Y"), rows=90
    ),
    "land-and-building-assets/hounslow": Sample(
        "local-authority-land.csv",
        made.assets("hounslow"),
        headed(ASSETS_LGA, "%d/%m/%Y", CoordinateReferenceSystem="WGS84", **lga("hounslow")),
        rows=80,
    ),
    "land-and-building-assets/lambeth": Sample(
        "asset-register.xlsx",
        made.assets("lambeth"),
        headed(ASSETS_LGA, "", CoordinateReferenceSystem="WGS84", **lga("lambeth")),
        rows=80,
    ),
    "parking/camden": parking("%m/%d/%Y"),
    "parking/hackney": parking(),
    "parking/islington": parking(),
    "parking/wandsworth": parking("%d-%b-%Y"),
    "senior-salaries/barnet": salaries(),
    "senior-salaries/camden": salaries("%m/%d/%Y"),
    "senior-salaries/ealing": salaries(),
    "senior-salaries/merton": salaries("%Y-%m-%d"),
    "organisation-chart/brent": Sample("organisation-chart.csv", made.posts("brent"), lga_post("brent"), rows=45),
    "organisation-chart/camden": Sample("structure.csv", made.posts("camden"), headed(POSTS_CODE, "%m/%d/%Y"), rows=60),
    "organisation-chart/croydon": Sample("senior-structure.csv", made.posts("croydon"), lga_post("croydon"), rows=40),
    "organisation-chart/havering": Sample(
        "org chart.csv", made.posts("havering"), headed(POSTS_CODE, "%d/%m/%Y"), rows=40, spoil=private_contacts
    ),
    "trade-union-facility-time/barnet": Sample(
        "facility-time.csv", made.facility_time, headed(UNIONS, "%d/%m/%Y"), rows=6
    ),
    "trade-union-facility-time/brent": Sample(
        "trade union facility time.csv",
        made.facility_time,
        headed(UNIONS, "%d/%m/%Y", **{"Organisation name": "Brent", "Organisation code": "E09000005"}),
        rows=5,
    ),
    "trade-union-facility-time/camden": Sample(
        "facility_time.csv", made.facility_time, headed(UNIONS, "%m/%d/%Y"), rows=7
    ),
    "trade-union-facility-time/sutton": Sample("TUFT.xlsx", made.facility_time, headed(UNIONS, ""), rows=5),
    "fraud/barnet": Sample("counter-fraud.csv", made.fraud, headed(FRAUD, "%d/%m/%Y"), rows=6),
    "fraud/brent": Sample(
        "fraud.csv",
        made.fraud,
        headed(FRAUD, "%d/%m/%Y", **{"Organisation name": "Brent", "Organisation code": "E09000005"}),
        rows=5,
    ),
    "fraud/hounslow": Sample("fraud-investigations.csv", made.fraud, headed(FRAUD), rows=7),
    "fraud/islington": Sample("fraud.xlsx", made.fraud, headed(FRAUD, ""), rows=5),
}
