"""Whether every link of the catalogue answers, from the folder or from its address on the web."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from catalogue.web.addresses import INDEX, find
from catalogue.web.link_words import base_of, has_links, links_in
from packages.errors import TemporaryProblem

if TYPE_CHECKING:
    import httpx

OnProgress = Callable[[str], None]
"""Called with words on how far it is."""

NAMED = 100
"""Problems that are named; all are counted."""

STARTS = (INDEX, "catalog.jsonld", "catalog.ttl", "data.json", "feed.xml", "catalogue.parquet", "ukgov.jsonld")
STEP = 500
SECONDS = 30.0
LARGEST = 256 << 20
"""The most bytes of a page or description that are read from the web."""

GONE = "leads to a page that says that it is gone"
NOTHING = "leads to nothing"
ROOT = "https://site.invalid/"
"""Stands for the site while relative links are resolved."""


@dataclass(frozen=True, slots=True)
class LinkProblem:
    """A link that does not answer with what it promises: in which file of the site, where to, what is wrong."""

    source: str
    target: str
    what: str


@dataclass(slots=True)
class LinksChecked:
    """What was looked at. `problems` are the first NAMED of `broken`; `elsewhere` counts links to other sites."""

    files: int = 0
    links: int = 0
    broken: int = 0
    elsewhere: int = 0
    problems: list[LinkProblem] = field(default_factory=list)

    def note(self, source: str, target: str, what: str) -> None:
        """Count a problem."""
        self.broken += 1
        if len(self.problems) < NAMED:
            self.problems.append(LinkProblem(source, target, what))


@dataclass(frozen=True, slots=True)
class OutsideLinks:
    """Asks other sites whether they answer, each address once; without a `client` nothing is asked."""

    client: httpx.Client | None = None
    known: dict[bytes, str] = field(default_factory=dict)

    def problem(self, address: str) -> str:
        """Return what is wrong with an address of another site; empty when nothing is, or nobody asked."""
        if self.client is None or urlsplit(address).scheme not in ("http", "https"):
            return ""
        key = _mark(address)
        if key not in self.known:
            status = _status(self.client, address)
            # some sites refuse programs: that is no sign of a dead link
            self.known[key] = f"answers with {status}" if status in (404, 410) or status >= 500 or not status else ""
        return self.known[key]


def files_of(root: Path) -> Iterator[str]:
    """Yield the path of every file that a web server gives below a folder of the site, in order."""
    for folder, folders, names in os.walk(root, followlinks=True):
        # what is gone is looked at where it is asked for
        folders[:] = sorted(name for name in folders if name != "gone" and not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield str(Path(folder, name).relative_to(root))


def check_folder(
    root: Path, files: Iterable[str], *, public_url: str = "", outside: OutsideLinks, on_progress: OnProgress
) -> LinksChecked:
    """Check every link in these files of the site at `root` as a plain web server would answer it.

    Links to `public_url` are to the site itself. One file is in memory at a time.
    """
    checked = LinksChecked()
    for path in files:
        found = find(root, path)
        if found is None or found.is_gone or not has_links(path):
            continue
        checked.files += 1
        if checked.files % STEP == 0:
            on_progress(f"{checked.files:,} files, {checked.links:,} links")
        for target in _targets(path, found.file.read_bytes(), checked):
            own = _own_path(target, public_url)
            if own is None:
                checked.elsewhere += 1
                if problem := outside.problem(target):
                    checked.note(path, target, problem)
                continue
            checked.links += 1
            answer = find(root, own)
            if answer is None or answer.is_gone:
                checked.note(path, own, GONE if answer else NOTHING)
    return checked


def check_web(url: str, client: httpx.Client, *, outside: OutsideLinks, on_progress: OnProgress) -> LinksChecked:
    """Check every link that can be reached from the catalogue at `url`; TemporaryProblem when it does not answer.

    Of every address that was seen, eight bytes are kept.
    """
    base, checked = f"{url.rstrip('/')}/", LinksChecked()
    waiting, seen = deque(STARTS), {_mark(start) for start in STARTS}
    if not _status(client, base):
        raise TemporaryProblem(f"{base} does not answer.", fix="Start its web server, or name another address.")
    while waiting:
        path = waiting.popleft()
        checked.files += 1
        if checked.files % STEP == 0:
            on_progress(f"{checked.files:,} files, {checked.links:,} links, {len(waiting):,} waiting")
        for target in _targets(path, _content(client, base + path), checked):
            own = _own_path(target, url)
            if own is None:
                checked.elsewhere += 1
                if problem := outside.problem(target):
                    checked.note(path, target, problem)
                continue
            checked.links += 1
            if _mark(own) in seen:
                continue
            seen.add(_mark(own))
            if problem := _web_problem(client, base + own, own):
                checked.note(path, own, problem)
            elif has_links(own) or own.endswith("/") or not own:
                waiting.append(own if has_links(own) else f"{own}{INDEX}")
    return checked


def _targets(path: str, content: bytes, checked: LinksChecked) -> Iterator[str]:
    """Yield the addresses that a file leads to, whole, those in the site below ROOT, each once."""
    try:
        links = dict.fromkeys(links_in(path, content))
    except ValueError:
        checked.note(path, path, "cannot be read as what its name says")
        return
    base = urljoin(ROOT, base_of(path))
    targets: dict[str, None] = {}
    for link in links:
        try:
            targets[urldefrag(urljoin(base, link)).url] = None
        except ValueError:
            checked.note(path, link, "is no address")
    yield from targets


def _own_path(target: str, public_url: str) -> str | None:
    """Return the path of a whole address from the root of the site; None when it is of another one."""
    for root in (ROOT, f"{public_url.rstrip('/')}/") if public_url else (ROOT,):
        if target.startswith(root):
            return target.removeprefix(root)
    return None


def _mark(address: str) -> bytes:
    return hashlib.blake2b(address.encode(), digest_size=8).digest()


def _content(client: httpx.Client, address: str) -> bytes:
    """Return what an address answers with; nothing where it does not, which is told where the link stands."""
    import httpx

    try:
        with client.stream("GET", address) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes():
                size += len(part)
                if size > LARGEST or answer.status_code != httpx.codes.OK:
                    return b""
                parts.append(part)
    except httpx.HTTPError:
        return b""
    return b"".join(parts)


def _status(client: httpx.Client, address: str) -> int:
    """Return the status of an address; 0 when there is no answer at all."""
    import httpx

    try:
        answer = client.head(address)
        # not every server knows HEAD
        if answer.status_code in (403, 405, 501):
            with client.stream("GET", address) as answer:
                return answer.status_code
        return answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0


def _web_problem(client: httpx.Client, address: str, path: str) -> str:
    import httpx

    try:
        answer = client.head(address)
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"
    if answer.status_code == httpx.codes.GONE:
        return GONE
    if answer.status_code != httpx.codes.OK:
        return f"answers with {answer.status_code}"
    # a file that answers with a page is gone
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return GONE if is_page and path.endswith((".csv", ".parquet", ".json", ".jsonld", ".ttl", ".xml")) else ""
