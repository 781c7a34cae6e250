"""Refusals: what was asked cannot be done as it was asked, in words that a person can act on."""

from __future__ import annotations

from packages.errors import ExitCode, LondataError


class RequestRefused(LondataError):
    """A request that is not answered as it was asked; `status` is that of HTTP, `retry` the seconds to wait."""

    exit_code = ExitCode.SETUP

    def __init__(self, status: int, what: str, *, fix: str, why: str = "", retry: int = 0) -> None:
        super().__init__(what, fix=fix, why=why)
        self.status = status
        self.retry = retry


def nothing_here() -> RequestRefused:
    """Return the refusal of an address at which there is nothing, or nothing for this visitor: both look alike."""
    return RequestRefused(
        404,
        "There is nothing at this address.",
        fix="Go to the start page. A file that was only checked is gone after a day, and only the browser that handed "
        "it over can see it.",
    )


def too_many(seconds: float) -> RequestRefused:
    """Return the refusal of who asks too often."""
    wait = max(1, round(seconds + 0.5))
    return RequestRefused(
        429,
        "That was tried too often in a short time.",
        fix=f"Wait {wait} seconds, then go on.",
        why="Otherwise somebody could try out passwords, or keep others from working.",
        retry=wait,
    )


def body_too_large(mebibytes: int) -> RequestRefused:
    """Return the refusal of a file that is larger than the desk takes."""
    return RequestRefused(
        413,
        f"This is more than the {mebibytes} MiB that the desk takes.",
        fix="Take the file to whoever runs londata: the command line has no such limit. Often a workbook saved as CSV "
        "is a fraction of its size.",
    )


def too_much() -> RequestRefused:
    """Return the refusal of a form with more fields than a page of ours has, or longer ones."""
    return RequestRefused(
        413,
        "This form holds more than a page of the desk sends.",
        fix="Save rows that you pasted as a file, and hand that in: a field takes one mebibyte.",
    )


def too_many_headers() -> RequestRefused:
    """Return the refusal of a request that says more before its body than a browser does."""
    return RequestRefused(
        431,
        "Your browser sends more with this than the desk reads.",
        fix="Remove the cookies of this site, then go on.",
    )


def too_slow() -> RequestRefused:
    """Return the refusal of an upload that does not go on."""
    return RequestRefused(
        408, "The file did not arrive: nothing came for a while.", fix="Check your connection, and hand it in again."
    )


def from_elsewhere() -> RequestRefused:
    """Return the refusal of a form that another site has sent, or an old page."""
    return RequestRefused(
        403,
        "This form was not sent from a page of the desk that is open for you now.",
        fix="Open the page again, and repeat what you did. If you signed in since, it is another session.",
        why="Otherwise another site could act in your name.",
    )
