"""A data key: the key of one order's personal data. Without it nobody decrypts that data, even with all other keys.

It is stored encrypted by the vault's key, beside the data, and destroyed with it. A change of the vault's key encrypts
the data keys again, a few dozen bytes each, and leaves the data as it is.
"""

import secrets
from typing import Self

from ledger.encryption.aead import AESGCM, seal, unseal
from ledger.encryption.cipher import KEY_BYTES, KEY_HEADER_BYTES, Cipher, key_header
from ledger.errors import CipherError

DATA_KEY_FORMAT = b"\x02"
"""The first byte of data that a data key encrypts; the rest is as `Cipher` has it."""


class DataKey:
    """A data key. `stored` is the key itself, encrypted by the vault's."""

    __slots__ = ("_aesgcm", "_header", "stored")

    def __init__(self, key: bytes, stored: bytes) -> None:
        """Use `DataKey.new` and `DataKey.of`."""
        self.stored = stored
        self._header = key_header(DATA_KEY_FORMAT, key)
        self._aesgcm = AESGCM(key)

    @classmethod
    def new(cls, cipher: Cipher, context: str) -> Self:
        """Return a new key, stored for this context."""
        key = secrets.token_bytes(KEY_BYTES)
        return cls(key, cipher.encrypt(key, context))

    @classmethod
    def of(cls, cipher: Cipher, stored: bytes, context: str) -> Self:
        """Return the key that was stored for this context. Raises CipherError."""
        return cls(cipher.decrypt(stored, context), stored)

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Encrypt *data* for one context, as `Cipher.encrypt` does."""
        return seal(self._aesgcm, self._header, data, context)

    def decrypt(self, encrypted: bytes, context: str) -> bytes:
        """Decrypt data that was encrypted for this context. Raises CipherError."""
        if encrypted[:KEY_HEADER_BYTES] != self._header:
            raise CipherError(f"The data at {context} was encrypted with a data key that was destroyed.")
        return unseal(self._aesgcm, encrypted, context)
