"""The search for orders by their buyer's name: by blind keys of its words, which addresses have instead of the name."""

import re

from operations.context import Context
from operations.errors import WrongFilterError
from operations.people.audit import record_act
from operations.personal_data.looks import LOOK
from schemas.order_filters import BuyerKeys

_TOKEN = re.compile(r"[0-9a-f]{16}(\.[0-9a-f]{16}){0,7}(~[0-9a-f]{16}(\.[0-9a-f]{16}){0,7}){0,9}")


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
        record_act(work, actor, LOOK, "orders", details={"seen": "which orders a buyer's name has"})


def format_keys(keys: BuyerKeys) -> str | None:
    """Return the keys as a parameter of an address; None without any."""
    return "~".join(".".join(words) for words in keys) or None


def parse_keys(text: str | None) -> BuyerKeys:
    """Return the keys of a parameter, () for None. Raises WrongFilterError."""
    if text is None:
        return ()
    if not _TOKEN.fullmatch(text):
        raise WrongFilterError("The buyer's name in the address cannot be read; search for the name again.")
    return tuple(tuple(words.split(".")) for words in text.split("~"))
