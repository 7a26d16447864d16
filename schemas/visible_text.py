"""Texts from outside as a terminal may show them: characters that hide, reorder or steer are escaped."""

import re

_INVISIBLE = frozenset(
    [
        "\u034f",  # combining grapheme joiner
        "\u115f",  # fillers of Hangul, letters that show nothing
        "\u1160",
        "\u17b4",  # inherent vowels of Khmer
        "\u17b5",
        "\u2800",  # the blank of Braille
        "\u3164",
        "\uffa0",
        *map(chr, range(0x180B, 0x1810)),  # variation selectors, which hide data in any text
        *map(chr, range(0xFE00, 0xFE10)),
        *map(chr, range(0xE0100, 0xE01F0)),
    ]
)
"""Characters that show nothing, yet count as printable for Python: the rest of Unicode's Default_Ignorable."""

_SPACES = frozenset("\n\r\t")
"""Control characters that stand in honest texts, and are a space on one line."""

_NOT_ASCII = re.compile("[^\x00-\x7e]+")


def visible(text: str) -> str:
    r"""Return a text on one line. Line breaks, tabs and all kinds of space become spaces.

    Other control characters, bidirectional marks, and characters that are invisible or unassigned become escapes such
    as `\x1b` and `\u202e`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if _is_visible(sign) else _shown(sign) for sign in text)


def shortened(text: str, limit: int = 80) -> str:
    """Return the beginning of a text, for a sentence that names it."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def escape_json(text: str) -> str:
    r"""Return a JSON document in which every character that `visible` escapes is `\uXXXX`; its values stay the same."""
    return _NOT_ASCII.sub(lambda run: "".join(sign if _is_visible(sign) else _unit(sign) for sign in run[0]), text)


def _is_visible(sign: str) -> bool:
    return sign.isprintable() and sign not in _INVISIBLE


def _shown(sign: str) -> str:
    if sign in _SPACES or (sign.isspace() and ord(sign) >= 0xA0 and sign not in "\u2028\u2029"):
        return " "
    return ascii(sign)[1:-1]


def json_escapes(text: str) -> str:
    r"""Return all characters of a text as JSON escapes them, `\uXXXX`."""
    return "".join(map(_unit, text))


def _unit(sign: str) -> str:
    """Return a character as JSON escapes it: beyond the first plane as two surrogates."""
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
