"""What an object store refuses or fails to do, as problems that say who can help; no key of an account is in them."""

from __future__ import annotations

import re

from packages.errors import LondataError, SetupProblem, TemporaryProblem

CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3})")

WRONG_ACCOUNT = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})
FORBIDDEN = frozenset({"401", "403"})
NO_BUCKET = "NoSuchBucket"
CLOCK_WRONG = "RequestTimeTooSkewed"


def store_problem(place: str, error: Exception) -> LondataError:
    """Return the problem that an error of the library stands for; `place` is the address of the store. Pure."""
    words = str(error)
    code, status = CODE.search(words), STATUS.search(words)
    name = code[1] if code else ""
    if name == NO_BUCKET:
        return SetupProblem(
            f"There is no bucket {place}.",
            fix="Make it, or set LONDATA_STORE_URL to one that is there.",
        )
    if name == CLOCK_WRONG:
        return SetupProblem(
            f"The clock of this machine is wrong: the object store {place} refuses what it signs.",
            fix="Let the machine set its clock by the network (NTP).",
        )
    if (
        name in WRONG_ACCOUNT
        or type(error).__name__ in ("UnauthenticatedError", "PermissionDeniedError")
        or (status and status[1] in FORBIDDEN)
    ):
        return SetupProblem(
            f"The object store {place} refuses our account{f' ({name})' if name else ''}.",
            fix="Check LONDATA_STORE_KEY_ID and LONDATA_STORE_SECRET, and that the account may list, read, write and "
            "delete in this bucket.",
        )
    reason = name or (f"status {status[1]}" if status else "no answer")
    return TemporaryProblem(
        f"The object store {place} does not answer as it should ({reason}).",
        fix="Nothing has to be done now: the next run finds out how far this one came. If it goes on, check that it "
        "runs and that LONDATA_STORE_ENDPOINT is its address.",
    )
