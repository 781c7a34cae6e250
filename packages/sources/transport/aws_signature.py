"""Requests that are signed with a key, as object stores ask for it (AWS Signature Version 4); the key never travels."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

import httpx

Sign = Callable[[httpx.URL], dict[str, str]]
"""The headers that prove a GET of an address."""

NOTHING = hashlib.sha256(b"").hexdigest()
"""The digest of an empty body: a GET has none."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of an object store, and the region that it is for."""

    name: str
    secret: str = field(repr=False)
    region: str = "us-east-1"


def request_signer(key: AccessKey, now: dt.datetime) -> Sign:
    """Signs every GET with a key, at a time."""
    moment = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{key.region}/s3/aws4_request"

    def sign(url: httpx.URL) -> dict[str, str]:
        told = {"host": url.netloc.decode("ascii"), "x-amz-content-sha256": NOTHING, "x-amz-date": moment}
        names = ";".join(told)
        lines = "".join(f"{name}:{value}\n" for name, value in told.items())
        request = "\n".join(("GET", _path(url), _query(url), lines, names, NOTHING))
        to_sign = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()))
        proof = _hmac(_signing_key(key, moment[:8]), to_sign).hex()
        said = f"AWS4-HMAC-SHA256 Credential={key.name}/{scope},SignedHeaders={names},Signature={proof}"
        return {"Authorization": said, "x-amz-content-sha256": NOTHING, "x-amz-date": moment}

    return sign


def _signing_key(key: AccessKey, day: str) -> bytes:
    secret = f"AWS4{key.secret}".encode()
    for part in (day, key.region, "s3", "aws4_request"):
        secret = _hmac(secret, part)
    return secret


def _hmac(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def _path(url: httpx.URL) -> str:
    return quote(unquote(url.raw_path.partition(b"?")[0].decode("ascii")), safe="/-_.~") or "/"


def _query(url: httpx.URL) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in url.params.multi_items())
    return "&".join(f"{name}={value}" for name, value in pairs)
