"""A draft: one file on its way from being handed in to being public, at every step of which somebody may leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from packages.model import Identity

KEPT = dt.timedelta(days=30)
"""So long a draft of somebody who has signed in is kept after the last step."""

KEPT_CHECKED = dt.timedelta(days=1)
"""So long a file is kept that was only checked, by somebody who has not signed in."""

UNDO = dt.timedelta(days=1)
"""So long what was published can be taken back from its draft."""

JobName = Literal["check", "workbook", "publish", "undo", "errand"]
"""check: read and judge the file. workbook: write the marked one. publish: all the way. undo: go back one release.
errand: an act on a dataset, without a file."""

NOT_STOPPED: tuple[JobName, ...] = ("publish", "undo", "errand")
"""The jobs that change what is public: they come first, and nobody stops them half-way."""


class Frozen(BaseModel):
    """The base of what is kept of a draft."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Trouble(Frozen):
    """Why a job did not come to an end: what happened, how to fix it, why it matters."""

    what: str
    fix: str = ""
    why: str = ""


class Job(Frozen):
    """Work on a draft that waits or runs, or the last that did."""

    name: JobName
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    asked: dt.datetime
    ended: dt.datetime | None = None
    trouble: Trouble | None = None


class Result(Frozen):
    """How the file was judged. `content` is the digest (hex) of the release that it would become; empty where none.

    `musts` and `shoulds` are how many findings must and should be mended. `previous` is the release that is public.
    `unmapped` and `missing` are how many columns no field takes, and how many required fields have none.
    """

    verdict: str
    sentence: str
    rows: int = 0
    content: str = ""
    previous: str = ""
    musts: int = 0
    shoulds: int = 0
    unmapped: int = 0
    missing: int = 0
    has_workbook: bool = False


class Sent(Frozen):
    """What came of publishing: the verdict and exit code of the run, and where to look.

    `request` is the digest of what waits for a decision; `instead_of` the release that was public before.
    """

    verdict: str
    exit_code: int
    summary: str
    at: dt.datetime
    by: str
    release: str = ""
    page: str = ""
    instead_of: str = ""
    request: str = ""
    taken_back: dt.datetime | None = None


class Errand(Frozen):
    """An act on a dataset that takes a while, and needs no file of anybody.

    run: publish from the source. withdraw, rollback, purge, incident: as the commands of these names. `reason` is
    what everybody may read, of an incident a note. `field` is of `table`; `aware` is a time in London.
    """

    kind: Literal["run", "withdraw", "rollback", "purge", "incident"]
    reason: str = ""
    release: str = ""
    table: str = ""
    field: str = ""
    rows: tuple[int, ...] = ()
    everything: bool = False
    days: int = 0
    aware: str = ""


class DeskDraft(Frozen):
    """One file and how far it has come. `owner` is Visitor.who; `name` the file's name, safe and without
    personal data.

    `link` is the address it is fetched from; empty for a file that was handed in. `layout` is the one that somebody has
    chosen for it, as JSON; empty where nothing was matched. `is_remembered` when it stands in the description.
    `number` counts the files handed in for it: a corrected one takes the place of the one before. With an `errand` it
    is no file, but an act on a dataset.
    """

    id: str
    owner: str
    created: dt.datetime
    changed: dt.datetime
    name: str = ""
    link: str = ""
    number: int = 1
    dataset: str = ""
    publisher: str = ""
    sha256: str = ""
    bytes: int = 0
    layout: Mapping[str, Any] = {}
    is_remembered: bool = False
    job: Job | None = None
    result: Result | None = None
    sent: Sent | None = None
    errand: Errand | None = None

    @property
    def identity(self) -> Identity | None:
        """The dataset of a borough that it is for; None while that is not known."""
        return Identity(self.dataset, self.publisher) if self.dataset and self.publisher else None

    @property
    def is_busy(self) -> bool:
        """Whether a job on it waits or runs."""
        return self.job is not None and self.job.state in ("waiting", "running")

    @property
    def is_anonymous(self) -> bool:
        """Whether its owner has not signed in."""
        return self.owner.startswith("session ")

    @property
    def ends(self) -> dt.datetime:
        """When it is removed."""
        return self.changed + (KEPT_CHECKED if self.is_anonymous else KEPT)

    def can_be_undone(self, now: dt.datetime) -> bool:
        """Whether what it published can still be taken back from here."""
        sent = self.sent
        return sent is not None and sent.verdict == "publish" and not sent.taken_back and now - sent.at < UNDO
