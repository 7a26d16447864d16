"""An address from a file: options are visible to other users of the machine, and stay in the shell's history."""

import json
from collections.abc import Mapping
from typing import BinaryIO

import typer

from schemas.input_limits import ADDRESS_BYTES, chunks_of, read_whole
from schemas.personal import EDITABLE_ADDRESS_FIELDS


def read_address(file: BinaryIO) -> dict[str, str]:
    """Return the fields of a JSON object.

    Raises typer.BadParameter, whose text repeats no value, and InputLimitError for a file that is no address.
    """
    text = read_whole(chunks_of(file), ADDRESS_BYTES, "an address has no more")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise typer.BadParameter('The file of the address is not a JSON object, such as {"line1": "..."}.')
    names = ", ".join(EDITABLE_ADDRESS_FIELDS)
    if not fields.keys() <= set(EDITABLE_ADDRESS_FIELDS):
        raise typer.BadParameter(f"The file of the address has a field that is none; write {names}.")
    if wrong := [name for name, value in fields.items() if not isinstance(value, str)]:
        raise typer.BadParameter(f"Write {', '.join(wrong)} of the address as text.")
    return fields


def cleaned(fields: Mapping[str, str]) -> dict[str, str]:
    """Return fields without blanks around them, the country in capitals."""
    stripped = {name: value.strip() for name, value in fields.items()}
    return {name: value.upper() if name == "country_code" else value for name, value in stripped.items()}
