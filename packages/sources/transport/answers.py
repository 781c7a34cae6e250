"""What an HTTP answer means: its status, and whether its body is the data that was asked for."""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from packages.errors import FileProblem, SetupProblem, TemporaryProblem
from packages.readers.file_kinds import FileKind
from packages.readers.opening.refused_kinds import refuse_kind

GONE = (404, 410)
CLOSED = (401, 403, 407)
BUSY = (408, 425, 429)

VALUES = 4_000_000
"""The most values in one answer of JSON: each takes many times its bytes in memory, and an empty one is three bytes."""


class ServerFault(Exception):
    """The server cannot answer now; `wait` is the pause in seconds that it asks for, 0 when it names none."""

    def __init__(self, wait: float = 0) -> None:
        super().__init__("the server cannot answer now")
        self.wait = wait


def refuse_status(response: httpx.Response, host: str, now: dt.datetime) -> None:
    """Accept status 200 only: ServerFault where another attempt may help, SetupProblem where none will."""
    status = response.status_code
    if status == 200:
        return
    if status in BUSY or status >= 500:
        raise ServerFault(_requested_pause(response.headers.get("retry-after", ""), now))
    if status in GONE:
        raise SetupProblem(
            f"{host} has no file at this address any more.",
            fix="Find the new address of the file and put it into the publisher's description.",
        )
    if status in CLOSED:
        raise SetupProblem(
            f"{host} does not give this file to everybody.",
            fix="Open the address in a private browser window. If it asks for a login, ask for an open address.",
        )
    raise SetupProblem(
        f"{host} does not understand what is asked at this address.",
        fix="Open the address in a browser and check that it gives the file.",
    )


def _requested_pause(retry_after: str, now: dt.datetime) -> float:
    """Return the seconds that a Retry-After header asks for, given as a number or a date; 0 when unreadable."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0
    # a date may come without a zone, and one with and one without cannot be subtracted
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - (now if now.tzinfo else now.replace(tzinfo=dt.UTC))).total_seconds())


def refuse_markup(body: bytes) -> None:
    """Raise FileProblem when a web page came instead of data, whatever media type the server claims."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise refuse_kind(FileKind.HTML)


def parse_json(body: bytes, host: str, *, exact: bool = False) -> Any:
    """Return the content of a JSON answer; with `exact`, numbers with a decimal point stay text.

    Raises FileProblem for a web page or one with too many values, TemporaryProblem for one that was cut short.
    """
    refuse_markup(body)
    # nearly right, and in a moment: commas in texts count as well
    if body.count(b",") + body.count(b"[") + body.count(b"{") > VALUES:
        raise FileProblem(
            f"{host} sends more than {VALUES:,} values in one answer.",
            fix="Set `page_rows` lower in the description. If it sends no less then, tell whoever runs that server.",
            why="One answer must not fill the memory.",
        )
    try:
        # NaN and Infinity are no JSON, but some servers write them for a missing value
        return json.loads(body, parse_float=str if exact else None, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise incomplete_answer(host) from error


def incomplete_answer(host: str) -> TemporaryProblem:
    """Return the problem of an answer that was cut short or lacks a required part."""
    return TemporaryProblem(
        f"{host} broke off before the whole answer had arrived.",
        fix="It will be tried again with the next run. If this lasts for days, tell the publisher.",
        why="What is public now stays as it is.",
    )
