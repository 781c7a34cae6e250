"""Notices to people when the state of a dataset changes: one for each change and channel, without any data.

A notice that cannot be sent never fails a run; the next run tries again.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flows.orchestration.summary import GOOD
from flows.outcome import Outcome
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import Ledger
from packages.errors import ExitCode, LondataError, SetupProblem
from packages.model import Identity

IN_ORDER = "in order"
MORE = {"": "report", "rescan": "rescan", "incident": "incident show"}
"""By topic of a notice: the command that tells more."""

TIMEOUT = 10
"""Seconds; people can wait for a notice, a nightly run cannot."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The content of a notice. It holds no value from the data: summaries have none.

    `topic` is what it is about, whose states are followed apart; empty for the file that was judged last.
    """

    identity: Identity
    state: str
    before: str
    summary: str
    page: str
    at: dt.datetime
    topic: str = ""

    @property
    def subject(self) -> str:
        """The change in one line."""
        return f"{self.identity} is {self.state} (it was {self.before})"

    @property
    def text(self) -> str:
        """The whole notice as plain text."""
        page = f"\nPage: {self.page}" if self.page else ""
        more = f"londata {MORE[self.topic]} {self.identity}"
        return f"{self.subject}.\n\n{self.summary}{page}\nMore: {more}\n"


class Channel(Protocol):
    """A way to reach people. `send` raises OSError or ValueError, also a subclass, when it does not work."""

    @property
    def name(self) -> str: ...

    def send(self, notice: Notice) -> None: ...


@dataclass(frozen=True)
class Mail:
    """E-mail through a server such as `smtp://account:password@mail.example.org:587` (always encrypted).

    `smtps://` encrypts from the first byte; `smtp+plain://` not at all, for a server on this machine.
    """

    server: str
    sender: str
    to: tuple[str, ...]
    name: str = "e-mail"

    def send(self, notice: Notice) -> None:
        """Send one message to all addresses; smtplib.SMTPException is an OSError."""
        # one message to all, so that they see who else knows; apprise would write to each alone
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = f"londata: {notice.subject}", self.sender, self.to
        message.set_content(notice.text)
        url = urlsplit(self.server)
        host, tls = url.hostname or "", ssl.create_default_context()
        if url.scheme == "smtps":
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=tls)
        else:
            session = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
        with session:
            if url.scheme == "smtp":
                # raises when the server does not offer encryption: the password must not go out in the clear
                session.starttls(context=tls)
            if url.username:
                session.login(unquote(url.username), unquote(url.password or ""))
            session.send_message(message)


@dataclass(frozen=True)
class Webhook:
    """A web address that takes JSON; chat systems show its `text`."""

    address: str
    name: str = "webhook"

    def send(self, notice: Notice) -> None:
        """Post it; ConnectionError names the fault and never the address, which may hold a token."""
        import httpx

        # httpx logs every address at INFO
        logging.getLogger("httpx").setLevel(logging.WARNING)
        body = asdict(notice) | {"identity": str(notice.identity), "at": notice.at.isoformat(), "text": notice.text}
        try:
            # the address is used exactly as it is given: signed ones do not survive being taken apart by apprise
            httpx.post(self.address, json=body, timeout=TIMEOUT).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(type(error).__name__) from None


@dataclass(frozen=True)
class AppriseService:
    """A chat or message service that apprise knows, such as `slack://…`, `msteams://…` or `mailtos://…`."""

    url: str
    name: str

    def send(self, notice: Notice) -> None:
        """Send through apprise; ValueError for a URL that it does not know, ConnectionError when nothing arrived."""
        # the import takes a sixth of a second, and most runs send nothing
        import apprise

        # their messages at WARNING and ERROR quote addresses, and so may hold tokens
        logging.getLogger("apprise").disabled = True
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        service = apprise.Apprise.instantiate(self.url, asset=apprise.AppriseAsset(app_id="londata"))
        if service is None:
            raise ValueError(f"apprise does not know how to use the URL of {self.name}")
        service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT
        client = apprise.Apprise()
        client.add(service)
        if not client.notify(
            title=f"londata: {notice.subject}", body=notice.text, body_format=apprise.NotifyFormat.TEXT
        ):
            raise ConnectionError(self.name)


def configured_channels(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that are set up; SetupProblem when the configuration of one is incomplete."""
    channels: list[Channel] = []
    server, address = settings.notice_smtp.get_secret_value(), settings.notice_webhook.get_secret_value()
    to = tuple(part.strip() for part in settings.notice_to.split(",") if part.strip())
    if server:
        if not to or urlsplit(server).scheme not in ("smtp", "smtps", "smtp+plain"):
            raise SetupProblem(
                "Notices by e-mail are set up by half.",
                fix="Set LONDATA_NOTICE_SMTP (smtp://… or smtps://…), LONDATA_NOTICE_FROM and LONDATA_NOTICE_TO.",
            )
        channels.append(Mail(server, settings.notice_from or to[0], to))
    if address:
        channels.append(Webhook(address))
    return (*channels, *_apprise_services(settings.notify_urls.get_secret_value()))


def _apprise_services(urls: str) -> Iterator[AppriseService]:
    """Yield a channel for each URL, named by its service and never by what follows, which holds tokens."""
    seen: Counter[str] = Counter()
    for number, url in enumerate(urls.split(), start=1):
        service, is_url, _ = url.partition("://")
        if not is_url or not service:
            raise SetupProblem(
                f"Notices to chat services are set up by half: URL {number} does not name a service.",
                fix="Write each URL in LONDATA_NOTIFY_URLS as service://…, with spaces between them; "
                "https://github.com/caronc/apprise lists them.",
            )
        if service == "mailto":
            raise SetupProblem(
                f"Notices would go out unencrypted: URL {number} in LONDATA_NOTIFY_URLS begins with mailto://.",
                fix="Begin it with mailtos://.",
            )
        seen[service] += 1
        # the ledger keeps the state by this name, so two services of a kind need two
        yield AppriseService(url, service if seen[service] == 1 else f"{service} {seen[service]}")


def notice_state(outcome: Outcome) -> str:
    """Return the state to notify of: it stays the same from one good night to the next."""
    if outcome.verdict in GOOD:
        return IN_ORDER
    return f"{outcome.verdict}, personal data" if outcome.exit_code is ExitCode.PERSONAL_DATA else outcome.verdict


def announce(outcome: Outcome, services: Services, now: dt.datetime) -> str:
    """Send notices if the state has changed since the last one; return what went wrong, or an empty text."""
    state = notice_state(outcome)
    return announce_state(Notice(outcome.identity, state, "", outcome.summary, outcome.page, now), services)


def announce_state(notice: Notice, services: Services) -> str:
    """Send a notice if the state that it tells is not the one that was told last on its topic; return what failed."""
    try:
        channels = configured_channels(services.settings)
        problems = [_send_change(channel, notice, services.ledger) for channel in channels]
    except LondataError as problem:
        return f"No notice was sent: {problem.what} {problem.fix}"
    return " ".join(filter(None, problems))


def _send_change(channel: Channel, notice: Notice, ledger: Ledger) -> str:
    name = f"{channel.name}, {notice.topic}" if notice.topic else channel.name
    before = ledger.last_state(notice.identity, name) or IN_ORDER
    if notice.state == before:
        return ""
    # noted first: a run that is killed in this moment sends the notice never rather than twice
    ledger.note_notice(notice.identity, name, notice.state, notice.at)
    try:
        channel.send(replace(notice, before=before))
    # the type alone: the message of an error may hold an address
    except (OSError, ValueError) as error:
        ledger.note_notice(notice.identity, name, before, notice.at)
        return f"No notice was sent by {channel.name} ({type(error).__name__}); the next run tries again."
    return ""
