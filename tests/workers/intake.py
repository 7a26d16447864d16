"""Notifications and settings of the intake from Amazon for a test."""

import json

from ledger.ledger import Ledger
from schemas.amazon_sellers import AmazonSeller
from schemas.settings import Settings, read_settings
from tests.builders import STORE_ID
from tests.gateways.amazon.samples import notification

SELLER = "SELLER-TEST"


def a_notification(order_id: str, seller: str = SELLER, **facts: object) -> str:
    """Return the body of a notification as Amazon sends it; *facts* replace those of its Summary."""
    document = notification(facts)
    payload = document["Payload"]
    assert isinstance(payload, dict)
    payload["OrderChangeNotification"] |= {"AmazonOrderId": order_id, "SellerId": seller}
    return json.dumps(document)


def amazon_settings(amazon_url: str, queue_url: str = "http://127.0.0.1:9/queue", **changes: str) -> Settings:
    """Return settings that connect to both."""
    facts = {
        "SELLER_ID": SELLER,
        "CLIENT_ID": "id-value",
        "CLIENT_SECRET": "secret-value",
        "REFRESH_TOKEN": "refresh-value",
        "QUEUE_URL": queue_url,
        "URL": amazon_url,
        "SIGN_IN_URL": amazon_url,
    }
    return read_settings({f"CROSSDOCK_AMAZON_{name}": value for name, value in (facts | changes).items() if value})


def connect_store(ledger: Ledger) -> None:
    """Give the store its marketplace."""
    with ledger.begin() as work:
        (store,) = (store for store in work.stores.all() if store.store_id == STORE_ID)
        work.stores.save(store.model_copy(update={"marketplace_id": "ATVPDKIKX0DER"}))


def backlog(ledger: Ledger) -> int:
    """Return how many orders are still to be fetched."""
    with ledger.read() as work:
        return work.changed_orders.backlog([store.store_id for store in work.stores.all()]).orders


def a_seller(seller_id: str = SELLER) -> AmazonSeller:
    """Return the only seller."""
    (seller,) = read_settings({"CROSSDOCK_AMAZON_SELLER_ID": seller_id}).sellers
    return seller
