"""Stored documents, parsed into their models: one that no longer fits is an error that repeats nothing of it."""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from ledger.errors import StoredDataError
from schemas.validation_text import describe_errors

_ID = re.compile(r"[\w.-]{1,40}")
Model = TypeVar("Model", bound=BaseModel)


def parse_stored(model: type[Model], document: str | bytes) -> Model:
    """Return the model of a stored JSON document. Raises StoredDataError, which names the order or store."""
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        subject = f"The stored {model.__name__}{_identity(document)}"
        raise StoredDataError(f"{subject} is not one that this version reads: {describe_errors(error)}.") from None


def _identity(document: str | bytes) -> str:
    """Return the id of the document's order or store, as far as it looks like one: a broken document may have any."""
    try:
        fields = from_json(document)
    except ValueError:
        return ""
    ids = map(fields.get, ("amazon_order_id", "store_id")) if isinstance(fields, dict) else ()
    return next((f" {record_id}" for record_id in ids if isinstance(record_id, str) and _ID.fullmatch(record_id)), "")
