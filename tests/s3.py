"""S3 servers of a test run's own, each in a process of its own on this machine, with an empty bucket."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from packages.objects import StoreAddress

BUCKET = "londata"
ACCOUNT = StoreAddress(f"s3://{BUCKET}", region="us-east-1", key_id="londata-tests", secret="not-a-secret")

MOTO = """
import logging, sys
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""

CEPH = ("monmaptool", "ceph-mon", "ceph-osd", "ceph", "radosgw", "radosgw-admin")
"""The programs of Debian's packages radosgw, ceph-mon and ceph-osd."""

CEPH_CONF = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}/0]
public addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
ms bind msgr1 = false
# without accounts there is no secret to encrypt with, and radosgw asks for encryption unless told otherwise
ms mon client mode = crc
auth cluster required = none
auth service required = none
auth client required = none
# one copy, in memory
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
mon max pg per osd = 1000
# the disk of a test machine may be nearly full
mon data avail crit = 0
# nothing else votes, so that nothing has to be waited for
paxos propose interval = 0.05
paxos min wait = 0.01
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw enable usage log = false
rgw run sync thread = false
run dir = {room}
admin socket = {room}/$name.asok
log file = {room}/$name.log
mon data = {room}/mon
osd data = {room}/osd
rgw data = {room}/rgw
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def moto_server(account: StoreAddress = ACCOUNT) -> Iterator[StoreAddress]:
    """A moto: S3 in Python and in memory, with its own idea of each answer; it takes any key."""
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", MOTO, str(port)], **quiet) as process:  # type: ignore[call-overload]
        try:
            wait_for(port, process)
            address = replace(account, endpoint=f"http://127.0.0.1:{port}")
            make_bucket(address)
            yield address
        finally:
            process.kill()


def radosgw_is_there() -> bool:
    """Whether Ceph's programs are installed."""
    return all(shutil.which(program) for program in CEPH)


@contextlib.contextmanager
def radosgw_server(account: StoreAddress = ACCOUNT) -> Iterator[StoreAddress]:
    """Ceph with one monitor, one place of objects in memory and a gateway: S3 as large installations have it."""
    room = Path(tempfile.mkdtemp(prefix="londata-ceph-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, room, ignore_errors=True)
        address = replace(account, endpoint=f"http://127.0.0.1:{_start_ceph(room, stack, account)}")
        make_bucket(address)
        yield address


def _start_ceph(room: Path, stack: contextlib.ExitStack, key: StoreAddress) -> int:
    """Start Ceph in a folder and return the port of its gateway; the stack ends it."""
    conf, fsid, disk, port, mon_port = room / "ceph.conf", uuid.uuid4(), str(uuid.uuid4()), free_port(), free_port()
    for name in ("mon", "osd", "rgw"):
        (room / name).mkdir()
    conf.write_text(CEPH_CONF.format(fsid=fsid, mon_port=mon_port, port=port, room=room), encoding="utf-8")
    # what the machine is set to for a Ceph of its own does not count
    own = {"cwd": room, "env": {"PATH": os.environ["PATH"], "HOME": str(room)}, "stdin": subprocess.DEVNULL}

    def run(program: str, *arguments: str) -> None:
        command = (program, "-c", str(conf), *arguments)
        done = subprocess.run(command, **own, capture_output=True, text=True, timeout=60)  # type: ignore[call-overload]
        assert done.returncode == 0, f"{program}: {done.stderr[-2000:]}"

    def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen((program, "-c", str(conf), "-f", *arguments), **own, **quiet)  # type: ignore[call-overload]
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process  # type: ignore[no-any-return]

    run("monmaptool", "--create", "--fsid", str(fsid), "--addv", "a", f"[v2:127.0.0.1:{mon_port}/0]", f"{room}/monmap")
    run("ceph-mon", "--mkfs", "-i", "a", "--monmap", f"{room}/monmap")
    start("ceph-mon", "-i", "a")
    run("ceph", "--connect-timeout", "30", "osd", "new", disk)
    run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
    start("ceph-osd", "-i", "0")
    gateway = start("radosgw", "-n", "client.rgw")
    wait_for(port, gateway)
    account = ("--uid", "tests", "--display-name", "tests", "--access-key", key.key_id, "--secret", key.secret)
    run("radosgw-admin", "user", "create", *account)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=30) as answer:
        assert answer.status == 200
    return port


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
