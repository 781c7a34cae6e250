"""Every page as a passive scanner reads it: headers, forms, scripts, styles, secrets, and strings that want to act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from flows.desk.app import GETS
from flows.desk.desk import Desk
from flows.desk.pages.checked import REPORT_POLICY
from flows.desk.rendering import STATIC
from tests.desk.conftest import Browser, draft_of
from tests.desk.waiting import PAGE as DATASET
from tests.desk.waiting import decide, held_source

Visiting = Callable[..., Browser]

TEMPLATES = Path(__file__).parents[2] / "flows/desk/templates"

ACTING = ("javascript:", "data:", "vbscript:", "//", "http:", "https:")

STRINGS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "</title></textarea></pre><b onclick=alert(1)>",
    "\r\nset-cookie: stolen=1",
    "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
)
"""What a page must show as it is, or not at all."""


@dataclass
class Markup(HTMLParser):
    """What a page is made of."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forms: list[tuple[dict[str, str], set[str]]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    title: str = ""
    _inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        self._inside = tag
        if tag == "form":
            self.forms.append((attributes, set()))
        elif self.forms and "name" in attributes:
            self.forms[-1][1].add(attributes["name"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style") and data.strip():
            self.inline.append(data)
        if self._inside == "title":
            self.title += data


def markup_of(answer: httpx.Response) -> Markup:
    parsed = Markup()
    parsed.feed(answer.text)
    return parsed


FACETS = {"state", "borough", "links", "publisher", "openness", "licence", "personal_data", "review", "concerns"}
"""What the register is asked for, by the names that the catalogue has for it."""


def page_at(pattern: str, draft: str) -> str:
    """Return the address of a page, for what there is in the tests."""
    known = {"draft": draft, "dataset": "street-trees", "publisher": "camden", "digest": "0" * 64}
    return re.sub(r"\{(\w+):str\}", lambda found: known.get(found[1], "0" * 64), pattern).lstrip("/")


def pages_of(one: Browser, draft: str) -> Iterator[httpx.Response]:
    """Yield every page that can be asked for, with those that are refused."""
    for page, _ in GETS:
        yield one.get(page_at(page, draft), follow_redirects=False)
    for name in STATIC:
        yield one.get(f"static/{name}")
    yield one.get("static/nothing")
    yield one.get("nothing/here")
    yield one.get(f"drafts/{'0' * 32}")
    yield one.post("sign-out", token="")
    yield one.client.put("/check")
    yield one.get("", headers={"host": "evil.example.org"})


@pytest.fixture(params=["", "officer", "dpo", "operator", "account"])
def answers(request: pytest.FixtureRequest, visit: Visiting, trees: str) -> list[httpx.Response]:
    one = visit(request.param)
    draft = draft_of(one.hand_in(trees))
    return list(pages_of(one, draft))


def test_every_answer_is_as_strict_as_a_scanner_wants_it(answers: list[httpx.Response], desk: Desk) -> None:
    secrets = [desk.link_key, *(row[0] for row in desk.sessions._database.execute("SELECT digest FROM sessions"))]
    for answer in answers:
        where, headers = str(answer.url), answer.headers
        assert headers["x-content-type-options"] == "nosniff", where
        assert headers["x-frame-options"] == "DENY", where
        assert headers["referrer-policy"] == "same-origin", where
        assert headers["cross-origin-opener-policy"] == "same-origin", where
        assert headers["cross-origin-resource-policy"] == "same-origin", where
        assert "camera=()" in headers["permissions-policy"], where
        is_static = "/static/desk" in where and answer.status_code == 200
        assert headers["cache-control"] == ("max-age=300" if is_static else "no-store"), where
        assert not {"server", "x-powered-by", "access-control-allow-origin"} & {*headers}, where
        policy = headers["content-security-policy"]
        for part in ("default-src 'none'", "frame-ancestors 'none'"):
            assert part in policy, where
        if policy != REPORT_POLICY:
            assert "unsafe" not in policy, where
            for part in ("base-uri 'none'", "form-action 'self'", "script-src 'self'", "style-src 'self'"):
                assert part in policy, where
        if "content-type" in headers:
            kind = headers["content-type"]
            assert "charset=utf-8" in kind or kind.startswith("application/"), where
        for words in ("Traceback", "site-packages", "/flows/", "starlette", "uvicorn", "sqlite"):
            assert words not in answer.text, (where, words)
        for secret in secrets:
            assert secret not in answer.text, where
        location = headers.get("location", "/")
        assert location.startswith("/"), where
        assert not location.startswith("//"), where


def test_every_page_acts_by_its_own_files_alone(answers: list[httpx.Response]) -> None:
    for answer in answers:
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        where, page = str(answer.url), markup_of(answer)
        is_report = answer.headers["content-security-policy"] == REPORT_POLICY
        if not is_report:
            assert not page.inline, where
            assert not [tag for tag, attributes in page.tags if "style" in attributes or tag == "style"], where
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on")], (where, tag)
            assert tag not in ("iframe", "object", "embed", "base", "applet"), where
            assert not (tag == "script" and (is_report or not attributes.get("src", "").startswith("/static/"))), where
            assert attributes.get("target", "") == "", where
            for name in ("href", "src", "action", "formaction", "srcset", "data-progress"):
                address = attributes.get(name, "/")
                if is_report and address.startswith("data:image/"):
                    continue
                assert not address.lower().strip().startswith(ACTING), (where, tag, address)
        for attributes, names in page.forms:
            if attributes.get("method", "get").lower() == "post":
                assert "token" in names, (where, attributes)
            else:
                # what is asked with an address stays in histories
                assert names <= {"wait", "dataset", "q"} | FACETS, where
        if not is_report:
            assert page.title.endswith("– londata desk"), where


def test_what_is_typed_in_secret_is_not_remembered_by_browsers(visit: Visiting) -> None:
    for page in ("sign-in/key", "check"):
        for tag, attributes in markup_of(visit().get(page)).tags:
            if tag == "textarea" or attributes.get("type") in ("text", "url", "password"):
                assert attributes.get("autocomplete") == "off", (page, attributes)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_no_template_acts_by_itself(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\bstyle\s*=|<style|\son\w+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\|\s*safe\b|\bautoescape\b|\bMarkup\b", text)
    for form in re.findall(r"(?s)<form[^>]*method=\"post\".*?</form>", text):
        assert "token_field()" in form
    # an attribute without quotes could be ended by a space
    assert not re.search(r"=\{\{", text)


@pytest.mark.parametrize("name", [string.replace("/", "\u2215") + ".csv" for string in STRINGS])
def test_a_name_of_a_file_acts_nowhere(name: str, visit: Visiting, trees: str) -> None:
    _acts_nowhere(visit("officer"), trees, name)


@pytest.mark.parametrize("string", STRINGS)
def test_headings_and_cells_act_nowhere(string: str, visit: Visiting, trees: str) -> None:
    head, _, rows = trees.partition("\n")
    quoted = '"' + string.replace('"', '""') + '"'
    content = f"{head},{quoted}\n" + "\n".join(f"{row},{quoted}" for row in rows.splitlines()) + "\n"
    _acts_nowhere(visit("officer"), content, "trees.csv")


@pytest.mark.parametrize("string", STRINGS)
def test_what_is_sent_to_a_page_acts_nowhere(string: str, visit: Visiting, trees: str) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    names = ("dataset", "publisher", "link", "signature", "wait", "key", "state", "code", "noted", "q", *FACETS)
    fields = dict.fromkeys(names, string)
    answers = [
        one.get(page, params=fields) for page in ("", "check", f"drafts/{draft}", "sign-in/link", "sign-in/back")
    ]
    answers += [one.post(page, data=fields) for page in ("check", f"drafts/{draft}/for", "sign-in/key")]
    for answer in answers:
        _acts_not(answer)


@pytest.mark.parametrize("string", STRINGS)
def test_the_reason_of_a_decision_acts_nowhere(string: str, visit: Visiting, desk: Desk) -> None:
    digest = held_source(desk)
    for who in ("owner", "dpo"):
        decide(visit(who), digest, "refuse", reason=string, alternative=string)
    found = [visit("officer").get(page) for page in (f"queue/{digest}", "queue", "register", "who", "", DATASET)]
    assert "RequestRefused by" in found[0].text
    for answer in found:
        _acts_not(answer)


@pytest.mark.parametrize("form", ["withdraw", "incident", "purge", "run", "rollback"])
@pytest.mark.parametrize("string", STRINGS[:3])
def test_what_is_said_of_an_act_acts_nowhere(form: str, string: str, visit: Visiting) -> None:
    one = visit("account")
    fields = ("reason", "note", "outcome", "column", "rows", "release", "table", "aware", "days", "what", "confirm")
    _acts_not(one.post(f"{DATASET}/{form}", data=dict.fromkeys(fields, string)))
    _acts_not(one.post(f"{DATASET}/{form}", data={**dict.fromkeys(fields, string), "days": "1", "aware": ""}))
    _acts_not(one.get(DATASET))


def _acts_nowhere(one: Browser, content: str, name: str) -> None:
    draft = draft_of(one.hand_in(content, name))
    for answer in pages_of(one, draft):
        _acts_not(answer)


def _acts_not(answer: httpx.Response) -> None:
    where = str(answer.url)
    assert "stolen" not in str(answer.headers).replace(where, ""), where
    assert answer.status_code < 500, where
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return
    page = markup_of(answer)
    assert not [1 for tag, attributes in page.tags if tag == "img" or (tag == "svg" and "onload" in attributes)], where
    assert not [1 for _, attributes in page.tags if {"onerror", "onload", "onclick"} & {*attributes}], where
    assert not [1 for text in page.inline if "alert" in text], where
    assert not [1 for _, attributes in page.tags if attributes.get("href", "").startswith("javascript")], where
    assert "\u202e" not in answer.text, where
    assert "49{" not in answer.text, where
