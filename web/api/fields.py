"""Fields of requests: each states in the OpenAPI document exactly the accepted values."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints


class RequestBody(BaseModel):
    """The type of bodies: a field that does not exist is refused, as it may be misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _not_a_text(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("write a number")
    return value


A_NUMBER = BeforeValidator(_not_a_text)
"""Refuses texts and truth values, which pydantic takes for numbers."""

Flag = StrictBool
"""True or false, and no word or number for it."""

_WORD = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00]*[^\s\x00-\x1f\x7f-\x9f])?$"

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_WORD)]
"""An id or a name, without blanks around it."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_WORD)]
"""Why a person does it. It is kept for ever: it must have no personal data."""

AmazonOrderIdPath = Annotated[
    str,
    Path(
        pattern=r"^[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}$",
        description="Amazon's order id.",
        examples=["111-2222222-3333333"],
    ),
]
IdPrefix = Annotated[
    str, Path(pattern=r"^[0-9a-f-]{4,64}$", description="The id, or its beginning, of at least four characters.")
]
InStore = Annotated[Word | None, Query(description="The store, where several have an order of this id.")]
OfStore = Annotated[Word | None, Query(description="Only those of this store.")]


class Because(RequestBody):
    """Why it is done. The reason is kept for ever: write no personal data into it."""

    reason: Reason = Field(examples=["Agreed with the buyer"])
