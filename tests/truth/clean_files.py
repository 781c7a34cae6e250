"""Files that are right, in all the ways in which right files differ: none of them may be stopped."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from random import Random

from tests.packages.reader_examples import ods_row, ods_table, write_ods
from tests.truth.damage_dates import with_days
from tests.truth.damage_files import records, typed, workbook
from tests.truth.damage_numbers import with_amounts
from tests.truth.kinds import Unfit, as_arrival, clean, one_of, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable, csv_of

LEGIT_TEXTS = (
    "Smith & Jones (Builders) Ltd", "Café Zoë", "St. Mary's C.E. School", 'The "Old" Mill', "A, B & C Ltd",
    "50/50 Club", "Unit 12-14, Block B", "Null & Sons Ltd", "None Such House", "O’Brien’s – Fencing",
    "Łódź Catering", "Tŷ Cŵn Kennels", "Ünal Öztürk Döner GmbH", "Naïve Art Co.", "3 Mar Lane", "1E Ltd",
    "Total Fencing Ltd", "N.A. Smith Ltd", "£1 Shop", "24 Hour Care", "Who Knows? Ltd", "Dún Laoghaire Lets",
    "100% Drains Ltd", "Jan-Erik Design", "Sao João & Irmãos", "Ž & Co Ltd", "Être Café – Crêpes", "AT&T Ltd",
    "R&D; Consulting", "May Day 1", "Zürich © 2026 – “best”", "25°C Heating", "½ Price Tiles", "Æon & Søn",
    "M·A·C Ltd", "Crème Brûlée №5",
)  # fmt: skip


@clean("text", "Every encoding and delimiter")
def encodings(table: TrueTable, rng: Random) -> Arrival:
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    name = one_of(table.texts, rng)
    if name:
        for row in some_rows(table, rng):
            table = table.with_cell(row, name, rng.choice(["Café Zoë – Catering", "£5 Shop", "Müller’s “Best”"]))
    return as_arrival(table, encoding=encoding, delimiter=rng.choice(",;\t|"), newline=rng.choice(["\n", "\r\n"]))


@clean("text", "Names of all kinds that are right as they are")
def legit_texts(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    for row in some_rows(table, rng, 3, 12):
        table = table.with_cell(row, name, rng.choice(LEGIT_TEXTS))
    return as_arrival(table)


@clean("text", "Addresses and notes of several lines, with commas")
def several_lines(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    notes = (
        "Depot, 12 Foundry Yard\nMarket Hill\nLondon",
        "Larkmead House, 3rd floor,\n12 Foundry Yard,\nMarket Hill, London",
        "Phase 1: survey, design, tender;\nPhase 2: works, snagging, handover;\nPhase 3: review",
        "First line.\n\nSecond line, after a blank one.",
        'Called "The Depot",\nbuilt in 1897',
    )
    for row in some_rows(table, rng):
        table = table.with_cell(row, name, rng.choice(notes))
    return as_arrival(table, newline=rng.choice(["\n", "\r\n"]))


@clean("text", "Every cell in quotation marks")
def all_quoted(table: TrueTable, rng: Random) -> Arrival:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=rng.choice(",;")).writerows([table.names, *table.rows])
    return Arrival("table.csv", out.getvalue().encode(), table)


@clean("text", "The columns in another order")
def other_column_order(table: TrueTable, rng: Random) -> Arrival:
    order = rng.sample(range(len(table.names)), len(table.names))
    return Arrival("table.csv", csv_of([[row[n] for n in order] for row in (table.names, *table.rows)]), table)


@clean("text", "Headings in another case and spacing")
def other_headings(table: TrueTable, rng: Random) -> Arrival:
    change = rng.choice([str.upper, str.title, lambda name: name.replace("_", " "), lambda name: f" {name} "])
    return Arrival("table.csv", csv_of([[change(name) for name in table.names], *table.rows]), table)


@clean("text", "A title above, blank rows between and empty columns on the right")
def surroundings(table: TrueTable, rng: Random) -> Arrival:
    width, right = len(table.names), rng.randint(0, 3)
    rows = [[*row, *[""] * right] for row in (table.names, *table.rows)]
    at = rng.randint(3, len(rows))
    rows[at:at] = [[""] * (width + right)] * rng.randint(0, 2)
    above = [["Published by the council"], [""]][: rng.randint(0, 2)]
    return Arrival("table.csv", csv_of([*above, *rows]), table)


@clean("text", "The rows in another order")
def other_row_order(table: TrueTable, rng: Random) -> Arrival:
    return as_arrival(TrueTable(table.spec, tuple(rng.sample(table.rows, len(table.rows)))))


@clean("text", "A part of the rows")
def part_of_rows(table: TrueTable, rng: Random) -> Arrival:
    return as_arrival(TrueTable(table.spec, table.rows[: rng.randint(3, len(table.rows))]))


@clean("dates", "Every way of writing a day")
def ways_of_writing_days(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    form = rng.choice(
        ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %B %Y", "%d-%b-%y", "%d/%m/%y", "%Y/%m/%d", "%Y-%m-%d 00:00:00",
         "%d/%m/%Y 00:00", "%Y-%m-%dT00:00:00", "%d %b %Y", "%Y-%m-%d"]
    )  # fmt: skip
    texts = [dt.date.fromisoformat(text).strftime(form) for text in truth.column(name)]
    return as_arrival(truth.with_column(name, texts), truth)


@clean("dates", "The month first in the whole column, proven many times")
def month_first(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    texts = [dt.date.fromisoformat(text).strftime("%m/%d/%Y") for text in truth.column(name)]
    return as_arrival(truth.with_column(name, texts), truth)


@clean("dates", "One month, day first")
def one_month(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    month = rng.randint(1, 10)
    days = sorted(dt.date(2026, month, rng.randint(1, 28)) for _ in truth.rows)
    truth = truth.with_column(name, [day.isoformat() for day in days])
    return as_arrival(truth.with_column(name, [day.strftime("%d/%m/%Y") for day in days]), truth)


@clean("dates", "Two ways of writing a day in one column")
def two_ways(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_days(table, rng)
    texts = [dt.date.fromisoformat(text).strftime(rng.choice(["%d/%m/%Y", "%d-%b-%Y"])) for text in truth.column(name)]
    return as_arrival(truth.with_column(name, texts), truth)


@clean("numbers", "Every way of writing an amount")
def ways_of_writing_amounts(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    form = rng.choice(["{:,.2f}", "£{:,.2f}", "{:.2f}", " {:,.2f} ", "£ {:.2f}", "{:.2f}", "+{:.2f}"])
    return as_arrival(truth.changed(name, lambda text: form.format(float(text))), truth)


@clean("numbers", "Whole pounds, with and without pence")
def whole_pounds(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    truth = truth.changed(name, lambda text: text.partition(".")[0] + ".00")
    form = rng.choice(["{:.0f}", "{:,.0f}", "£{:,.0f}", "{:.1f}"])
    return as_arrival(truth.changed(name, lambda text: form.format(float(text))), truth)


@clean("files", "An Excel workbook with true dates and numbers")
def excel(table: TrueTable, _rng: Random) -> Arrival:
    return Arrival("table.xlsx", workbook(table), table)


@clean("files", "A workbook with a cover and a list of codes beside the data")
def excel_with_notes(table: TrueTable, rng: Random) -> Arrival:
    def change(book: object, _sheet: object) -> None:
        notes = book.add_worksheet("Notes")  # type: ignore[attr-defined]
        notes.write_column(0, 0, ["About these data", "Figures are net of VAT.", "Contact the team with questions."])
        if rng.random() < 0.5:
            codes = book.add_worksheet("Codes")  # type: ignore[attr-defined]
            codes.write_row(0, 0, ["Code", "Meaning"])
            codes.write_row(1, 0, ["A", "Agency"])

    return Arrival("table.xlsx", workbook(table, change=change), table)


@clean("files", "A workbook with pounds, thousands and dates in its number formats")
def excel_with_formats(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    column, rows = truth.names.index(name), typed(truth)
    code = rng.choice(["£#,##0.00", "[$£-809]#,##0.00", "#,##0.00;[Red]-#,##0.00", '_-"£"* #,##0.00_-', "0.00"])

    def change(book: object, sheet: object) -> None:
        style = book.add_format({"num_format": code})  # type: ignore[attr-defined]
        for number, row in enumerate(rows, start=1):
            sheet.write_number(number, column, row[column], style)  # type: ignore[attr-defined]

    return Arrival("table.xlsx", workbook(truth, rows, change=change), truth)


@clean("files", "An OpenDocument spreadsheet")
def open_document(table: TrueTable, _rng: Random) -> Arrival:
    import tempfile
    from pathlib import Path

    rows = [ods_row(row) for row in (table.names, *typed(table))]
    with tempfile.TemporaryDirectory() as folder:
        return Arrival("table.ods", write_ods(Path(folder) / "a.ods", ods_table(rows)).read_bytes(), table)


@clean("files", "JSON, as a list or an object a line")
def json_records(table: TrueTable, rng: Random) -> Arrival:
    if rng.random() < 0.5:
        return Arrival("table.json", json.dumps(records(table)).encode(), table)
    return Arrival("table.jsonl", "\n".join(json.dumps(record) for record in records(table)).encode(), table)


@clean("files", "A map in GeoJSON")
def geojson(table: TrueTable, rng: Random) -> Arrival:
    if not table.point:
        raise Unfit
    x, y = table.point
    features = [
        {
            "type": "Feature",
            "properties": {name: text or None for name, text in record.items() if name not in (x, y)},
            "geometry": {"type": "Point", "coordinates": [float(record[x]), float(record[y])]},
        }
        for record in records(table)
    ]
    if table.names != ("longitude", "latitude") and (x, y) != ("longitude", "latitude"):
        raise Unfit
    return Arrival("table.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode(), table)


@clean("files", "A compressed file, or an archive with a note beside the table")
def archives(table: TrueTable, rng: Random) -> Arrival:
    if rng.random() < 0.5:
        return Arrival("table.csv.gz", gzip.compress(table.as_csv()), table)
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/table.csv", table.as_csv())
        archive.writestr("readme.txt", "Payments of the council.")
    return Arrival("table.zip", box.getvalue(), table)


@clean("values", "Negative amounts and zeros")
def negative_amounts(table: TrueTable, rng: Random) -> Arrival:
    truth, name = with_amounts(table, rng)
    if any(f.name == name and "minimum" in f.constraints for f in table.fields):
        raise Unfit
    for row in some_rows(truth, rng):
        truth = truth.with_cell(row, name, rng.choice(["0.00", "-125.50", "-0.01"]))
    return as_arrival(truth)


@clean("values", "References of all kinds")
def references(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    forms = [
        "INV-{:05}",
        "{:07}",
        "{:012}",
        "P{:04}/FUL",
        "{}A",
        "2026/{:04}",
        "E{:08}",
        "{}-MAR-B",
        "{:04}E",
        "{}000",
        "{}.1",
    ]
    form = rng.choice(forms)
    return as_arrival(table.with_column(name, [form.format(n + 11) for n in range(len(table.rows))]))


@clean("values", "A long history of one supplier or place: the same text in every row")
def same_text(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    return as_arrival(table.changed(name, lambda _: table.column(name)[0] or "Larkmead"))
