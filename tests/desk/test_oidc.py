"""Signing in by a real provider of OpenID Connect on this machine: what is right lets in, everything else does not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from starlette.testclient import TestClient

from flows.decisions.book import read_book
from flows.desk.address import DeskAddress
from flows.desk.app import desk_app
from flows.desk.desk import Desk, open_desk
from flows.desk.doors import provider as door
from flows.desk.doors.provider import Provider, is_encrypted, usable_metadata
from flows.desk.doors.rates import RateLimiter
from flows.doctor.diagnosis import Diagnosis, PartCheck, PartState, diagnose
from flows.doctor.web_desk import check_desk
from flows.services import Services
from flows.settings import Settings
from packages.errors import SetupProblem
from packages.model import Identity
from tests.desk.conftest import NO_LIMITS, ORIGIN, Browser, InThread, text_of
from tests.desk.provider import CLIENT, FAULTS, SECRET, TestProvider, running_provider
from tests.desk.waiting import CAMDEN, decide, held_source

pytestmark = pytest.mark.slow

PERSON = "248289761001"


@pytest.fixture(scope="module")
def running() -> Iterator[TestProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: TestProvider) -> TestProvider:
    """The provider as it is without faults."""
    fresh = TestProvider(running.issuer, running.key, running.other_key)
    running.__dict__.update({k: v for k, v in fresh.__dict__.items() if k not in ("key", "other_key")})
    return running


@pytest.fixture
def people(provider: TestProvider) -> str:
    return yaml.safe_dump(
        {
            "people": [
                {"id": "ada", "oidc": [{"issuer": provider.issuer, "subject": PERSON}]},
                {
                    "id": "owner",
                    "roles": {"camden": ["asset-owner"]},
                    "oidc": [{"issuer": provider.issuer, "subject": "2"}],
                },
            ],
            "groups": {"camden-officers": {"camden": ["data-officer"]}, "london-dpo": {"all": ["dpo"]}},
        }
    )


@pytest.fixture
def oidc_settings(desk_settings: Settings, provider: TestProvider) -> Settings:
    update: dict[str, Any] = {
        "desk_oidc_issuer": provider.issuer,
        "desk_oidc_client": CLIENT,
        "desk_oidc_secret": SecretStr(SECRET),
        "allow_local": True,
    }
    return desk_settings.model_copy(update=update)


@pytest.fixture
def oidc_desk(oidc_settings: Settings) -> Iterator[Desk]:
    opened = open_desk(Services(oidc_settings), DeskAddress(ORIGIN), with_link=False, make_worker=InThread)
    opened.rates = RateLimiter(NO_LIMITS)
    yield opened
    opened.close()


@pytest.fixture
def browser(oidc_desk: Desk) -> Callable[[], Browser]:
    app = desk_app(oidc_desk)
    return lambda: Browser(TestClient(app, base_url=ORIGIN, raise_server_exceptions=False), oidc_desk)


def at_provider(one: Browser) -> str:
    """Go to the provider, sign in there, and return the address to which it sends the browser back."""
    away = one.get("sign-in/provider", follow_redirects=False)
    assert away.status_code == 303, text_of(away)
    return str(httpx.get(away.headers["location"]).headers["location"])


def sign_in(one: Browser) -> httpx.Response:
    """Do the whole sign-in, as a browser does."""
    return one.get(at_provider(one).removeprefix(f"{ORIGIN}/"))


def is_refused(response: httpx.Response, one: Browser) -> str:
    """Return the words of a refusal, after which nobody has signed in."""
    assert response.status_code == 403
    words = text_of(response)
    assert "Traceback" not in response.text
    assert "example.org" not in words
    assert "Signed in as" not in one.get("").text
    return words


# --- what is right ----------------------------------------------------------------------------------------------------


def test_a_person_signs_in_and_has_the_roles_of_their_groups(browser: Any, provider: TestProvider) -> None:
    one = browser()
    page = sign_in(one)
    assert page.status_code == 200
    assert str(page.url) == f"{ORIGIN}/"
    assert "Signed in as" in page.text
    assert "<b>ada</b>" in page.text
    assert "trees" in text_of(page).lower()  # the dataset of Camden, by the group
    asked = parse_qs(urlsplit(next(one for one in provider.asked if "authorize" in one)).query)
    assert asked["redirect_uri"] == [f"{ORIGIN}/sign-in/back"]
    assert asked["scope"] == ["openid groups"]
    assert len(asked["state"][0]) >= 20
    assert len(asked["nonce"][0]) >= 20


def test_it_is_noted_who_signed_in_and_out(browser: Any, oidc_desk: Desk) -> None:
    import sqlalchemy as sa

    from flows.state.tables import AUDIT

    one = browser()
    sign_in(one)
    left = one.post("sign-out")
    assert "Sign out of your work account" in left.text
    assert "Signed in as" not in one.get("").text
    rows = oidc_desk.services.ledger.database.rows(sa.select(AUDIT))
    noted = [(row["who"], row["what"]) for row in rows]
    assert noted == [("person ada at the desk", "signed in"), ("person ada at the desk", "signed out")]


def test_whoever_leaves_is_shown_the_way_out_of_the_provider(browser: Any, provider: TestProvider) -> None:
    one = browser()
    sign_in(one)
    left = one.post("sign-out").text
    link = re.search(r'href="([^"]*logout[^"]*)"', left)
    assert link
    asked = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
    assert asked["post_logout_redirect_uri"] == [f"{ORIGIN}/sign-in"]
    assert asked["client_id"] == [CLIENT]
    assert "id_token_hint" not in asked


def test_a_provider_without_a_way_out_leads_to_the_start(browser: Any, provider: TestProvider) -> None:
    provider.metadata = {"end_session_endpoint": None}
    one = browser()
    sign_in(one)
    assert str(one.post("sign-out").url) == f"{ORIGIN}/"


def test_groups_may_come_by_userinfo_or_as_one_word(browser: Any, provider: TestProvider) -> None:
    provider.groups_in = "userinfo"
    one = browser()
    sign_in(one)
    assert "trees" in one.get("").text.lower()
    provider.groups_in, provider.groups = "id token", "camden-officers"
    other = browser()
    sign_in(other)
    assert "trees" in other.get("").text.lower()


def test_no_group_gives_no_role(browser: Any, provider: TestProvider) -> None:
    provider.groups = None
    one = browser()
    page = sign_in(one)
    assert "<b>ada</b>" in page.text
    assert "Your datasets" not in page.text
    provider.groups = ["choir", "camden-officers "]
    assert "Your datasets" not in sign_in(browser()).text


def test_files_checked_before_go_with_who_signs_in(browser: Any, trees: str) -> None:
    one = browser()
    one.hand_in(trees)
    assert "trees.csv" in sign_in(one).text


def test_a_new_key_of_the_provider_is_fetched(browser: Any, provider: TestProvider) -> None:
    before = provider.key
    assert "Signed in as" in sign_in(browser()).text
    try:
        provider.key = RSAKey.generate_key(2048, {"kid": "two"})
        assert "Signed in as" in sign_in(browser()).text
    finally:
        provider.key = before


# --- what the provider does wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_provider_says_wrongly_is_refused(fault: str, browser: Any, provider: TestProvider) -> None:
    provider.fault = fault
    if fault == "another person in userinfo":
        provider.groups_in = "userinfo"
    one = browser()
    response = sign_in(one)
    if fault in ("token endpoint fails", "keys are no JSON"):
        assert response.status_code in (403, 503)
        assert "Signed in as" not in one.get("").text
        return
    is_refused(response, one)


def test_the_words_say_what_is_wrong(browser: Any, provider: TestProvider) -> None:
    words = {}
    for fault in ("expired", "wrong audience", "bad signature"):
        provider.fault = fault
        words[fault] = text_of(sign_in(browser()))
    assert "out of date" in words["expired"]
    assert "not meant for this desk" in words["wrong audience"]
    assert "not signed" in words["bad signature"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example.org"},
        {"issuer": None},
        {"token_endpoint": "http://203.0.113.5/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"userinfo_endpoint": "http://203.0.113.5/me"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_a_provider_that_calls_itself_otherwise_is_not_used(
    metadata: dict[str, Any], browser: Any, provider: TestProvider
) -> None:
    provider.metadata = metadata
    one = browser()
    response = one.get("sign-in/provider", follow_redirects=False)
    assert response.status_code == 400
    assert "location" not in response.headers
    assert "provider" in text_of(response)


def test_a_provider_that_fails_or_is_slow_is_told(
    browser: Any, provider: TestProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.status = 500
    one = browser()
    failed = one.get("sign-in/provider", follow_redirects=False)
    assert failed.status_code == 503
    assert "does not answer" in text_of(failed)
    assert "SELECT" not in failed.text
    provider.status = 200
    monkeypatch.setattr(door, "PATIENCE", 0.3)
    provider.slow = 1.0
    slow = one.get("sign-in/provider", follow_redirects=False)
    assert slow.status_code == 503
    # a file can still be checked meanwhile, and the provider is asked again
    provider.slow = 0.0
    monkeypatch.setattr(door, "PATIENCE", 10.0)
    assert "Signed in as" in sign_in(one).text


def test_a_provider_that_is_down_is_told(oidc_settings: Settings) -> None:
    nowhere = oidc_settings.model_copy(update={"desk_oidc_issuer": "http://127.0.0.1:9"})
    opened = open_desk(Services(nowhere), DeskAddress(ORIGIN), with_link=False, make_worker=InThread)
    one = TestClient(desk_app(opened), base_url=ORIGIN)
    response = one.get("/sign-in/provider", follow_redirects=False)
    opened.close()
    assert response.status_code == 503
    assert "does not answer" in response.text


# --- what an attacker tries -------------------------------------------------------------------------------------------


def test_a_state_is_good_once(browser: Any) -> None:
    one = browser()
    back = at_provider(one).removeprefix(f"{ORIGIN}/")
    assert "Signed in as" in one.get(back).text
    one.post("sign-out")
    assert "used before" in is_refused(one.get(back), one)


def test_a_state_that_was_tried_wrongly_is_used_up(browser: Any, provider: TestProvider) -> None:
    one = browser()
    back = at_provider(one)
    state = parse_qs(urlsplit(back).query)["state"][0]
    provider.fault = "expired"
    is_refused(one.get(back.removeprefix(f"{ORIGIN}/")), one)
    provider.fault = ""
    fresh = parse_qs(urlsplit(at_provider(browser())).query)["code"][0]
    again = one.get("sign-in/back", params={"code": fresh, "state": state, "iss": provider.issuer})
    assert "used before" in is_refused(again, one)


def test_the_state_of_another_session_lets_nobody_in(browser: Any) -> None:
    victim, attacker = browser(), browser()
    victim.get("sign-in/provider", follow_redirects=False)
    back = at_provider(attacker).removeprefix(f"{ORIGIN}/")
    assert "begun in another browser" in is_refused(victim.get(back), victim)


def test_the_code_of_somebody_else_is_of_no_use(browser: Any, provider: TestProvider) -> None:
    mine, theirs = browser(), browser()
    my_back, their_back = at_provider(mine), at_provider(theirs)
    my_state = parse_qs(urlsplit(my_back).query)["state"][0]
    their_code = parse_qs(urlsplit(their_back).query)["code"][0]
    # the code is bound to a verifier that only the other session knows
    mixed = mine.get("sign-in/back", params={"code": their_code, "state": my_state, "iss": provider.issuer})
    is_refused(mixed, mine)


def test_a_state_ends_after_ten_minutes(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.desk import visits

    one = browser()
    back = at_provider(one).removeprefix(f"{ORIGIN}/")
    now = dt.datetime.now(dt.UTC)
    monkeypatch.setattr(visits, "utc_now", lambda: now + dt.timedelta(minutes=11))
    assert "longer than 10 minutes" in text_of(one.get(back))


@pytest.mark.parametrize(
    "query", ["", "?state=&code=", "?code=x", "?state=x", "?state=%00&code=%00", "?state=a&state=b"]
)
def test_coming_back_without_having_gone_is_refused(query: str, browser: Any, provider: TestProvider) -> None:
    one = browser()
    response = one.get(f"sign-in/back{query}{'&' if query else '?'}iss={provider.issuer}")
    assert "begun in another browser" in is_refused(response, one)


def test_the_answer_of_another_provider_is_refused(browser: Any, provider: TestProvider) -> None:
    one = browser()
    back = at_provider(one).removeprefix(f"{ORIGIN}/")
    other = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fmix-up.example.org", back)
    assert "another provider" in is_refused(one.get(other), one)
    provider.names_itself = False
    silent = at_provider(one).removeprefix(f"{ORIGIN}/")
    assert "another provider" in is_refused(one.get(silent), one)


def test_a_provider_that_never_names_itself_is_taken_as_it_is(browser: Any, provider: TestProvider) -> None:
    provider.names_itself = False
    provider.metadata = {"authorization_response_iss_parameter_supported": None}
    assert "Signed in as" in sign_in(browser()).text


def test_words_of_an_error_are_never_repeated(browser: Any, provider: TestProvider) -> None:
    one = browser()
    one.get("sign-in/provider", follow_redirects=False)
    bad = {"error": "access_denied", "error_description": "Ring 555-1234 <script>", "iss": provider.issuer}
    response = one.get("sign-in/back", params=bad)
    assert "did not let you in" in is_refused(response, one)
    assert "555" not in response.text
    other = one.get("sign-in/back", params=bad | {"error": "<img src=x onerror=alert(1)>"})
    assert "onerror" not in other.text


def test_the_key_of_a_session_changes_and_the_old_one_is_worth_nothing(browser: Any, oidc_desk: Desk) -> None:
    name = oidc_desk.address.cookie_name
    one, attacker = browser(), browser()
    one.get("check")
    planted = one.client.cookies[name]
    sign_in(one)
    assert one.client.cookies[name] != planted
    # what else somebody belongs to, and what else the provider says of them, is kept nowhere
    kept = "\n".join(oidc_desk.sessions._database.iterdump())
    assert "camden-officers" in kept
    assert "choir" not in kept
    assert "planted.person" not in kept
    attacker.client.cookies.set(name, planted, domain="127.0.0.1")
    assert "Signed in as" not in attacker.get("").text
    # nor does the key that was good before signing out
    good = one.client.cookies[name]
    one.post("sign-out")
    attacker.client.cookies.set(name, good, domain="127.0.0.1")
    assert "Signed in as" not in attacker.get("").text


def test_nobody_is_sent_anywhere_else_afterwards(browser: Any) -> None:
    one = browser()
    away = one.get("sign-in/provider?next=https://evil.example.org&to=//evil.example.org", follow_redirects=False)
    back = str(httpx.get(away.headers["location"]).headers["location"]).removeprefix(f"{ORIGIN}/")
    response = one.get(f"{back}&next=https://evil.example.org&redirect_uri=//evil.example.org", follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == "/"


def test_somebody_whom_nobody_knows_reads_what_has_to_be_added(browser: Any, provider: TestProvider) -> None:
    provider.subject = 'x"><script>alert(1)</script>'
    one = browser()
    page = sign_in(one)
    assert page.status_code == 200
    assert "Nobody here knows you yet" in page.text
    assert "<script>alert" not in page.text
    assert provider.subject not in str(page.url)
    assert "Signed in as" not in page.text
    lines = re.search(r"(?s)<pre[^>]*>(oidc:.*?)</pre>", page.text)
    assert lines
    assert yaml.safe_load(lines[1]) == {"oidc": [{"issuer": provider.issuer, "subject": provider.subject}]}


def test_who_is_taken_out_of_people_yaml_is_out_at_once(browser: Any, oidc_desk: Desk, people: str) -> None:
    one = browser()
    sign_in(one)
    file = oidc_desk.services.settings.home / "people.yaml"
    file.write_text(people.replace(PERSON, "another"))
    assert "Signed in as" not in one.get("").text


def test_a_session_of_another_provider_says_nothing(browser: Any, oidc_desk: Desk) -> None:
    one = browser()
    sign_in(one)
    settings = oidc_desk.services.settings
    object.__setattr__(settings, "desk_oidc_issuer", "https://new.example.org")
    assert "Signed in as" not in one.get("").text


def test_without_a_provider_there_is_no_such_page(visit: Callable[..., Browser]) -> None:
    for page in ("sign-in/provider", "sign-in/back?code=1&state=2"):
        assert visit().get(page).status_code == 404


# --- roles by groups --------------------------------------------------------------------------------------------------


def test_a_role_that_is_missing_is_refused_in_words(browser: Any, provider: TestProvider, trees: str) -> None:
    provider.subject = "2"  # the owner, who is in no group
    one = browser()
    page = sign_in(one)
    assert "<b>owner</b>" in page.text
    visitor = one.desk.visitor_of(one.desk.sessions.open(one.client.cookies["londata"], dt.datetime.now(dt.UTC)))
    assert visitor.roles_for(Identity("trees", "camden")) == {"asset-owner", "data-officer"}
    provider.groups = None
    other = browser()
    sign_in(other)
    visitor = one.desk.visitor_of(one.desk.sessions.open(other.client.cookies["londata"], dt.datetime.now(dt.UTC)))
    assert visitor.roles_for(Identity("trees", "camden")) == {"asset-owner"}
    assert not visitor.roles_for(Identity("trees", "barnet"))


def test_a_decision_by_a_role_of_a_group_counts_while_the_group_gives_it(
    browser: Any, provider: TestProvider, oidc_desk: Desk, people: str
) -> None:
    digest = held_source(oidc_desk)
    provider.groups = ["london-dpo", "choir"]
    dpo = browser()
    sign_in(dpo)
    assert "1 of them yours to decide" in text_of(dpo.get("queue"))
    assert decide(dpo, digest).status_code == 200
    provider.subject, provider.groups = "2", None
    owner = browser()
    sign_in(owner)
    assert "made public now" in text_of(decide(owner, digest))

    def states() -> set[str]:
        book = read_book(CAMDEN, oidc_desk.services)
        return {str(one.state) for one in book.standings(book.subjects[digest], dt.datetime.now(dt.UTC).date())}

    assert states() == {"approved"}
    kept = [dict(record.body) for record in oidc_desk.services.ledger.records(CAMDEN) if record.kind == "decision"]
    assert [body.get("groups") for body in kept] == [["london-dpo"], None]
    file = oidc_desk.services.settings.home / "people.yaml"
    file.write_text(people.replace("london-dpo", "another-group"))
    assert states() == {"waiting"}


# --- what can be said without a server --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "local", "good"),
    [
        ("https://id.example.org", False, True),
        ("http://id.example.org", True, False),
        ("http://127.0.0.1:9000", False, False),
        ("http://127.0.0.1:9000", True, True),
        ("http://localhost/realms/x", True, True),
        ("http://127.0.0.1.example.org", True, False),
        ("https://user:word@id.example.org", False, False),
        ("https://", False, False),
        ("http://[::1", True, False),
        ("javascript:alert(1)", True, False),
        ("file:///etc/passwd", True, False),
        ("", True, False),
    ],
)
def test_addresses_are_encrypted(url: str, local: bool, good: bool) -> None:
    assert is_encrypted(url, allow_local=local) is good


def test_settings_that_do_not_fit_are_told(oidc_settings: Settings) -> None:
    for change in ({"allow_local": False}, {"desk_oidc_client": ""}):
        with pytest.raises(SetupProblem):
            Provider(oidc_settings.model_copy(update=change), DeskAddress(ORIGIN))


def test_the_doctor_asks_the_provider_and_looks_who_is_known(
    oidc_settings: Settings, provider: TestProvider, people: str
) -> None:
    def told(**change: Any) -> Diagnosis:
        return next(diagnose((PartCheck("desk", check_desk),), Services(oidc_settings.model_copy(update=change))))

    public = {"desk_url": "https://data.example.org/desk"}
    good = told(**public)
    assert (good.state, "2 of its accounts" in good.what) == (PartState.IN_ORDER, True)
    assert "only this machine" in told().what
    file = oidc_settings.home / "people.yaml"
    file.write_text(people.replace(provider.issuer, f"{provider.issuer}/"))
    assert "letter by letter" in told(**public).fix
    file.write_text("people: []")
    assert "nobody can sign in" in told(**public).what
    assert told(desk_url="http://data.example.org").state is PartState.TO_MEND
    assert told(**public, desk_oidc_issuer="").state is PartState.TO_WATCH
    assert told(desk_oidc_issuer="").state is PartState.NOT_USED
    provider.status = 500
    down = told(**public)
    assert (down.state, down.is_temporary) == (PartState.TO_MEND, True)
    provider.status, provider.metadata = 200, {"issuer": "https://elsewhere.example.org"}
    other = told(**public)
    assert (other.state, other.is_temporary) == (PartState.TO_MEND, False)


def test_only_what_is_needed_is_taken_from_the_provider() -> None:
    told = {
        "issuer": "https://id.example.org",
        "authorization_endpoint": "https://id.example.org/a",
        "token_endpoint": "https://id.example.org/t",
        "jwks_uri": "https://id.example.org/k",
        "verify": False,
        "proxy": "http://evil.example.org",
        "base_url": "http://evil.example.org",
        "headers": {"x": "y"},
        "jwks": {"keys": []},
    }
    known = usable_metadata(told, "https://id.example.org", allow_local=False)
    assert not {"verify", "proxy", "base_url", "headers", "jwks"} & {*known}
    assert known["id_token_signing_alg_values_supported"] == ["RS256"]
