"""Passwords, hashed by scrypt (RFC 7914)."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from threading import Semaphore

from operations.errors import RefusedActionError

MIN_LENGTH, MAX_LENGTH = 12, 256
"""Characters. NIST SP 800-63B asks for a minimum and no rules on the kinds of characters."""

_N, _R, _P = 2**15, 8, 3
"""OWASP's Password Storage Cheat Sheet names N = 2^15, r = 8, p = 3: 32 MiB and about 0.2 s."""

_MEMORY = 64 * 1024 * 1024
_AT_ONCE = Semaphore(2)
"""Hashes computed at once: each takes memory, and anybody may ask for one by trying to sign in."""


def hash_password(password: str) -> str:
    """Return the hash to store. Raises RefusedActionError for a password that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise RefusedActionError(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", f"{_N},{_R},{_P}", _text(salt), _text(_scrypt(password, salt, _N, _R, _P))))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether it is the password. Without a stored hash the answer takes as long, and is no."""
    _, costs, salt, expected = (stored or _NOBODY).split("$")
    n, r, p = map(int, costs.split(","))
    computed = _scrypt(password[: MAX_LENGTH + 1], b64decode(salt), n, r, p)
    return hmac.compare_digest(computed, b64decode(expected)) and stored is not None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return b64encode(data).decode()


_NOBODY = "$".join(("scrypt", f"{_N},{_R},{_P}", _text(bytes(16)), _text(bytes(32))))
