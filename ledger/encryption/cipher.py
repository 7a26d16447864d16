"""The cipher: AES-256-GCM with the key's id in front, so that keys can be changed while old data stays readable."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

from ledger.errors import CipherError, EncryptionKeyError

if TYPE_CHECKING:
    from ledger.encryption.aead import AESGCM
    from ledger.encryption.name_keys import NameKeys
    from ledger.encryption.recipient import Recipient

KEY_BYTES = 32
VAULT_FORMAT = b"\x01"
"""The first byte of data that one of the vault's keys encrypts."""

_ID_BYTES = 8
NONCE_BYTES = 12
KEY_HEADER_BYTES = 1 + _ID_BYTES
"""The first bytes of encrypted data, the same for all that one key encrypts: format and key id."""

HEADER_BYTES = KEY_HEADER_BYTES + NONCE_BYTES


class Cipher:
    """Encrypts and decrypts bytes with the vault's keys.

    Encrypted form: one byte of format (1), 8 bytes of key id (BLAKE2b of the key), 12 bytes of nonce, ciphertext, tag.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Use `Cipher.of`."""
        self.first_header = key_header(VAULT_FORMAT, keys[0])
        self._secrets = tuple(keys)
        self._headers = tuple(key_header(VAULT_FORMAT, key) for key in keys)

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
        return [header[1:].hex() for header in self._headers]

    @cached_property
    def _keys(self) -> "dict[bytes, AESGCM]":
        from ledger.encryption.aead import AESGCM  # noqa: PLC0415 - few commands read encrypted data

        return {header: AESGCM(key) for header, key in zip(self._headers, self._secrets, strict=True)}

    @cached_property
    def recipient(self) -> "Recipient":
        """The recipient of data that upstream systems encrypt for the vault."""
        from ledger.encryption.recipient import Recipient  # noqa: PLC0415 - most processes never meet a JWE

        return Recipient(dict(zip(self.key_ids, self._secrets, strict=True)))

    @cached_property
    def name_keys(self) -> "list[NameKeys]":
        """The makers of blind keys of names, by the vault's keys in their order: the first for rows to be written."""
        from ledger.encryption.name_keys import NameKeys  # noqa: PLC0415 - few processes store or search names

        return [NameKeys(secret, key_id) for key_id, secret in zip(self.key_ids, self._secrets, strict=True)]

    def encrypt(self, data: bytes, context: str) -> bytes:
        """Encrypt *data* for one context, `table/row/column`; it cannot be decrypted for another."""
        from ledger.encryption.aead import seal  # noqa: PLC0415 - as above

        return seal(self._keys[self.first_header], self.first_header, data, context)

    def has_key(self, header: bytes) -> bool:
        """Return whether data with this beginning was encrypted with one of the keys."""
        return header[:KEY_HEADER_BYTES] in self._headers

    def decrypt(self, encrypted: bytes, context: str) -> bytes:
        """Decrypt data that was encrypted for this context. Raises CipherError."""
        if encrypted[:1] != VAULT_FORMAT or len(encrypted) <= HEADER_BYTES:
            raise CipherError(f"The data at {context} is not in an encrypted form that this version knows.")
        key = self._keys.get(encrypted[:KEY_HEADER_BYTES])
        if key is None:
            raise CipherError(
                f"The data at {context} was encrypted with the key {encrypted[1:KEY_HEADER_BYTES].hex()}, which is not"
                " among the keys given."
            )
        from ledger.encryption.aead import unseal  # noqa: PLC0415 - as above

        return unseal(key, encrypted, context)


def key_header(encrypted_form: bytes, key: bytes) -> bytes:
    """Return the first bytes of all that this key encrypts."""
    return encrypted_form + blake2b(key, digest_size=_ID_BYTES).digest()
