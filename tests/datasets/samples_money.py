"""Purchase cards and contracts: the words of the Transparency Code, for those whose own headings are not known."""

from __future__ import annotations

from collections.abc import Callable

from tests.datasets.made_up import Contract, Purchase, contracts, purchases
from tests.datasets.sample import Linked, Row, Sample, money, plain

CARDS = ("barnet", "bexley", "brent", "camden", "haringey", "hounslow", "kingston-upon-thames", "lambeth", "lewisham",
         "richmond-upon-thames", "sutton", "tower-hamlets", "westminster")  # fmt: skip
CARDS_IN_WORKBOOKS = ("croydon", "hammersmith-and-fulham", "harrow", "merton")
REGISTERS = ("barnet", "brent", "camden", "hackney", "kingston-upon-thames", "newham", "westminster")
REGISTERS_IN_WORKBOOKS = ("hammersmith-and-fulham", "tower-hamlets")


def purchase(amount: Callable[[int], object]) -> Callable[[Purchase], Row]:
    def row(p: Purchase) -> Row:
        return {
            "Date of transaction": p.day.strftime("%d/%m/%Y") if amount is money else p.day,
            "Local authority department": p.department,
            "Beneficiary": p.merchant,
            "Amount": amount(p.pence),
            "VAT that cannot be recovered": amount(p.vat),
            "Summary of the purpose of the expenditure": p.purpose,
            "Merchant category": p.category,
        }

    return row


def contract(pounds: Callable[[int], object]) -> Callable[[Contract], Row]:
    def row(c: Contract) -> Row:
        return {
            "Reference number": f"C{c.number:05}",
            "Title of agreement": c.title,
            "Local authority department responsible": c.department,
            "Description of the goods and/or services being provided": c.title,
            "Supplier name and details": c.supplier,
            "Sum to be paid over the length of the contract": pounds(100 * c.pounds),
            "VAT that cannot be recovered": pounds(0),
            "Start date": c.starts.strftime("%d/%m/%Y") if pounds is money else c.starts,
            "End date": c.ends.strftime("%d/%m/%Y") if pounds is money else c.ends,
            "Review date": "",
            "Invitation to quote or tender": "Yes" if c.tendered else "No",
            "SME": "Yes" if c.small else "No",
            "VCSE": "Yes" if c.voluntary else "No",
            "Registration number": c.company,
        }

    return row


def lldc_contract(c: Contract) -> Row:
    return {
        "Contract reference": f"LLDC-{c.number:04}",
        "Entity": "London Legacy Development Corporation",
        "Other parties to the contract": c.supplier,
        "Title": c.title,
        "Brief description of the contract": c.title,
        "Contract completion date": c.starts.strftime("%d/%m/%Y"),
        "Contract start date": c.starts.strftime("%d/%m/%Y"),
        "Contract end date": c.ends.strftime("%d/%m/%Y"),
        "Contract type": "Services",
        "Value": f"£{plain(100 * c.pounds)}",
    }


def pounds(pence: int) -> float:
    """A true number, as a workbook holds it."""
    return pence / 100


CSV_CARDS, XLSX_CARDS = purchase(money), purchase(pounds)
CSV_REGISTER, XLSX_REGISTER = contract(money), contract(pounds)

SAMPLES: dict[str, Sample | Linked] = {
    **{f"purchase-cards/{p}": Sample("purchase-cards.csv", purchases, CSV_CARDS, 60) for p in CARDS},
    **{f"purchase-cards/{p}": Sample("purchase-cards.xlsx", purchases, XLSX_CARDS, 60) for p in CARDS_IN_WORKBOOKS},
    **{f"contracts-register/{p}": Sample("contracts.csv", contracts, CSV_REGISTER, 50) for p in REGISTERS},
    **{
        f"contracts-register/{p}": Sample("contracts.xlsx", contracts, XLSX_REGISTER, 50)
        for p in REGISTERS_IN_WORKBOOKS
    },
    "contracts-register/lldc": Sample("contract-register.csv", contracts, lldc_contract, 40),
}
