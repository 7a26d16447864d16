"""AES-256-GCM for `Cipher` and `DataKey`; apart from them, so that it is imported with the first encrypted data.

`cryptography` costs a command a twentieth of its time, and most lists read nothing that is encrypted.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.encryption.cipher import HEADER_BYTES, KEY_HEADER_BYTES, NONCE_BYTES
from ledger.errors import CipherError

__all__ = ["AESGCM", "seal", "unseal"]


def seal(key: AESGCM, header: bytes, data: bytes, context: str) -> bytes:
    """Encrypt *data* for one context."""
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + key.encrypt(nonce, data, context.encode())


def unseal(key: AESGCM, encrypted: bytes, context: str) -> bytes:
    """Decrypt data that `seal` encrypted with this key. Raises CipherError when it was damaged or moved."""
    try:
        return key.decrypt(encrypted[KEY_HEADER_BYTES:HEADER_BYTES], encrypted[HEADER_BYTES:], context.encode())
    except (InvalidTag, ValueError):  # ValueError: cut off before the end of the nonce
        raise CipherError(
            f"The data at {context}, encrypted with the key {encrypted[1:KEY_HEADER_BYTES].hex()}, was damaged or"
            " moved there."
        ) from None
