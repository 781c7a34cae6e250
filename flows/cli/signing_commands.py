"""The body of the commands about signatures: verify, for whoever re-uses the data, and keys, for operators."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flows.cli.results import now
from flows.cli.terminal import progress, show_aside, show_json, show_table, show_text
from flows.settings import load_settings
from packages.errors import ExitCode, SetupProblem

if TYPE_CHECKING:
    from catalogue.signing.key_files import KeyFolder
    from catalogue.signing.key_list import KeyList
    from catalogue.signing.keys import PrivateKey, PublicKey
    from catalogue.verifying.found import Verified
    from catalogue.verifying.places import ServedPlace
    from catalogue.verifying.site import Trust
    from flows.examine import OnStage

SHOWN = 50
"""Findings that are shown; the JSON has all of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class VerifyOptions:
    """The options of `londata verify`: what to look at, the root key, and where it is noted what was seen."""

    address: str
    key: Path
    keys_at: str = ""
    state: Path | None = None


def run_verify(options: VerifyOptions, as_json: bool) -> int:
    """Verify what is public with nothing but a root key; 20 when it is not as it was signed, 50 when nobody answers."""
    from catalogue.verifying.seen import SeenFile
    from catalogue.verifying.site import Trust

    trust = Trust(_public_key(options.key), now(), SeenFile(options.state or Path.home() / ".londata" / "seen.json"))
    with progress(quiet=as_json) as on_stage:
        result = _verified(options, trust, on_stage)
    if as_json:
        show_json(dataclasses.asdict(result))
    else:
        _show_verified(result)
    if not result.found:
        return ExitCode.DONE
    return ExitCode.TEMPORARY if result.is_silent else ExitCode.FIX_FILE


def _verified(options: VerifyOptions, trust: Trust, on_stage: OnStage) -> Verified:
    from catalogue.verifying.entries import entry_address, verify_entry
    from catalogue.verifying.site import verify_site

    # in a site of ours there is a folder “dataset” nowhere: such an address is a page of a CKAN
    if not (api := entry_address(options.address)):
        with _place(options.address) as place:
            return verify_site(place, trust, on_stage)
    if not options.keys_at:
        raise SetupProblem(
            "It is not said where the list of keys of the publisher is.",
            fix="Name the site or folder that holds keys.json and keys.json.sig: --keys https://data.example.org",
            why="A CKAN or a DataPress holds the signature, not the list of keys that proves it.",
        )
    import httpx

    with httpx.Client(follow_redirects=True, max_redirects=5) as client, _place(options.keys_at) as keys_at:
        return verify_entry(api, client, keys_at, trust, on_stage)


def _public_key(path: Path) -> PublicKey:
    from catalogue.signing.keys import PublicKey

    try:
        return PublicKey.of(path.read_text(encoding="ascii"))
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise SetupProblem(
            f"The key at {path} cannot be read ({reason}).",
            fix="Name the file with the public root key of the publisher, which you got on another way than the data.",
        ) from error
    except ValueError as error:
        raise SetupProblem(
            f"{path} does not hold a public Ed25519 key as PEM.",
            fix="It begins with -----BEGIN PUBLIC KEY-----. A private key is never needed to verify.",
        ) from error


@contextlib.contextmanager
def _place(address: str) -> Iterator[ServedPlace]:
    """Give the place of an address: of a page, the folder that it is in."""
    from catalogue.signing.sums import KEYS
    from catalogue.verifying.places import FolderPlace, WebPlace

    if address.startswith(("http://", "https://")):
        import httpx

        page = address.partition("#")[0].partition("?")[0]
        last = page.rpartition("/")[2]
        folder = page.removesuffix(last) if "." in last and page.count("/") > len("//x") else f"{page.rstrip('/')}/"
        with httpx.Client(follow_redirects=True, max_redirects=5, headers={"User-Agent": "londata verify"}) as client:
            yield WebPlace(folder, client)
        return
    path = Path(address)
    if not path.exists():
        raise SetupProblem(
            f"“{address}” is neither a folder here nor an address on the web.",
            fix="Name the folder of a site or of a release, or an address that begins with https://.",
        )
    folder_path = path if path.is_dir() else path.parent
    # whoever keeps a site may name the folder around it
    shown = folder_path / "current"
    yield FolderPlace(shown if (shown / KEYS).is_file() else folder_path)


def _show_verified(result: Verified) -> None:
    for note in result.notes:
        show_aside(note)
    if not result.found:
        signed = f"{result.signed:%-d %B %Y, %H:%M} UTC" if result.signed else "no moment"
        size = f"{result.files:,} files with {result.bytes:,} bytes"
        show_text(f"Verified: {size} are as they were signed on {signed} by the key {result.key}.")
        return
    rows = [(str(one.attack), one.where, one.what) for one in result.found[:SHOWN]]
    show_table(("what is wrong", "where", "in words"), rows)
    more = f" The first {SHOWN} are shown; --json has all." if len(result.found) > SHOWN else ""
    count = len(result.found)
    if result.is_silent:
        show_text(f"Not verified: no answer to {count:,} of the questions.{more}")
        show_text("How to fix: try again later. If it stays so, tell the publisher.")
        return
    show_text(f"Not verified: {count:,} {'things are' if count > 1 else 'thing is'} not as signed.{more}")
    show_text("How to fix: do not use what is named here. Try once more later, and tell the publisher if it stays so.")


# --- keys -------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class KeysOptions:
    """The options of `londata keys`: what to do, the file of the root key, the key that is meant, and more."""

    action: str = "show"
    key: str = ""
    root: Path | None = None
    new_root: Path | None = None
    why: str = ""
    days: int = 0


def run_keys(options: KeysOptions, as_json: bool) -> int:
    """Make, change or show the keys that sign what is public."""
    from catalogue.signing.key_files import KeyFolder

    acts = {"new": _new, "rotate": _rotate, "revoke": _revoke, "renew": _renew, "root": _new_root}
    folder = KeyFolder(load_settings().home / "keys")
    said = acts[options.action](options, folder) if options.action in acts else ()
    _show_keys(folder, said, as_json)
    return int(ExitCode.DONE)


def _new(options: KeysOptions, folder: KeyFolder) -> tuple[str, ...]:
    """Make a root key where it is said, a key that signs, and the first list of keys."""
    from catalogue.signing.key_files import write_secret
    from catalogue.signing.key_list import KEY_DAYS, first_key_list
    from catalogue.signing.keys import PrivateKey

    if folder.key_list() is not None:
        raise SetupProblem(
            f"There are keys in {folder.path} already.", fix="Take a new one into use: `londata keys rotate`."
        )
    place = _root_place(options.root)
    root, key = PrivateKey.new(), PrivateKey.new()
    _write_root(place, root)
    write_secret(folder.signing_key, key.pem)
    folder.keep(first_key_list(root.public, now()).with_key(key.public, now(), options.days or KEY_DAYS), root)
    return (
        f"The root key is in {place}: copy it to two places that are offline, then delete it here.",
        f"Give {place.with_suffix('.public.pem')} to whoever verifies, on another way than the data: on paper, in "
        "minutes, on the council's own pages.",
        "`londata site` signs everything that is public.",
    )


def _rotate(options: KeysOptions, folder: KeyFolder) -> tuple[str, ...]:
    """Take a new key into use; the old one stays good until its end, and what it signed is signed anew."""
    from catalogue.signing.key_files import SIGNING_KEY, write_secret
    from catalogue.signing.key_list import KEY_DAYS
    from catalogue.signing.keys import PrivateKey

    keys, root = _listed(folder), _root_key(options.root)
    key = PrivateKey.new()
    fresh = folder.path / f"signing-{key.public.id}.pem"
    write_secret(fresh, key.pem)
    # first the list: a run between the two still signs with a key that is named
    folder.keep(_signed_by(root, keys.with_key(key.public, now(), options.days or KEY_DAYS)), root)
    if load_settings().signing_key.get_secret_value():
        return (
            f"The new key is in {fresh}: give it to every host as LONDATA_SIGNING_KEY, with keys.json beside it.",
            "Then `londata site` signs everything anew.",
        )
    fresh.replace(folder.path / SIGNING_KEY)
    return ("`londata site` signs everything anew.",)


def _revoke(options: KeysOptions, folder: KeyFolder) -> tuple[str, ...]:
    """Say that nothing counts any more that a key signed."""
    keys, root = _listed(folder), _root_key(options.root)
    if keys.key(options.key) is None:
        names = ", ".join(one.public.id for one in keys.signing)
        raise SetupProblem(f"The list of keys does not name “{options.key}”.", fix=f"Name one of these: {names}.")
    if folder.private_key(load_settings().signing_key.get_secret_value()).public.id == options.key:
        raise SetupProblem(
            f"The key {options.key} is in use here.", fix="Take a new one into use first: `londata keys rotate`."
        )
    if not options.why:
        raise SetupProblem("It is not said why the key is revoked.", fix="Say it with --why: it is public.")
    folder.keep(_signed_by(root, keys.without_key(options.key, options.why, now())), root)
    return ("`londata site` says so in public, and signs anew what that key had signed.",)


def _renew(options: KeysOptions, folder: KeyFolder) -> tuple[str, ...]:
    """Sign the list of keys again, so that it is good for longer."""
    from catalogue.signing.key_list import LIST_DAYS

    keys, root = _listed(folder), _root_key(options.root)
    folder.keep(_signed_by(root, keys.renewed(now(), options.days or LIST_DAYS)), root)
    return ("`londata site` brings it out.",)


def _new_root(options: KeysOptions, folder: KeyFolder) -> tuple[str, ...]:
    """Make a new root key, which the old one signs; whoever trusts the old one follows."""
    from catalogue.signing.keys import PrivateKey

    keys, root = _listed(folder), _root_key(options.root)
    place, new = _root_place(options.new_root), PrivateKey.new()
    _signed_by(root, keys)
    _write_root(place, new)
    folder.keep(keys.handed_over(root, new.public, now()), new)
    return (
        f"The new root key is in {place}: copy it to two places that are offline, then delete it here.",
        "`londata site` brings it out. Whoever trusts the old root key goes on; new re-users get the new one.",
    )


def _listed(folder: KeyFolder) -> KeyList:
    keys = folder.key_list()
    if keys is None:
        raise SetupProblem(f"There are no keys in {folder.path} yet.", fix="Make them: `londata keys new --root FILE`.")
    return keys


def _root_place(place: Path | None) -> Path:
    if place is None:
        raise SetupProblem(
            "It is not said where the root key shall be.",
            fix="Name a file on a medium that you keep offline: --root /media/usb/root.pem, or --new-root for `root`.",
        )
    return place


def _write_root(place: Path, root: PrivateKey) -> None:
    """Write a root key, and beside it the public one for those who verify."""
    from catalogue.signing.key_files import write_secret

    write_secret(place, root.pem)
    place.with_suffix(".public.pem").write_text(root.public.pem)


def _root_key(place: Path | None) -> PrivateKey:
    from catalogue.signing.key_files import read_secret
    from catalogue.signing.keys import PrivateKey

    path = _root_place(place)
    return PrivateKey.of(read_secret(path), str(path))


def _signed_by(root: PrivateKey, keys: KeyList) -> KeyList:
    """Return the list if this root key signs it; SetupProblem for another one."""
    if root.public != keys.last_root:
        raise SetupProblem(
            f"This is not the root key of the list of keys: that one is {keys.last_root.id}.",
            fix="Name the file of the root key that was made last.",
        )
    return keys


def _show_keys(folder: KeyFolder, said: tuple[str, ...], as_json: bool) -> None:
    keys = folder.key_list()
    rows = [
        {
            "id": one.public.id,
            "since": one.since.date().isoformat(),
            "until": one.expires.date().isoformat(),
            "revoked": f"{one.revoked:%Y-%m-%d}: {one.why}" if one.revoked else "",
        }
        for one in (keys.signing if keys else ())
    ]
    if as_json:
        root, version = (keys.last_root.id, keys.version) if keys else ("", 0)
        until = keys.expires.isoformat() if keys else ""
        show_json({"root": root, "version": version, "until": until, "keys": rows, "to_do": list(said)})
        return
    if keys is None:
        show_text("Nothing is signed: there are no keys. `londata keys new --root FILE` makes them.")
        return
    show_table(("key", "signs since", "until", "revoked"), [tuple(row.values()) for row in rows])
    show_text(f"List {keys.version}, good until {keys.expires:%-d %B %Y}, signed by the root key {keys.last_root.id}.")
    for line in said:
        show_text(line)
