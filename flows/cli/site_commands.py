"""The body of the commands that look at the site as the web gives it: serve and links."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.settings import Settings, load_settings
from packages.errors import ExitCode, SetupProblem

if TYPE_CHECKING:
    from pathlib import Path

    from catalogue.web.link_check import LinksChecked
    from catalogue.web.public_site import PublicSite
    from flows.examine import OnStage

LOCAL = "127.0.0.1"


def run_serve(host: str, port: int, as_json: bool) -> int:
    """Serve the site, to this machine unless another `host` is named, until somebody presses Ctrl-C."""
    from catalogue.web.server import site_server

    site = _public_site(load_settings())
    try:
        server = site_server(site, port, host=host, quiet=as_json)
    except OSError as error:
        raise SetupProblem(
            f"Port {port} of {host} cannot be used ({error.strerror or 'no reason given'}).",
            fix="Name another one: --port 8001. 0 takes any that is free. --host is an address of this machine.",
        ) from error
    address = f"http://{host}:{server.server_port}/"
    if as_json:
        show_json({"address": address, "api": f"{address}api/3/action/"})
    else:
        whom = "for this machine alone" if host == LOCAL else "for whoever can reach this machine"
        show_text(f"Open {address} (read-only, {whom}; as a CKAN: {address}api/3/action/package_list).")
        show_aside("Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt), server:
        server.serve_forever()
    return ExitCode.DONE


def run_desk(host: str, port: int, opens_browser: bool, as_json: bool) -> int:
    """Serve the desk, and open it in a browser where a person is at the terminal, until somebody presses Ctrl-C."""
    import sys
    import webbrowser

    from flows.desk.serving import DeskOptions, DeskPlace, serve_desk

    def show(place: DeskPlace) -> None:
        if as_json:
            show_json(dataclasses.asdict(place))
            sys.stdout.flush()
            return
        show_text(f"Open {place.link or place.address}")
        if place.link:
            show_aside("The link lets in your account, until the desk ends. Keep it to yourself.")
        show_aside("Ctrl-C ends it; what is under way goes on when it is started again.")
        sys.stdout.flush()
        if opens_browser and sys.stdout.isatty():
            webbrowser.open(place.link or place.address)

    with contextlib.suppress(KeyboardInterrupt):
        serve_desk(DeskOptions(host, port), show)
    return ExitCode.DONE


def _public_site(settings: Settings) -> PublicSite:
    """Return what the public sees: the folder on this machine, or what is in the object store."""
    if not settings.store_url:
        from catalogue.web.public_site import FolderSite

        _expect_site(settings)
        return FolderSite(settings.site / "current")
    from catalogue.backends import site_shelf
    from catalogue.web.front import SiteFront

    front = SiteFront(site_shelf(settings))
    if front.find("") is None:
        raise _no_site(settings.store_url)
    return front


def run_export(folder: Path, as_json: bool) -> int:
    """Copy the site from the object store into a folder that any web server can serve; only what is new is fetched."""
    from catalogue.backends import site_shelf
    from catalogue.backends.stored_site import StoredSite

    settings = load_settings()
    if not settings.store_url:
        raise SetupProblem(
            "The site is in a folder already, not in an object store.",
            fix=f"Let the web server serve {settings.site / 'current'}.",
        )
    site = StoredSite(folder, site_shelf(settings), is_whole=True)
    site.export()
    if not site.current.is_dir():
        raise _no_site(settings.store_url)
    if as_json:
        show_json({"folder": str(site.current)})
    else:
        show_text(f"Everything that the public sees is in {site.current}: let a web server serve that folder.")
    return ExitCode.DONE


@dataclasses.dataclass(frozen=True, slots=True)
class LinksOptions:
    """The options of `londata links`: an address on the web instead of the folder, and whether to ask other sites."""

    url: str = ""
    external: bool = False


def run_links(options: LinksOptions, as_json: bool) -> int:
    """Check every link of the catalogue, and show which do not answer."""
    settings = load_settings()
    with progress(quiet=as_json) as on_stage:
        checked = _check(options, settings, on_stage)
    if as_json:
        show_json(dataclasses.asdict(checked))
    else:
        _show(checked, options)
    return ExitCode.SETUP if checked.broken else ExitCode.DONE


def _check(options: LinksOptions, settings: Settings, on_stage: OnStage) -> LinksChecked:
    import httpx

    from catalogue.backends import site_catalogue
    from catalogue.web.link_check import SECONDS, OutsideLinks, check_folder, check_web, files_of
    from catalogue.web.link_words import has_links

    if options.url and not options.url.startswith(("http://", "https://")):
        raise SetupProblem(f"“{options.url}” is no web address.", fix="It begins with https:// or http://.")
    with httpx.Client(follow_redirects=True, timeout=SECONDS, headers={"User-Agent": "londata links"}) as client:
        outside = OutsideLinks(client if options.external else None)
        if options.url:
            return check_web(options.url, client, outside=outside, on_progress=on_stage)
        root, site = settings.site / "current", site_catalogue(settings)
        site.refresh()
        _expect_site(settings)
        files = list(files_of(root))
        site.fetch(path for path in files if has_links(path))
        return check_folder(root, files, public_url=settings.public_url, outside=outside, on_progress=on_stage)


def _expect_site(settings: Settings) -> None:
    if not (settings.site / "current").is_dir():
        raise _no_site(str(settings.site))


def _no_site(place: str) -> SetupProblem:
    return SetupProblem(
        f"There is no site in {place} yet.", fix="Publish something first, or make the pages: `londata site`."
    )


def _show(checked: LinksChecked, options: LinksOptions) -> None:
    if checked.problems:
        rows = [(problem.source, problem.target, problem.what) for problem in checked.problems]
        show_table(("in", "link", "what is wrong"), rows)
    elsewhere = f"{checked.elsewhere:,} lead to other sites"
    asked = "and were asked" if options.external else "and were not asked (--external asks them)"
    seen = f"{checked.links:,} links of the catalogue in {checked.files:,} files; {elsewhere} {asked}."
    if not checked.broken:
        show_text(f"Every link answers: {seen}")
        return
    more = f" The first {len(checked.problems)} are shown." if checked.broken > len(checked.problems) else ""
    show_text(f"{checked.broken:,} do not answer with what they promise, of {seen}{more}")
    show_text("How to fix: `londata site` makes the pages again. What is wrong then is a fault in londata: report it.")
