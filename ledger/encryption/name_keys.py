"""Blind keys of names, by which a name is found in the database without being stored there.

A name's words become keyed digests (BLAKE2b, 8 bytes, with a key derived from the vault's). Whoever has the database
and not the vault's key learns which orders have equal words in their buyers' names; a name can be neither read nor
guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

_PURPOSE = b"crossdock names"
_DIGEST_BYTES = 8
MAX_WORDS = 8
"""Words of a name that count; the rest of a longer one is not searched."""

_WORD = re.compile(r"[^\W_]+")


def words_of(names: Iterable[str]) -> list[str]:
    """Return the words of names, each once, as they are compared: without case and accents."""
    text = unicodedata.normalize("NFKD", " ".join(names)).casefold()
    plain = "".join(sign for sign in text if not unicodedata.combining(sign))
    return list(dict.fromkeys(_WORD.findall(plain)))[:MAX_WORDS]


class NameKeys:
    """Makes the blind keys of words with one of the vault's keys."""

    def __init__(self, vault_key: bytes, key_id: str) -> None:
        """Derive the key from *vault_key*, which has this id."""
        self.mark = key_id[:8]
        """The id of the vault's key in short, stored in front of the blind keys that were made with it."""
        self._key = blake2b(_PURPOSE, key=vault_key, digest_size=32).digest()

    def keys(self, words: Iterable[str]) -> list[str]:
        """Return a word's key each, in 16 hexadecimal digits."""
        return [blake2b(word.encode(), key=self._key, digest_size=_DIGEST_BYTES).hexdigest() for word in words]

    def stored(self, words: Iterable[str]) -> str:
        """Return the words' keys as the vault stores them, each between spaces."""
        return " ".join([self.mark, *self.keys(words), ""])
