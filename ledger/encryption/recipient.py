"""The recipient of personal data that upstream systems encrypt: JWE (RFC 7516) for a public key of the vault.

Broker and publishers' logs then hold nothing that can be read. The key pair, on the curve P-256, is derived from the
vault's key, so that there is no second secret to keep: whoever changes the vault's key changes the pair, and keeps
the old one as long as the old vault key is given.
"""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import CipherError

ALGORITHM, ENCRYPTION = "ECDH-ES+A256KW", "A256GCM"
"""The algorithm that the published key recommends; `ALGORITHMS` are accepted."""

# Without compression (`zip`), by which a few bytes may expand to any size.
ALGORITHMS = ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (FIPS 186-4, D.1.2.3): private keys are 1 to one less."""

_SEED_BYTES = 48
"""16 more than the order has, so that the remainder is uniform (FIPS 186-5, A.2.1)."""


class Recipient:
    """The key pairs of the vault's keys, by the id of the vault's key, which is the JWE header's `kid`."""

    def __init__(self, vault_keys: Mapping[str, bytes]) -> None:
        """Derive the pairs when they are needed: most processes never meet a JWE."""
        self._vault_keys = vault_keys

    @cached_property
    def _pairs(self) -> dict[str, ec.EllipticCurvePrivateKey]:
        return {key_id: _private_key(key) for key_id, key in self._vault_keys.items()}

    def public_key(self) -> dict[str, str]:
        """Return the public key of the vault's first key, as a JWK (RFC 7517)."""
        key_id, pair = next(iter(self._pairs.items()))
        numbers = pair.public_key().public_numbers()
        point = {"x": _base64url(numbers.x), "y": _base64url(numbers.y)}
        return {"kty": "EC", "crv": "P-256", **point, "use": "enc", "alg": ALGORITHM, "kid": key_id}

    def decrypt(self, compact: str) -> bytes:
        """Return the content of a JWE in compact form. Raises CipherError, whose text repeats none of it."""
        from joserfc import jwe  # noqa: PLC0415 - most processes never meet a JWE
        from joserfc.jwk import ECKey  # noqa: PLC0415 - as above

        pair = self._pair(_protected_header(compact))
        pem = pair.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            plaintext = jwe.decrypt_compact(compact, ECKey.import_key(pem), algorithms=list(ALGORITHMS)).plaintext
        except Exception as error:  # noqa: BLE001 - a hostile header meets the library anywhere
            raise CipherError(f"it cannot be decrypted ({type(error).__name__})") from None
        return plaintext or b""

    def _pair(self, header: Mapping[str, Any]) -> ec.EllipticCurvePrivateKey:
        """Return the pair of a JWE."""
        key_id = header.get("kid")
        if key_id is None and len(self._pairs) == 1:
            return next(iter(self._pairs.values()))
        pair = self._pairs.get(key_id) if isinstance(key_id, str) else None
        if pair is None:
            raise CipherError("its `kid` names no key of the vault's; encrypt it for `crossdock vault public-key`")
        return pair


def _private_key(vault_key: bytes) -> ec.EllipticCurvePrivateKey:
    derivation = HKDF(hashes.SHA256(), _SEED_BYTES, salt=None, info=b"crossdock vault recipient P-256")
    return ec.derive_private_key(int.from_bytes(derivation.derive(vault_key)) % (_ORDER - 1) + 1, ec.SECP256R1())


def _base64url(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


def _protected_header(compact: str) -> Mapping[str, Any]:
    encoded = compact.partition(".")[0]
    try:
        header = json.loads(b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise CipherError("it is no JWE in compact form")
    return header
