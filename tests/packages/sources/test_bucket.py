"""Drops in an object store: signed as the store asks for it, the newest one taken, no secret ever shown."""

from __future__ import annotations

import datetime as dt
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from packages.errors import FileProblem, LondataError, SetupProblem
from packages.fetch import Fetched, fetch
from packages.sources.transport.aws_signature import AccessKey, request_signer
from packages.sources.transport.download import FetchContext
from packages.spec import BucketSource
from tests.packages.sources.portals import BucketPortal
from tests.packages.sources.server import Server, send

NOW = dt.datetime(2026, 7, 10, 9, tzinfo=dt.UTC)
# the example that the documentation of the signature gives, with the results that it states
EXAMPLE = AccessKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
MAY_2013 = dt.datetime(2013, 5, 24, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_the_signature_is_that_of_the_documentation(query: str, expected: str) -> None:
    headers = request_signer(EXAMPLE, MAY_2013)(httpx.URL(f"https://examplebucket.s3.amazonaws.com/?{query}"))
    assert headers["Authorization"].endswith(f"Signature={expected}")
    assert EXAMPLE.secret not in repr(EXAMPLE) + str(headers)


def brought(server: Server, tmp_path: Path, keys: str = "", **more: str) -> Fetched:
    told = {"kind": "bucket", "url": server.url("/drops"), "prefix": "spend/", "match": "*.csv"} | more
    environ = {"LONDATA_DROPS": keys} if keys else {}
    source = BucketSource.model_validate(told)
    return fetch(
        source, FetchContext(base=tmp_path, store=tmp_path / "store", now=NOW, allow_local=True, environ=environ)
    )


def test_the_newest_drop_that_fits_is_taken_from_any_page(server: Server, tmp_path: Path) -> None:
    server.portal = BucketPortal()
    extract = brought(server, tmp_path).extract
    assert extract.name.startswith("june ")
    assert extract.etag.startswith('"spend/june')
    assert [query.get("continuation-token") for _, query in server.queries] == [None, "a/b+c=", None]


def test_every_request_to_a_closed_bucket_is_signed_with_the_key_of_the_environment(
    server: Server, tmp_path: Path
) -> None:
    portal = BucketPortal()
    key = AccessKey("drops-reader", "canary-secret", "eu-west-2")

    def check(handler: BaseHTTPRequestHandler) -> bool:
        asked = httpx.URL(f"http://{handler.headers['Host']}{handler.path}")
        return handler.headers.get("Authorization") == request_signer(key, NOW)(asked)["Authorization"]

    portal.check = check
    server.portal = portal
    extract = brought(
        server, tmp_path, "drops-reader:canary-secret", keys_from="LONDATA_DROPS", region="eu-west-2"
    ).extract
    assert "canary" not in repr(extract)
    with pytest.raises(SetupProblem, match="does not give this file") as problem:
        brought(server, tmp_path, "drops-reader:another", keys_from="LONDATA_DROPS", region="eu-west-2")
    assert "another" not in problem.value.what + problem.value.fix


@pytest.mark.parametrize("keys", ["", "only-a-name", ":secret"])
def test_a_missing_key_is_said_before_anything_is_asked(server: Server, tmp_path: Path, keys: str) -> None:
    with pytest.raises(SetupProblem, match="LONDATA_DROPS"):
        brought(server, tmp_path, keys, keys_from="LONDATA_DROPS")
    assert server.asked == []


def test_a_signature_never_goes_to_another_host(server: Server, tmp_path: Path) -> None:
    other = Server()
    server.always = send(b"", status=302, Location=other.url("/drops"))
    with pytest.raises(LondataError):
        brought(server, tmp_path, "name:secret", keys_from="LONDATA_DROPS")
    assert all("Authorization" not in headers for _, headers in other.asked)
    other.httpd.shutdown()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<ListBucketResult/>", FileProblem),
        (b"<ListAllMyBucketsResult/>", SetupProblem),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult>&b;</ListBucketResult>", FileProblem),
        (b"<ListBucketResult><Contents><Key>spend/a.csv</Key></Contents></ListBucketResult>", LondataError),
        (b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", LondataError),
        (b"<ListBucketResult><Contents>", LondataError),
    ],
)
def test_other_answers_are_said(server: Server, tmp_path: Path, body: bytes, problem: type[LondataError]) -> None:
    server.always = send(body)
    with pytest.raises(problem):
        brought(server, tmp_path)
