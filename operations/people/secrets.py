"""Secrets that are shown once: of sessions, links and API tokens. The ledger has their hashes."""

import hashlib
import secrets

TOKEN_PREFIX = "crossdock_"  # noqa: S105 - how a token begins, for scanners of leaked secrets
SECRET_BYTES = 32


def new_secret() -> str:
    """Return 256 random bits, as text for a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """Return the stored form of a secret. A plain hash suffices: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
