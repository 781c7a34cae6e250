"""Payments in the layouts of the councils: one function for each layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from tests.datasets.made_up import Payment, payments
from tests.datasets.sample import Linked, Row, Sample, money, plain


def camden(p: Payment) -> Row:
    return {
        "organisation_label": "London Borough of Camden",
        "organisation_uri": "http://opendatacommunities.org/id/london-borough-council/camden",
        "payment_date": p.day.strftime("%m/%d/%Y 12:00:00 AM"),
        "payment_month": p.day.strftime("%B"),
        "payment_year": str(p.day.year),
        "financial_year": "2026/27",
        "beneficiary_name": "REDACTED" if p.private else p.supplier,
        "purpose": p.purpose,
        "organisational_unit": p.directorate,
        "amount_gbp": plain(p.pence),
        "irrecoverable_vat_amount_gbp": plain(p.vat),
        "latest_financial_year": "Yes",
        "latest_year": "Yes",
        "latest_month": "Yes",
        "unique_identifier": f"CMD-{p.number}",
    }


def barnet(p: Payment) -> Row:
    return {
        "Cost Centre Hierarchy - Directorate": p.directorate,
        "Cost Centre Hierarchy - Department": p.department,
        "Payment Reference Number": f"0{p.number}",
        "Expenditure Type": p.purpose,
        "Payment Number": str(p.number % 90_000),
        "Supplier Name": p.supplier,
        " Distribution Amount ": f" £{money(p.pence)} ",
        "Payment Date": p.day.strftime("%d-%b-%Y"),
    }


def bexley(p: Payment) -> Row:
    return {
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Transaction Number": str(p.number),
        "Non Recoverable VAT": plain(p.vat),
        "Amount": f"£{money(p.pence)}" if p.pence > 0 else f"-£{money(-p.pence)}",
        "Supplier": p.supplier,
        "Supplier Number": str(40_000 + p.number % 900),
        "Expense Type": p.purpose,
        "Directorate": p.directorate,
        "Service Area": p.department,
        "": "",
    }


def damaged_dates(rows: list[Row]) -> None:
    # what a spreadsheet shows, and saves, where a column is too narrow for its dates
    for index in (17, 18, 41):
        rows[index]["Payment Date"] = "########"


def brent(p: Payment) -> Row:
    return {
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Vendor Name 2": " REDACTED PERSONAL DATA" if p.private else f" {p.supplier}",
        "Cost Centre Code": f"B0{p.number % 9000:04}",
        "Cost Centre Description": p.department,
        "Subjective Code": str(620_000 + p.number % 400),
        "Subjective desctiption": p.purpose,
        " Amount ": money(p.pence),
        "Non Recoverable VAT": plain(p.vat) if p.vat else "0",
    }


def city(p: Payment) -> Row:
    return {
        "Body": "City of London",
        "Division of Service": p.department,
        "Purpose of Expenditure": p.purpose,
        "Merchant Category": p.category,
        "Department": p.directorate,
        "Payment Date": p.day,
        "Transaction Code": p.number,
        "Net Amount": p.pence / 100,
        "Supplier Name": "REDACTED PERSONAL DATA" if p.private else p.supplier,
    }


def gla(p: Payment) -> Row:
    return {
        "Vendor ID": str(10_000 + p.number % 900),
        "Vendor Name": p.supplier.upper(),
        "Cost Element": p.category,
        "Expenditure Account Code Description": p.purpose,
        "Document No": str(p.number),
        "Amount": money(p.pence) if p.pence > 0 else f"({money(-p.pence)})",
        "Clearing Date": p.day.strftime("%d %b %Y"),
    }


def hackney(p: Payment) -> Row:
    return {
        "1. YEAR": "2026/27",
        "2. MONTH": p.day.strftime("%B"),
        "3. DATE INCURRED": (p.day - dt.timedelta(days=20)).strftime("%d/%m/%Y"),
        "4. DATE PAID": p.day.strftime("%d/%m/%Y"),
        "5. BENEFICIARY": p.supplier,
        "6. SUPPLIER NO.": str(30_000 + p.number % 900),
        "7. DEPARTMENT": p.directorate,
        "8. PURPOSE OF EXPENDITURE": p.purpose,
        "9. MERCHANT CATEGORY": p.category,
        "Total": f" £ {money(p.pence)} " if p.pence > 0 else f" -£ {money(-p.pence)} ",
    }


def haringey(p: Payment) -> Row:
    return {
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Supplier Name": p.supplier,
        "Purpose": p.purpose,
        "Department": p.directorate,
        "Sum of Amount": money(p.pence),
    }


def grand_total(things: Sequence[Payment]) -> list[Row]:
    return [{"Payment Date": "Grand Total", "Sum of Amount": money(sum(p.pence for p in things))}]


def havering(p: Payment) -> Row:
    cells = {
        "Transaction Date": p.day.strftime("%d-%m-%Y"),
        "Local Authority Department": p.directorate,
        "Beneficiary": p.supplier,
        "Purpose of Expenditure": p.purpose,
        "Amount (excluding VAT)": plain(p.pence),
        "Non Recoverable VAT": plain(p.vat),
        "Merchant Category": p.category,
    }
    return {heading: f" {cell}" for heading, cell in cells.items()}


def hounslow(p: Payment) -> Row:
    return {
        "OrganisationalUnit": p.directorate,
        "ServiceCategoryLabel": p.department,
        "Redaction Necessary": "Yes" if p.private else "No",
        "BeneficiaryName": "redacted - personal data" if p.private else p.supplier,
        "SupplierID": str(50_000 + p.number % 900),
        "SupplierName": "redacted - personal data" if p.private else p.supplier,
        "PaymentDate": p.day.strftime("%d/%m/%Y"),
        "TransactionNumber": str(p.number),
        "Amount": plain(p.pence),
        "IrrecoverableVATAmount": plain(p.vat),
        "Purpose": p.purpose,
        "CategoryInternalName": p.category,
    }


def islington(p: Payment) -> Row:
    # csv.DictWriter cannot hold four headings that are all empty, so they differ in spaces
    return {
        "Supplier Name": p.supplier,
        "Directorate": p.directorate,
        "Input Date": p.day.strftime("%d-%b-%Y"),
        "Nominal Description": p.purpose,
        "Amount": f"{plain(p.pence)} ",
        "Transaction Type": "Invoice" if p.pence > 0 else "Credit note",
        "": "",
        " ": "",
        "  ": "",
        "   ": "",
    }


def shared_finance(council: str) -> Callable[[Payment], Row]:
    def row(p: Payment) -> Row:
        return {
            "Council Name": council,
            "Date": p.day.strftime("%d/%m/%Y"),
            "TransNo": str(p.number),
            "Amount £ (Excl VAT)": money(p.pence),
            "Supplier name": "Redacted" if p.private else p.supplier,
            "Supplier Category": p.category,
            "Expense Area": p.department,
            "Expense Type": p.purpose,
            "Expense Code": f"E{p.number % 700:04}",
            "Unclaimed VAT": plain(p.vat),
        }

    return row


def lambeth(p: Payment) -> Row:
    return {
        "Over £500 Report Ref": f"LBL{p.number}",
        "PAYMENT_DATE": p.day.strftime("%d-%b-%y"),
        "Supplier Name *******": "Personal Information - Redacted" if p.private else p.supplier,
        "Vendor Type": "SUPPLIER",
        "Amount": f"{plain(p.pence)} ",
        "Directorate": p.directorate,
        "Division": p.department,
        "Subjective Description": p.purpose,
        "Proclass Category": p.category,
    }


def lewisham(p: Payment) -> Row:
    return {
        "PAYMENT DATE": p.day.strftime("%d/%m/%Y"),
        "SUPPLIER": "Redacted" if p.private else p.supplier,
        "SERVICE": p.department,
        "DEPARTMENT": p.directorate,
        "DESCRIPTION": p.purpose,
        "£ SPEND (EXCLUDING VAT)": money(p.pence),
    }


def newham(p: Payment) -> Row:
    return {
        "Transaction Date": p.day.strftime("%d-%m-%Y"),
        "Local Authority Department": p.directorate,
        "BENEFICIARY": p.supplier,
        "Purpose": p.purpose,
        "Amount": f"£{money(p.pence)}" if p.pence > 0 else f"-£{money(-p.pence)}",
        "Non Recoverable": f"£{money(p.vat)}",
        "Merchant Category": p.category,
    }


def expenditure(p: Payment) -> Row:
    return {
        "Directorate": p.directorate,
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Payment Amount": money(p.pence),
        "Payee": p.supplier,
        "Supplier No": "Invoice",
        "Activity": p.purpose,
    }


def wrong_total(things: Sequence[Payment]) -> list[Row]:
    # £100 too much: a payment was taken out after the total had been made
    return [{"Directorate": "Grand Total", "Payment Amount": money(sum(p.pence for p in things) + 10_000)}]


def southwark(p: Payment) -> Row:
    return {
        "date": p.day.strftime("%d.%m.%Y"),
        "department": p.directorate,
        "beneficiary": "Redacted" if p.private else p.supplier,
        "amount": p.pence / 100,
        "summary of purpose": p.purpose,
        "category": p.category,
        "Transaction number": str(p.number),
        "SAP vendor number": str(60_000 + p.number % 900),
    }


def tower_hamlets(p: Payment) -> Row:
    return {
        "Directorate": p.directorate.replace("Executive", "Executive’s Office"),
        "Service": p.department,
        "Division": p.department,
        "Responsible Unit": f"{p.department} team",
        "Expense Type": p.purpose,
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Trans No": str(p.number),
        "Net Amount": plain(p.pence),
        "Supplier Name": p.supplier,
    }


def barking(p: Payment) -> Row:
    # three headings that are all the same; csv.DictWriter cannot hold them, so they differ in spaces
    return {
        "Cost Centre Description": p.department,
        "Nominal Description": p.purpose,
        "Supplier": "REDACTED" if p.private else p.supplier,
        "Gross": f"£{money(p.pence)}" if p.pence > 0 else f"-£{money(-p.pence)}",
        "Vat": plain(p.vat),
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Cost Centre Parent": p.directorate,
        "Cost Centre Parent ": "Council",
        "Cost Centre Parent  ": "General Fund",
    }


def bromley(p: Payment) -> Row:
    return {
        "SERVICE_AREA": p.department,
        "PORTFOLIO": p.directorate,
        "SUBJ_DESCRIPTION": p.purpose,
        "SUPPLIER_NAME_REDACTED": "REDACTED PERSONAL DATA" if p.private else p.supplier,
        "PAYMENT_NUMBER": p.number,
        "PAYMENT_DATE": p.day,
        "Net Amount": p.pence / 100,
        "VENDOR_TYPE_LOOKUP_CODE": "VENDOR",
    }


def croydon(p: Payment) -> Row:
    row: Row = {
        "Payment Date": p.day,
        "Vendor Name": p.supplier,
        "Vendor Type": "Supplier",
        "Cost Centre Code": f"C{p.number % 9000:05}",
        "Cost Centre Description": p.department,
    }
    for level in (2, 3, 4, 5):
        row |= {f"Cost Centre Level {level} Code": f"L{level}", f"Cost Centre Level {level} Description": p.directorate}
    return row | {"Account Code": "R3010", "Account Description": p.purpose, "Amount": p.pence / 100}


def ealing(p: Payment) -> Row:
    return {
        "": "INSERTED DETAIL",
        " ": "",
        "Body Name": "London Borough of Ealing",
        "Organisation Code": "E09000009",
        "Service Label": p.directorate,
        "Service Code": f"S{p.number % 90:02}",
        "Organisation Unit": p.department,
        "Expenditure Category": p.purpose,
        "Expenditure Code": str(4_000 + p.number % 90),
        "Narrative": "",
        "Date": p.day.strftime("%d/%m/%Y"),
        "Transaction No": str(p.number),
        "Net Amount": plain(p.pence),
        "Supplier ID": str(20_000 + p.number % 900),
        "Amended Supplier Name": "Redacted" if p.private else p.supplier,
    }


def code_words(p: Payment) -> Row:
    return {
        "Date of payment": p.day.strftime("%d/%m/%Y"),
        "Local authority department": p.department,
        "Beneficiary": "Redacted" if p.private else p.supplier,
        "Summary of the purpose of the expenditure": p.purpose,
        "Amount": money(p.pence),
        "VAT that cannot be recovered": plain(p.vat),
        "Merchant category": p.category,
    }


def greenwich(p: Payment) -> Row:
    return {
        "Creditor_Name": p.supplier,
        "Invoice Line Amount": p.pence / 100,
        "Payment_Date": p.day,
        "Expenditure Category": p.category,
        "Description": p.purpose,
        "LA Department": p.directorate,
    }


def beneficiary(p: Payment) -> Row:
    return {
        "Beneficiary": p.supplier,
        "Category/Purpose": p.purpose,
        "Department": p.directorate,
        "Net value": p.pence / 100,
        "VAT Value": round(p.pence / 500, 2),
        "Gross": round(p.pence / 100 + p.pence / 500, 2),
        "Date incurred -Payment Date": p.day,
    }


def hillingdon(p: Payment) -> Row:
    return {
        "Cclvl4 Desc": p.department,
        "Account Desc": p.purpose,
        "Vendor Name": p.supplier,
        "Distrib Amount SUM": p.pence / 100,
        "Paym Acc Date": p.day,
    }


def merton(p: Payment) -> Row:
    return {
        "": str(p.number - 700_000),
        "Directorate": p.directorate,
        "Supplier Name": "REDACTED PERSONAL DATA" if p.private else p.supplier,
        "Supplier Invoice No": f"INV{p.number}",
        "Payment Date": p.day.strftime("%d/%m/%Y"),
        "Gross Invoice Value": plain(p.pence),
        "Vat Amount": f"{p.vat / 100:012.2f}",
        "Vendor Id": f"{p.number % 900:06}",
        "Purpose of Expenditure": p.purpose,
        "Description": p.category,
        "Redact flag": "Y" if p.private else "N",
        "Year": "2026",
        "Period": "04",
    }


def redbridge(p: Payment) -> Row:
    return {
        "Publisher Label": "London Borough of Redbridge",
        "Publisher URI": "http://opendatacommunities.org/id/london-borough-council/redbridge",
        "Directorate code": "D1",
        "Directorate": p.directorate,
        "Service code": "S1",
        "Service": p.department,
        "Revenue or capital code": "R",
        "Revenue capital": "Revenue",
        "Cost centre": str(10_000 + p.number % 900),
        "Cost centre description": p.department,
        "Bvsub Category": "B1",
        "Bvsub description": "Corporate services",
        "Bvsum code": "B2",
        "Bvsum description": "Central services",
        "Account code": str(30_000 + p.number % 90),
        "Account description": p.purpose,
        "Transaction No": str(p.number),
        "Period": "202604",
        "Transaction Date": p.day.strftime("%d/%m/%Y"),
        "Amount": plain(p.pence),
        "Classification code": "C1",
        "Classification description": p.category,
        "Supplier ID": str(60_000 + p.number % 900),
        "Supplier description": p.supplier,
        "Company registration number": "",
        "Company registration number Uri": "",
        "VAT registration": "",
    }


def waltham_forest(p: Payment) -> Row:
    return {
        "Supplier Name": "Redacted" if p.private else p.supplier,
        "Unique Reference": f"JUL 26/{p.number - 700_000:02}",
        "Invoice Amount": p.pence / 100,
        "Invoice Date": p.day - dt.timedelta(days=25),
        "Payment Date": p.day,
        "Division": p.directorate,
        "Service": p.department,
        "Subjective": p.purpose,
    }


def westminster(p: Payment) -> Row:
    return {
        "Posting date": p.day.strftime("%d/%m/%Y"),
        "Supplier number": str(70_000 + p.number % 900),
        "Supplier name": "Redacted" if p.private else p.supplier,
        "Expense type": p.purpose,
        "Department": p.directorate,
        "Amount": money(p.pence),
    }


CROYDON_ABOVE = ("Payments over £500", "Business Unit: LBC01", "From Payment Date: 01/07/2026", "Threshold Amount: 500")

SAMPLES: dict[str, Sample | Linked] = {
    "spend-over-500/camden": Sample("Camden_Council_Spend_Over_500_GBP.csv", payments, camden, 150),
    "spend-over-500/barnet": Sample("Expenditure Report July 2026.csv", payments, barnet, 140, "cp1252"),
    "spend-over-500/bexley": Sample(
        "july-2026.csv", payments, bexley, 90, "cp1252", above=("July 2026 £500 Spend Report",), spoil=damaged_dates
    ),
    "spend-over-500/brent": Sample(
        "Transparency Report Jul 2026.csv", payments, brent, above=("Transparency Report 26 Jul - 26 Jul",)
    ),
    "spend-over-500/city-of-london": Sample("local-authority-expenditure-over-500-july-2026.xlsx", payments, city, 110),
    "spend-over-500/gla": Sample("gla-expenditure-over-250-2026-27-p04.csv", payments, gla, 130),
    "spend-over-500/hackney": Sample("spend-over-250-july-2026.csv", payments, hackney, 160),
    "spend-over-500/haringey": Sample("lbh-expenditure-q2-2026-27.csv", payments, haringey, 100, below=grand_total),
    "spend-over-500/havering": Sample("Transparency_Spend___July_2026.csv", payments, havering),
    "spend-over-500/hounslow": Sample("Invoices Over 500 July 2026.csv", payments, hounslow, 110),
    "spend-over-500/islington": Sample("expenditure-report-july-2026.csv", payments, islington),
    "spend-over-500/kingston-upon-thames": Sample(
        "RBK payments over £500 - To be published.csv",
        payments,
        shared_finance("Royal Borough of Kingston upon Thames"),
        100,
        "cp1252",
    ),
    "spend-over-500/lambeth": Sample("Over_500_Transparency_Report_2026-27Q2.csv", payments, lambeth, 180, "cp1252"),
    "spend-over-500/lewisham": Sample(
        "jul2026paymentsover250.csv", payments, lewisham, 120, "cp1252", above=("Payments over £250 - July 2026", "")
    ),
    "spend-over-500/newham": Sample("payments-to-suppliers-july-2026.csv", payments, newham, 130, "cp1252"),
    "spend-over-500/richmond-upon-thames": Sample(
        "council_expenditure_july_2026.csv", payments, expenditure, 90, "utf-8-sig"
    ),
    "spend-over-500/southwark": Sample("Council-spending-July-2026.xlsx", payments, southwark, 140),
    "spend-over-500/sutton": Sample(
        "LBS payments over £500 - To be published (1).csv",
        payments,
        shared_finance("London Borough of Sutton"),
        100,
        "cp1252",
    ),
    "spend-over-500/tower-hamlets": Sample("250-spend-Jul-26-New.csv", payments, tower_hamlets),
    "spend-over-500/wandsworth": Sample(
        "council_expenditure_july_2026.csv", payments, expenditure, 90, "utf-8-sig", below=wrong_total
    ),
    "spend-over-500/barking-and-dagenham": Sample(
        "Corrected July 26 Transparency Report (CSV).xlsx.csv",
        payments,
        barking,
        80,
        "cp1252",
        above=("Payments over £250 July 2026",),
    ),
    "spend-over-500/bromley": Sample("Payments_to_suppliers_over___500_July_2026.xlsx", payments, bromley, 80),
    "spend-over-500/croydon": Sample("july-2026-payments-over-500.xlsx", payments, croydon, 90, above=CROYDON_ABOVE),
    "spend-over-500/ealing": Sample("july_2026.csv", payments, ealing, 90),
    "spend-over-500/enfield": Sample("spend-over-500.csv", payments, code_words, 60),
    "spend-over-500/greenwich": Sample("payments_over_500_july_to_september_2026.xlsx", payments, greenwich, 80),
    "spend-over-500/hammersmith-and-fulham": Sample("spend-data-q2-2026-27.xlsx", payments, beneficiary, 80),
    "spend-over-500/harrow": Sample("council-spend-july-september-2026.xlsx", payments, beneficiary, 70),
    "spend-over-500/hillingdon": Sample("July_2026___council_spending_over___500.xlsx", payments, hillingdon, 80),
    "spend-over-500/kensington-and-chelsea": Sample(
        "payments-over-500-quarter-two-2026.csv", payments, code_words, 60, "cp1252"
    ),
    "spend-over-500/merton": Sample("2026 GTR500YTD.xlsx.csv", payments, merton, 90),
    "spend-over-500/redbridge": Sample("payments-over-500-july-2026.csv", payments, redbridge, 90),
    "spend-over-500/waltham-forest": Sample("July 2026 Transparency Report .xlsx", payments, waltham_forest, 50),
    "spend-over-500/westminster": Sample("q2-2026-27-expenditure-over-500.csv", payments, westminster, 90, "utf-8-sig"),
}
