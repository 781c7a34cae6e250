"""What a task run shows of its dataset: the steps that it took, and how long each lasted, on a page of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flows.orchestration.summary import WORDS, markdown_table, plain_markdown
from flows.outcome import Outcome
from packages.model import Identity


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a publish in words, and its seconds."""

    name: str
    seconds: float


class StepClock:
    """Takes the time of each step: it is called with the name of the step that begins."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._begun: list[tuple[str, float]] = []

    def __call__(self, stage: str) -> None:
        """Note that a step begins, which ends the one before; progress within a step (`reading … 1,000 rows`) too."""
        self._begun.append((stage, self._clock()))
        self._tell(stage)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps so far; a step that told of its progress is one."""
        ends = [*(at for _, at in self._begun[1:]), self._clock()]
        lasted: dict[str, float] = {}
        for (name, at), end in zip(self._begun, ends, strict=True):
            # progress is told as “reading and checking every cell: 1,000,000 rows”
            step = name.partition(":")[0]
            lasted[step] = lasted.get(step, 0.0) + end - at
        return tuple(Step(name, seconds) for name, seconds in lasted.items())


def artifact_key(identity: Identity) -> str:
    """Return the key of the page about a dataset: the same from run to run, so that they are one series."""
    return f"dataset-{identity.dataset}-{identity.publisher}"


def dataset_markdown(outcome: Outcome, steps: Sequence[Step]) -> str:
    """Return what a task run did with its dataset as markdown: the outcome, where it is listed, its steps."""
    parts = [f"# {outcome.identity}: {WORDS[outcome.verdict]}", plain_markdown(outcome.summary)]
    if outcome.page:
        parts.append(f"[Its page]({outcome.page})")
    rows = ((plain_markdown(step.name), f"{step.seconds:.1f} s") for step in steps)
    parts.append(markdown_table(("step", "time"), rows))
    return "\n\n".join(parts) + "\n"
