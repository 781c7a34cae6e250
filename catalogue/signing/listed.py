"""The signature of a release in a catalogue that is not ours: one fact of its entry, which costs no request. Pure.

The list that is signed is made again from the entry, by whoever verifies: its identifier, its release, and the name,
sha256 and size of each file. The fact is `<key>:<seconds of the seal>:<signature in base64>`.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping

from catalogue.listing import Listing
from catalogue.signing.signer import SignedSums, Signer
from catalogue.signing.sums import SummedFile, SumsList, sums_text

SIGNATURE = "signature"
"""The name of the fact."""


def listing_name(identifier: str, release: str) -> str:
    """Return what the list of an entry is of."""
    return f"listing {identifier} {release}"


def signature_of(listed: Listing, signer: Signer | None) -> dict[str, str]:
    """Return the fact that an entry shows; none where nobody signs."""
    if signer is None:
        return {}
    files = {file.file: SummedFile(file.sha256, file.bytes) for file in listed.files}
    seconds = int(listed.modified.timestamp())
    signed = signer.signed(_list(listing_name(listed.id, listed.release), seconds, signer.key_id, files))
    return {SIGNATURE: _as_text(signed)}


def _as_text(signed: SignedSums) -> str:
    return f"{signed.sums.key}:{signed.sums.version}:{base64.b64encode(signed.signature).decode()}"


def list_of_entry(fact: str, name: str, files: Mapping[str, SummedFile]) -> tuple[bytes, bytes]:
    """Return the list that an entry should have been signed as, and the signature; ValueError for no such fact."""
    key_id, _, rest = fact.partition(":")
    seconds, _, signature = rest.partition(":")
    try:
        content = sums_text(_list(name, int(seconds), key_id, files))
        return content, base64.b64decode(signature, validate=True)
    except (binascii.Error, OverflowError, OSError) as error:
        raise ValueError("no signature") from error


def _list(name: str, seconds: int, key_id: str, files: Mapping[str, SummedFile]) -> SumsList:
    return SumsList(name, seconds, dt.datetime.fromtimestamp(seconds, dt.UTC), key_id, files)
