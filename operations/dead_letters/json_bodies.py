"""Bodies as JSON: read as the envelope's reader reads them, and written so that it can."""

import json
from codecs import BOM_UTF8
from typing import Any

from pydantic_core import from_json

from operations.errors import EditRefusedError


def read_json(body: bytes | str) -> Any:
    """Return what a body says, NaN and Infinity included: they are there to be mended. Raises ValueError."""
    return from_json(body.removeprefix(BOM_UTF8) if isinstance(body, bytes) else body)


def write_json(document: Any) -> bytes:
    """Write a body. Raises EditRefusedError for what Python holds and no reader of JSON would take."""
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        what = "holds a number that JSON does not know (NaN, Infinity, 1e999)"
    except RecursionError:
        what = "is nested too deep"
    raise EditRefusedError(f"The edited message {what}; nothing was changed.")
