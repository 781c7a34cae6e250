"""The automations that we ship for Prefect: a night that is late, one that failed, datasets that are stopped.

Each posts a message to the address of `LONDATA_NOTICE_WEBHOOK`, as the notices do; without one it only shows in Prefect
that it was set off. Channels for mail and chat that Prefect has blocks for are added there by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from prefect.automations import Automation, DoNothing, EventTrigger, Posture, SendNotification
from prefect.blocks.notifications import CustomWebhookNotificationBlock

from flows.orchestration.events import NIGHT_ENDED, RESOURCE, STOPPED_LABEL
from flows.orchestration.notices import TIMEOUT
from flows.settings import Settings

PREFIX = "londata: "
BLOCK = "londata-people"

LATE_AFTER = dt.timedelta(hours=26)
"""Time without the end of a night after which it is late: a day, and two hours for a long one."""


def shipped_automations(channel: UUID | None = None) -> Iterator[Automation]:
    """Yield every automation; `channel` is the id of the block of Prefect that reaches people. Pure."""
    night: dict[str, str | list[str]] = {"prefect.resource.id": RESOURCE}
    yield _automation(
        "a night is late",
        "No night has ended for 26 hours: no worker runs, or one hangs.",
        EventTrigger(expect={NIGHT_ENDED}, match=night, posture=Posture.Proactive, threshold=1, within=LATE_AFTER),
        channel,
    )
    yield _automation(
        "a night failed",
        "A night ended before its last dataset. What it published is whole; its page in Prefect says what stopped it.",
        EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match_related={"prefect.resource.role": "flow", "prefect.resource.name": "nightly"},
            posture=Posture.Reactive,
            threshold=1,
            within=dt.timedelta(0),
        ),
        channel,
    )
    yield _automation(
        "datasets are stopped",
        "{{ event.payload.headline }} `londata status` says why, and what to do.",
        EventTrigger(
            expect={NIGHT_ENDED},
            match=night | {STOPPED_LABEL: "yes"},
            posture=Posture.Reactive,
            threshold=1,
            within=dt.timedelta(0),
        ),
        channel,
    )


def _automation(name: str, text: str, trigger: EventTrigger, channel: UUID | None) -> Automation:
    title = f"{PREFIX}{name}"
    told = SendNotification(block_document_id=channel, subject=title, body=text) if channel else DoNothing()
    return Automation(name=title, description=text, trigger=trigger, actions=[told])


async def install_automations(settings: Settings) -> tuple[str, ...]:
    """Make or renew the automations at the Prefect server that the environment names; return their names.

    Raises httpx.HTTPError when the server does not answer.
    """
    address = settings.notice_webhook.get_secret_value()
    wanted = tuple(shipped_automations(await _save_channel(address) if address else None))
    for automation in wanted:
        try:
            existing = await Automation.aread(name=automation.name)
        except ValueError:
            await automation.acreate()
        else:
            automation.id = existing.id
            await automation.aupdate()
    return tuple(automation.name for automation in wanted)


async def _save_channel(address: str) -> UUID:
    """Keep an address that takes JSON as a block of Prefect, where it is encrypted; return the id of the block."""
    # its types ask for fields that have a default
    webhook: Any = CustomWebhookNotificationBlock
    block = webhook(name="londata", url=address, json_data={"text": "{{subject}}\n\n{{body}}"}, timeout=TIMEOUT)
    return UUID(str(await block.save(BLOCK, overwrite=True)))
