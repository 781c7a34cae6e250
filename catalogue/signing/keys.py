"""Ed25519 keys as PEM: what signs, and what proves a signature."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from packages.errors import SetupProblem

KEY_ID = 16
"""Hexadecimal digits of the sha256 of a public key by which it is named."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that proves signatures: its 32 bytes, and the PEM that OpenSSL reads."""

    raw: bytes
    pem: str

    @classmethod
    def of(cls, pem: str) -> PublicKey:
        """Read a PEM; ValueError when it is no public Ed25519 key."""
        try:
            key = serialization.load_pem_public_key(pem.encode())
        except UnsupportedAlgorithm as error:
            raise ValueError("no Ed25519 key") from error
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("no Ed25519 key")
        return _public(key)

    @property
    def id(self) -> str:
        """The name of the key: the beginning of its sha256."""
        return hashlib.sha256(self.raw).hexdigest()[:KEY_ID]

    def proves(self, content: bytes, signature: bytes) -> bool:
        """Return whether the owner of this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs; it is never shown or logged."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> PrivateKey:
        """Make one."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, pem: str, place: str) -> PrivateKey:
        """Read a PEM without a password; SetupProblem names the place when it is none."""
        try:
            key = serialization.load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_private_key(place) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _no_private_key(place)
        return cls(key)

    @property
    def public(self) -> PublicKey:
        """The key that proves what this one signed."""
        return _public(self._key.public_key())

    @property
    def pem(self) -> str:
        """The key itself, for a file that only its owner may read."""
        form = serialization.PrivateFormat.PKCS8
        return self._key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

    def sign(self, content: bytes) -> bytes:
        """Return the signature, 64 bytes; the same content always has the same."""
        return self._key.sign(content)


def _public(key: Ed25519PublicKey) -> PublicKey:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(raw, pem.decode())


def _no_private_key(place: str) -> SetupProblem:
    return SetupProblem(
        f"{place} does not hold an Ed25519 key as PEM without a password.",
        fix="Bring the key back from a copy, or make another one: `londata keys rotate`.",
    )
