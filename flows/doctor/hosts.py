"""Do all hosts that share a ledger work with the same version, descriptions and key?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from flows.doctor.diagnosis import Diagnosis, PartState
from flows.services import Services
from flows.state.hosts import Host, hosts_since, note_host

HOSTS = "hosts"

RECENT = dt.timedelta(days=2)
"""Time after which a host that was not at work counts no more: it missed a night."""

SAME = {
    "version": "another version of londata",
    "libraries": "other versions of the libraries that judge",
    "descriptions": "other descriptions",
    "key_mark": "another instance key",
}
"""What has to be the same on all hosts, in words for one that has something else."""


def check_hosts(services: Services, now: dt.datetime) -> Diagnosis:
    """Note how this host is at work, and compare it with the others; SetupProblem when its key cannot be used."""
    database, this = services.ledger.database, Host.this(services.settings)
    note_host(database, this, now)
    others = [host for host in hosts_since(database, now - RECENT) if (host.host, host.home) != (this.host, this.home)]
    if not others:
        return Diagnosis(HOSTS, PartState.IN_ORDER, "No other host was at work in the last two days.")
    differing = list(host_differences(this, others))
    if not differing:
        same = f"{len(others) + 1} hosts work with the same version, libraries, descriptions and key."
        return Diagnosis(HOSTS, PartState.IN_ORDER, same)
    return Diagnosis(
        HOSTS,
        PartState.TO_MEND,
        " ".join(differing),
        "Give all hosts the same release of londata with its lock file, the same descriptions, and one "
        "LONDATA_INSTANCE_KEY. Until then, files are judged again each time another host looks at them.",
    )


def host_differences(this: Host, others: Sequence[Host]) -> Iterator[str]:
    """Yield a sentence on every other host that works with something else than this one. Pure."""
    for other in others:
        found = [words for name, words in SAME.items() if getattr(other, name) != getattr(this, name)]
        if found:
            yield f"{other.host} ({other.home}) has {', '.join(found)}."
