"""The evidence on the page of a decision: small numbers, clauses, answers, what exceptions let pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from flows.decisions.asking import envelope_of
from flows.decisions.book import read_book
from flows.decisions.deciding import note_subject
from flows.decisions.facts import Exemption, FoundFact, Request, Subject
from flows.desk.desk import Desk
from flows.desk.review.evidence import fact_sentence, smallest_cells
from flows.outcome import PublishJob
from flows.publish import judged_case
from flows.services import Services
from packages.messages import messages
from packages.model import Identity
from packages.spec import DATASETS
from tests.desk.conftest import Browser, text_of
from tests.desk.waiting import CAMDEN, decide, held_source, now, publish_source
from tests.flows.city import GOOD, answer_questions

Visit = Callable[..., Browser]


def exception() -> Exemption:
    return Exemption(
        dataset=CAMDEN.dataset,
        publisher=CAMDEN.publisher,
        rule="personal-email",
        resource="trees",
        field="species",
        shape="aaaa@aaaa.aa",
        most=2,
        reason="These are cultivars.",
        until=now().date() + dt.timedelta(days=90),
    )


def envelope(desk: Desk) -> Subject:
    case = judged_case(PublishJob(CAMDEN), desk.services, now(), lambda _: None)
    return envelope_of(case, Decimal("0.1"), now().date() + dt.timedelta(days=100))


def test_the_smallest_numbers_are_those_that_are_left(desk: Desk) -> None:
    """Hidden numbers are in no statistics: nothing below the threshold of the dataset is told."""
    services = Services(desk.services.settings.model_copy(update={"datasets": DATASETS}))
    identity = Identity("council-tax-support", "camden")
    case = judged_case(PublishJob(identity), services, now(), lambda _: None)
    request = Request(
        dataset=identity.dataset,
        publisher=identity.publisher,
        fingerprint="x",
        findings=(FoundFact(rule="approval-first"),),
        natures=dict(case.spec.natures),
        concerns=case.spec.concerns,
    )
    cells = list(smallest_cells(request, case.examination.report))
    assert {cell.column for cell in cells} == {"Households", "Working age", "Pension age"}
    assert all(int(cell.least) >= 5 for cell in cells)
    # the file itself has ones and twos
    received = services.settings.datasets / "council-tax-support/samples/camden/council-tax-support.csv"
    assert ",1," in received.read_text()


def test_the_clause_that_a_file_leaves_is_named(visit: Visit, desk: Desk) -> None:
    note_subject(subject := envelope(desk), desk.services, now())
    decide(visit("owner"), subject.digest)
    digest = held_source(desk, GOOD + GOOD.partition("\n")[2].replace("T0", "T1"))
    told = text_of(visit("owner").get(f"queue/{digest}"))
    assert "Outside the standing approval by rows (trees is outside its band)" in told


def test_a_standing_approval_can_be_taken_back(visit: Visit, desk: Desk) -> None:
    note_subject(subject := envelope(desk), desk.services, now())
    owner = visit("owner")
    decide(owner, subject.digest)
    assert read_book(CAMDEN, desk.services).envelope() is not None
    decide(owner, subject.digest, "refuse", reason="It is too wide.", alternative="A narrower one.")
    assert read_book(CAMDEN, desk.services).envelope() is None


def test_an_exception_takes_two_people(visit: Visit, desk: Desk) -> None:
    publish_source(desk)
    note_subject(subject := exception(), desk.services, now())
    told = text_of(visit("dpo").get(f"queue/{subject.digest}"))
    assert "An exception" in told
    assert "Cells such as aaaa@aaaa.aa pass in ‘species’, in up to 2 rows." in told
    assert "These are cultivars." in told
    refused = decide(visit("reviewer"), subject.digest)
    assert refused.status_code == 409
    decide(visit("dpo"), subject.digest)
    assert "It holds for every file from now on" in text_of(decide(visit("owner"), subject.digest))
    assert list(read_book(CAMDEN, desk.services).exemptions(now().date()))


def test_the_answers_to_the_screening_questions_are_shown(visit: Visit, desk: Desk) -> None:
    answer_questions(desk.services.settings.datasets, children="yes")
    digest = held_source(desk)
    told = text_of(visit("dpo").get(f"queue/{digest}"))
    assert "Answers to the screening questions" in told
    assert "yes" in told.partition("Answers to the screening questions")[2]
    assert "Who answered, and when" in told


@pytest.mark.parametrize("rule", sorted(messages()))
def test_no_sentence_has_a_gap(rule: str) -> None:
    """Where no report says it, a finding is told as its facts, never with words that are still to be filled in."""
    fact = FoundFact(rule=rule, resource="trees", field="species", count=3, of=9)
    request = Request(dataset="a", publisher="b", fingerprint="c", findings=(fact,))
    assert "$" not in fact_sentence(fact, request)
