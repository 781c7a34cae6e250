"""Where an object store is, and how to open it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from packages.errors import SetupProblem
from packages.objects.object_store import ObjectStore

ANSWER = timedelta(seconds=30)
"""Time in which an answer has to begin, and between two pieces of it."""

KEEP_TRYING = timedelta(seconds=60)
"""Time from the first try of a request after which it is not tried again."""

TRIES = 6


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """An address such as `s3://bucket/prefix`, and the account there.

    `endpoint` is the address of the service, empty for Amazon's own in `region`. Without a key, what the machine itself
    is allowed counts (the role of a server in Amazon's cloud).
    """

    url: str
    endpoint: str = ""
    region: str = "eu-west-2"
    key_id: str = ""
    secret: str = field(default="", repr=False)


class StoreSettings(Protocol):
    """The settings that say where the object store is."""

    @property
    def store_url(self) -> str: ...
    @property
    def store_endpoint(self) -> str: ...
    @property
    def store_region(self) -> str: ...
    @property
    def store_key_id(self) -> str: ...
    @property
    def store_secret(self) -> SecretStr: ...


def open_store_of(settings: StoreSettings) -> ObjectStore:
    """Return the store that the settings name, without asking it anything; SetupProblem for an address that is none."""
    return open_object_store(
        StoreAddress(
            url=settings.store_url,
            endpoint=settings.store_endpoint,
            region=settings.store_region,
            key_id=settings.store_key_id,
            secret=settings.store_secret.get_secret_value(),
        )
    )


def open_object_store(address: StoreAddress) -> ObjectStore:
    """Return the store at an address, without asking it anything; SetupProblem for an address that is none."""
    # imported on use: most commands have no object store
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    parts = urlsplit(address.url)
    if parts.scheme != "s3" or not parts.netloc:
        raise SetupProblem(
            f"“{address.url}” is no address of an object store.",
            fix="Write LONDATA_STORE_URL as s3://bucket or s3://bucket/prefix.",
        )
    account: dict[str, Any] = (
        {"access_key_id": address.key_id, "secret_access_key": address.secret} if address.key_id else {}
    )
    endpoint: dict[str, Any] = {"endpoint": address.endpoint.rstrip("/")} if address.endpoint else {}
    options: Any = {
        "prefix": parts.path.strip("/") or None,
        "region": address.region,
        "client_options": {
            # unencrypted only where the operator wrote so
            "allow_http": address.endpoint.startswith("http://"),
            "timeout": ANSWER,
            "connect_timeout": timedelta(seconds=10),
        },
        "retry_config": {"max_retries": TRIES, "retry_timeout": KEEP_TRYING},
    }
    try:
        return ObjectStore(S3Store(parts.netloc, **options, **account, **endpoint), address.url)
    except (BaseError, ValueError) as error:
        raise SetupProblem(
            f"The object store {address.url} cannot be opened ({type(error).__name__}).",
            fix="Check LONDATA_STORE_URL, LONDATA_STORE_ENDPOINT and LONDATA_STORE_REGION.",
        ) from None  # the error may repeat settings
