"""catalog.changed: exactly the orders that wait for the product are asked to be imported again."""

from handlers.decision import Decision, OrderContext
from schemas.gateway_requests import Answer
from schemas.payloads import CatalogChanged


def decide(known: OrderContext, event: CatalogChanged, answers: tuple[Answer, ...] = ()) -> Decision:
    """Wake whoever waits for the product's SKU or ASIN; the importer finds out whether that was enough."""
    names = (event.sku, event.asin) if event.asin else (event.sku,)
    return Decision(wake_keys=tuple(f"product:{name}" for name in names))
