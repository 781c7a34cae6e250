"""What a night wrote is looked at as a visitor would: does every link of it answer?"""

from __future__ import annotations

from collections.abc import Iterable

from catalogue.listing import dataset_overview_path, dataset_path, publisher_path
from flows.services import Services
from packages.model import Identity


def broken_links_sentence(services: Services, changed: Iterable[Identity]) -> str:
    """Return in words which links do not answer, in the files at the root and of these datasets; empty when all do.

    The files at the root name every dataset, so that this costs a look at the disk for each, and no more.
    """
    from catalogue.backends import site_catalogue
    from catalogue.web.link_check import OutsideLinks, check_folder
    from catalogue.web.link_words import has_links

    root = services.settings.site / "current"
    if not root.is_dir():
        return ""
    folders = {""}
    for one in changed:
        folders |= {dataset_path(one), dataset_overview_path(one.dataset), publisher_path(one.publisher)}
    found = (path for folder in sorted(folders) for path in sorted((root / folder).glob("*")) if path.is_file())
    pages = [str(path.relative_to(root)) for path in found]
    site_catalogue(services.settings).fetch(path for path in pages if has_links(path))
    checked = check_folder(
        root,
        pages,
        public_url=services.settings.public_url,
        outside=OutsideLinks(),
        on_progress=lambda _: None,
    )
    if not checked.broken:
        return ""
    first = checked.problems[0]
    return (
        f"{checked.broken:,} of {checked.links:,} links that tonight’s pages hold do not answer: the first is in "
        f"{first.source}, and {first.target} {first.what}. `londata links` names all of them."
    )
