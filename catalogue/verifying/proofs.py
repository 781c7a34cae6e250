"""Whether a list was signed by a key that the root key lets sign. Pure: what is read and when it is, is given."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from catalogue.signing.key_list import KeyList, key_list_from_json
from catalogue.signing.keys import PublicKey
from catalogue.signing.sums import CATALOGUE, SUMS, SumsList, read_sums
from catalogue.verifying.found import Attack, NotProven
from catalogue.verifying.seen import Seen

KEY_NAMED = re.compile(rb"^# key: ([0-9a-f]{16})$", re.MULTILINE)
HEAD = 1024
"""Bytes at the head of a list in which its key is named."""

AHEAD = dt.timedelta(days=1)
"""How far the clock of whoever signs may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file and its signature, as a place gave them; `path` is that of the file."""

    path: str
    content: bytes
    signature: bytes


def proven_keys(given: SignedFile, trusted: PublicKey, seen: Seen, now: dt.datetime) -> KeyList:
    """Return the list of keys, if the `trusted` root key or one that followed it signed it; NotProven otherwise."""
    try:
        keys = key_list_from_json(given.content)
    except ValueError as error:
        raise NotProven(Attack.DAMAGED, given.path, f"is no list of keys ({error})") from error
    if keys.key(trusted.id):
        raise NotProven(Attack.WRONG_KEY, given.path, "names the key that was given as one that signs; give a root key")
    # a root key that was seen since is trusted in place of the first one, which may have been stolen meanwhile
    begin = PublicKey.of(seen.root) if seen.root else trusted
    root = keys.root_after(trusted) and keys.root_after(begin)
    if root is None:
        raise NotProven(Attack.WRONG_KEY, given.path, "does not begin with the root key that is trusted here")
    if not root.proves(given.content, given.signature):
        raise NotProven(Attack.FORGED, given.path, "was not signed by the root key")
    if keys.version < seen.keys:
        what = f"is version {keys.version}, and version {seen.keys} was seen before"
        raise NotProven(Attack.ROLLBACK, given.path, what)
    if keys.expires < now:
        raise NotProven(Attack.FREEZE, given.path, f"was good until {keys.expires:%-d %B %Y}: a later one is held back")
    return keys


def proven_sums(given: SignedFile, keys: KeyList, of: str) -> SumsList:
    """Return a list, if a key signed it that may and it is `of` what it stands for; NotProven otherwise."""
    named = KEY_NAMED.search(given.content[:HEAD])
    if not named:
        raise NotProven(Attack.DAMAGED, given.path, "is no list of ours: it names no key")
    key_id = named[1].decode()
    listed = keys.key(key_id)
    if listed is None:
        raise NotProven(Attack.WRONG_KEY, given.path, f"names the key {key_id}, which the root key does not know")
    if listed.revoked:
        what = f"was signed by {key_id}, which was revoked on {listed.revoked:%-d %B %Y}"
        raise NotProven(Attack.REVOKED_KEY, given.path, f"{what} ({listed.why})" if listed.why else what)
    # before it is looked into any further: whoever has no key shall not choose what we parse
    if not listed.public.proves(given.content, given.signature):
        raise NotProven(Attack.FORGED, given.path, f"was not signed by the key {key_id} as it stands")
    try:
        sums = read_sums(given.content)
    except (ValueError, OverflowError) as error:
        raise NotProven(Attack.DAMAGED, given.path, f"is no list of ours ({error})") from error
    if sums.time > listed.expires:
        what = f"was signed on {sums.time:%-d %B %Y}, when {sums.key} was not good (until {listed.expires:%-d %B %Y})"
        raise NotProven(Attack.EXPIRED_KEY, given.path, what)
    if sums.of != of:
        raise NotProven(Attack.MIX_AND_MATCH, given.path, f"is the list of “{sums.of[:200]}”, not of “{of}”")
    return sums


def expect_newest(sums: SumsList, keys: KeyList, seen: Seen, now: dt.datetime) -> None:
    """Raise NotProven when the list of a catalogue is out of date, older than one seen before, or from the future."""
    path, listed = SUMS, keys.key(sums.key)
    if sums.version > int((now + AHEAD).timestamp()) or sums.time > now + AHEAD:
        what = f"has version {sums.version}, which is in the future: who has the key wants to lock out later ones"
        raise NotProven(Attack.FAST_FORWARD, path, what)
    if listed and listed.expires < now:
        what = f"is signed by {sums.key}, which was good until {listed.expires:%-d %B %Y}"
        raise NotProven(Attack.EXPIRED_KEY, path, what)
    if sums.of == CATALOGUE and (sums.expires is None or sums.expires < now):
        until = f"{sums.expires:%-d %B %Y}" if sums.expires else "no day"
        raise NotProven(
            Attack.FREEZE, path, f"was good until {until}: later ones are held back, or nobody signs any more"
        )
    before = keys.key(seen.key) if seen.key else None
    # what a stolen key signed is forgotten with it, or it would lock out everything that comes later
    is_forgotten = before is not None and before.revoked is not None
    if sums.version < seen.version and not is_forgotten:
        what = f"is version {sums.version}, and version {seen.version} was seen before"
        raise NotProven(Attack.ROLLBACK, path, what)
