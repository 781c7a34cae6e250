"""The provider of OpenID Connect by which people sign in: asked for a sign-in, and its answer checked.

States, nonces, PKCE and tokens are the business of Authlib. What it takes on trust is checked here: that the provider
is the one of the settings, that every address is encrypted, for whom a token was made, and how it is signed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import MismatchingStateError
from httpx import AsyncClient, HTTPError, InvalidURL
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from starlette.requests import Request

from flows.desk.address import LOOPBACK, DeskAddress
from flows.desk.doors.refusals import RequestRefused
from flows.settings import Settings
from packages.errors import LondataError, SetupProblem, TemporaryProblem

log = logging.getLogger(__name__)

DISCOVERY = "/.well-known/openid-configuration"

STATE_MINUTES = 10
"""So long somebody may take at the provider."""

FRESH = 3600.0
"""Seconds after which the provider is asked again where it is found, and by which keys it signs."""

PATIENCE = 10.0
"""Seconds that one sign-in may take the provider's time."""

MOST_AT_ONCE = 20
"""Sign-ins that talk to the provider at once; with a slow one, all others still get their pages."""

LEEWAY = 60
"""Seconds by which the clocks may differ."""

SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""How a token may be signed: by a key that the provider alone has. Never not at all, never by a shared word."""

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")

MOST_GROUPS = 1_000
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class ProviderWord:
    """Who somebody is, as the provider says: a name that it never gives to anybody else, and their groups."""

    issuer: str
    subject: str
    groups: tuple[str, ...] = ()


class Provider:
    """The provider of a desk. SetupProblem where the settings do not fit together."""

    def __init__(self, settings: Settings, address: DeskAddress) -> None:
        self.issuer = settings.desk_oidc_issuer
        self._settings = settings
        self._back = address.url("sign-in/back")
        self._client: Any = None
        self._known: Mapping[str, Any] = {}
        self._known_at = 0.0
        self._at_once = 0
        if not is_encrypted(self.issuer, allow_local=settings.allow_local):
            raise SetupProblem(
                "The provider of OpenID Connect is not reached by https.",
                fix="Set LONDATA_DESK_OIDC_ISSUER to its address, as it calls itself: https://….",
                why="Whoever listens on the way could sign in as anybody.",
            )
        if not settings.desk_oidc_client:
            raise SetupProblem(
                "It is not said under which id the provider knows the desk.",
                fix=f"Register {self._back} there as the address to come back to, and set LONDATA_DESK_OIDC_CLIENT.",
            )

    async def introduce(self) -> None:
        """Ask the provider how it is found; TemporaryProblem or SetupProblem when nobody could sign in by it."""
        with self._told_in_words():
            await self._connected()

    async def way_in(self, kept: dict[str, Any]) -> str:
        """Return the address at the provider where somebody signs in; what has to be known later goes into `kept`."""
        with self._told_in_words():
            async with asyncio.timeout(PATIENCE):
                client = await self._connected()
                response = await client.authorize_redirect(_request_with(kept), self._back)
                return str(response.headers["location"])

    async def came_back(self, kept: dict[str, Any], query: Mapping[str, str]) -> ProviderWord:
        """Return who has signed in, by what the browser brings back; RequestRefused when anything is not right."""
        with self._told_in_words():
            async with asyncio.timeout(PATIENCE):
                client = await self._connected()
                if not is_from(query, self._known, self.issuer):
                    raise _refused("The answer comes from another provider than the one that was asked.")
                options = {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._settings.desk_oidc_client},
                    "sub": {"essential": True},
                }
                request = _request_with(kept, query)
                token = await client.authorize_access_token(request, claims_options=options, leeway=LEEWAY)
                claims = token.get("userinfo")
                if not claims or not 0 < len(str(claims["sub"])) <= LONGEST_SUBJECT:
                    raise _refused("The provider does not say who you are.")
                groups = await self._groups(client, token, claims)
                return ProviderWord(self.issuer, str(claims["sub"]), groups)

    async def way_out(self, page: str) -> str:
        """Return the address at which somebody signs out at the provider too; empty where it has none."""
        with self._told_in_words():
            async with asyncio.timeout(PATIENCE):
                client = await self._connected()
                if "end_session_endpoint" not in self._known:
                    return ""
                # its own token would say it better, and holds more about people than the desk wants to keep
                told = await client.create_logout_url(page, client_id=self._settings.desk_oidc_client)
                return str(told["url"])

    async def _groups(self, client: Any, token: Any, claims: Mapping[str, Any]) -> tuple[str, ...]:
        name = self._settings.desk_oidc_groups
        if name not in claims and "userinfo_endpoint" in self._known:
            more = await client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise _refused("The provider speaks of two different people.")
            claims = more
        told = claims.get(name, ())
        groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        return tuple(group for group in groups if isinstance(group, str))[:MOST_GROUPS]

    async def _connected(self) -> Any:
        """Return Authlib's client; TemporaryProblem while the provider does not answer."""
        if self._client is None or time.monotonic() - self._known_at > FRESH:
            async with AsyncClient(timeout=PATIENCE) as http:
                answer = await http.get(self.issuer.rstrip("/") + DISCOVERY)
            answer.raise_for_status()
            self._known = usable_metadata(answer.json(), self.issuer, allow_local=self._settings.allow_local)
            self._client = self._made_client(self._known)
            self._known_at = time.monotonic()
        return self._client

    def _made_client(self, metadata: Mapping[str, Any]) -> Any:
        with warnings.catch_warnings():
            from authlib.deprecate import AuthlibDeprecationWarning

            # it says that the HTTP library that it works with has a successor
            warnings.simplefilter("ignore", AuthlibDeprecationWarning)
            from authlib.integrations.starlette_client import OAuth

        secret = self._settings.desk_oidc_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        scopes = metadata.get("scopes_supported") or []
        by_header = "client_secret_basic" in methods
        return OAuth().register(
            "provider",
            client_id=self._settings.desk_oidc_client,
            client_secret=secret or None,
            client_kwargs={
                "scope": "openid groups" if "groups" in scopes else "openid",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "none"
                if not secret
                else "client_secret_basic"
                if by_header
                else "client_secret_post",
                "timeout": PATIENCE,
            },
            **metadata,
        )

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """Let one of a few talk to the provider; whatever does not go as it should is told in words."""
        if self._at_once >= MOST_AT_ONCE:
            raise TemporaryProblem("Too many people sign in just now.", fix="Try it again in a minute.")
        self._at_once += 1
        try:
            yield
        except LondataError:
            raise
        except (HTTPError, InvalidURL, TimeoutError) as error:
            log.warning("the provider does not answer: %s", type(error).__name__)
            raise TemporaryProblem(
                "The provider by which people sign in does not answer.",
                fix="Try it again in a minute. If it lasts, tell whoever runs londata: `londata doctor` says more.",
            ) from None
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            # what a token or an address says is never repeated: it may hold names, or words of somebody else
            place = f" ({error.claim})" if isinstance(error, ClaimError) else ""
            log.warning("a sign-in by the provider was refused: %s%s", type(error).__name__, place)
            raise refusal_of(error) from None
        finally:
            self._at_once -= 1


def is_encrypted(url: str, *, allow_local: bool) -> bool:
    """Return whether an address is one of https; with `allow_local` also of http on this machine. Pure."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username or parts.password:
        return False
    return parts.scheme == "https" or (allow_local and parts.scheme == "http" and host in LOOPBACK)


def usable_metadata(told: Any, issuer: str, *, allow_local: bool) -> Mapping[str, Any]:
    """Return what a provider says of itself, as far as it is needed; SetupProblem when it cannot be used. Pure."""
    if not isinstance(told, dict) or told.get("issuer") != issuer:
        raise SetupProblem(
            "The provider calls itself something else than the settings do.",
            fix=f"Set LONDATA_DESK_OIDC_ISSUER to what stands as `issuer` in {issuer.rstrip('/')}{DISCOVERY}, letter "
            "by letter.",
            why="Otherwise one provider could speak for another.",
        )
    known = {name: told[name] for name in (*ENDPOINTS, *OPTIONAL_ENDPOINTS) if told.get(name)}
    for name in (*ENDPOINTS, *known):
        if not is_encrypted(str(known.get(name, "")), allow_local=allow_local):
            raise SetupProblem(
                f"The provider names no address of https as its {name}.", fix="Tell whoever looks after the provider."
            )
    offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
    signed_by = [one for one in SIGNED_BY if one in offered]
    if not signed_by:
        raise SetupProblem(
            "The provider does not sign with a key of its own.",
            fix="Let it sign for the desk with RS256, ES256 or EdDSA.",
            why="Whoever knows a shared secret could sign in as anybody.",
        )
    lists = ("token_endpoint_auth_methods_supported", "scopes_supported")
    return {
        **known,
        **{name: told[name] for name in lists if isinstance(told.get(name), list)},
        "issuer": issuer,
        "id_token_signing_alg_values_supported": signed_by,
        "authorization_response_iss_parameter_supported": bool(
            told.get("authorization_response_iss_parameter_supported")
        ),
    }


def is_from(query: Mapping[str, str], metadata: Mapping[str, Any], issuer: str) -> bool:
    """Return whether the provider that was asked has answered, as far as the answer says so (RFC 9207). Pure."""
    if "iss" in query or metadata.get("authorization_response_iss_parameter_supported"):
        return query.get("iss") == issuer
    return True


def refusal_of(error: Exception) -> RequestRefused:
    """Return in words why a sign-in is refused. Pure."""
    match error:
        case MismatchingStateError():
            return _refused(
                "This sign-in was begun in another browser, was used before, or took longer than "
                f"{STATE_MINUTES} minutes."
            )
        case AuthlibBaseError(error="access_denied"):
            return _refused("The provider did not let you in, or you broke it off there.")
        case AuthlibBaseError():
            return _refused("The provider did not complete the sign-in.")
        case ExpiredTokenError():
            return _refused("What the provider said about you is out of date.")
        case ClaimError():
            return _refused("What the provider said was not meant for this desk, or not for this sign-in.")
        case JoseError():
            return _refused("What the provider said is not signed as it should be.")
    return _refused("What the provider said cannot be read.")


def state_until(now: dt.datetime) -> str:
    """Return until when a sign-in that begins now has to be back, as text that can be compared. Pure."""
    return (now + dt.timedelta(minutes=STATE_MINUTES)).isoformat()


def _refused(what: str) -> RequestRefused:
    return RequestRefused(
        403,
        what,
        fix="Go to “Sign in”, and begin again. If it happens again, tell whoever runs londata.",
        why="Otherwise somebody could sign in as you, or you as somebody else.",
    )


def _request_with(kept: dict[str, Any], query: Mapping[str, str] | None = None) -> Request:
    """Return a request as Authlib wants one, whose session is kept here and not in the browser."""
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "session": kept}
    return Request({**scope, "query_string": urlencode(query or {}).encode()})
