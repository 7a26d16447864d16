"""Events as upstream systems publish them."""


def placed(**changes: object) -> dict[str, object]:
    """Return a complete `order.placed` as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": "upstream-1",
        "source": "/upstream",
        "type": "order.placed",
        "data": {
            "store_id": "store-1",
            "amazon_order_id": "111-0000000-0000001",
            "purchase_date": "2026-11-01T10:00:00+01:00",
            "last_update_date": "2026-11-01T10:00:00+01:00",
            "marketplace_id": "ATVPDKIKX0DER",
            "fulfillment_channel": "MFN",
            "items": [{"order_item_id": "1", "seller_sku": "SKU-1", "quantity": 1}],
        },
    } | changes
