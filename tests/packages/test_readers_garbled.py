"""Text in a wrong encoding: read rightly and said, or the file is held; names in all languages are left alone."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest

from packages.errors import FileProblem
from packages.model import Severity
from packages.readers.checks import garbled
from packages.readers.checks.garbled import mend_text
from tests.packages.test_readers_csv import findings, rows_of, table

STOPS = (Severity.BLOCK, Severity.HOLD)
NAMES = ("Café Rouge", "Müller & Söhne", "The tenant’s hall", "Crème Brûlée", "Señor Peña", "Alder – Oak", "Façade Ltd")


def lines(names: tuple[str, ...] = NAMES, count: int = 21) -> list[str]:
    return ["Name,Amount,Note", *(f"{names[n % len(names)]},£{n}.00,plain" for n in range(count))]


def cells(text: list[str]) -> list[tuple[object, ...]]:
    return [(number, *line.split(",")) for number, line in enumerate(text[1:], start=2)]


# --- two encodings in one file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", [(3,), (2, 9, 22), (4, 5, 6, 7)])
@pytest.mark.parametrize(("most", "few"), [("utf-8", "cp1252"), ("cp1252", "utf-8"), ("utf-8-sig", "cp1252")])
def test_a_row_in_another_encoding_is_read_by_itself(most: str, few: str, odd: tuple[int, ...], tmp_path: Path) -> None:
    text = lines()
    content = b"\n".join(
        line.encode("utf-8" if most == "utf-8-sig" and number > 1 else most) if number not in odd else line.encode(few)
        for number, line in enumerate(text, start=1)
    )
    rows = rows_of(content, tmp_path)
    assert table(rows) == cells(text)
    found = findings(rows)["encoding-mixed"]
    assert (found.severity, found.where.rows, found.where.count) == (Severity.FIXED, odd[:3], len(odd))


def test_both_encodings_in_one_row(tmp_path: Path) -> None:
    rows = rows_of(b"a,b\n" + "Café,".encode() + b"\xa35\n", tmp_path)
    assert table(rows) == [(2, "Café", "£5")]


def test_capitals_of_windows_1252_that_look_like_utf_8(tmp_path: Path) -> None:
    rows = rows_of("a,b\nCAFÉ’S BEST,£5\nMENÜ” – x,£6\n".encode("cp1252"), tmp_path)
    assert table(rows) == [(2, "CAFÉ’S BEST", "£5"), (3, "MENÜ” – x", "£6")]
    assert "encoding-windows-1252" in findings(rows)


# --- encodings before Windows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["cp850", "mac_roman"])
@pytest.mark.parametrize(
    "names",
    [
        ("Café Rouge", "Plain"),
        ("Café Rouge", "Fiancée", "Émile Zola", "Élan"),
        ("Köln", "Malmö", "Bjørn", "Café"),
        ("Señor Peña", "Café", "Crème"),
        ("Brontë", "Zoë", "Hôtel", "Rhône"),
    ],
)
def test_older_encodings_are_read_or_held(codec: str, names: tuple[str, ...], tmp_path: Path) -> None:
    text = lines(names)
    try:
        rows = rows_of("\n".join(text).encode(codec), tmp_path)
    except FileProblem:
        return
    found = findings(rows)
    if not any(f.severity in STOPS for f in found.values()):
        assert table(rows) == cells(text)
        assert found["encoding-old"].severity is Severity.FIXED


@pytest.mark.parametrize(("codec", "title"), [("cp850", "MS-DOS"), ("cp437", "MS-DOS"), ("mac_roman", "Macintosh")])
def test_cafes_and_pounds_of_older_encodings(codec: str, title: str, tmp_path: Path) -> None:
    text = lines(("Café Rouge", "Señor", "Plain"))
    rows = rows_of("\n".join(text).encode(codec), tmp_path)
    assert table(rows) == cells(text)
    assert title in findings(rows)["encoding-old"].what


@pytest.mark.parametrize("codec", ["cp437", "cp850", "mac_roman", "cp1250", "latin-1", "iso8859-15", "cp1252"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_published_is_right_whatever_the_encoding(codec: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    names = tuple(chance.sample((*NAMES, "Café", "Élan", "Zoë Ltd", "Plain", "Köln", "São Paulo", "Ærø"), 5))
    text = [line.encode(codec, "ignore").decode(codec) for line in lines(names)]
    try:
        rows = rows_of("\n".join(text).encode(codec), tmp_path)
    except FileProblem:
        return
    found = findings(rows)
    assert any(f.severity in STOPS for f in found.values()) or table(rows) == cells(text)


# --- decoded wrongly before -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "mac_roman", "cp437"])
@pytest.mark.parametrize("text", ["£1,000.00", "Café Rouge", "The tenant’s hall", "Łódź Ltd", "Gŵyl", "Señor – Peña"])
def test_utf_8_that_was_decoded_as_something_else(wrong: str, text: str) -> None:
    new, rules = mend_text(text.encode().decode(wrong, "replace"))
    assert (new, rules) == (text, ("text-decoded-twice",)) or {"text-garbled", "lost-characters"} & set(rules)


@pytest.mark.parametrize(
    "text", ["£per month", "£million", "“Open” House", "«Bon»", "5” × 3”", "Section § 106", "• one"]
)
def test_signs_in_their_places_are_left_alone(text: str) -> None:
    assert mend_text(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Å\xa0imek", "Šimek"), ("Åžtefan", "Ştefan"), ("¬Ω Price", "½ Price"), ("20¬∞ Cooling", "20° Cooling")],
)
def test_less_usual_ones_are_put_right(text: str, meant: str) -> None:
    assert mend_text(text) == (meant, ("text-decoded-twice",))


def test_turkish_in_its_own_encoding_is_held(tmp_path: Path) -> None:
    rows = rows_of("a,b\nGülşen Ağaoğlu,1\nŞen İstanbul,2\n".encode("cp1254"), tmp_path)
    assert findings(rows)["encoding-doubtful"].severity is Severity.HOLD


@pytest.mark.parametrize(
    "text", ["Â£1,000.00", "CafÃ© Rouge", "The tenantâ€™s hall", "tenant\x92s", "CafÃƒÂ© Rouge", "â€œsaidâ€\x9d"]
)
def test_the_usual_ones_are_put_right(text: str, tmp_path: Path) -> None:
    rows = rows_of(f'a,b\n"{text}",1\nplain,2\n"{text}",3\n', tmp_path)
    found = findings(rows)
    assert found["text-decoded-twice"].where.rows == (2, 4)
    assert {f.severity for f in found.values()} == {Severity.FIXED}
    assert table(rows)[0][1] in ("£1,000.00", "Café Rouge", "The tenant’s hall", "tenant’s", "“said”")


def test_headings_are_put_right_too(tmp_path: Path) -> None:
    rows = rows_of("Supplier,Amount (Â£)\nA,1\n", tmp_path, ("supplier", "amount"))
    assert rows.columns == ("Supplier", "Amount (£)")


@pytest.mark.parametrize(
    "text",
    [
        "Caf‚ Rouge",
        "Zo‰ Care",
        "£ukasz",
        "¦imek",
        "Malm” AB",
        "OÕBrien",
        "CAFƒ ROUGE",
        "« Price",
        "¥and",
        "Gro§",
        "Na•ve",
        "┼╜i┼╛ka ┬Á",
        "tenantÕs hall",
        "CafŽ",
        "œ1,000.00",
        "ú1,000.00",
        "Ł1,000.00",
        "¤5",
        "K”ln",
        "CafÃ",
        "CafÚ",
        "IT¿S A HALL",
        "ITÕS A HALL",
    ],
)
def test_characters_where_no_text_has_them_hold_the_file(text: str, tmp_path: Path) -> None:
    found = findings(rows_of(f'a,b\nplain,1\n"{text}",2\n', tmp_path))["text-garbled"]
    assert (found.severity, found.where.column, found.where.rows) == (Severity.HOLD, "a", (3,))
    assert len(found.shapes) == 1
    assert text not in str(found)


RIGHT = (
    "Café", "CAFÉ’S", "NESTLÉ®", "CAFÉ™", "café…”", "Straße", "São Paulo", "SÃO PAULO", "Škoda", "Žižkov", "Õhtu",
    "Łódź", "Tír na nÓg", "Bord na hÉireann", "Gülşen İstanbul", "Ñuñoa", "“The” ‘best’ – 5", "St John´s", "10 m²",
    "½ inch", "Gŵyl Ŵyl", "naïve", "100 €", "€5.00", "£5.00", "Nº 5", "1º piso", "Æther", "Ærø", "Москва", "東京",
    "Ελλάδα", "Vũ Ngọc Phan", "Côte d’Ivoire", "Réunion", "Ó Briain", "Noël–Ward", "“Zoë’s”", "© 2026", "§ 106",
    "20 °C", "CONSTRUÇÕES LDA", "PÕHJA", "EESTI ÕPETAJATE", "5 × 3", "CAFé NERO", "Château d’Œx", "Brontë",
    "Hawaiʻi", "Çelik", "Þór", "5”", "a…b", "the “best”—ever", "Ağaoğlu", "1.5 µg",
)  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_names_in_all_languages_are_left_alone(text: str) -> None:
    assert mend_text(text) == (text, ())


def test_few_suspects_among_many_cells_are_found_at_their_rows(tmp_path: Path) -> None:
    text = [f"{RIGHT[n % len(RIGHT)]};{n}" for n in range(40_000)]
    text[30_000], text[7] = "CafÃ©;x", "Caf‚;y"
    rows = rows_of("a;b\n" + "\n".join(text), tmp_path, delimiter=";")
    found = findings(rows)
    assert {rule: f.where.rows for rule, f in found.items()} == {
        "text-decoded-twice": (30_002,),
        "text-garbled": (9,),
    }
    assert [row[1] for row in table(rows)] == [line.partition(";")[0].replace("Ã©", "é") for line in text]


@pytest.mark.parametrize("together", [1, 2, 3, 7])
def test_cells_are_found_however_many_characters_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    texts = ["plain", "Ã©", "é", "Â£5", "", "“quoted”", "éÃ", "©x", "naïve café", "├®", "«»«»", "É", "� lost"] * 3
    cells = pa.array(texts, pa.string())
    found = garbled.maybe_garbled(cells).tolist()
    monkeypatch.setattr(garbled, "TOGETHER", together)
    assert garbled.maybe_garbled(cells).tolist() == found
    assert len(found) > 5
