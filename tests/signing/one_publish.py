"""Publishes a small city into a folder on a given day, as a program of its own: python -m tests.signing.one_publish."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

import time_machine


def main(room: Path, moment: str, umask: str) -> None:
    """Make the site of a small city in `room`, signed with the key that the environment names."""
    os.umask(int(umask, 8))
    now = dt.datetime.fromisoformat(moment)
    with time_machine.travel(now, tick=False):
        from flows.outcome import PublishJob
        from flows.publish import publish
        from flows.services import Services
        from flows.settings import load_settings
        from flows.site.update import update_site
        from packages.model import Identity
        from tests.flows.city import GOOD, make_city

        settings = load_settings({**os.environ, "LONDATA_HOME": str(room / "home")}, room)
        settings = settings.model_copy(update={"datasets": make_city(room, "hackney", "camden")})
        services = Services(settings)
        for drop in room.glob("drop/*/trees.csv"):
            os.utime(drop, (0, 0))
        for slug in ("camden", "hackney"):
            publish(PublishJob(Identity("street-trees", slug)), services, now)
        # a file with a finding, too: it is in the report, the page and the register
        (room / "drop/camden/trees.csv").write_text(GOOD + "T005,,30/12/2021,2.5\n")
        os.utime(room / "drop/camden/trees.csv", (1, 1))
        publish(PublishJob(Identity("street-trees", "camden")), services, now)
        update_site(services, now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
