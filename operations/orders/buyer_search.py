"""The search for orders by their buyer's name: by blind keys of its words, which addresses have instead of the name."""

from operations.context import Context
from operations.errors import WrongFilterError
from operations.people.audit import record_action
from operations.personal_data.looks import LOOK
from schemas.order_filters import BuyerKeys


def buyer_keys(context: Context, name: str) -> BuyerKeys:
    """Return the search terms of a name: whole words, in any order, without case and accents.

    Raises WrongFilterError for a name without a word.
    """
    with context.ledger.read() as work:
        keys = work.buyer_keys(name)
    if not keys:
        raise WrongFilterError("A buyer's name has at least one word of letters or digits.")
    return keys


def record_search(context: Context, actor: str) -> None:
    """Record that *actor* sees which orders a buyer's name has. The name itself is not recorded."""
    with context.ledger.begin() as work:
        record_action(work, actor, LOOK, "orders", details={"seen": "which orders a buyer's name has"})
