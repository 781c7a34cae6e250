"""A file of a DataPress portal, such as the London Datastore, verified against the MD5 that the portal lists."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from packages.errors import FileProblem, SetupProblem
from packages.sources.transport.answers import incomplete_answer
from packages.sources.transport.download import Download, FetchContext, discard_on_failure, file_blocks
from packages.sources.transport.http_session import DownloadLabel, HttpSession, open_session
from packages.sources.transport.paging import data_changed, retry_if_changed
from packages.sources.transport.period import newest_period
from packages.spec import DatapressSource

MD5 = re.compile("[0-9a-f]{32}")


def download_source(source: DatapressSource, context: FetchContext) -> Download | None:
    """Download the file; None when the portal's MD5 is that of the previous extract."""
    return retry_if_changed(_Dataset(open_session(source.url, source.allow_hosts, context), source).download)


@dataclass(frozen=True, slots=True)
class _Dataset:
    session: HttpSession
    source: DatapressSource

    def download(self) -> Download | None:
        start, host = self.session.start, self.session.host
        dataset = self.session.read_json(start.copy_with(path=f"/api/v3/dataset/{self.source.dataset}", query=None))
        # the portal answers with “null” for a dataset that is not public
        resources = dataset.get("resources") if isinstance(dataset, dict) else {}
        if not isinstance(resources, dict):
            raise incomplete_answer(host)
        key = self.choose_resource(resources)
        extension = re.sub("[^a-z0-9]", "", str(resources[key].get("format") or "").casefold())
        path = f"/download/{dataset.get('id') or self.source.dataset}/{key}"
        label = DownloadLabel(start.copy_with(path=path, query=None), f"{key}.{extension}" if extension else key)
        md5 = str(resources[key].get("hash") or "").casefold()
        if not MD5.fullmatch(md5):
            return self.session.download_if_changed(label.url, label.name)
        previous = self.session.previous_from(label.url)
        if previous is not None and _md5(previous.path) == md5:
            return None
        download = self.session.download(label)
        with discard_on_failure(download):
            # a login page has another digest too; the later check for web pages describes it better
            if _md5(download.path) != md5 and not next(file_blocks(download.path), b"")[:64].lstrip().startswith(b"<"):
                raise data_changed(host)
        return download

    def choose_resource(self, resources: Mapping[str, Any]) -> str:
        """Return the key of the resource that the source names, or of the newest one that fits its pattern."""
        name, host = self.source.resource, self.session.host
        if name and name in resources:
            return name
        if name:
            raise SetupProblem(
                f"The dataset {self.source.dataset} at {host} has no open file “{name}”.",
                fix="Look at the dataset on the portal, and change `resource` under `source` in the description.",
            )
        pattern = self.source.match.casefold()
        fitting = [key for key, resource in resources.items() if fnmatchcase(_title(resource), pattern)]
        if not fitting:
            raise FileProblem(
                f"No file of {self.source.dataset} at {host} fits “{self.source.match}”.",
                fix="Look at the dataset on the portal, and change `match` under `source` in the description.",
                why="There is nothing to publish until the portal lists a file.",
            )

        def position(key: str) -> tuple[int, str]:
            order = resources[key].get("order")
            return (order if isinstance(order, int) else 0, key)

        def texts(key: str) -> tuple[str, str]:
            frame = resources[key].get("timeFrame")
            period_end = str(frame.get("to") or frame.get("from") or "") if isinstance(frame, dict) else ""
            return (period_end, _title(resources[key]))

        return newest_period(sorted(fitting, key=position), texts)


def _title(resource: Mapping[str, Any]) -> str:
    return str(resource.get("title") or "").casefold()


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for block in file_blocks(path):
        digest.update(block)
    return digest.hexdigest()
