"""What a task run shows of its dataset on its page in Prefect."""

from __future__ import annotations

from flows.orchestration.steps import Step, StepClock, artifact_key, dataset_markdown
from flows.outcome import Outcome
from packages.errors import ExitCode
from packages.model import Identity

CAMDEN = Identity("spend-over-500", "camden")


def test_a_step_lasts_until_the_next_begins_and_progress_within_one_makes_no_other() -> None:
    times = iter([0.0, 1.0, 3.0, 6.0, 10.0])
    told: list[str] = []
    clock = StepClock(told.append, lambda: next(times))
    for stage in (
        "fetching",
        "reading and checking every cell",
        "reading and checking every cell: 1,000,000 rows",
        "publishing",
    ):
        clock(stage)
    assert clock.steps() == (
        Step("fetching", 1.0),
        Step("reading and checking every cell", 5.0),
        Step("publishing", 4.0),
    )
    assert len(told) == 4


def test_the_page_of_a_dataset_lets_no_markup_of_a_file_through() -> None:
    outcome = Outcome(CAMDEN, "blocked", ExitCode.FIX_FILE, "The column “<b>[x](http://example.org)” is missing.")
    page = dataset_markdown(outcome, [Step("fetching", 0.25)])
    assert page.startswith("# spend-over-500/camden: blocked\n")
    assert "<b>" not in page
    assert "](http" not in page
    assert "| fetching | 0.2 s |" in page


def test_pages_of_one_dataset_are_a_series_under_one_key_that_prefect_allows() -> None:
    key = artifact_key(CAMDEN)
    assert key == "dataset-spend-over-500-camden"
    assert all(letter.islower() or letter.isdigit() or letter == "-" for letter in key)
