"""A provider of OpenID Connect on this machine, with real keys, that can do wrong whatever a provider can do wrong.

Made with Starlette and joserfc, and nothing of ours: what it says is what the standards say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "londata-desk", "a-secret-of-the-desk"

FAULTS = (
    "wrong issuer",
    "wrong audience",
    "audience of another, azp ours",
    "two audiences, azp of another",
    "expired",
    "from the future",
    "wrong nonce",
    "no nonce",
    "bad signature",
    "unknown key",
    "alg none",
    "signed with the secret",
    "signed with the public key",
    "no id token",
    "no subject",
    "another access token",
    "another person in userinfo",
    "token endpoint fails",
    "token is no JSON",
    "keys are no JSON",
)
"""What it can do wrong once the desk asks for a token; each must be refused."""


@dataclass
class Code:
    """What a code stands for, until it is used."""

    subject: str
    nonce: str
    challenge: str
    back: str


@dataclass
class TestProvider:
    """A provider that runs; `fault` is what it does wrong, `subject` and `groups` who signs in next."""

    __test__ = False

    issuer: str
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    other_key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    fault: str = ""
    subject: str = "248289761001"
    groups: list[str] | str | None = field(default_factory=lambda: ["camden-officers", "choir"])
    groups_in: str = "id token"
    metadata: dict[str, Any] = field(default_factory=dict)
    names_itself: bool = True
    slow: float = 0.0
    status: int = 200
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    # --- pages --------------------------------------------------------------------------------------------------------

    async def discovery(self, _request: Request) -> Response:
        self.asked.append("discovery")
        if self.slow:
            await run_in_threadpool(time.sleep, self.slow)
        if self.status != 200:
            return Response("Internal Server Error: SELECT password FROM users", self.status)
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=london",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "scopes_supported": ["openid", "groups"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse({name: value for name, value in (told | self.metadata).items() if value is not None})

    async def keys(self, _request: Request) -> Response:
        if self.fault == "keys are no JSON":
            return Response("<html>maintenance</html>")
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """Let the person in who is at the keyboard, without a page of its own."""
        asked = request.query_params
        self.asked.append(str(request.url))
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert asked["tenant"] == "london"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(self.subject, asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        answer = {"code": code, "state": asked["state"]} | ({"iss": self.issuer} if self.names_itself else {})
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        self.asked.append("token")
        if self.fault == "token endpoint fails":
            return Response("Traceback (most recent call last): …", 500)
        if self.fault == "token is no JSON":
            return Response("<script>alert(1)</script>", media_type="text/html")
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode())
        proof = request.headers.get("authorization", "").removeprefix("Basic ").encode()
        form = await request.form()
        code = self.codes.pop(str(form.get("code")), None)
        if proof != known or code is None or form.get("redirect_uri") != code.back:
            return JSONResponse({"error": "invalid_grant", "error_description": "<b>who are you</b>"}, 400)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if _base64(digest) != code.challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        if self.fault != "no id token":
            answer["id_token"] = self.id_token(code, access)
        return JSONResponse(answer)

    async def me(self, request: Request) -> Response:
        assert request.headers["authorization"].startswith("Bearer ")
        subject = "somebody else" if self.fault == "another person in userinfo" else self.subject
        groups = {"groups": self.groups} if self.groups is not None and self.groups_in == "userinfo" else {}
        return JSONResponse({"sub": subject, **groups})

    # --- what it says about people ------------------------------------------------------------------------------------

    def id_token(self, code: Code, access: str) -> str:
        """Return what it says about a person, right or wrong."""
        now, fault = int(time.time()), self.fault
        half = hashlib.sha256(("x" if fault == "another access token" else access).encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": code.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": code.nonce,
            "at_hash": _base64(half),
            "email": "planted.person@example.org",
        }
        if self.groups is not None and self.groups_in == "id token":
            claims["groups"] = self.groups
        wrong: dict[str, dict[str, Any]] = {
            "wrong issuer": {"iss": "https://elsewhere.example.org"},
            "wrong audience": {"aud": "another-client"},
            "audience of another, azp ours": {"aud": "another-client", "azp": CLIENT},
            "two audiences, azp of another": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
            "expired": {"iat": now - 1_000, "exp": now - 500},
            "from the future": {"iat": now + 5_000, "nbf": now + 5_000, "exp": now + 9_000},
            "wrong nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "no subject": {"sub": ""},
        }
        claims |= wrong.get(fault, {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid}
        if fault == "alg none":
            return f"{_unsigned({'alg': 'none', 'typ': 'JWT'}, claims)}."
        if fault == "signed with the secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        if fault == "signed with the public key":
            # by hand: no library of today does it
            text = _unsigned({"alg": "HS256", "kid": self.key.kid}, claims)
            public = self.key.as_pem(private=False)
            return f"{text}.{_base64(hmac.digest(public, text.encode(), 'sha256'))}"
        if fault == "unknown key":
            header["kid"] = "of nobody"
        key = self.other_key if fault in ("bad signature", "unknown key") else self.key
        return jwt.encode(header, claims, key)

    @property
    def app(self) -> Starlette:
        """The provider as a web application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/me", self.me),
            ]
        )


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def serving(config: uvicorn.Config, listener: socket.socket) -> Iterator[None]:
    """Serve an application in a thread of the test, until the block ends."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + 10
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        assert server.started
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def listening() -> socket.socket:
    """Return a socket on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@contextmanager
def running_provider() -> Iterator[TestProvider]:
    """Run a provider."""
    listener = listening()
    provider = TestProvider(f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(provider.app, log_level="warning", access_log=False, lifespan="off")
    with serving(config, listener):
        yield provider
