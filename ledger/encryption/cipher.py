"""The cipher: AES-256-GCM with the key's id in front, so that keys can be changed while old data stays readable."""

import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import CipherError, EncryptionKeyError

KEY_BYTES = 32
_FORMAT = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
SEAL_BYTES = len(_FORMAT) + _ID_BYTES
"""How sealed data begins: by what it was sealed with."""

_HEAD_BYTES = SEAL_BYTES + _NONCE_BYTES


class Cipher:
    """Seals and opens bytes.

    Sealed form: one byte of format (1), 8 bytes of key id (BLAKE2b of the key), 12 bytes of nonce, ciphertext, tag.
    """

    def __init__(self, first: bytes, all_keys: dict[bytes, AESGCM]) -> None:
        """Use `Cipher.of`."""
        self._head = _FORMAT + first
        self._sealer = all_keys[first]
        self._keys = all_keys

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> Self:
        """Return a cipher that seals with the first of these keys of 32 bytes and opens with any.

        Raises EncryptionKeyError when there is no key, or one of another length.
        """
        if not keys:
            raise EncryptionKeyError("There is no encryption key; give at least one.")
        if any(len(key) != KEY_BYTES for key in keys):
            raise EncryptionKeyError(f"An encryption key has to be {KEY_BYTES} bytes long.")
        return cls(_key_id(keys[0]), {_key_id(key): AESGCM(key) for key in keys})

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Encrypt *data* for one place, `table/row/column`; it cannot be opened as if it stood in another."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._sealer.encrypt(nonce, data, context.encode())

    def knows(self, sealed: bytes) -> bool:
        """Tell, by how it begins, whether data was sealed with one of the keys."""
        return sealed[:1] == _FORMAT and sealed[1:SEAL_BYTES] in self._keys

    def decrypt(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what was sealed for this place. Raises CipherError."""
        key_id = sealed[1:SEAL_BYTES]
        if sealed[:1] != _FORMAT or len(sealed) <= _HEAD_BYTES:
            raise CipherError(f"The data at {context} is not in a sealed form that this version knows.")
        key = self._keys.get(key_id)
        if key is None:
            raise CipherError(
                f"The data at {context} was sealed with the key {key_id.hex()}, which is not among the keys given."
            )
        try:
            return key.decrypt(sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES], sealed[_HEAD_BYTES:], context.encode())
        except InvalidTag:
            raise CipherError(
                f"The data at {context}, sealed with the key {key_id.hex()}, was damaged or moved there."
            ) from None


def _key_id(key: bytes) -> bytes:
    return blake2b(key, digest_size=_ID_BYTES).digest()
