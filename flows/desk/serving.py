"""`londata desk`: the web front, from the first line on the terminal to the last answer."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from flows.desk.address import desk_address
from flows.desk.app import desk_app
from flows.desk.desk import open_desk
from flows.desk.doors.patience import PatientProtocol
from flows.services import Services
from flows.settings import load_settings
from packages.errors import SetupProblem

GRACE = 20
"""Seconds that answers and publications under way have, once the desk is told to end."""

MOST_CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """The options of `londata desk`."""

    host: str = "127.0.0.1"
    port: int = 8500


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """Where a desk answers, and the link that lets in the account that runs it; empty where there is none."""

    address: str
    link: str


OnReady = Callable[[DeskPlace], None]
"""Called when the desk answers."""


def serve_desk(options: DeskOptions, on_ready: OnReady) -> None:
    """Serve the desk until somebody ends it; SetupProblem when it cannot be opened as the settings say."""
    settings = load_settings()
    listener = _listening(options)
    port = listener.getsockname()[1]
    address = desk_address(settings.desk_url, options.host, port)
    by_link = address.is_local and not settings.desk_oidc_issuer
    desk = open_desk(Services(settings), address, with_link=by_link)
    # a file that arrives lies beside the drafts: on a disk that is large enough, in a folder that is closed to others
    uploads = settings.home / "desk" / "uploads"
    uploads.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(uploads)
    proxies = tuple(one.strip() for one in settings.desk_proxies.split(",")) if settings.desk_url else ()
    config = server_config(desk_app(desk), proxies)
    desk.start()
    on_ready(DeskPlace(address.url(""), address.url(f"sign-in/link?key={desk.link_key}") if by_link else ""))
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        desk.close(GRACE)


def server_config(app: ASGIApp, proxies: tuple[str, ...] = ()) -> uvicorn.Config:
    """Return how the server works; `proxies` are the addresses whose word on who asks is taken."""
    return uvicorn.Config(
        app,
        log_level="warning",
        # addresses of pages name drafts
        access_log=False,
        server_header=False,
        http=PatientProtocol,
        ws="none",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )


def _listening(options: DeskOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
        # whoever comes before the first page is ready waits, and is not turned away
        listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SetupProblem(
            f"Port {options.port} of {options.host} cannot be used ({error.strerror or 'no reason given'}).",
            fix="Name another one: --port 8501. 0 takes any that is free. --host is an address of this machine.",
        ) from error
    return listener
