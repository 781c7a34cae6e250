"""The end of a run as markdown: a person sees what to do and gets there by a link; nothing in it acts."""

from __future__ import annotations

from flows.orchestration.summary import dataset_link, night_markdown
from flows.outcome import Outcome
from packages.errors import ExitCode
from packages.model import Identity

SITE = "https://data.example.org/"
CAMDEN, BEXLEY = Identity("spend-over-500", "camden"), Identity("spend-over-500", "bexley")
GOOD = Outcome(CAMDEN, "publish", ExitCode.DONE, "Published.", rows=1500, page=f"{SITE}datasets/spend-over-500/camden/")
BAD = Outcome(BEXLEY, "blocked", ExitCode.FIX_FILE, "“Pay | <b>ment*” is not a date\nin 3 rows.")


def test_the_story_of_a_night() -> None:
    assert night_markdown([BAD, GOOD], SITE) == (
        "# 2 datasets: 1 published, 1 blocked.\n\n"
        f"[London on one page]({SITE}index.html) · [register]({SITE}register/index.html)\n\n"
        "## What keeps data from the public\n\n"
        "| dataset | publisher | verdict | what to know |\n"
        "| --- | --- | --- | --- |\n"
        f"| [spend-over-500]({SITE}datasets/spend-over-500/bexley/index.html) "
        f"| [bexley]({SITE}publishers/bexley/index.html) | blocked "
        "| “Pay \\| &lt;b&gt;ment\\*” is not a date in 3 rows. |\n\n"
        "## Published\n\n"
        "| dataset | publisher | rows |\n"
        "| --- | --- | --- |\n"
        f"| [spend-over-500]({SITE}datasets/spend-over-500/camden/) | [camden]({SITE}publishers/camden/index.html) "
        "| 1,500 |\n"
    )


def test_without_a_site_of_ours_only_what_is_listed_has_a_link() -> None:
    assert dataset_link(BAD, "") == ""
    assert dataset_link(GOOD, "") == GOOD.page
    assert "publishers/" not in night_markdown([BAD])


def test_a_quiet_night() -> None:
    quiet = Outcome(CAMDEN, "unchanged", ExitCode.UNCHANGED, "Nothing changed.")
    assert night_markdown([quiet]) == "# 1 dataset: 1 unchanged. Nothing changed since the last run.\n"
