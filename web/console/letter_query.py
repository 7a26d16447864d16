"""The filter of dead letters in the address of a page: a link shares it, and forms repeat it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from operations.dead_letters.criteria import filter_of
from operations.errors import InvalidInputError
from operations.instants import parse_instant_or_age
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState

Word = Annotated[str, Field(max_length=500)]


def _instant(text: object) -> datetime:
    try:
        return parse_instant_or_age(str(text)).at(datetime.now(UTC))
    except InvalidInputError as error:
        raise ValueError(str(error)) from None


When = Annotated[datetime, BeforeValidator(_instant)]
"""An instant or an age; a form repeats it as an instant, so that a dry run and its start have the same letters."""


class LetterQuery(BaseModel):
    """Criteria of dead letters; all that are given must hold. An empty field of a form is none."""

    model_config = ConfigDict(populate_by_name=True)

    search: Word | None = None
    letter_type: DeadLetterType | None = Field(None, alias="class")
    kind: BlockerKind | None = None
    key: Word | None = None
    store: Word | None = None
    consumer: Word | None = None
    event: Word | None = None
    order: Word | None = None
    fingerprint: Word | None = None
    id: Word | None = None
    since: When | None = None
    older_than: When | None = None
    state: LetterState | None = None
    after: str | None = Field(None, max_length=2000)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}

    def filter(self) -> LetterFilter:
        """Return the filter, without a state: actions take open letters only."""
        return filter_of(self.model_dump(by_alias=True, exclude={"state", "after"}))

    @property
    def fields(self) -> dict[str, str]:
        """The given criteria by the names of the address, without the state and the place of the page."""
        criteria = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"state", "after"})
        return {name: str(value) for name, value in criteria.items()}

    @property
    def text(self) -> str:
        """The given criteria as the query of an address."""
        return urlencode(self.fields)


InQuery = Annotated[LetterQuery, Query()]
"""A parameter of a handler: the filter in its address."""


def query_of(**criteria: object) -> str:
    """Return the query of an address with these criteria; those that are None are left out."""
    return urlencode({name: str(value) for name, value in criteria.items() if value not in (None, "")})


def read_query(form: dict[str, str]) -> LetterQuery:
    """Return the filter that a form repeats."""
    names = {field.alias or name for name, field in LetterQuery.model_fields.items()}
    return LetterQuery.model_validate({name: value for name, value in form.items() if name in names})
