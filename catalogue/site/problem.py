"""The report of a problem in the data, to the team that can mend them: what it says, and the letter that says it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from catalogue.listing import Listing


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """The text to send; `mail` is a mailto: address with it, empty where the contact has no e-mail address."""

    text: str
    mail: str


def problem_report(listed: Listing) -> ProblemReport:
    """Return the report on a listing, in which only the row and the problem are left to fill in."""
    text = (
        f"Dataset: {listed.title}\n"
        f"Release: {listed.release[:16]} of {listed.modified.date().isoformat()}\n"
        + (f"Page: {listed.page}\n" if listed.page else "")
        + "Row: \n"
        "What is wrong: \n"
        "What would be right: \n"
    )
    subject = f"A problem in “{listed.title}”"
    mail = f"mailto:{quote(listed.contact.email, safe='@')}?subject={quote(subject)}&body={quote(text)}"
    return ProblemReport(text, mail if listed.contact.email else "")
