"""Signed requests to object stores (AWS Signature Version 4). The secret key is never sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

import httpx

Sign = Callable[[httpx.URL], dict[str, str]]
"""Returns the headers that authenticate a GET of an address."""

EMPTY_BODY = hashlib.sha256(b"").hexdigest()
"""The digest of the body of a GET."""

UNRESERVED = "-_.~"
"""Characters besides letters and digits that the signature leaves unescaped."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of an object store, and the region that it is for."""

    name: str
    secret: str = field(repr=False)
    region: str = "us-east-1"


def request_signer(key: AccessKey, now: dt.datetime) -> Sign:
    """Return a function that signs GET requests with the key, valid around `now`."""
    timestamp = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope_parts = (timestamp[:8], key.region, "s3", "aws4_request")
    scope = "/".join(scope_parts)
    signing_key = f"AWS4{key.secret}".encode()
    for part in scope_parts:
        signing_key = _hmac(signing_key, part)

    def sign(url: httpx.URL) -> dict[str, str]:
        signed = {"host": url.netloc.decode("ascii"), "x-amz-content-sha256": EMPTY_BODY, "x-amz-date": timestamp}
        names = ";".join(signed)
        header_lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        # server and client must derive the same text: unescape first, or “%20” would be escaped a second time
        path = quote(unquote(url.raw_path.partition(b"?")[0].decode("ascii")), safe="/" + UNRESERVED) or "/"
        pairs = sorted((quote(k, safe=UNRESERVED), quote(v, safe=UNRESERVED)) for k, v in url.params.multi_items())
        query = "&".join(f"{name}={value}" for name, value in pairs)
        request = "\n".join(("GET", path, query, header_lines, names, EMPTY_BODY))
        to_sign = "\n".join(("AWS4-HMAC-SHA256", timestamp, scope, hashlib.sha256(request.encode()).hexdigest()))
        credential = f"AWS4-HMAC-SHA256 Credential={key.name}/{scope}"
        return {
            "Authorization": f"{credential},SignedHeaders={names},Signature={_hmac(signing_key, to_sign).hex()}",
            "x-amz-content-sha256": EMPTY_BODY,
            "x-amz-date": timestamp,
        }

    return sign


def _hmac(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()
