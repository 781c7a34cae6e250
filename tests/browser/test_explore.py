"""The Explore page in a real browser, on a Parquet file of a million rows and on the made-up site."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from catalogue.listing import dataset_path, listing_of, listing_to_json, release_path
from catalogue.site.render import render
from packages.formats.parquet import ParquetWriter
from packages.model import Identity
from packages.vocabulary import publisher
from tests.browser.conftest import Visit
from tests.browser.pages import EXPLORE
from tests.catalogue import city

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IDENTITY = Identity("spend-over-500", "camden")
ROWS = 1_000_000
SHARE = 0.05
"""Of the file, at most so much may be read for the first rows."""


@dataclass
class Served:
    """What a server gave: bytes by the name of the file."""

    bytes: dict[str, int] = field(default_factory=dict)


class _Ranges(SimpleHTTPRequestHandler):
    """A plain web server that knows ranges, as those for static sites do."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, served: Served, directory: str) -> None:
        self.served = served
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not asked or not path.is_file():
            super().do_GET()
            return
        size = path.stat().st_size
        first, last = int(asked[1]), min(int(asked[2]), size - 1)
        with path.open("rb") as file:
            file.seek(first)
            content = file.read(last + 1 - first)
        self.served.bytes[path.name] = self.served.bytes.get(path.name, 0) + len(content)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def large_table() -> pa.Table:
    """Payments of a size that compresses badly: references that never repeat, many suppliers."""
    numbers = pa.array(range(ROWS), pa.int64())
    scattered = pc.bit_wise_and(pc.multiply(numbers, 7_919), (1 << 20) - 1)
    return pa.table(
        {
            "reference": pc.binary_join_element_wise(
                "CMD", scattered.cast(pa.string()), numbers.cast(pa.string()), "-"
            ),
            "supplier": pc.binary_join_element_wise(
                "Supplier", pc.bit_wise_and(scattered, 8_191).cast(pa.string()), " "
            ),
            "payment_date": pc.add(pc.bit_wise_and(scattered, 1_023), 19_000).cast(pa.int32()).cast(pa.date32()),
            "amount": pc.divide(scattered.cast(pa.float64()), 100.0),
        }
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Served, Path]]:
    """The address of a site with one dataset of a million rows, what its server gave, and the Parquet file."""
    root = tmp_path_factory.mktemp("large")
    listed = listing_of(city.release(root / "release", IDENTITY), city.spec(IDENTITY), publisher("camden"))
    folder = root / "site" / dataset_path(IDENTITY)
    files = folder / release_path(listed.release)
    files.mkdir(parents=True)
    table = large_table()
    writer = ParquetWriter(files / "payments.parquet", table.schema)
    for batch in table.to_batches():
        writer.write(batch)
    size = writer.close().bytes
    big = tuple(replace(one, bytes=size, rows=ROWS) if one.format == "Parquet" else one for one in listed.distributions)
    (folder / "listing.json").write_bytes(listing_to_json(replace(listed, distributions=big)))
    (root / "site/explore").mkdir()
    (root / "site/explore/index.html").write_bytes(render("explore.html", top="../"))
    status = {"identity": str(IDENTITY), "publisher": "Camden", "title": "Spend", "release": listed.release}
    (root / "site/london.json").write_text(json.dumps({"datasets": [status], "publishers": []}))
    served = Served()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Ranges, served=served, directory=os.fspath(root / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", served, files / "payments.parquet"
    server.shutdown()
    server.server_close()


def status(page: Page, wanted: str) -> str:
    """Wait for the page to say something; return all that it says."""
    page.locator("#status", has_text=wanted).wait_for(timeout=120_000)
    return page.locator("#status").inner_text()


def cells(page: Page, column: int) -> list[str]:
    return page.locator(f"#rows tbody tr td:nth-of-type({column})").all_inner_texts()


def test_the_first_rows_of_a_million_need_little_of_the_file(browser: Browser, large: tuple[str, Served, Path]) -> None:
    address, served, parquet = large
    page = browser.new_page()
    page.goto(f"{address}explore/index.html#{IDENTITY}")
    assert "Rows 1 to 50 of 1,000,000" in status(page, "Rows 1 to 50")
    assert cells(page, 1) == large_table().slice(0, 50).column("reference").to_pylist()
    assert 0 < served.bytes[parquet.name] < SHARE * parquet.stat().st_size
    page.get_by_label("Go to row").fill("999,990")
    page.get_by_label("Go to row").press("Enter")
    status(page, "Rows 999,951 to 1,000,000")
    assert cells(page, 1) == large_table().slice(999_950).column("reference").to_pylist()
    assert served.bytes[parquet.name] < 2 * SHARE * parquet.stat().st_size
    page.close()


def test_a_million_rows_are_filtered_and_sorted_as_pyarrow_does_it(
    browser: Browser, large: tuple[str, Served, Path]
) -> None:
    address, _, _ = large
    page = browser.new_page()
    page.goto(f"{address}explore/index.html#{IDENTITY}")
    status(page, "Rows 1 to 50")
    page.get_by_label("Rows where").select_option("Supplier")
    page.get_by_label("Comparison").select_option("is")
    page.get_by_label("Value").fill("supplier 77")
    page.get_by_label("Value").press("Enter")
    table = large_table()
    wanted = table.filter(pc.equal(table["supplier"], "Supplier 77"))
    status(page, f"of {wanted.num_rows}, out of 1,000,000")
    page.get_by_role("button", name="Sort by Amount").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    page.get_by_role("button", name="Sort by Amount").click()
    page.locator("th[aria-sort=descending]").wait_for()
    status(page, "Rows 1 to 50")
    ordered = wanted.sort_by([("amount", "descending")])
    assert [float(text) for text in cells(page, 4)] == ordered["amount"].to_pylist()[:50]
    # what is shown can be sent to somebody as an address
    other = browser.new_page()
    other.goto(page.url)
    status(other, f"of {wanted.num_rows}, out of 1,000,000")
    assert cells(other, 1) == cells(page, 1)
    page.close()
    other.close()


def test_long_work_can_be_stopped(browser: Browser, large: tuple[str, Served, Path]) -> None:
    address, _, _ = large
    page = browser.new_page()
    page.goto(f"{address}explore/index.html#{IDENTITY}")
    status(page, "Rows 1 to 50")
    page.get_by_label("Search all columns").fill("nothing has this")
    page.get_by_label("Search all columns").press("Enter")
    page.get_by_role("button", name="Cancel").click(timeout=60_000)
    status(page, "Stopped")
    assert len(cells(page, 1)) == 50
    page.close()


def test_a_server_without_ranges_gives_the_same_rows(visit: Visit) -> None:
    page = visit(EXPLORE)
    assert "Rows 1 to 3 of 3" in status(page, "Rows 1 to 3")
    assert cells(page, 1) == [row[0] for row in city.ROWS]
    page.get_by_label("Search all columns").fill("lifts")
    page.get_by_label("Search all columns").press("Enter")
    status(page, "of 1, out of 3")
    assert cells(page, 2) == ["Crown Lifts & Sons"]


def test_a_problem_is_reported_with_dataset_release_and_row(visit: Visit) -> None:
    page = visit(EXPLORE)
    status(page, "Rows 1 to 3")
    page.get_by_role("button", name="Report a problem in row 2").click()
    text = page.locator("#problem-text").inner_text()
    assert "Row: 2" in text
    assert "Dataset: Council spending over £500" in text
    assert re.search(r"Release: [0-9a-f]{16}", text)
    page.keyboard.press("Escape")
    assert not page.locator("#problem").is_visible()


def test_it_says_so_without_scripts_and_for_what_is_not_there(visit: Visit) -> None:
    assert "scripts" in visit("explore/index.html", javascript=False).inner_text("noscript")
    for place in ("explore/index.html", "explore/index.html#../../etc/passwd", "explore/index.html#<b>/x?where=1"):
        assert "Choose a dataset" in status(visit(place), "Choose a dataset")
