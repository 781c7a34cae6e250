"""Wrong encodings, characters that are no text, words that mean nothing, identifiers that a program has changed."""

from __future__ import annotations

import unicodedata
from random import Random

from tests.truth.kinds import Unfit, as_arrival, damage, in_some_rows, one_of, some_rows
from tests.truth.pipeline import Arrival
from tests.truth.tables import TrueTable

ACCENTED = ("Café Zoë Catering", "Crèche Française", "Señor Piñata Events", "Müller & Söhne", "Smörgåsbord Hire")


def _with_accents(table: TrueTable, rng: Random, least: int = 2, most: int = 8) -> tuple[TrueTable, str, list[int]]:
    """The table with accents, the column that has them, and the rows."""
    name = one_of(table.texts, rng)
    rows = some_rows(table, rng, least, most)
    for row in rows:
        table = table.with_cell(row, name, rng.choice(ACCENTED))
    return table, name, rows


@damage("encodings", "A few lines in Windows-1252 in a file in UTF-8")
def lines_in_windows(table: TrueTable, rng: Random) -> Arrival:
    truth, _, rows = _with_accents(table, rng, 4, 10)
    wrong = rng.sample(rows, rng.randint(1, len(rows) // 2))
    lines = truth.as_csv().split(b"\r\n")
    marks = [n for n, line in enumerate(lines) if any(word.encode() in line for word in ACCENTED)]
    chosen = {marks[rows.index(row)] for row in wrong} if len(marks) == len(rows) else set()
    if not chosen:
        raise Unfit
    content = b"\r\n".join(line.decode().encode("cp1252") if n in chosen else line for n, line in enumerate(lines))
    return Arrival("table.csv", content, truth, frozenset(row + 2 for row in wrong))


@damage("encodings", "UTF-8 that was taken for Windows-1252 and saved again")
def double_encoded(table: TrueTable, rng: Random) -> Arrival:
    truth, _, rows = _with_accents(table, rng)
    content = truth.as_csv().decode("cp1252", errors="replace").encode()
    if "\ufffd".encode() in content:
        raise Unfit
    return Arrival("table.csv", content, truth, frozenset(row + 2 for row in rows))


@damage("encodings", "A few cells that were taken for Windows-1252")
def cells_double_encoded(table: TrueTable, rng: Random) -> Arrival:
    truth, name, rows = _with_accents(table, rng)
    wrong = rng.sample(rows, rng.randint(1, len(rows)))
    given = truth
    for row in wrong:
        given = given.with_cell(row, name, truth.column(name)[row].encode().decode("cp1252"))
    return as_arrival(given, truth, wrong)


@damage("encodings", "The code page of MS-DOS")
def code_page_850(table: TrueTable, rng: Random) -> Arrival:
    truth, _, rows = _with_accents(table, rng)
    try:
        content = truth.as_csv(encoding=rng.choice(["cp850", "cp437"]))
    except UnicodeEncodeError as error:
        raise Unfit from error
    return Arrival("table.csv", content, truth, frozenset(row + 2 for row in rows))


@damage("encodings", "The encoding of old Macintosh computers")
def mac_roman(table: TrueTable, rng: Random) -> Arrival:
    truth, _, rows = _with_accents(table, rng)
    return Arrival("table.csv", truth.as_csv(encoding="mac-roman"), truth, frozenset(row + 2 for row in rows))


@damage("encodings", "Characters lost before the file arrived (U+FFFD)")
def lost_characters(table: TrueTable, rng: Random) -> Arrival:
    truth, name, _ = _with_accents(table, rng)
    given = truth.changed(name, lambda text: "".join(c if c.isascii() else "\ufffd" for c in text))
    return as_arrival(given, truth)


@damage("encodings", "Characters replaced by question marks")
def question_marks(table: TrueTable, rng: Random) -> Arrival:
    truth, name, rows = _with_accents(table, rng, 4, 8)
    # at the end of a word it may be meant
    truth = truth.with_cell(rows[0], name, "Crèche Française")
    given = truth.changed(name, lambda text: "".join(c if c.isascii() else "?" for c in text))
    return as_arrival(given, truth, rows)


@damage("encodings", "UTF-16 without a byte-order mark")
def utf_16_without_mark(table: TrueTable, rng: Random) -> Arrival:
    truth, _, _ = _with_accents(table, rng)
    return as_arrival(truth, encoding=rng.choice(["utf-16-le", "utf-16-be"]))


@damage("encodings", "NUL characters")
def nul_characters(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    row = rng.randrange(len(table.rows))
    return as_arrival(table.with_cell(row, name, "Pav\0ing"), table.with_cell(row, name, "Paving"))


def _with_signs(table: TrueTable, rng: Random, signs: str, *, codes: bool = True) -> Arrival:
    name = one_of((*table.texts, *(table.codes if codes else ())), rng)
    rows, given = some_rows(table, rng), table
    for row in rows:
        text = table.column(name)[row]
        if not text:
            raise Unfit
        at = rng.choice([0, len(text), rng.randint(0, len(text))])
        given = given.with_cell(row, name, text[:at] + rng.choice(signs) + text[at:])
    return as_arrival(given, table, rows)


@damage("characters", "Zero-width characters")
def zero_width(table: TrueTable, rng: Random) -> Arrival:
    return _with_signs(table, rng, "\u200b\ufeff\u2060\u200e\u00ad")


@damage("characters", "Control characters")
def control_characters(table: TrueTable, rng: Random) -> Arrival:
    return _with_signs(table, rng, "\x01\x07\x0b\x1b\x7f\x02\x08\x9d")


@damage("characters", "No-break and other odd spaces")
def odd_spaces(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    return in_some_rows(table, rng, name, lambda text: text.replace(" ", rng.choice("\u00a0\u2007\u202f\u3000")))


@damage("characters", "Letters and their accents as separate characters")
def apart_accents(table: TrueTable, rng: Random) -> Arrival:
    truth, name, rows = _with_accents(table, rng)
    return as_arrival(truth.changed(name, lambda text: unicodedata.normalize("NFD", text)), truth, rows)


@damage("characters", "The entities of HTML")
def entities(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.texts, rng)
    rows, truth, given = some_rows(table, rng), table, table
    for row in rows:
        text = rng.choice(["Smith & Sons", "O'Brien's Yard", 'The "Old" Mill', "Fish & Chips & Peas", "a < b"])
        coded = text.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&quot;").replace("<", "&lt;")
        truth, given = truth.with_cell(row, name, text), given.with_cell(row, name, coded)
    return as_arrival(given, truth, rows)


@damage("characters", "The words of programs for “nothing”")
def null_words(table: TrueTable, rng: Random) -> Arrival:
    optional = tuple(f.name for f in table.fields if f.name in (*table.texts, *table.codes) and not f.required)
    name = one_of(optional, rng)
    rows, truth, given = some_rows(table, rng), table, table
    word = rng.choice(["nan", "NaN", "None", "NULL", "null", "#N/A", "N/A", "<NA>", "(null)"])
    for row in rows:
        truth, given = truth.with_cell(row, name, ""), given.with_cell(row, name, word)
    return as_arrival(given, truth, rows)


@damage("characters", "The words of programs for “nothing” in a required column")
def null_words_required(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(tuple(f.name for f in table.fields if f.name in table.texts and f.required), rng)
    return in_some_rows(table, rng, name, lambda _: rng.choice(["nan", "None", "NULL", "#N/A"]))


@damage("characters", 'Formulas of spreadsheets that keep zeros (="00007")')
def formula_texts(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.codes, rng)
    return as_arrival(table.changed(name, lambda text: f'="{text}"'), table, range(len(table.rows)))


@damage("characters", "An apostrophe in front, by which spreadsheets mark text")
def apostrophes(table: TrueTable, rng: Random) -> Arrival:
    name = one_of((*table.codes, *table.dates), rng)
    if not all(char.isdigit() or char in "-/" for text in table.column(name) for char in text):
        raise Unfit
    return as_arrival(table.changed(name, lambda text: f"'{text}"), table, range(len(table.rows)))


@damage("characters", "Spaces around and within")
def padded(table: TrueTable, rng: Random) -> Arrival:
    name = one_of((*table.texts, *table.codes), rng)
    return as_arrival(table.changed(name, lambda text: f"  {text} \t"), table, range(len(table.rows)))


@damage("characters", "Errors of formulas")
def formula_errors(table: TrueTable, rng: Random) -> Arrival:
    name = one_of((*table.texts, *table.amounts, *table.codes), rng)
    return in_some_rows(table, rng, name, lambda _: rng.choice(["#REF!", "#DIV/0!", "#VALUE!", "#NAME?"]))


@damage("characters", "Cells too narrow to show their value")
def too_narrow(table: TrueTable, rng: Random) -> Arrival:
    name = one_of((*table.dates, *table.amounts), rng)
    return in_some_rows(table, rng, name, lambda _: "########")


def _with_long_codes(table: TrueTable, rng: Random) -> tuple[TrueTable, str]:
    name = one_of(table.free_codes, rng)
    return table.with_column(name, [str(100_000_000_000 + 7_654_321 * n) for n in range(len(table.rows))]), name


@damage("identifiers", "References that a spreadsheet shortened (1.00E+11)")
def shortened(table: TrueTable, rng: Random) -> Arrival:
    truth, name = _with_long_codes(table, rng)
    return in_some_rows(truth, rng, name, lambda text: f"{float(text):.2{rng.choice('eE')}}")


@damage("identifiers", "References that a spreadsheet shortened in every row")
def all_shortened(table: TrueTable, rng: Random) -> Arrival:
    truth, name = _with_long_codes(table, rng)
    form = rng.choice(["{:.2e}", "{:.2E}", "{:.5E}"])
    return as_arrival(truth.changed(name, lambda text: form.format(float(text))), truth, range(len(truth.rows)))


@damage("identifiers", "References that end in .0")
def float_codes(table: TrueTable, rng: Random) -> Arrival:
    truth, name = _with_long_codes(table, rng)
    return as_arrival(truth.changed(name, lambda text: f"{text}.0"), truth, range(len(truth.rows)))


@damage("identifiers", "Long references whose last digits became zeros")
def rounded_codes(table: TrueTable, rng: Random) -> Arrival:
    truth, name = _with_long_codes(table, rng)
    truth = truth.changed(name, lambda text: text + f"{rng.randint(1, 9_999_998):07}")
    return as_arrival(truth.changed(name, lambda text: text[:15] + "0" * 4), truth, range(len(truth.rows)))


@damage("identifiers", "Some codes without the zeros that the others begin with")
def zeros_lost(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    truth = table.with_column(name, [f"{17 + 37 * n:07}" for n in range(len(table.rows))])
    return in_some_rows(truth, rng, name, lambda text: text.lstrip("0"))


@damage("identifiers", "Codes that became dates (01-Mar)")
def codes_as_dates(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    truth = table.with_column(name, [f"{n % 9 + 1}-{n // 9 + 1}A" for n in range(len(table.rows))])
    rows = some_rows(truth, rng)
    given = truth
    for row in rows:
        month = rng.choice(["Mar", "Sep", "Jan", "Dec"])
        truth = truth.with_cell(row, name, f"{row % 12 + 1}-{month.upper()}")
        given = given.with_cell(row, name, rng.choice([f"{row % 12 + 1:02}-{month}", f"{month}-{row % 12 + 1:02}"]))
    return as_arrival(given, truth, rows)


@damage("identifiers", "Codes that became powers of ten (1E+02)")
def codes_as_powers(table: TrueTable, rng: Random) -> Arrival:
    name = one_of(table.free_codes, rng)
    truth = table.with_column(name, [f"{n % 9 + 1}{'ABCDF'[n % 5]}{n:02}" for n in range(len(table.rows))])
    rows, given = some_rows(truth, rng), truth
    for row in rows:
        number, power = rng.randint(1, 9), rng.randint(2, 9)
        truth = truth.with_cell(row, name, f"{number}E{power}{row}")
        given = given.with_cell(row, name, f"{number}.00E+{power:02}")
    return as_arrival(given, truth, rows)


@damage("identifiers", "Codes of a list in another case or spacing")
def codes_in_other_case(table: TrueTable, rng: Random) -> Arrival:
    lists = tuple(f.name for f in table.fields if f.enum and table.is_filled(f.name))
    name = one_of(lists, rng)
    return as_arrival(table.changed(name, str.upper), table, range(len(table.rows)))


@damage("identifiers", "Words that are on no list")
def not_in_list(table: TrueTable, rng: Random) -> Arrival:
    lists = tuple(f.name for f in table.fields if f.enum)
    name = one_of(lists, rng)
    return in_some_rows(table, rng, name, lambda _: "perhaps")


@damage("identifiers", "A key that two rows share")
def key_twice(table: TrueTable, rng: Random) -> Arrival:
    key = (table.spec.resource.table_schema.model_extra or {}).get("primaryKey")
    if not key:
        raise Unfit
    first, second = sorted(rng.sample(range(len(table.rows)), 2))
    given = table.with_cell(second, key[0], table.column(key[0])[first])
    return as_arrival(given, table, [first, second])
