"""Cells of CSV and of tab-separated lines: a spreadsheet that opens them must not run one as a formula."""

import re

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
"""The characters that begin a formula: in some locales also the full-width and small forms, and the minus sign."""

_FORMULA = rf"(?='*[\s\"]*[{_SIGNS}])"

_BEGINNING = re.compile(rf"(^|[;|]){_FORMULA}")
"""The places where a formula would begin: in a cell, or after a delimiter by which other locales take lines apart."""

_MARKED = re.compile(rf"(^|[;|])'{_FORMULA}")

_HARMLESS = re.compile(rf"[{_SIGNS}]|[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?", re.ASCII)
"""A sign alone, and a number, which stays one."""


def guard_formulas(cell: str) -> str:
    """Return a cell, with `'` before a text that would pass for a formula: to spreadsheets the mark of text."""
    return cell if _HARMLESS.fullmatch(cell) else _BEGINNING.sub(r"\1'", cell)


def unguard_formulas(cell: str) -> str:
    """Return the cell that was guarded."""
    return _MARKED.sub(r"\1", cell)
