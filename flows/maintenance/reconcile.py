"""What the ledger began and what the catalogue shows are brought together, by reading and never by guessing.

`decide` is pure. What a person did in the catalogue (deleted, made private, moved) is never undone; it is held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from catalogue.listing import Listing, listing_of
from catalogue.plan import Live, file_facts, listing_facts
from flows.context import SHARED, PublishContext, exclusive, list_release, withdraw_release
from flows.examine import OnStage, silent
from flows.services import Services
from flows.state.ledger import UNFINISHED, PublishStep
from packages.errors import ExitCode, LondataError, WaitingForPerson
from packages.model import Identity, Publication
from packages.release.seal import open_release
from packages.spec import list_identities, load_spec
from packages.vocabulary import publisher


class Action(StrEnum):
    """What to do about a dataset."""

    NOTHING = "nothing"
    BRING = "bring about a release"
    ADOPT = "believe the catalogue"
    SUPERSEDE = "close the intent"
    WITHDRAW = "finish the withdrawal"
    HOLD = "wait for a person"


@dataclass(frozen=True, slots=True)
class LedgerState:
    """All that a decision needs. `step` is the last one, `public` the release that we believe to be public.

    `heard` are the digests that the ledger has ever named, `stored` those of releases that we still have.
    `removable` tells that in this catalogue somebody else can remove a dataset.
    """

    identity: Identity
    step: PublishStep | None
    public: str
    live: Live | None
    heard: frozenset[str]
    stored: frozenset[str]
    removable: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """A course, the release that it is about, and why, in words for a person."""

    course: Action
    release: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How one dataset was settled: `result` is a word for a table."""

    identity: Identity
    result: str
    exit_code: ExitCode
    release: str = ""
    what: str = ""


def decide(known: LedgerState) -> Decision:
    """What to do, from what the ledger, the catalogue and the store say. Pure."""
    step, live = known.step, known.live
    if step and step.state == "withdrawing":
        return Decision(Action.WITHDRAW, why=step.reason)
    gone = live is None or live.state == "deleted"
    if step and step.state == "withdrawn":
        return Decision(Action.NOTHING) if gone else _hold("We withdrew it, and the catalogue shows it again.")
    if live and (touched := _touched(known.identity, live)):
        return _hold(touched)
    if step and step.state == "intent":
        return _unfinished(step.release, known)
    if live is None:
        return _missing(known)
    return _compared(live.release, known)


def _unfinished(release: str, known: LedgerState) -> Decision:
    if release in known.stored:
        return Decision(Action.BRING, release, "it was begun and not finished")
    if known.live and known.live.release == release:
        return Decision(Action.ADOPT, release, "it was finished, but not noted")
    return Decision(Action.SUPERSEDE, release, "it was begun and left nothing behind, and its files are gone")


def _missing(known: LedgerState) -> Decision:
    if not known.public:
        return Decision(Action.NOTHING)
    if known.removable:
        return _hold("It was removed from the catalogue for good.")
    if known.public in known.stored:
        return Decision(Action.BRING, known.public, "it was not there any more")
    return _hold("It is not there any more, and the files of its release are gone as well.")


def _compared(shown: str, known: LedgerState) -> Decision:
    if not shown and known.live and known.live.state == "draft":
        return Decision(Action.NOTHING)  # a first publish was cut short, and nobody saw anything of it
    if not shown:
        return _hold("The catalogue shows a dataset of this name that is not one of our releases.")
    if not known.public or shown not in known.heard:
        # the ledger is empty, or older than the catalogue: it was lost or restored
        if shown in known.stored:
            return Decision(Action.BRING, shown, "the ledger did not know of it")
        if not known.public:
            return Decision(Action.ADOPT, shown, "the ledger did not know of it")
        return _hold("The catalogue shows a release that we did not make, or whose files and records are lost.")
    if known.public in known.stored:
        return Decision(Action.BRING, known.public)
    if shown == known.public:
        return Decision(Action.NOTHING, shown)
    return _hold("The catalogue shows another release than the last one, and the files of that one are gone.")


def _touched(identity: Identity, live: Live) -> str:
    """What somebody did by hand that is not ours to undo; empty when nothing was."""
    if live.state == "deleted":
        reason = live.facts.get("reason", "")
        return f"It was withdrawn: {reason}" if reason else "It was deleted in the catalogue."
    if live.private:
        return "It was made private in the catalogue."
    if live.organisation != identity.publisher:
        return f"It was moved to the organisation “{live.organisation}” in the catalogue."
    return ""


def _hold(why: str) -> Decision:
    return Decision(Action.HOLD, why=why)


# --- acting -----------------------------------------------------------------------------------------------------------


def finish_interrupted(turn: PublishContext, say: OnStage = silent) -> None:
    """Settle what an earlier run began and did not finish; costs one look into the ledger when there is nothing.

    The catalogue is read as well when the ledger knows nothing: then it may have been lost.
    """
    step = turn.last_step()
    if step and step.state not in UNFINISHED:
        return
    say("finishing what an earlier run began" if step else "looking into the catalogue")
    decision = decide(read_state(turn))
    if decision.course is Action.HOLD:
        raise needs_person(turn.identity, decision)
    apply_decision(decision, turn)


def reconcile(tools: Services, now: dt.datetime, say: OnStage = silent) -> tuple[Reconciled, ...]:
    """Settle every dataset that is described or was ever published; a problem with one never stops the rest."""
    identities = {*list_identities(tools.settings.datasets), *tools.ledger.identities()}
    settled = []
    for identity in sorted(identities):
        say(str(identity))
        try:
            with exclusive(identity, tools, now) as turn:
                settled.append(reconcile_dataset(turn))
        except LondataError as problem:
            result = "held" if problem.exit_code is ExitCode.WAITING else "failed"
            settled.append(Reconciled(identity, result, problem.exit_code, what=f"{problem.what} {problem.fix}"))
    return tuple(settled)


def reconcile_dataset(turn: PublishContext) -> Reconciled:
    """Bring one dataset in order, or say why a person is needed."""
    known = read_state(turn)
    decision = decide(known)
    if decision.course is Action.HOLD:
        return Reconciled(turn.identity, "held", ExitCode.WAITING, known.public, decision.why)
    if decision.course is Action.NOTHING:
        return Reconciled(turn.identity, "in order", ExitCode.UNCHANGED, known.public)
    news = edited_facts(decision.release, known.live, turn) if decision.course is Action.BRING else ()
    publication = apply_decision(decision, turn)
    written = publication is not None and publication.writes > 0
    if decision.course is Action.BRING and not written and not decision.why:
        return Reconciled(turn.identity, "in order", ExitCode.UNCHANGED, decision.release)
    if decision.course is Action.WITHDRAW:
        return Reconciled(turn.identity, "withdrawn", ExitCode.DONE, what=decision.why)
    what = decision.why or f"somebody changed {', '.join(news) or 'its files'}; put right"
    return Reconciled(turn.identity, "repaired" if written else "noted", ExitCode.DONE, decision.release, what)


def read_state(turn: PublishContext) -> LedgerState:
    """Read ledger, catalogue and store."""
    steps = turn.tools.ledger.steps(turn.identity, turn.catalogue)
    return LedgerState(
        identity=turn.identity,
        step=turn.last_step(),
        public=turn.public,
        live=turn.tools.catalogue.live(turn.identity),
        heard=frozenset(step.release for step in steps),
        stored=frozenset(turn.tools.store.stored(turn.identity)),
        removable=turn.catalogue in SHARED,
    )


def apply_decision(decision: Decision, turn: PublishContext) -> Publication | None:
    """Act as decided; gives the receipt when the catalogue was asked to show a release."""
    ledger, step = turn.tools.ledger, turn.last_step()
    if decision.course is Action.WITHDRAW:
        return withdraw_release(decision.why, turn)
    if decision.course is Action.BRING:
        release = open_release(turn.tools.store.release_folder(turn.identity, decision.release))
        return list_release(release, load_spec(turn.identity, turn.tools.settings.datasets), context_of(turn, decision))
    if decision.course is Action.ADOPT:
        live = turn.tools.catalogue.live(turn.identity)
        ledger.done(_receipt(turn, live), turn.act("adopted", decision.release, decision.why), turn.lease)
    if decision.course is Action.SUPERSEDE and step:
        ledger.supersede(step, turn.now, turn.act("superseded", turn.public, decision.why), turn.lease)
    return None


def context_of(turn: PublishContext, decision: Decision) -> PublishContext:
    """The turn as the audit shall name it."""
    return replace(turn, what="finished" if decision.why else "repaired")


def needs_person(identity: Identity, decision: Decision) -> WaitingForPerson:
    """The problem for what only a person can decide."""
    return WaitingForPerson(
        f"{identity}: {decision.why} It was left as it is.",
        fix="If that was a mistake, undo it in the catalogue and run `londata reconcile`. If it was meant, run "
        f"`londata withdraw {identity} --reason …`, so that the nightly run leaves it alone.",
        why="Somebody may have had a reason, for example personal data, to take it away.",
    )


def edited_facts(release: str, live: Live | None, turn: PublishContext) -> tuple[str, ...]:
    """The names of what the catalogue says otherwise than the release; addresses and dates are the catalogue's own."""
    if live is None:
        return ()
    made = open_release(turn.tools.store.release_folder(turn.identity, release))
    spec = load_spec(turn.identity, turn.tools.settings.datasets)
    return differences(listing_of(made, spec, publisher(turn.identity.publisher)), live)


def differences(wanted: Listing, live: Live) -> tuple[str, ...]:
    """Names of facts and files that differ, in order. Pure."""
    said = _named(listing_facts(wanted), live.facts)
    files = [
        file.file
        for file in wanted.files
        if file.id not in live.files or _named(file_facts(file, wanted.release), live.files[file.id])
    ]
    keywords = [] if live.keywords.issuperset(wanted.keywords) else ["keywords"]
    return (*said, *keywords, *files)


_THEIRS = {"issued", "modified", "report", "schema", "url"}


def _named(wanted: Mapping[str, str], shown: Mapping[str, str]) -> list[str]:
    return sorted(name for name in wanted.keys() - _THEIRS if shown.get(name) != wanted[name])


def _receipt(turn: PublishContext, live: Live | None) -> Publication:
    return Publication(
        identity=turn.identity,
        catalogue=turn.catalogue,
        release=live.release if live else "",
        page=live.page if live else "",
        urls=live.urls if live else {},
        ids={"dataset": live.id} if live else {},
        read_back={},
        writes=0,
        at=turn.now,
    )
