"""Workbooks with a million of whatever a program keeps in memory, and workbooks that lie about their size."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.corpus.case import payments
from tests.corpus.workbooks import xlsx
from tests.enemy.hostile import hostile
from tests.packages.reader_examples import (
    ods_row,
    ods_table,
    write_ods,
    write_xlsb,
    xlsb_sheet,
    xml_sheet,
    xml_spreadsheet,
)

NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
WHEN = (2026, 8, 1, 0, 0, 0)

Blocks = Iterable[str]


def write_xlsx(folder: Path, sheets: dict[str, Blocks], parts: dict[str, Blocks] | None = None, book: str = "") -> Path:
    """A workbook of sheets by name, each the content of its worksheet in blocks; `parts` are added or replaced."""
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def write(name: str, blocks: Blocks) -> None:
            with archive.open(zipfile.ZipInfo(name, WHEN), "w", force_zip64=True) as member:
                for block in blocks:
                    member.write(block.encode())

        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, start=1)
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        links += f'<Relationship Id="s" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        links += f'<Relationship Id="t" Type="{RELATIONS}/styles" Target="styles.xml"/>'
        start = f'<Relationship Id="b" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        fixed = {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{start}</Relationships>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
            "xl/workbook.xml": f'<workbook {NAMES} xmlns:r="{RELATIONS}"><sheets>{listed}</sheets>{book}</workbook>',
        }
        for name, text in fixed.items():
            if name not in (parts or {}):
                write(name, [text])
        for number, blocks in enumerate(sheets.values(), start=1):
            write(f"xl/worksheets/sheet{number}.xml", worksheet(blocks))
        for name, blocks in (parts or {}).items():
            # a part is packed in the same way every time
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            write_part = archive.open(info, "w", force_zip64=True)
            with write_part as member:
                for block in blocks:
                    member.write(block.encode())
    return path


def worksheet(blocks: Blocks) -> Iterator[str]:
    """The blocks of a worksheet with what must stand around them."""
    yield f"<worksheet {NAMES}>"
    yield from blocks
    yield "</worksheet>"


def data(rows: str = ROWS) -> str:
    """The rows of a sheet."""
    return f"<sheetData>{rows}</sheetData>"


@hostile(1_000_000, 200_000, 60_000, 5_000)
def xlsx_of_merged_cells(folder: Path, count: int) -> Path:
    cells = (
        "".join(f'<mergeCell ref="A{n * 2 + 1}:A{n * 2 + 2}"/>' for n in range(at, at + 1_000))
        for at in range(0, count, 1_000)
    )
    return write_xlsx(folder, {"Spend": [data(), "<mergeCells>", *cells, "</mergeCells>"]})


@hostile(1_000_000, 100_000)
def xlsx_of_shared_texts(folder: Path, count: int) -> Path:
    texts = ("".join(f"<si><t>text {n}</t></si>" for n in range(at, at + 1_000)) for at in range(0, count, 1_000))
    shared = [f'<sst {NAMES} count="{count}" uniqueCount="{count}">', *texts, "</sst>"]
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/sharedStrings.xml": shared})


@hostile(1_000_000, 70_001, 10_000)
def xlsx_of_styles(folder: Path, count: int) -> Path:
    styles = [
        f"<styleSheet {NAMES}><cellXfs>",
        *['<xf numFmtId="9"/>' * 1_000] * (count // 1_000),
        "</cellXfs></styleSheet>",
    ]
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/styles.xml": styles})


@hostile(1_000_000, 100_000)
def xlsx_of_number_formats(folder: Path, count: int) -> Path:
    formats = (
        "".join(f'<numFmt numFmtId="{n}" formatCode="0.{"0" * (n % 50)}"/>' for n in range(at, at + 1_000))
        for at in range(200, count, 1_000)
    )
    styles = [f"<styleSheet {NAMES}><numFmts>", *formats, "</numFmts></styleSheet>"]
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/styles.xml": styles})


@hostile(16_384, 4_000)
def xlsx_of_all_columns(folder: Path, count: int) -> Path:
    from packages.readers.workbooks.inspection import column_letters

    letters = [column_letters(n) for n in range(1, count + 1)]
    rows = (
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}"><v>{r}</v></c>' for c in letters) + "</row>" for r in range(1, 200)
    )
    return write_xlsx(folder, {"Spend": ["<sheetData>", *rows, "</sheetData>"]})


@hostile("A1:XFD1048576", "A1:ZZZZZ99999999", "A1", "", "A1:A99999999999999999999", "B2:A1", "A0:A0", quick=True)
def xlsx_of_a_lying_dimension(folder: Path, dimension: str) -> Path:
    return write_xlsx(folder, {"Spend": [f'<dimension ref="{dimension}"/>', data()]})


@hostile("A1048576", "XFD1", "XFD1048576", "ZZZZ1", "A99999999999", "A-1", "1A", "a1", "A", "$A$1", quick=True)
def xlsx_of_a_far_cell(folder: Path, cell: str) -> Path:
    number = "".join(c for c in cell if c.isdigit()) or "2"
    row = f'<row r="{number}"><c r="{cell}"><v>1</v></c></row>'
    return write_xlsx(folder, {"Spend": [data(ROWS + row)]})


@hostile(9_000, 2_000, 500)
def xlsx_of_many_sheets(folder: Path, count: int) -> Path:
    return write_xlsx(folder, {f"Sheet{n}": [data()] for n in range(count)})


@hostile(1_000_000, 100_000)
def xlsx_of_listed_sheets(folder: Path, count: int) -> Path:
    """A list of sheets that are all the same part."""
    listed = (
        "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in range(at, at + 1_000))
        for at in range(0, count, 1_000)
    )
    book = [f'<workbook {NAMES} xmlns:r="{RELATIONS}"><sheets>', *listed, "</sheets></workbook>"]
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/workbook.xml": book})


SHEETS = ("../../x", "<b>", "\u202ex", "x" * 100_000, "", "=1+1", "\U0001f4a9", "a&#10;b", "“", "'quoted'")


@hostile(*SHEETS, quick=True)
def xlsx_of_an_odd_sheet_name(folder: Path, name: str) -> Path:
    return write_xlsx(folder, {name: [data()], "Other": [data()]})


@hostile(500_000, 50_000)
def xlsx_of_formulas(folder: Path, count: int) -> Path:
    rows = (
        "".join(f'<row r="{n}"><c r="A{n}"><f>A{n - 1}+1</f></c></row>' for n in range(at, at + 1_000))
        for at in range(3, count, 1_000)
    )
    return write_xlsx(folder, {"Spend": ["<sheetData>", ROWS, *rows, "</sheetData>"]})


@hostile(500_000, 50_000)
def xlsx_of_errors(folder: Path, count: int) -> Path:
    rows = (
        "".join(f'<row r="{n}"><c r="A{n}" t="e"><v>#REF!</v></c></row>' for n in range(at, at + 1_000))
        for at in range(3, count, 1_000)
    )
    return write_xlsx(folder, {"Spend": ["<sheetData>", ROWS, *rows, "</sheetData>"]})


@hostile("javascript:alert(1)", "file:///etc/passwd", "\\\\host\\share", "http://127.0.0.1/", quick=True)
def xlsx_of_external_links(folder: Path, target: str) -> Path:
    link = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Target={quoteattr(target)} TargetMode="External"/></Relationships>'
    parts = {"xl/externalLinks/externalLink1.xml": ["<externalLink/>"], "xl/worksheets/_rels/sheet1.xml.rels": [link]}
    return write_xlsx(folder, {"Spend": [data()]}, parts)


@hostile(2_000_000, 100_000)
def xlsx_of_a_junk_chain(folder: Path, count: int) -> Path:
    chain = ["<calcChain>", *['<c r="A1" i="1"/>' * 10_000] * (count // 10_000), "</calcChain>"]
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/calcChain.xml": chain})


@hostile(3_000_000, 100_000, 500)
def xlsx_of_deep_xml(folder: Path, depth: int) -> Path:
    deep = ["<x>" * 1_000] * (depth // 1_000 + 1)
    return write_xlsx(folder, {"Spend": [data(), *deep]})


@hostile(200_000, 20_000)
def xlsx_of_conditions(folder: Path, count: int) -> Path:
    areas = " ".join(f"A{n}:XFD{n}" for n in range(1, 200))
    dxf = f'<styleSheet {NAMES}><dxfs><dxf><numFmt numFmtId="164" formatCode=";;;"/></dxf></dxfs></styleSheet>'
    rule = f'<conditionalFormatting sqref="{areas}"><cfRule dxfId="0"/></conditionalFormatting>'
    blocks = [data(), *[rule] * (count // 200)]
    return write_xlsx(folder, {"Spend": blocks}, {"xl/styles.xml": [dxf]})


@hostile(1_000_000, 100_000)
def xlsx_of_columns(folder: Path, count: int) -> Path:
    cols = ["<cols>", *['<col min="1" max="16384" hidden="1"/>' * 1_000] * (count // 1_000), "</cols>"]
    return write_xlsx(folder, {"Spend": [*cols, data()]})


@hostile(1_000_000, 50_000)
def xlsx_of_defined_names(folder: Path, count: int) -> Path:
    named = "".join(f'<definedName name="n{n}">Spend!$A$1</definedName>' for n in range(count))
    return write_xlsx(folder, {"Spend": [data()]}, book=f"<definedNames>{named}</definedNames>")


ENTITIES = {
    "laughs": '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">]>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]>',
    "dtd": '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
}
"""Document types that expand to gigabytes or ask for another file."""


@hostile(*ENTITIES, quick=True)
def xlsx_of_entities(folder: Path, which: str) -> Path:
    book = f'{ENTITIES[which]}<workbook {NAMES} xmlns:r="{RELATIONS}"><sheets><sheet name="&a;" sheetId="1" r:id="r1"/></sheets></workbook>'
    return write_xlsx(folder, {"Spend": [data()]}, {"xl/workbook.xml": [book]})


@hostile((1_000_000, 16_384), (1_048_576, 1), (1, 16_384), (10**12, 1), (1, 10**12), (-5, -5), quick=True)
def ods_of_repetitions(folder: Path, parameter: tuple[int, int]) -> Path:
    down, across = parameter
    cell = f'<table:table-cell table:number-columns-repeated="{across}" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="{down}">{cell}</table:table-row>'
    return write_ods(folder / "book.ods", ods_table([ods_row(["a", "b"]), row]))


@hostile((1_000_000, 16_384), (10**9, 10**9), (10**12, 1), quick=True)
def ods_of_empty_repetitions(folder: Path, parameter: tuple[int, int]) -> Path:
    down, across = parameter
    cell = f'<table:table-cell table:number-columns-repeated="{across}"/>'
    row = f'<table:table-row table:number-rows-repeated="{down}">{cell}</table:table-row>'
    return write_ods(folder / "book.ods", ods_table([ods_row(["a", "b"]), row, ods_row([1, 2])]))


@hostile((100_000, 1_000), (1_048_576, 10))
def ods_of_repeated_styles(folder: Path, parameter: tuple[int, int]) -> Path:
    """Percentages that are repeated: each cell of them is noted."""
    down, across = parameter
    cell = (
        f'<table:table-cell table:number-columns-repeated="{across}" office:value-type="percentage" office:value="1"/>'
    )
    row = f'<table:table-row table:number-rows-repeated="{down}">{cell}</table:table-row>'
    return write_ods(folder / "book.ods", ods_table([ods_row(["a"] * across), row]))


@hostile((10**9,), (100_000_000,), (10**15,), quick=True)
def ods_of_column_styles(folder: Path, parameter: tuple[int]) -> Path:
    before = '<office:automatic-styles><style:style style:name="s"><style:text-properties fo:color="#ffffff" fo:background-color="#ffffff" fo:font-size="0.1pt"/></style:style></office:automatic-styles>'
    columns = f'<table:table-column table:default-cell-style-name="s" table:number-columns-repeated="{parameter[0]}"/>'
    return write_ods(
        folder / "book.ods", ods_table([ods_row(["a", "b"]), ods_row([1, 2])], columns=columns), before=before
    )


@hostile(10_000, 500)
def ods_of_many_sheets(folder: Path, count: int) -> Path:
    return write_ods(folder / "book.ods", *(ods_table([ods_row(["a"]), ods_row([n])], f"S{n}") for n in range(count)))


@hostile(200_000, 5_000, 300)
def ods_of_deep_xml(folder: Path, depth: int) -> Path:
    return write_ods(folder / "book.ods", ods_table([ods_row(["a"])]), "<table:table>" * depth)


@hostile(1_000_000, 70_000)
def xlsb_of_records(folder: Path, count: int) -> Path:
    from tests.packages.reader_examples import _xlsb_record

    sheet = xlsb_sheet([["a", "b"], [1, 2]])
    return write_xlsb(folder / "book.xlsb", sheet[:-6] + _xlsb_record(176, bytes(16)) * count + sheet[-6:])


@hostile(0xFFFFFFFF, 1 << 20, 0x7FFFFFFF, quick=True)
def xlsb_of_a_far_row(folder: Path, row: int) -> Path:
    sheet = xlsb_sheet([["a", "b"], [1, 2]])
    second = sheet.rindex(b"\0\x19", 0) if b"\0\x19" in sheet else 0
    changed = sheet[: second + 2] + row.to_bytes(4, "little") + sheet[second + 6 :]
    return write_xlsb(folder / "book.xlsb", changed)


@hostile(0xFFFFFFFF, 1 << 26, 1 << 31, quick=True)
def xlsb_of_a_long_text(folder: Path, length: int) -> Path:
    sheet = xlsb_sheet([["a", "b"], [1, 2]])
    at = sheet.index("a".encode("utf-16-le")) - 4
    return write_xlsb(folder / "book.xlsb", sheet[:at] + length.to_bytes(4, "little") + sheet[at + 4 :])


def old_workbook(rows: int = 20) -> bytes:
    """The bytes of an honest XLS workbook."""
    import io

    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Spend")
    for r, row in enumerate(payments(rows)):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    box = io.BytesIO()
    book.save(box)
    return box.getvalue()


@hostile("sectors", "chain", "size", "directory", "fat", "mini", quick=True)
def xls_of_a_lying_container(folder: Path, lie: str) -> Path:
    content = bytearray(old_workbook())
    at, value = {
        "sectors": (44, 0xFFFFFF),
        "chain": (76, 0),
        "size": (30, 0xFF),
        "directory": (48, 0x7FFFFFF),
        "fat": (68, 5),
        "mini": (60, 1),
    }[lie]
    content[at : at + 4] = value.to_bytes(4, "little")
    path = folder / "book.xls"
    path.write_bytes(bytes(content))
    return path


@hostile(200_000, 20_000)
def xls_of_merged_cells(folder: Path, count: int) -> Path:
    """Records of merged cells, of which each holds a thousand, in place of the rest of the stream."""
    import struct

    content = old_workbook(2_000)
    at = content.index(b"\x08\x02\x10\x00")
    record = struct.pack("<HHH", 0xE5, 2 + 8 * 1_000, 1_000) + struct.pack("<4H", 1, 2, 0, 1) * 1_000
    many = record * (min(count // 1_000, (len(content) - at - 4_096) // len(record)))
    path = folder / "book.xls"
    path.write_bytes(content[:at] + many + content[at + len(many) :])
    return path


@hostile("Index", "Span", "MergeAcross", "Row", quick=True)
def xml_spreadsheet_of_far_cells(folder: Path, what: str) -> Path:
    cell = {"Index": 'ss:Index="999999999999"', "MergeAcross": 'ss:MergeAcross="999999999"'}.get(what, "")
    row = 'ss:Index="999999999"' if what == "Row" else ""
    columns = '<Column ss:Hidden="1" ss:Span="9999999999"/>' if what == "Span" else ""
    rows = f'<Row><Cell><Data ss:Type="String">a</Data></Cell></Row><Row {row}><Cell {cell}><Data ss:Type="Number">1</Data></Cell></Row>'
    path = folder / "book.xml"
    path.write_text(xml_spreadsheet(sheets=xml_sheet(rows, columns=columns)))
    return path


@hostile(300_000, 10_000)
def xml_spreadsheet_of_deep_xml(folder: Path, depth: int) -> Path:
    path = folder / "book.xml"
    path.write_text(xml_spreadsheet(sheets=xml_sheet("<Row><Cell><Data>" + "<B>" * depth)))
    return path


@hostile("empty", "no-book", "loop", "stub", "macro", quick=True)
def xlsx_without_parts(folder: Path, how: str) -> Path:
    path = folder / "book.xlsx"
    content = xlsx()
    if how == "stub":
        path.write_bytes(content[:200])
        return path
    if how == "loop":
        links = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="workbook.xml"/></Relationships>'
        return write_xlsx(folder, {"Spend": [data()]}, {"xl/_rels/workbook.xml.rels": [links]})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "" if how == "empty" else f"<workbook {NAMES}/>")
        if how == "macro":
            archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 1_000)
    return path
