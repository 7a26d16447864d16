"""catalog.changed: requests the import of exactly the orders that are blocked on the product."""

from handlers.decision import Decision, OrderContext
from schemas.gateway_requests import Answer
from schemas.payloads import CatalogChanged


def decide(context: OrderContext, event: CatalogChanged, answers: tuple[Answer, ...] = ()) -> Decision:
    """Wake the orders blocked on the product's SKU or ASIN; the importer determines whether they are still blocked."""
    names = (event.sku, event.asin) if event.asin else (event.sku,)
    return Decision(wake_keys=tuple(f"product:{name}" for name in names))
