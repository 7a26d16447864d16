"""The filter of dead letters, in the address of a list and in the body of an action; all criteria must hold."""

from pydantic import Field

from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter
from schemas.fields import Moment
from web.api.fields import RequestBody, Word


class LetterSelection(RequestBody):
    """Criteria of dead letters; all that are given must hold. Times are those of the last failure."""

    letter_type: DeadLetterType | None = Field(None, alias="class", description="Letters of this class.")
    kind: BlockerKind | None = Field(None, description="Letters with a cause of this kind.")
    key: Word | None = Field(None, description="Letters with a cause of this key: a SKU or an order id.")
    store_id: Word | None = Field(None, description="Letters of this store.")
    consumer: Word | None = Field(None, description="Letters of this consumer.", examples=["importer"])
    event: Word | None = Field(None, description="Letters of this event type.", examples=["order.placed"])
    amazon_order_id: Word | None = Field(None, description="Letters about this order.")
    fingerprint: Word | None = Field(None, description="Letters with this fingerprint.")
    text: Word | None = Field(None, description="Letters whose id, order, cause or reason has this text.")
    since: Moment | None = Field(None, description="Failed at or after.")
    until: Moment | None = Field(None, description="Failed at or before.")

    def filter(self) -> LetterFilter:
        """Return the filter."""
        return LetterFilter(**{name: getattr(self, name) for name in LetterSelection.model_fields})
