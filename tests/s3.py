"""S3 servers of a test run's own, each in a process of its own on this machine, with an empty bucket."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from packages.objects import StoreAddress

BUCKET = "londata"
ACCOUNT = StoreAddress(f"s3://{BUCKET}", region="us-east-1", key_id="londata-tests", secret="not-a-secret")

MOTO = """
import logging, sys
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def moto_server() -> Iterator[StoreAddress]:
    """A moto: S3 in Python and in memory, with its own idea of each answer."""
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", MOTO, str(port)], **quiet) as process:  # type: ignore[call-overload]
        try:
            wait_for(port, process)
            address = replace(ACCOUNT, endpoint=f"http://127.0.0.1:{port}")
            make_bucket(address)
            yield address
        finally:
            process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until something answers at a port; AssertionError when the process ends first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended at once"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"no answer at port {port}")


def client(address: StoreAddress):  # type: ignore[no-untyped-def]  # boto3 has no types
    """Another client than ours, to see what is there."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=address.endpoint,
        region_name=address.region,
        aws_access_key_id=address.key_id,
        aws_secret_access_key=address.secret,
    )


def make_bucket(address: StoreAddress) -> None:
    client(address).create_bucket(Bucket=BUCKET)
