"""Nothing personal that stands in a file is in a page of the desk, an address, a title, a header or a log.

More than 500 values that occur nowhere else stand in headings, cells, names of sheets and of files, in every kind of
file that cannot be published, and in one that waits for people. Headings and names of sheets, which an officer has to
find again, are quoted to who handed the file in and to who decides about it: in “ ” or in a list of columns, and
nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from flows.decisions.queue import open_subjects
from flows.desk.desk import Desk
from tests.desk.conftest import Browser, draft_of
from tests.desk.waiting import CAMDEN, PAGE, all_idle, decide, idle, now
from tests.flows import planted
from tests.flows.city import GOOD

Visit = Callable[..., Browser]

WAYS = (
    planted.no_numbers, planted.no_dates, planted.unknown_columns, planted.other_columns, planted.no_headings,
    planted.two_headings_alike, planted.rows_too_long, planted.rows_too_short, planted.an_open_quote,
    planted.keys_twice, planted.no_keys, planted.nul_characters, planted.no_encoding, planted.another_encoding,
    planted.titles_above, planted.formulas, planted.a_web_page, planted.broken_json, planted.nested_json,
    planted.several_in_an_archive, planted.broken_map, planted.a_hidden_sheet, planted.hidden_rows_and_columns,
)  # fmt: skip
"""Ways in which a file cannot be published."""


QUOTED = re.compile("“[^“”]*”|<option[^<]*</option>")
"""Where a page names a heading or a sheet: in quotation marks, or in the list from which a column is chosen."""


def told_by(browser: Browser) -> str:
    """Return all that a browser was given and asked for: addresses, headers and pages but for what is quoted."""
    parts = []
    for response in browser.seen:
        for one in (*response.history, response):
            parts.append(unquote(str(one.url)))
            parts += [f"{name}: {value}" for name, value in one.headers.items()]
        parts += re.findall("(?s)<title>.*?</title>", response.text)
        is_evidence = re.search(r"/(drafts|queue|reports)/", str(response.url)) is not None
        parts.append(QUOTED.sub("“”", response.text) if is_evidence else response.text)
    return "\n".join(parts)


def open_everything(browser: Browser) -> None:
    """Open every page that is reached by links from the start page, and every file but the marked workbook."""
    todo, seen = [""], set[str]()
    while todo:
        page = todo.pop()
        # a marked workbook is the officer's own file, handed back
        if page in seen or page.startswith("static") or page.endswith(".xlsx"):
            continue
        seen.add(page)
        links = re.findall(r'href="/([^"#]*)"', browser.get(page).text)
        todo += [link.replace("&amp;", "&") for link in links]


@pytest.mark.parametrize("part", range(5))
def test_nothing_of_a_stopped_file_is_shown(
    part: int, visit: Visit, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    browser, canaries = visit("officer"), []
    for number, way in enumerate(WAYS[part::5]):
        values = planted.values(900 + 10 * part + number)
        ending, content = way(values)
        canaries += values
        # a name of a file is chosen by people, too
        response = browser.hand_in(
            content, f"{values[0]} {values[1]}{ending}", dataset="street-trees", publisher="camden"
        )
        draft = desk.drafts.find(draft_of(response))
        assert draft is not None
        if draft.result is not None:
            desk.ask(draft, "publish")
            idle(desk, draft.id)
    open_everything(browser)
    _require_none(canaries, told_by(browser) + caplog.text)
    for who in ("owner", "operator", ""):
        other = visit(who)
        open_everything(other)
        _require_none(canaries, told_by(other))


def test_nothing_of_a_file_that_waits_is_shown(visit: Visit, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    names = [value for seed in range(14) for value in planted.values(700 + seed) if " " in value][:100]
    heading, first, *others = GOOD.splitlines()
    rows = [f"{heading},Remarks,{names[99]}", f"{first.replace('T001', f'Mrs {names[0]}')},{names[1]},"]
    rows += [f"{other},{names[2]},{names[3]}" for other in others]
    rows += [f"T1{number},Tilia cordata,01/03/2019,4.0,{name}," for number, name in enumerate(names[4:98])]
    file = "\n".join(rows) + "\n"
    browser = visit("officer")
    response = browser.hand_in(file, f"Mrs {names[98]}.csv", dataset="street-trees", publisher="camden")
    draft = desk.drafts.find(draft_of(response))
    assert draft is not None
    desk.ask(draft, "publish")
    idle(desk, draft.id)
    found = desk.drafts.find(draft.id)
    assert found is not None
    assert found.sent is not None
    assert found.sent.verdict == "held", (found.sent.summary, found.result)
    (opened,) = open_subjects(CAMDEN, desk.services, now())
    everybody = [visit(who) for who in ("officer", "owner", "reviewer", "dpo", "operator", "account")]
    for one in everybody:
        open_everything(one)
    digest = opened.subject.digest
    decide(everybody[1], digest, "return", reason="Take the names out of the tags.")
    decide(everybody[2], digest)
    all_idle(desk)
    for one in everybody:
        open_everything(one)
        _require_none(names, told_by(one))
    assert "Take the names out of the tags" in everybody[0].get(PAGE).text
    _require_none(names, caplog.text)


def _require_none(canaries: list[str], text: str) -> None:
    low = text.lower()
    found = [value for value in canaries if value.lower() in low]
    assert not found, found[:5]
