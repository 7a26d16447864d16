"""Parses the instructions in a row of an order report: the demands of its order and its line beyond goods and address.

Columns after the SP-API documentation, "Order reports attributes" and "Order tracking reports attributes", and after
the optional columns that sellers add to the Unshipped Orders report in Seller Central.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateways.amazon.money import Facts
from gateways.amazon.payload import demanded, listed, reported
from gateways.amazon.reports.values import read_truth
from gateways.errors import UnreadableInputError
from schemas.money import Money

Cells = Mapping[str, str]
Value = TypeVar("Value")

COLUMNS = (
    *("earliest-ship-date", "latest-ship-date", "promise-date", "earliest-delivery-date", "latest-delivery-date"),
    *("is-prime", "is-premium-order", "is-global-express", "is-ispu-order", "is-iba", "is-sold-by-ab"),
    *("is-replacement-order", "is-exchange-order", "original-order-id", "signature-confirmation-recommended"),
    *(
        "cod-collectible-amount",
        "payment-method",
        "fulfilled-by",
        "address-type",
        "ssa-carrier",
        "ssa-ship-method",
        "delivery-instructions",
    ),
    *("purchase-order-number", "buyer-company-name", "cpf"),
    *("buyer-identification-type", "buyer-identification-number"),
    *("is-buyer-requested-cancellation", "buyer-requested-cancel-reason", "customized-url", "customized-page"),
    *("gift-wrap-type", "gift-message-text", "ioss-number", "is-transparency", "store-chain-store-id"),
    *("delivery-start-date", "delivery-end-date"),
)
"""The columns that are parsed here; no report has all of them."""


_CASH = ("cod", "cash", "cashondelivery")


class RowInstructions:
    """The instructions of a row, parsed when it is created. Raises UnreadableInputError that names the column."""

    def __init__(self, cells: Cells, moment: Callable[[str], object], cash: Money | None) -> None:
        """Parse the cells; *moment* parses an instant, *cash* is the amount to be collected on delivery."""
        self._cells, self._moment = cells, moment
        self.flags = reported({"is_prime": self._truth("is-prime"), "is_premium": self._truth("is-premium-order")})
        self.flags |= reported({"latest_ship_date": self._date("latest-ship-date") or self._date("promise-date")})
        original = cells.get("original-order-id")
        self.flags |= {"replaces_order_id": original} if original and self._truth("is-replacement-order") else {}
        self.order = reported(self._order(original, cash))
        self.item = self._item()
        self.personal_order = reported(self._personal_order())
        self.personal_item: Facts = {
            "gift_message": cells.get("gift-message-text"),
            "customization_url": cells.get("customized-url") or cells.get("customized-page"),
        }

    def _order(self, original: str | None, cash: Money | None) -> Facts:
        return {
            "earliest_ship_date": self._date("earliest-ship-date"),
            "earliest_delivery_date": self._date("earliest-delivery-date"),
            "latest_delivery_date": self._date("latest-delivery-date"),
            "is_cash_on_delivery": bool(cash and cash.amount) or self._plain("payment-method") in _CASH or None,
            "payment_methods": [method] if (method := demanded(self._cells.get("payment-method"), "Other")) else None,
            "is_easy_ship": self._plain("fulfilled-by") == "easyship" or None,
            "cash_to_collect": cash if cash and cash.amount else None,
            "is_store_pick_up": self._truth("is-ispu-order") or None,
            "address_type": self._cells.get("address-type"),
            "is_signature_recommended": self._truth("signature-confirmation-recommended") or None,
            "is_global_express": self._truth("is-global-express") or None,
            "prescribed_carrier": self._cells.get("ssa-carrier"),
            "prescribed_ship_method": self._cells.get("ssa-ship-method"),
            "is_sold_by_amazon_business": self._truth("is-sold-by-ab") or self._truth("is-iba") or None,
            "exchanged_order_id": original if self._truth("is-exchange-order") else None,
        }

    def _item(self) -> Facts:
        return {
            "buyer_cancellation": self._truth("is-buyer-requested-cancellation"),
            "buyer_cancel_reason": self._cells.get("buyer-requested-cancel-reason"),
            "is_customized": "customized-url" in self._cells or "customized-page" in self._cells or None,
            "is_gift": "gift-wrap-type" in self._cells or "gift-message-text" in self._cells or None,
            "gift_wrap_level": self._cells.get("gift-wrap-type"),
            "ioss_number": self._cells.get("ioss-number"),
            "transparency_codes_required": self._truth("is-transparency") or None,
            "store_chain_store_id": self._cells.get("store-chain-store-id"),
            "scheduled_delivery_start": self._date("delivery-start-date"),
            "scheduled_delivery_end": self._date("delivery-end-date"),
        }

    def _personal_order(self) -> Facts:
        number, kind = self._cells.get("buyer-identification-number"), self._cells.get("buyer-identification-type")
        cpf = self._cells.get("cpf")
        tax_ids = [f"{kind or ''} {number}".strip()] if number else [f"CPF {cpf}"] if cpf else None
        return {
            "purchase_order_number": self._cells.get("purchase-order-number"),
            "company_name": self._cells.get("buyer-company-name"),
            "tax_ids": tax_ids,
            "address_instructions": self._cells.get("delivery-instructions"),
        }

    def _plain(self, name: str) -> str:
        """Return a cell as one word, as Amazon and sellers write it differently ("Easy Ship", "EasyShip")."""
        return "".join(self._cells.get(name, "").casefold().split())

    def _truth(self, name: str) -> bool | None:
        return self._optional(name, read_truth)

    def _date(self, name: str) -> object:
        return self._optional(name, self._moment)

    def _optional(self, name: str, reader: Callable[[str], Value | None]) -> Value | None:
        try:
            return reader(self._cells[name]) if name in self._cells else None
        except UnreadableInputError as error:
            raise UnreadableInputError(f"{name} {error}.") from None


def instructions_of_rows(rows: Mapping[str, RowInstructions]) -> Facts:
    """Return the instructions of an order from its rows by order item id; of the order's facts the first row's win."""
    of_order: Facts = {}
    personal: Facts = {}
    flags: Facts = {}
    for row in rows.values():
        of_order, personal, flags = row.order | of_order, row.personal_order | personal, row.flags | flags
    items = listed({"order_item_id": item_id, **row.item} for item_id, row in rows.items())
    personal_items = listed({"order_item_id": item_id, **row.personal_item} for item_id, row in rows.items())
    of_order |= {"items": items} if items else {}
    personal |= {"items": personal_items} if personal_items else {}
    return flags | {"instructions": of_order or None, "personal_instructions": personal or None}
