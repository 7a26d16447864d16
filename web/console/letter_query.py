"""The filter of dead letters in the address of a page: a link shares it, and forms repeat it."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState

Word = Annotated[str, Field(max_length=500)]


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
    state: LetterState | None = None
    page: int = Field(1, ge=1, le=100_000)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}

    def filter(self) -> LetterFilter:
        """Return the filter, without a state: actions take open letters only."""
        return LetterFilter(
            letter_type=self.letter_type,
            kind=self.kind,
            key=self.key,
            store_id=self.store,
            consumer=self.consumer,
            event=self.event,
            amazon_order_id=self.order,
            fingerprint=self.fingerprint,
            text=self.search and self.search.strip(),
            ids=(self.id,) if self.id else (),
        )

    @property
    def fields(self) -> dict[str, str]:
        """The given criteria by the names of the address, without state and page."""
        given = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"state", "page"})
        return {name: str(value) for name, value in given.items()}

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
