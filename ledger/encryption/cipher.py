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
KEY_HEADER_BYTES = len(_FORMAT) + _ID_BYTES
"""The first bytes of encrypted data, the same for all that one key encrypts: format and key id."""

_HEADER_BYTES = KEY_HEADER_BYTES + _NONCE_BYTES


class Cipher:
    """Encrypts and decrypts bytes.

    Encrypted form: one byte of format (1), 8 bytes of key id (BLAKE2b of the key), 12 bytes of nonce, ciphertext, tag.
    """

    def __init__(self, first: bytes, all_keys: dict[bytes, AESGCM]) -> None:
        """Use `Cipher.of`."""
        self._key_header = _FORMAT + first
        self._encryptor = all_keys[first]
        self._keys = all_keys

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> Self:
        """Return a cipher that encrypts with the first of these keys of 32 bytes and decrypts with any.

        Raises EncryptionKeyError when there is no key, or one of another length.
        """
        if not keys:
            raise EncryptionKeyError("There is no encryption key; give at least one.")
        if any(len(key) != KEY_BYTES for key in keys):
            raise EncryptionKeyError(f"An encryption key must be {KEY_BYTES} bytes long.")
        return cls(_key_id(keys[0]), {_key_id(key): AESGCM(key) for key in keys})

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Encrypt *data* for one context, `table/row/column`; it cannot be decrypted for another."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._key_header + nonce + self._encryptor.encrypt(nonce, data, context.encode())

    def has_key(self, key_header: bytes) -> bool:
        """Return whether data with this beginning was encrypted with one of the keys."""
        return key_header[:1] == _FORMAT and key_header[1:KEY_HEADER_BYTES] in self._keys

    def decrypt(self, encrypted: bytes, context: str) -> bytes:
        """Decrypt data that was encrypted for this context. Raises CipherError."""
        key_id = encrypted[1:KEY_HEADER_BYTES]
        if encrypted[:1] != _FORMAT or len(encrypted) <= _HEADER_BYTES:
            raise CipherError(f"The data at {context} is not in an encrypted form that this version knows.")
        key = self._keys.get(key_id)
        if key is None:
            raise CipherError(
                f"The data at {context} was encrypted with the key {key_id.hex()}, which is not among the keys given."
            )
        try:
            nonce, ciphertext = encrypted[KEY_HEADER_BYTES:_HEADER_BYTES], encrypted[_HEADER_BYTES:]
            return key.decrypt(nonce, ciphertext, context.encode())
        except InvalidTag:
            raise CipherError(
                f"The data at {context}, encrypted with the key {key_id.hex()}, was damaged or moved there."
            ) from None


def _key_id(key: bytes) -> bytes:
    return blake2b(key, digest_size=_ID_BYTES).digest()
