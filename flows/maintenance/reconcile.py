"""Reconciling what the ledger began with what the catalogue shows, by reading and never by guessing.

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
from flows.process.system_problems import system_problems
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
    """All that a decision needs. `step` is the last one, `public` the release that the ledger takes to be public.

    `recorded` are the digests that the ledger has ever named, `stored` those of the releases that the ledger or the
    catalogue names now and that are still kept. `is_removable` is true for a catalogue from which other people can
    remove a dataset.
    """

    identity: Identity
    step: PublishStep | None
    public: str
    live: Live | None
    recorded: frozenset[str]
    stored: frozenset[str]
    is_removable: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """An action, the release that it is about, and why, in words for a person."""

    action: Action
    release: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How one dataset was reconciled: `result` is a word for a table."""

    identity: Identity
    result: str
    exit_code: ExitCode
    release: str = ""
    what: str = ""


def decide(state: LedgerState) -> Decision:
    """Return what to do, from what the ledger, the catalogue and the store hold. Pure."""
    step, live = state.step, state.live
    if step and step.state == "withdrawing":
        return Decision(Action.WITHDRAW, why=step.reason)
    is_gone = live is None or live.state == "deleted"
    if step and step.state == "withdrawn":
        return Decision(Action.NOTHING) if is_gone else _hold("We withdrew it, and the catalogue shows it again.")
    # before anything is finished or repaired: a person's change outranks what an earlier run began
    if live and (change := _change_by_hand(state.identity, live)):
        return _hold(change)
    if step and step.state == "intent":
        return _decide_unfinished(step.release, state)
    if live is None:
        return _decide_missing(state)
    return _decide_shown(live.release, state)


def _decide_unfinished(release: str, state: LedgerState) -> Decision:
    if release in state.stored:
        return Decision(Action.BRING, release, "it was begun and not finished")
    if state.live and state.live.release == release:
        return Decision(Action.ADOPT, release, "it was finished, but not noted")
    return Decision(Action.SUPERSEDE, release, "it was begun and left nothing behind, and its files are gone")


def _decide_missing(state: LedgerState) -> Decision:
    if not state.public:
        return Decision(Action.NOTHING)
    if state.is_removable:
        return _hold("It was removed from the catalogue for good.")
    if state.public in state.stored:
        return Decision(Action.BRING, state.public, "it was not there any more")
    return _hold("It is not there any more, and the files of its release are gone as well.")


def _decide_shown(shown: str, state: LedgerState) -> Decision:
    if not shown and state.live and state.live.state == "draft":
        return Decision(Action.NOTHING)  # a first publish was cut short, and nobody saw anything of it
    if not shown:
        return _hold("The catalogue shows a dataset of this name that is not one of our releases.")
    if not state.public or shown not in state.recorded:
        # the ledger is empty, or older than the catalogue: it was lost or restored
        if shown in state.stored:
            return Decision(Action.BRING, shown, "the ledger did not know of it")
        if not state.public:
            return Decision(Action.ADOPT, shown, "the ledger did not know of it")
        return _hold("The catalogue shows a release that we did not make, or whose files and records are lost.")
    if state.public in state.stored:
        return Decision(Action.BRING, state.public)
    if shown == state.public:
        return Decision(Action.NOTHING, shown)
    return _hold("The catalogue shows another release than the last one, and the files of that one are gone.")


def _change_by_hand(identity: Identity, live: Live) -> str:
    """Return what a person did in the catalogue that is not ours to undo; empty when nothing was."""
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


def is_in_order(context: PublishContext) -> bool:
    """Return whether `finish_interrupted` would find nothing to do; by reading alone."""
    step = context.last_step()
    if step is None:
        return decide(read_state(context)).action is Action.NOTHING
    return step.state not in UNFINISHED


def finish_interrupted(context: PublishContext, on_stage: OnStage = silent) -> None:
    """Finish what an earlier run began; costs one query to the ledger when there is nothing to finish.

    The catalogue is read as well when the ledger knows nothing: then it may have been lost. Raises WaitingForPerson
    for what only a person can decide.
    """
    step = context.last_step()
    if step and step.state not in UNFINISHED:
        return
    on_stage("finishing what an earlier run began" if step else "looking into the catalogue")
    decision = decide(read_state(context))
    if decision.action is Action.HOLD:
        raise WaitingForPerson(
            f"{context.identity}: {decision.why} It was left as it is.",
            fix="If that was a mistake, undo it in the catalogue and run `londata reconcile`. If it was meant, run "
            f"`londata withdraw {context.identity} --reason …`, so that the nightly run leaves it alone.",
            why="Somebody may have had a reason, for example personal data, to take it away.",
        )
    apply_decision(decision, context)


def reconcile(services: Services, now: dt.datetime, on_stage: OnStage = silent) -> tuple[Reconciled, ...]:
    """Reconcile every dataset that is described or was ever published; a problem with one never stops the rest."""
    identities = {*list_identities(services.settings.datasets), *services.ledger.identities()}
    results = []
    for identity in sorted(identities):
        on_stage(str(identity))
        try:
            with system_problems(), exclusive(identity, services, now) as context:
                results.append(reconcile_dataset(context))
        except LondataError as problem:
            result = "held" if problem.exit_code is ExitCode.WAITING else "failed"
            results.append(Reconciled(identity, result, problem.exit_code, what=f"{problem.what} {problem.fix}"))
    return tuple(results)


def reconcile_dataset(context: PublishContext) -> Reconciled:
    """Bring one dataset in order, or return why a person is needed."""
    state = read_state(context)
    decision = decide(state)
    if decision.action is Action.HOLD:
        return Reconciled(context.identity, "held", ExitCode.WAITING, state.public, decision.why)
    if decision.action is Action.NOTHING:
        return Reconciled(context.identity, "in order", ExitCode.UNCHANGED, state.public)
    # looked for before the action overwrites them
    edited = edited_facts(decision.release, state.live, context) if decision.action is Action.BRING else ()
    publication = apply_decision(decision, context)
    is_written = publication is not None and publication.writes > 0
    if decision.action is Action.BRING and not is_written and not decision.why:
        return Reconciled(context.identity, "in order", ExitCode.UNCHANGED, decision.release)
    if decision.action is Action.WITHDRAW:
        return Reconciled(context.identity, "withdrawn", ExitCode.DONE, what=decision.why)
    what = decision.why or f"somebody changed {', '.join(edited) or 'its files'}; put right"
    return Reconciled(context.identity, "repaired" if is_written else "noted", ExitCode.DONE, decision.release, what)


def read_state(context: PublishContext) -> LedgerState:
    """Read ledger, catalogue and store."""
    steps, store = context.services.ledger.steps(context.identity, context.catalogue), context.services.store
    step, live, public = context.last_step(), context.services.catalogue.live(context.identity), context.public
    # each is asked for: by the list of a store that is a moment old, one of them would seem to be lost
    named = {step.release if step else "", live.release if live else "", public} - {""}
    return LedgerState(
        identity=context.identity,
        step=step,
        public=public,
        live=live,
        recorded=frozenset(step.release for step in steps),
        stored=frozenset(digest for digest in named if store.holds(context.identity, digest)),
        is_removable=context.catalogue in SHARED,
    )


def apply_decision(decision: Decision, context: PublishContext) -> Publication | None:
    """Act as decided; return the receipt when the catalogue was written to or compared with a release."""
    services, step = context.services, context.last_step()
    if decision.action is Action.WITHDRAW:
        return withdraw_release(decision.why, context)
    if decision.action is Action.BRING:
        release = open_release(services.store.release_folder(context.identity, decision.release))
        spec = load_spec(context.identity, services.settings.datasets)
        return list_release(release, spec, replace(context, what="finished" if decision.why else "repaired"))
    if decision.action is Action.ADOPT:
        live = services.catalogue.live(context.identity)
        # the receipt of what is live already, and that no write of ours brought about
        receipt = Publication(
            identity=context.identity,
            catalogue=context.catalogue,
            release=live.release if live else "",
            page=live.page if live else "",
            urls=live.urls if live else {},
            ids={"dataset": live.id} if live else {},
            read_back={},
            writes=0,
            at=context.now,
        )
        act = context.act("adopted", decision.release, decision.why)
        services.ledger.done(receipt, act, context.lease)
    if decision.action is Action.SUPERSEDE and step:
        act = context.act("superseded", context.public, decision.why)
        services.ledger.supersede(step, context.now, act, context.lease)
    return None


def edited_facts(release: str, live: Live | None, context: PublishContext) -> tuple[str, ...]:
    """Return the names of what the catalogue shows differently from the release, in order."""
    if live is None:
        return ()
    stored = open_release(context.services.store.release_folder(context.identity, release))
    spec = load_spec(context.identity, context.services.settings.datasets)
    return differences(listing_of(stored, spec, publisher(context.identity.publisher)), live)


def differences(wanted: Listing, live: Live) -> tuple[str, ...]:
    """Return the names of facts and files that differ, in order. Pure."""
    facts = _differing(live.shown(listing_facts(wanted)), live.facts)
    files = []
    for file in wanted.files:
        of_file = live.shown(file_facts(file, wanted.release))
        if file.file == DESCRIPTOR:
            # with the catalogue's own addresses in it, it has other bytes
            of_file = {name: text for name, text in of_file.items() if name not in ("sha256", "bytes")}
        if file.id not in live.files or _differing(of_file, live.files[file.id]):
            files.append(file.file)
    keywords = [] if live.keywords.issuperset(wanted.keywords) else ["keywords"]
    return (*facts, *keywords, *files)


DESCRIPTOR = "datapackage.json"

SET_BY_CATALOGUE = {"issued", "modified", "report", "schema", "url"}
"""Facts that a catalogue words in its own way: addresses and dates."""


def _differing(wanted: Mapping[str, str], shown: Mapping[str, str]) -> list[str]:
    return sorted(name for name in wanted.keys() - SET_BY_CATALOGUE if shown.get(name) != wanted[name])
