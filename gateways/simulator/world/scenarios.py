"""The scenarios of orders in the demo world, and the outcome of each."""

from enum import StrEnum

from schemas.blockers import BlockerKind


class Outcome(StrEnum):
    """The state of an order once all its events were handled and the scheduled jobs have run."""

    COMPLETED = "completed"
    IMPORTED = "imported"
    PARTIALLY_SHIPPED = "partially_shipped"
    PENDING = "pending"
    CANCELED = "canceled"
    FBA = "fba"
    REPLACEMENT = "replacement"
    PRE_INTEGRATION = "pre_integration"
    VIEW_ONLY = "view_only"
    PRODUCT_MISSING = "product_missing"
    PRODUCT_DISABLED = "product_disabled"
    OUT_OF_STOCK = "out_of_stock"
    ADDRESS = "address"
    MONEY = "money"
    PERSONAL_DATA = "personal_data"
    BUYER_CANCELLATION = "buyer_cancellation"

    @property
    def blocker(self) -> BlockerKind | None:
        """The kind of blocker, None for outcomes that are not blocked."""
        return _BLOCKERS.get(self)


_BLOCKERS = {
    Outcome.PRODUCT_MISSING: BlockerKind.PRODUCT_MISSING,
    Outcome.PRODUCT_DISABLED: BlockerKind.PRODUCT_DISABLED,
    Outcome.OUT_OF_STOCK: BlockerKind.OUT_OF_STOCK,
    Outcome.ADDRESS: BlockerKind.ADDRESS,
    Outcome.MONEY: BlockerKind.MONEY,
    Outcome.PERSONAL_DATA: BlockerKind.PERSONAL_DATA,
    Outcome.BUYER_CANCELLATION: BlockerKind.BUYER_CANCELLATION,
}


class Scenario(StrEnum):
    """The sequence of events of an order. The first twelve, used first, reach every outcome of the demo.

    Those after `LATE` have no weight: they are for worlds that ask for them, whose Commerce checks addresses.
    """

    SHIPPED = "shipped in one parcel"
    IMPORTED = "imported, not shipped yet"
    FIRST_PARCEL = "one of two parcels shipped"
    PENDING = "payment pending"
    CANCELED_LATE = "canceled after it was imported"
    FBA = "fulfilled by Amazon"
    REPLACEMENT = "replaces another order"
    OLD = "placed before the store's integration"
    VIEW_ONLY = "in a store without import"
    MISSING = "its product is not in the catalog"
    DISABLED = "its product is disabled"
    SOLD_OUT = "its product is out of stock"
    EARLY_PARCEL = "its parcel is published before the order"
    TWO_PARCELS = "shipped in two parcels"
    CANCELED_EARLY = "canceled while pending"
    DOUBLED = "every message delivered twice"
    LATE = "messages delivered out of order"
    BAD_ADDRESS = "its region is none of the country"
    BAD_TOTAL = "its total is not that of its lines"
    NO_ADDRESS = "Amazon withholds its address"
    WANTS_CANCEL = "its buyer asked to cancel it"

    @property
    def outcome(self) -> Outcome:
        """The order's outcome."""
        return _OUTCOMES.get(self, Outcome.COMPLETED)

    @property
    def weight(self) -> int:
        """The number of the scenario's orders in about a hundred."""
        return 0 if self in HARD else _WEIGHTS.get(self, 1)


_OUTCOMES = {
    Scenario.IMPORTED: Outcome.IMPORTED,
    Scenario.FIRST_PARCEL: Outcome.PARTIALLY_SHIPPED,
    Scenario.PENDING: Outcome.PENDING,
    Scenario.CANCELED_EARLY: Outcome.CANCELED,
    Scenario.CANCELED_LATE: Outcome.CANCELED,
    Scenario.FBA: Outcome.FBA,
    Scenario.REPLACEMENT: Outcome.REPLACEMENT,
    Scenario.OLD: Outcome.PRE_INTEGRATION,
    Scenario.VIEW_ONLY: Outcome.VIEW_ONLY,
    Scenario.MISSING: Outcome.PRODUCT_MISSING,
    Scenario.DISABLED: Outcome.PRODUCT_DISABLED,
    Scenario.SOLD_OUT: Outcome.OUT_OF_STOCK,
    Scenario.BAD_ADDRESS: Outcome.ADDRESS,
    Scenario.BAD_TOTAL: Outcome.MONEY,
    Scenario.NO_ADDRESS: Outcome.PERSONAL_DATA,
    Scenario.WANTS_CANCEL: Outcome.BUYER_CANCELLATION,
}

HARD = (Scenario.BAD_ADDRESS, Scenario.BAD_TOTAL, Scenario.NO_ADDRESS, Scenario.WANTS_CANCEL)
"""Stories that only a Commerce with checks of its own, and a served Amazon, can tell."""

_WEIGHTS = {
    Scenario.SHIPPED: 46,
    Scenario.FBA: 12,
    Scenario.TWO_PARCELS: 10,
    Scenario.DOUBLED: 6,
    Scenario.LATE: 6,
    Scenario.IMPORTED: 5,
    Scenario.FIRST_PARCEL: 3,
    Scenario.PENDING: 3,
    Scenario.EARLY_PARCEL: 2,
    Scenario.CANCELED_EARLY: 2,
    Scenario.CANCELED_LATE: 2,
    Scenario.VIEW_ONLY: 2,
}
