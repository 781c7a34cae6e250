"""What the gate refuses, tried through HTTP: forms from elsewhere, other names of this machine, too much."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from flows.desk.address import DeskAddress, desk_address
from flows.desk.app import GETS, POSTS, desk_app
from flows.desk.desk import Desk, open_desk
from flows.desk.doors.gate import Gate, GateRules, path_within
from flows.desk.doors.rates import RateLimiter, network_of
from flows.services import Services
from flows.settings import Settings
from packages.errors import SetupProblem
from tests.desk.conftest import NO_LIMITS, ORIGIN, Browser, InThread, draft_of, text_of
from tests.desk.test_scan import page_at
from tests.desk.waiting import decide, held_source

Visiting = Callable[..., Browser]


# --- forms that another site sends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "0" * 32, "x", "\u00e9"])
def test_a_form_without_the_token_of_its_session_does_nothing(token: str, visit: Visiting) -> None:
    one = visit("officer")
    response = one.post("sign-out", token=token)
    assert response.status_code == 403
    assert "was not sent from a page of the desk" in text_of(response)
    assert "Signed in as" in one.get("").text


def test_a_form_with_the_token_of_another_session_does_nothing(visit: Visiting) -> None:
    one, other = visit("officer"), visit("officer")
    assert one.post("sign-out", token=other.token).status_code == 403
    assert "Signed in as" in one.get("").text


def test_the_token_of_before_signing_in_is_of_no_use_after(visit: Visiting, desk: Desk) -> None:
    one = visit()
    before = one.token
    assert one.get(f"sign-in/link?key={desk.link_key}").status_code == 200
    assert one.post("sign-out", token=before).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.org"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8501"},
        {"origin": "https://127.0.0.1:8500"},
        {"origin": "http://127.0.0.1.evil.example.org:8500"},
        {"origin": "\u00e9"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
)
def test_a_form_of_another_site_does_nothing_even_with_the_token(headers: dict[str, str], visit: Visiting) -> None:
    one = visit("officer")
    sent = {name: value.encode() for name, value in headers.items()}
    assert one.post("sign-out", headers=sent).status_code == 403
    assert "Signed in as" in one.get("").text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        {"origin": "http://localhost:8500"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_form_of_ours_is_taken(headers: dict[str, str], visit: Visiting) -> None:
    one = visit("officer")
    one.post("sign-out", headers=headers)
    assert "Signed in as" not in one.get("").text


@pytest.mark.parametrize("page", [page for page, _ in POSTS])
def test_every_form_needs_its_token(page: str, visit: Visiting, trees: str) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    response = one.post(page_at(page, draft), token="")
    assert response.status_code == 403
    assert one.get(f"drafts/{draft}").status_code == 200


@pytest.mark.parametrize("page", [page for page, _ in POSTS])
def test_no_form_acts_by_its_address_alone(page: str, visit: Visiting, trees: str, desk: Desk) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    kept = desk.drafts.find(draft)
    answer = one.get(f"{page_at(page, draft)}?token={one.token}")
    assert answer.status_code in (200, 404, 405)
    assert desk.drafts.find(draft) == kept
    assert "Signed in as" in one.get("").text


def test_json_is_no_form(visit: Visiting) -> None:
    one = visit("officer")
    answer = one.client.post("/sign-out", json={"token": one.token})
    assert answer.status_code == 403
    assert "Signed in as" in one.get("").text


# --- names of this machine --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "evil.example.org:8500",
        "127.0.0.1.evil.example.org",
        "",
        "[",
        "a@127.0.0.1",
        "127.0.0.1:8500:1",
    ],
)
def test_a_name_that_another_site_gave_this_machine_leads_to_nothing(host: str, visit: Visiting) -> None:
    one = visit("account")
    for page in ("", "check", "sign-in", "static/desk.js", "check/", "nothing"):
        answer = one.get(page, headers={"host": host}, follow_redirects=False)
        assert answer.status_code == 404, page
        assert "location" not in answer.headers
        assert "Signed in as" not in text_of(answer)
        assert host not in answer.text or len(host) < 2


@pytest.mark.parametrize("host", ["127.0.0.1:8500", "localhost:8500", "[::1]:8500", "LOCALHOST"])
def test_names_that_only_this_machine_has_lead_to_the_desk(host: str, visit: Visiting) -> None:
    assert visit().get("", headers={"host": host}).status_code == 200


def test_no_address_is_made_of_the_name_that_was_asked(visit: Visiting) -> None:
    one = visit()
    for page in ("check/", "drafts/", "//evil.example.org/", "//evil.example.org/%2e%2e", "\\evil.example.org"):
        answer = one.client.get(f"/{page}", follow_redirects=False)
        assert answer.status_code == 404, page
        assert "location" not in answer.headers


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/drafts/../../etc/passwd",
        "/drafts/..%2f..%2fetc%2fpasswd",
        "/drafts/%2e%2e/%2e%2e/etc/passwd",
        "/drafts/%252e%252e%252fetc/report",
        "/drafts/..%5c..%5cetc/report",
        "/drafts/%00/report",
        "/drafts/{draft}%00/report",
        "/drafts/{draft}/../{draft}/report/../../x",
        "/drafts/{upper}/report",
        "/drafts/.{draft}",
        "/drafts/{draft}/draft.json",
        "/drafts/{draft}/received",
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/desk.css%00",
        "/static/",
        "/static/templates",
        "/.env",
        "/people.yaml",
        "/docs",
        "/openapi.json",
    ],
)
def test_a_path_leads_to_pages_alone(path: str, visit: Visiting, trees: str) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    answer = one.client.get(path.format(draft=draft, upper=draft.upper()), follow_redirects=False)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_the_draft_of_somebody_else_is_nothing_at_all(visit: Visiting, trees: str) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    for who in ("", "owner", "account", "dpo"):
        other = visit(who)
        answers = [other.get(page_at(page, draft)) for page, _ in GETS if "{draft" in page]
        answers += [other.post(page_at(page, draft)) for page, _ in POSTS if "{draft" in page]
        assert {answer.status_code for answer in answers} == {404}, who
        nothing = other.get(f"drafts/{'0' * 32}")
        assert text_of(answers[0]) == text_of(nothing)
    assert one.get(f"drafts/{draft}").status_code == 200


# --- methods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"])
def test_only_what_pages_need_can_be_asked(method: str, visit: Visiting) -> None:
    one = visit("officer")
    for path in ("/", "/check", "/sign-out", "/static/desk.css", "/nothing"):
        answer = one.client.request(method, path)
        assert answer.status_code in (404, 405), path
        assert "access-control-allow-origin" not in answer.headers
        if answer.status_code == 405:
            assert answer.headers["allow"]
            assert "There is nothing at this address" in answer.text


def test_heads_say_what_pages_say(visit: Visiting) -> None:
    one = visit()
    assert one.client.head("/check").status_code == 200
    assert one.client.post("/", data={"token": one.token}).status_code == 405


# --- too much ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(desk_settings: Settings) -> Iterator[Desk]:
    """A desk that takes files of a mebibyte."""
    settings = desk_settings.model_copy(update={"desk_upload_mib": 1})
    opened = open_desk(Services(settings), DeskAddress(ORIGIN), with_link=True, make_worker=InThread)
    opened.rates = RateLimiter(NO_LIMITS)
    yield opened
    opened.close()


def browser_of(desk: Desk) -> Browser:
    return Browser(TestClient(desk_app(desk), base_url=ORIGIN, raise_server_exceptions=False), desk)


def test_a_file_that_says_it_is_too_large_is_refused(small: Desk) -> None:
    one = browser_of(small)
    answer = one.post("check", files={"file": ("a.csv", b"x" * (3 << 20))})
    assert answer.status_code == 413
    assert "more than the 1 MiB" in text_of(answer)
    assert not small.drafts.all()


def test_a_file_that_does_not_say_how_large_it_is_is_refused(small: Desk) -> None:
    one = browser_of(small)

    def body() -> Iterator[bytes]:
        head = f'--b\r\ncontent-disposition: form-data; name="token"\r\n\r\n{one.token}\r\n--b\r\n'
        yield (head + 'content-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n').encode()
        for _ in range(40):
            yield b"x" * 65_536 * 2
        yield b"\r\n--b--\r\n"

    answer = one.client.post("/check", content=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert not small.drafts.all()


@pytest.mark.parametrize("length", ["-1", "1e9", "٣", "9" * 5_000, "0x10", " "])
def test_a_length_that_is_none_is_refused(length: str, visit: Visiting) -> None:
    answer = visit().client.post("/check", content=b"", headers={"content-length": length.encode()})
    assert answer.status_code in (403, 413)


def test_a_form_of_another_kind_stays_short_wherever_it_is_sent(visit: Visiting) -> None:
    one = visit()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = one.client.post("/check", content=b"a=" + b"x" * 900_000 + b"&b=" + b"x" * 900_000, headers=kind)
    assert answer.status_code == 413
    multipart = {"content-type": "multipart/form-data; boundary=b"}
    assert one.client.post("/sign-out", content=b"x" * (2 << 20), headers=multipart).status_code == 413


def test_too_many_fields_files_and_parts_are_refused(visit: Visiting) -> None:
    one = visit()
    many = [(f"f{n}", ("a.csv", b"x")) for n in range(3)]
    assert one.client.post("/check", data={"token": one.token}, files=many).status_code == 413
    fields = {f"f{n}": "x" for n in range(40)}
    file = {"file": ("a.csv", b"x")}
    assert one.client.post("/check", data={"token": one.token, **fields}, files=file).status_code == 413
    short = "&".join(f"a{n}=" for n in range(3_000))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = one.client.post("/sign-out", content=short, headers=kind)
    assert answer.status_code == 413
    assert "more than a page of the desk sends" in text_of(answer)


def test_rows_that_are_too_many_to_paste_are_told(visit: Visiting) -> None:
    one = visit()
    token = one.token
    rows = {"token": (None, token), "pasted": (None, "x" * (1 << 20) + "y")}
    answer = one.client.post("/check", files=rows)
    assert answer.status_code == 413
    assert "as a file" in text_of(answer)


BROKEN = [
    (b"", "multipart/form-data"),
    (b"x", "multipart/form-data; boundary="),
    (b"x", "multipart/form-data; boundary=b"),
    (b"--b\r\n", "multipart/form-data; boundary=b"),
    (b"--b\r\n\r\n\r\n--b--", "multipart/form-data; boundary=b"),
    (b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b"--b\r\n: \r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b"--b\r\nx\x00y: z\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b'--b\r\ncontent-disposition: form-data; name="\xff\xfe"\r\n\r\nx\r\n--b--', "multipart/form-data; boundary=b"),
    (
        b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n--b--',
        "multipart/form-data; charset=no; boundary=b",
    ),
    (b"--b\r\ncontent-disposition: form-data; name*=utf-8''%00\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    (b"a" * 5_000 + b"\r\n", "multipart/form-data; boundary=" + "b" * 300),
    (b"%ff%00=%zz&&&=", "application/x-www-form-urlencoded"),
    (b"\x00\xff", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"--b\r\n" + b"a: b\r\n" * 5_000 + b"\r\n", "multipart/form-data; boundary=b"),
]


@pytest.mark.parametrize(("body", "kind"), BROKEN, ids=range(len(BROKEN)))
def test_a_form_that_cannot_be_read_is_told(body: bytes, kind: str, visit: Visiting) -> None:
    answer = visit("officer").client.post("/check", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403, 413)
    assert "<h1>" in answer.text
    assert "fault of ours" not in answer.text


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\ud800", "\u202e", "\r\nset-cookie: a=b", "9" * 5_000, "٣"])
def test_odd_values_in_fields_and_addresses_are_no_fault_of_ours(value: str, visit: Visiting, trees: str) -> None:
    one = visit("officer")
    draft = draft_of(one.hand_in(trees))
    said = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    fields = dict.fromkeys(("dataset", "publisher", "link", "pasted", "signature", "wait", "key"), said)
    for page in ("check", f"drafts/{draft}/again", f"drafts/{draft}/for", "sign-in/key"):
        assert one.post(page, data=fields).status_code < 500, page
    for page in ("check", f"drafts/{draft}", "sign-in/link", "sign-in/back"):
        assert one.get(page, params=fields).status_code < 500, page


@pytest.mark.parametrize("value", ["a\x00b", "bell \x07", "\x7f", "a\u2028b", "\u202e", "x" * 601, "\ufeff"])
def test_odd_reasons_are_no_fault_of_ours(value: str, visit: Visiting, desk: Desk) -> None:
    answer = decide(visit("owner"), held_source(desk), "refuse", reason=value, alternative=value)
    assert answer.status_code < 500
    account = visit("account")
    for act in ("withdraw", "incident", "purge", "incident/close", "rollback"):
        fields = {"reason": value, "note": value, "outcome": value, "release": value, "aware": "", "what": "everything"}
        page = "datasets/street-trees/camden"
        answer = account.post(f"{page}/{act}", data={**fields, "confirm": "street-trees/camden", "days": value})
        assert answer.status_code < 500, act


@pytest.mark.parametrize(
    "cookie",
    ["\u00e9.\u00e9", ".", "", "a.b", "." * 4_000, "a" * 4_000, "%00", '"', "\x7f", "a=b; londata", "x.\u00ff"],
)
def test_a_cookie_that_is_none_of_ours_is_nobody(cookie: str, visit: Visiting) -> None:
    answer = visit().client.get("/check", headers={"cookie": f"londata={cookie}".encode()})
    assert answer.status_code == 200
    assert "Signed in as" not in answer.text


def test_a_marked_key_of_another_desk_is_nobody(visit: Visiting, desk: Desk, tmp_path: Any) -> None:
    from flows.desk.desk import utc_now
    from flows.desk.doors.sessions import SessionStore

    other = SessionStore(tmp_path / "other.sqlite", b"another key of another desk .....")
    session = other.sign_in(other.open("", utc_now()), {"account": "root"}, utc_now())
    answer = visit().client.get("/", headers={"cookie": f"londata={other.cookie(session)}"})
    other.close()
    assert "Signed in as" not in answer.text


# --- too often --------------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(desk: Desk) -> tuple[Callable[..., TestClient], list[float]]:
    """Browsers at other addresses of the net, with the limits as they are, and the clock by which they run."""
    clock = [0.0]
    desk.rates = RateLimiter(clock=lambda: clock[0])
    app = desk_app(desk)

    def browser(address: str = "203.0.113.5") -> TestClient:
        return TestClient(app, base_url=ORIGIN, client=(address, 1), raise_server_exceptions=False)

    return browser, clock


@pytest.mark.slow
def test_a_thousand_wrong_links_let_nobody_in(limited: Any, desk: Desk) -> None:
    browser, clock = limited
    attacker = browser()
    statuses = [attacker.get(f"/sign-in/link?key=wrong{n}").status_code for n in range(1_000)]
    assert statuses.count(403) == 20
    assert statuses.count(429) == 980
    told = attacker.get(f"/sign-in/link?key={desk.link_key}", follow_redirects=False)
    assert told.status_code == 429
    assert "too often" in told.text
    assert int(told.headers["retry-after"]) >= 1
    # the start page still opens for them, and nobody else is kept out
    assert attacker.get("/").status_code == 200
    right = f"/sign-in/link?key={desk.link_key}"
    assert browser("203.0.113.6").get(right, follow_redirects=False).status_code == 303
    clock[0] += float(told.headers["retry-after"])
    assert attacker.get(right, follow_redirects=False).status_code == 303


@pytest.mark.slow
def test_a_thousand_wrong_signatures_let_nobody_in(limited: Any) -> None:
    browser, _ = limited
    attacker = browser()
    found = re.search(r'name="token" value="(\w+)"', attacker.get("/sign-in/key").text)
    assert found
    form = {"token": found[1], "signature": "-----BEGIN SSH SIGNATURE-----"}
    statuses = [attacker.post("/sign-in/key", data=form).status_code for _ in range(1_000)]
    assert statuses.count(403) == 20
    assert statuses.count(429) == 980


def test_who_signs_in_rightly_is_not_counted(limited: Any, desk: Desk) -> None:
    browser, _ = limited
    # a council whose people come from one address
    for _ in range(60):
        answer = browser("198.51.100.1").get(f"/sign-in/link?key={desk.link_key}", follow_redirects=False)
        assert answer.status_code == 303


def test_files_are_taken_so_many_a_minute_and_told_otherwise(limited: Any) -> None:
    browser, _ = limited
    one = browser()
    statuses = [one.post("/check", data={"token": "x"}).status_code for _ in range(70)]
    assert statuses[:60] == [403] * 60
    assert statuses[60:] == [429] * 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_line_is_one_visitor(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_remembered_of_visitors_stays_small() -> None:
    from flows.desk.doors import rates

    limiter = RateLimiter()
    for n in range(rates.MOST_VISITORS + 5_000):
        limiter.wait("page", str(n))
    assert len(limiter._buckets) <= rates.MOST_VISITORS + 1


# --- cookies, and a reverse proxy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "start", "flags"),
    [
        ("", "londata=", {"httponly", "path=/", "samesite=lax"}),
        ("https://data.example.org", "__Host-londata=", {"httponly", "path=/", "samesite=lax", "secure"}),
        ("https://data.example.org/desk", "__Secure-londata=", {"httponly", "path=/desk", "samesite=lax", "secure"}),
    ],
)
def test_the_cookie_is_as_strict_as_it_can_be(url: str, start: str, flags: set[str], desk_settings: Settings) -> None:
    address = desk_address(url, "127.0.0.1", 8500)
    opened = open_desk(Services(desk_settings), address, with_link=True, make_worker=InThread)
    app = desk_app(opened)
    one = TestClient(app, base_url=address.origin)
    for page in ("check", f"sign-in/link?key={opened.link_key}"):
        cookie = one.get(address.path(page), follow_redirects=False).headers["set-cookie"]
        parts = [part.strip().lower() for part in cookie.split(";")]
        assert cookie.startswith(start)
        assert flags <= set(parts)
        assert not any(part.startswith("domain") for part in parts)
        assert ("secure" in parts) == address.is_secure
    token = re.search(r'name="token" value="(\w+)"', one.get(address.path("check")).text)
    assert token
    left = one.post(address.path("sign-out"), data={"token": token[1]}, follow_redirects=False)
    gone = left.headers["set-cookie"].lower()
    assert "max-age=0" in gone
    # without it, a browser would not take the name back
    assert ("secure" in gone.replace("__secure", "")) == address.is_secure
    opened.close()


@pytest.mark.parametrize("is_stripped", [True, False])
def test_it_works_at_a_path_of_a_reverse_proxy(is_stripped: bool, desk_settings: Settings, trees: str) -> None:
    address = desk_address("https://data.example.org/desk/", "127.0.0.1", 8500)
    opened = open_desk(Services(desk_settings), address, with_link=True, make_worker=InThread)
    app = desk_app(opened)

    async def proxied(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/desk") or "/" if is_stripped else scope["path"]
        await app({**scope, "path": path}, receive, send)

    one = TestClient(proxied, base_url=address.origin)
    start = one.get("/desk/")
    assert start.status_code == 200
    links = re.findall(r'(?:href|src|action)="([^"]+)"', start.text)
    assert links
    assert all(link.startswith("/desk/") or link == "#content" for link in links)
    assert one.get("/desk/static/desk.css").status_code == 200
    assert start.headers["strict-transport-security"].startswith("max-age=")
    token = re.search(r'name="token" value="(\w+)"', one.get("/desk/check").text)
    assert token
    answer = one.post("/desk/check", data={"token": token[1]}, files={"file": ("trees.csv", trees)})
    assert str(answer.url).startswith("https://data.example.org/desk/drafts/")
    assert answer.status_code == 200
    opened.close()


def test_a_path_that_only_begins_alike_is_another() -> None:
    assert path_within("/desk", "/desk") == "/"
    assert path_within("/desk/check", "/desk") == "/check"
    assert path_within("/desktop", "/desk") == "/desktop"


@pytest.mark.parametrize(
    "url",
    [
        "http://data.example.org",
        "ftp://data.example.org",
        "https://",
        "data.example.org",
        "https://x?y=1",
        "javascript:1",
    ],
)
def test_an_address_that_others_could_listen_to_is_refused(url: str) -> None:
    with pytest.raises(SetupProblem):
        desk_address(url, "127.0.0.1", 8500)


def test_a_desk_for_other_machines_is_not_opened_unencrypted() -> None:
    with pytest.raises(SetupProblem):
        desk_address("", "0.0.0.0", 8500)


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_fault_of_ours_tells_nothing_of_itself(
    visit: Visiting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> Any:
        raise RuntimeError("QQ 12 34 56 A of Planted Person")

    one = visit("officer")
    monkeypatch.setattr("flows.desk.desk.Desk.visitor_of", fails)
    page = one.get("check")
    monkeypatch.setattr("flows.desk.doors.sessions.SessionStore.open", fails)
    other = one.get("")
    monkeypatch.setattr("flows.desk.visits.render_page", fails)
    bare = one.get("")
    for answer in (page, other, bare):
        assert answer.status_code == 500
        assert "Planted" not in answer.text
        assert "Traceback" not in answer.text
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-security-policy"]
    assert "Planted" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_the_gate_leaves_what_is_no_request_alone() -> None:
    asked: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        asked.append(scope["type"])

    import asyncio

    gate = Gate(app, GateRules(DeskAddress(ORIGIN), RateLimiter(), 1))
    asyncio.run(gate({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert asked == ["lifespan"]
