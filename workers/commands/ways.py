"""The way into a command: the words it is called with."""

import os
from collections.abc import Sequence

from workers.errors import UnreadableWordError


def check_words(words: Sequence[str]) -> None:
    """Raise UnreadableWordError for a word that is not UTF-8, unless it names a file: those may have any name."""
    for word in words:
        if not (_is_text(word) or _names_file(word) or _names_file(word.partition("=")[2])):
            shown = os.fsencode(word).decode(errors="backslashreplace")
            raise UnreadableWordError(f'The argument "{shown}" is not UTF-8; write it in UTF-8.')


def _names_file(word: str) -> bool:
    return os.path.exists(word)  # noqa: PTH110 - Path.exists raises for a name that is too long


def _is_text(word: str) -> bool:
    # Python keeps the bytes that it cannot read as surrogates, which nothing can write.
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
