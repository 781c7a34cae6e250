"""Is what is public signed, by a key that whoever verifies accepts, and for how long?"""

from __future__ import annotations

import datetime as dt

from catalogue.signing.key_files import KeyFolder
from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services

SIGNATURES = "signatures"

SOON = dt.timedelta(days=30)
"""Time before an end from which it is told."""


def check_signatures(services: Services, now: dt.datetime) -> Diagnosis:
    """Look at the keys; SetupProblem when the key that signs may not, or others may read it."""
    settings = services.settings
    signer, folder = settings.signer, KeyFolder(settings.home / "keys")
    if signer is None:
        what = "Nothing is signed: re-users cannot prove that what they got is what was published."
        return Diagnosis(SIGNATURES, PartState.NOT_USED, what, "`londata keys new --root FILE` makes the keys.")
    keys = folder.key_list()
    listed = keys.key(signer.key_id) if keys else None
    if keys is None or listed is None:
        what = f"The key {signer.key_id} signs, and there is no list of keys in {folder.path} that goes out with it."
        return Diagnosis(SIGNATURES, PartState.TO_MEND, what, "Copy keys.json and keys.json.sig there.")
    ends = (
        ("The list of keys", keys.expires, "`londata keys renew --root FILE`, then `londata site`."),
        (f"The key {signer.key_id}", listed.expires, "`londata keys rotate --root FILE`, then `londata site`."),
    )
    for what, end, fix in ends:
        if end <= now:
            said = f"{what} was good until {end:%-d %B %Y}: nothing that is public can be verified any more."
            return Diagnosis(SIGNATURES, PartState.TO_MEND, said, fix)
    for what, end, fix in ends:
        if end - now <= SOON:
            return Diagnosis(SIGNATURES, PartState.TO_WATCH, f"{what} is good until {end:%-d %B %Y}.", fix)
    until = min(keys.expires, listed.expires)
    said = f"The key {signer.key_id} signs what is public; it and the list of keys are good until {until:%-d %B %Y}."
    return Diagnosis(SIGNATURES, PartState.IN_ORDER, said)
