"""An order as the command line shows it: rows of a list, the whole of one, its history. No personal data."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.terminal.output import rfc3339
from handlers.rules.parcels import contents, shipped_quantities
from schemas.blockers import Blocker
from schemas.history import HistoryEntry
from schemas.order import Order, Parcel

ROW = (
    "store_id",
    "amazon_order_id",
    "purchase_date",
    "last_update_date",
    "status",
    "amazon_status",
    "import_state",
    "fulfillment_channel",
    "total",
    "commerce_order",
    "note",
)
LISTS = ("blocked_on", "items", "shipments", "history")
"""What of an order is a table of its own."""

CSV_COLUMNS = (*(name for name in ROW if name != "total"), "total_amount", "total_currency")


def row(order: Order) -> dict[str, Any]:
    """Return an order as a row of `orders list --json`."""
    return {
        "store_id": order.store_id,
        "amazon_order_id": order.amazon_order_id,
        "purchase_date": rfc3339(order.purchase_date),
        "last_update_date": rfc3339(order.last_update_date),
        "status": order.status.value,
        "amazon_status": order.amazon_status.value,
        "import_state": order.import_state.value,
        "fulfillment_channel": order.fulfillment_channel.value,
        "total": _total(order),
        "commerce_order": order.commerce_order.number if order.commerce_order else None,
        "note": order.note,
    }


def csv_row(order: Order) -> dict[str, Any]:
    """Return an order as a row of `orders list --csv`."""
    total = order.total
    amount = {"total_amount": total and format(total.amount, "f"), "total_currency": total and total.currency}
    return {name: value for name, value in row(order).items() if name != "total"} | amount


def whole(order: Order, matches: Mapping[str, str], history: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return an order as `orders show --json`; *matches* maps its seller SKUs to products matched by hand."""
    return {
        "store_id": order.store_id,
        "amazon_order_id": order.amazon_order_id,
        "amazon_status": order.amazon_status.value,
        "status": order.status.value,
        "commerce_order": _commerce_order(order),
        "import_state": order.import_state.value,
        "blocked_on": [blocker_row(blocker) for blocker in order.blockers],
        "note": order.note,
        "total": _total(order),
        "items": _items(order, matches),
        "shipments": [_shipment(order, parcel) for parcel in order.parcels],
        "history": [entry_row(entry) for entry in history],
        "purchase_date": rfc3339(order.purchase_date),
        "last_update_date": rfc3339(order.last_update_date),
        "marketplace_id": order.marketplace_id,
        "fulfillment_channel": order.fulfillment_channel.value,
        "ship_service_level": order.ship_service_level,
        "latest_ship_date": rfc3339(order.latest_ship_date),
        "is_prime": order.is_prime,
        "is_business": order.is_business,
        "is_premium": order.is_premium,
        "replaces_order_id": order.replaces_order_id,
        "cancellation": order.cancellation.model_dump(mode="json") if order.cancellation else None,
    }


def facts(order: Order, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `whole` shows but for its lists, in words for people."""
    made, wish = order.commerce_order, order.cancellation
    in_words = {
        "total": order.total,
        "commerce_order": made and f"{made.number} ({made.status})",
        "cancellation": wish and f"{wish.reason} ({'sent to Amazon' if wish.sent else 'to be sent'})",
    }
    return {name: in_words.get(name, value) for name, value in shown.items() if name not in LISTS}


def entry_row(entry: HistoryEntry) -> dict[str, Any]:
    """Return a line of an order's history."""
    return {"time": rfc3339(entry.at), "event": entry.event, "note": entry.note}


def blocker_row(blocker: Blocker) -> dict[str, str]:
    """Return what blocks an order and what unblocks it."""
    return {
        "kind": blocker.kind.value,
        "key": blocker.key,
        "command": blocker.command,
        "solution": blocker.solution,
    }


def _total(order: Order) -> dict[str, Any] | None:
    total = order.total
    return total.model_dump(mode="json") if total else None


def _commerce_order(order: Order) -> dict[str, str] | None:
    made = order.commerce_order
    return {"number": made.number, "status": made.status} if made else None


def _items(order: Order, matches: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the lines; of what Amazon and Commerce say was shipped of each, the more.

    What was imported under made-up ids keeps its products under Amazon's.
    """
    by_parcels = shipped_quantities(order)
    told = {line.order_item_id: line.sku for line in order.removed_lines}
    known_as = {by_amazon: told[made_up] for made_up, by_amazon in order.amazon_ids.items()}
    return [
        {
            "order_item_id": line.order_item_id,
            "seller_sku": line.seller_sku,
            "sku": line.sku or known_as.get(line.order_item_id) or matches.get(line.seller_sku),
            "quantity": line.quantity,
            "quantity_shipped": max(line.quantity_shipped, by_parcels[line.order_item_id]),
        }
        for line in order.lines
    ]


def _shipment(order: Order, parcel: Parcel) -> dict[str, Any]:
    """Return a parcel; it is confirmed when Amazon knows it, and what is in it, as it is now."""
    return {
        "shipment_id": parcel.shipment_id,
        "tracking_number": parcel.tracking_number,
        "carrier_code": parcel.carrier_code,
        "confirmed": not parcel.changed_since_confirmed
        and parcel.confirmed_items == contents(order)[parcel.shipment_id],
    }
