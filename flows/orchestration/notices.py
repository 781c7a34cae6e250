"""Word to people when the state of a dataset changes: once, by e-mail or to a web address, without any data.

A notice that cannot be sent never fails a run; the next run tries again.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import ssl
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flows.orchestration.summary import GOOD
from flows.publish import Outcome
from flows.services import Services
from flows.settings import Settings
from flows.state.ledger import Ledger
from packages.errors import ExitCode, LondataError, SetupProblem
from packages.model import Identity

IN_ORDER = "in order"
TIMEOUT = 10
"""Seconds; people can wait for a notice, a nightly run cannot."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said. It holds no value from the data: summaries have none."""

    identity: Identity
    state: str
    before: str
    summary: str
    page: str
    at: dt.datetime

    @property
    def subject(self) -> str:
        return f"{self.identity} is {self.state} (it was {self.before})"

    @property
    def text(self) -> str:
        page = f"\nPage: {self.page}" if self.page else ""
        return f"{self.subject}.\n\n{self.summary}{page}\nMore: londata report {self.identity}\n"


class Channel(Protocol):
    """A way to reach people. `send` raises OSError, also a subclass, when it does not work."""

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
        """Send to everybody; smtplib.SMTPException is an OSError."""
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = f"londata: {notice.subject}", self.sender, self.to
        message.set_content(notice.text)
        with self._session() as session:
            session.send_message(message)

    def _session(self) -> smtplib.SMTP:
        url = urlsplit(self.server)
        host, secure = url.hostname or "", ssl.create_default_context()
        if url.scheme == "smtps":
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=secure)
        else:
            session = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
        if url.scheme == "smtp":
            session.starttls(context=secure)
        if url.username:
            session.login(unquote(url.username), unquote(url.password or ""))
        return session


@dataclass(frozen=True)
class Webhook:
    """A web address that takes JSON; chat systems show its `text`."""

    address: str
    name: str = "webhook"

    def send(self, notice: Notice) -> None:
        """Post it; ConnectionError names the fault and never the address, which may hold a token."""
        import httpx

        # it notes every address at INFO
        logging.getLogger("httpx").setLevel(logging.WARNING)
        body = asdict(notice) | {"identity": str(notice.identity), "at": notice.at.isoformat(), "text": notice.text}
        try:
            httpx.post(self.address, json=body, timeout=TIMEOUT).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(type(error).__name__) from None


def configured_channels(settings: Settings) -> tuple[Channel, ...]:
    """The ways that are set up; SetupProblem when one is so by half."""
    found: list[Channel] = []
    server, address = settings.notice_smtp.get_secret_value(), settings.notice_webhook.get_secret_value()
    to = tuple(part.strip() for part in settings.notice_to.split(",") if part.strip())
    if server:
        if not to or urlsplit(server).scheme not in ("smtp", "smtps", "smtp+plain"):
            raise SetupProblem(
                "Notices by e-mail are set up by half.",
                fix="Set LONDATA_NOTICE_SMTP (smtp://… or smtps://…), LONDATA_NOTICE_FROM and LONDATA_NOTICE_TO.",
            )
        found.append(Mail(server, settings.notice_from or to[0], to))
    if address:
        found.append(Webhook(address))
    return tuple(found)


def notice_state(outcome: Outcome) -> str:
    """The state that people hear of: it stays the same from one good night to the next."""
    if outcome.verdict in GOOD:
        return IN_ORDER
    return f"{outcome.verdict}, personal data" if outcome.exit_code is ExitCode.PERSONAL_DATA else outcome.verdict


def announce(outcome: Outcome, tools: Services, now: dt.datetime) -> str:
    """Tell people if the state has changed since they were told last; gives what went wrong, or an empty text."""
    try:
        wrong = [_tell(channel, outcome, tools.ledger, now) for channel in configured_channels(tools.settings)]
    except LondataError as problem:
        return f"No notice was sent: {problem.what} {problem.fix}"
    return " ".join(filter(None, wrong))


def _tell(channel: Channel, outcome: Outcome, ledger: Ledger, now: dt.datetime) -> str:
    identity, state = outcome.identity, notice_state(outcome)
    before = ledger.told(identity, channel.name) or IN_ORDER
    if state == before:
        return ""
    # noted first: whoever is killed in this moment says it never rather than twice
    ledger.note_notice(identity, channel.name, state, now)
    try:
        channel.send(Notice(identity, state, before, outcome.summary, outcome.page, now))
    except (OSError, ValueError) as error:
        ledger.note_notice(identity, channel.name, before, now)
        return f"No notice was sent by {channel.name} ({type(error).__name__}); the next run tries again."
    return ""
