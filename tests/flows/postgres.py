"""A PostgreSQL of a test run's own: made where Debian's package is installed, and thrown away afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

UNSAFE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100"
"""What is thrown away need not outlive a power cut."""

ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this account."""


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


@contextlib.contextmanager
def thrown_away(binaries: Path, port: int | None = None) -> Iterator[str]:
    """The SQLAlchemy URL of a new and empty cluster; CalledProcessError when it fails.

    It listens on no network but, where a port is named, on this machine, and there it asks for a password.
    """
    room = Path(tempfile.mkdtemp(prefix="londata-postgres-"))
    account = ACCOUNT if os.geteuid() == 0 else None
    if account:
        shutil.chown(room, account)
    data, control = str(room / "data"), str(binaries / "pg_ctl")

    def run(*command: str) -> None:
        # not captured: the server would keep the pipe open
        subprocess.run(
            command,
            check=True,
            user=account,
            cwd=room,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
        )

    try:
        initdb = (str(binaries / "initdb"), "-D", data, "-U", ACCOUNT, "-E", "UTF8", "--locale=C.UTF-8", "-N")
        run(*initdb, "--auth-local=trust", "--auth-host=scram-sha-256")
        network = f"127.0.0.1 -c port={port}" if port else ""
        where = f"-c listen_addresses={network} -c unix_socket_directories={room}"
        run(control, "-D", data, "-o", f"{UNSAFE} {where}", "-l", str(room / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://{ACCOUNT}@/postgres?host={room}" + (f"&port={port}" if port else "")
        finally:
            run(control, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(room, ignore_errors=True)
