"""The cipher: AES-256-GCM with the key's id in front, so that keys can be changed while old data stays readable."""

import os
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import CipherError, EncryptionKeyError

if TYPE_CHECKING:
    from ledger.encryption.name_keys import NameKeys
    from ledger.encryption.recipient import Recipient

KEY_BYTES = 32
VAULT_FORMAT = b"\x01"
"""The first byte of data that one of the vault's keys encrypts."""

_ID_BYTES = 8
_NONCE_BYTES = 12
KEY_HEADER_BYTES = 1 + _ID_BYTES
"""The first bytes of encrypted data, the same for all that one key encrypts: format and key id."""

_HEADER_BYTES = KEY_HEADER_BYTES + _NONCE_BYTES


class Cipher:
    """Encrypts and decrypts bytes with the vault's keys.

    Encrypted form: one byte of format (1), 8 bytes of key id (BLAKE2b of the key), 12 bytes of nonce, ciphertext, tag.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Use `Cipher.of`."""
        self.first_header = key_header(VAULT_FORMAT, keys[0])
        self._secrets = tuple(keys)
        self._keys = {key_header(VAULT_FORMAT, key): AESGCM(key) for key in keys}
        self._encryptor = self._keys[self.first_header]

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> Self:
        """Return a cipher that encrypts with the first of these keys of 32 bytes and decrypts with any.

        Raises EncryptionKeyError when there is no key, or one of another length.
        """
        if not keys:
            raise EncryptionKeyError("There is no encryption key; give at least one.")
        if any(len(key) != KEY_BYTES for key in keys):
            raise EncryptionKeyError(f"An encryption key must be {KEY_BYTES} bytes long.")
        return cls(keys)

    @property
    def key_ids(self) -> list[str]:
        """The ids of the keys, in their order: the first encrypts."""
        return [header[1:].hex() for header in self._keys]

    @cached_property
    def recipient(self) -> "Recipient":
        """The recipient of what upstream systems encrypt for the vault."""
        from ledger.encryption.recipient import Recipient  # noqa: PLC0415 - most processes never meet a JWE

        return Recipient(dict(zip(self.key_ids, self._secrets, strict=True)))

    @cached_property
    def name_keys(self) -> "list[NameKeys]":
        """The makers of blind keys of names, by the vault's keys in their order: the first for rows to be written."""
        from ledger.encryption.name_keys import NameKeys  # noqa: PLC0415 - few processes store or search names

        return [NameKeys(secret, key_id) for key_id, secret in zip(self.key_ids, self._secrets, strict=True)]

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Encrypt *data* for one context, `table/row/column`; it cannot be decrypted for another."""
        return seal(self._encryptor, self.first_header, data, context)

    def has_key(self, header: bytes) -> bool:
        """Return whether data with this beginning was encrypted with one of the keys."""
        return header[:KEY_HEADER_BYTES] in self._keys

    def decrypt(self, encrypted: bytes, context: str) -> bytes:
        """Decrypt data that was encrypted for this context. Raises CipherError."""
        if encrypted[:1] != VAULT_FORMAT or len(encrypted) <= _HEADER_BYTES:
            raise CipherError(f"The data at {context} is not in an encrypted form that this version knows.")
        key = self._keys.get(encrypted[:KEY_HEADER_BYTES])
        if key is None:
            raise CipherError(
                f"The data at {context} was encrypted with the key {encrypted[1:KEY_HEADER_BYTES].hex()}, which is not"
                " among the keys given."
            )
        return unseal(key, encrypted, context)


def key_header(encrypted_form: bytes, key: bytes) -> bytes:
    """Return the first bytes of all that this key encrypts."""
    return encrypted_form + blake2b(key, digest_size=_ID_BYTES).digest()


def seal(key: AESGCM, header: bytes, data: bytes, context: str) -> bytes:
    """Encrypt *data* for one context."""
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + key.encrypt(nonce, data, context.encode())


def unseal(key: AESGCM, encrypted: bytes, context: str) -> bytes:
    """Decrypt what `seal` encrypted with this key. Raises CipherError when it was damaged or moved."""
    try:
        return key.decrypt(encrypted[KEY_HEADER_BYTES:_HEADER_BYTES], encrypted[_HEADER_BYTES:], context.encode())
    except (InvalidTag, ValueError):  # ValueError: cut off before the end of the nonce
        raise CipherError(
            f"The data at {context}, encrypted with the key {encrypted[1:KEY_HEADER_BYTES].hex()}, was damaged or"
            " moved there."
        ) from None
