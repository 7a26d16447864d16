"""Blockers: why an order cannot be created in Commerce, what solves it, and the command that unblocks."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class BlockerKind(StrEnum):
    """The causes that are told apart."""

    PRODUCT_MISSING = "product_missing"
    PRODUCT_DISABLED = "product_disabled"
    OUT_OF_STOCK = "out_of_stock"
    ADDRESS = "address"
    MONEY = "money"
    PERSONAL_DATA = "personal_data"
    NEVER_PLACED = "never_placed"


class Cause(BaseModel):
    """One cause by its kind and key: a SKU for products and stock, the Amazon order id for the rest."""

    model_config = ConfigDict(frozen=True)

    kind: BlockerKind
    key: str


class Blocker(Cause):
    """A cause with what order staff need to know: what is wrong, the documented solution, the exact command.

    `wake_keys` are the wake-up keys (`product:SKU`, `listing:STORE/SKU`, `order:ID`) whose change may end it. `salable`
    is how many pieces there were, where too few were what blocked the order.
    """

    reason: str
    solution: str
    command: str
    wake_keys: tuple[str, ...] = ()
    salable: int | None = None

    @property
    def cause(self) -> Cause:
        """The bare kind and key."""
        return Cause(kind=self.kind, key=self.key)


SYSTEM_MESSAGE = (
    "Your Amazon store(s) has orders that cannot be imported into Commerce. "
    "See Recent Orders in the store dashboard(s): {stores}"
)
"""Word for word from "Managing orders"; `{stores}` is the names of the stores, joined by a comma."""


def system_message(stores: list[str]) -> str | None:
    """Return the message to show while orders of these stores are blocked, or nothing when there are none."""
    return SYSTEM_MESSAGE.format(stores=", ".join(stores)) if stores else None
