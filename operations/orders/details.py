"""Orders of the ledger as the models that operations return."""

from collections.abc import Mapping, Sequence

from handlers import cancel_order as cancellation
from handlers.rules.buyer_cancellation import buyer_cancellation_sentence
from handlers.rules.instruction_texts import instructions_of, with_sku
from handlers.rules.parcels import contents, shipped_quantities
from operations.orders.links import commerce_admin_order, seller_central_order
from operations.orders.models import (
    BlockerDetails,
    CommerceOrderDetails,
    HistoryLine,
    InstructionDetails,
    ItemDetails,
    OrderActionResult,
    OrderDetails,
    PublishedLine,
    ShipmentDetails,
)
from schemas.blockers import Blocker
from schemas.history import HistoryEntry
from schemas.order import CANCEL_REASONS, CommerceState, Order, Parcel, ParcelItem
from schemas.status import Channel


def details_of(
    order: Order, matches: Mapping[str, str], history: Sequence[HistoryEntry], admin_url: str | None = None
) -> OrderDetails:
    """Return an order in full; *matches* maps its seller SKUs to manually matched products."""
    created = order.commerce_order
    return OrderDetails(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        amazon_status=order.amazon_status,
        status_meaning=order.amazon_status.meaning,
        status=order.status,
        commerce_order=CommerceOrderDetails(number=created.number, status=created.status) if created else None,
        import_state=order.import_state,
        blocked_on=tuple(blocker_of(blocker) for blocker in order.blockers),
        note=order.note,
        total=order.total,
        items=_items(order, matches),
        shipments=_shipments(order),
        history=tuple(line_of(entry) for entry in history),
        purchase_date=order.purchase_date,
        last_update_date=order.last_update_date,
        marketplace_id=order.marketplace_id,
        fulfillment_channel=order.fulfillment_channel,
        ship_service_level=order.ship_service_level,
        latest_ship_date=order.latest_ship_date,
        is_prime=order.is_prime,
        is_business=order.is_business,
        is_premium=order.is_premium,
        replaces_order_id=order.replaces_order_id,
        stock_reserved=order.stock_reserved or _is_reserved_by_commerce(order),
        cancel_refusal=_cancel_refusal(order),
        seller_central_url=seller_central_order(order.marketplace_id, order.amazon_order_id),
        commerce_order_url=commerce_admin_order(admin_url, created.number) if admin_url and created else None,
        cancellation=order.cancellation,
        accepted_total=order.accepted_total,
        buyer_cancellation=buyer_cancellation_sentence(order),
        declined_cancellation=order.declined_cancellation,
        instructions=instruction_details(order),
    )


def instruction_details(order: Order) -> tuple[InstructionDetails, ...]:
    """Return the instructions of an order, without personal data."""
    return tuple(
        InstructionDetails(
            name=instruction.name,
            order_item_id=instruction.order_item_id,
            value=instruction.value,
            text=with_sku(order, instruction),
        )
        for instruction in instructions_of(order)
    )


def result_of(order: Order) -> OrderActionResult:
    """Return an order as the result of an action on it."""
    return OrderActionResult(
        store_id=order.store_id,
        amazon_order_id=order.amazon_order_id,
        note=order.note,
        commerce_order=_number(order),
    )


def line_of(entry: HistoryEntry) -> HistoryLine:
    """Return an entry of an order's history."""
    return HistoryLine(time=entry.at, event=entry.event, note=entry.note)


def published_line_of(entry: HistoryEntry) -> PublishedLine:
    """Return an entry of an order's history with who published the event."""
    return PublishedLine(**line_of(entry).model_dump(), publisher=entry.publisher, source=entry.source)


def blocker_of(blocker: Blocker) -> BlockerDetails:
    """Return a blocker with its solution and remedy."""
    return BlockerDetails(
        kind=blocker.kind,
        key=blocker.key,
        remedy=blocker.remedy,
        solution=blocker.solution,
        reason=blocker.reason,
    )


def _is_reserved_by_commerce(order: Order) -> bool:
    """Whether the open Commerce order reserves stock; the stock of orders that Amazon ships is Amazon's."""
    created = order.commerce_order
    is_open = created is not None and created.state is CommerceState.OPEN
    return is_open and order.fulfillment_channel is Channel.MFN


def _cancel_refusal(order: Order) -> str | None:
    if order.cancellation:
        return f"Its cancellation was requested ({order.cancellation.reason})."
    return cancellation.refusal(order, CANCEL_REASONS[0])


def _number(order: Order) -> str | None:
    return order.commerce_order.number if order.commerce_order else None


def _items(order: Order, matches: Mapping[str, str]) -> tuple[ItemDetails, ...]:
    """Return the lines. A line that was imported under a synthetic id keeps its product under Amazon's id."""
    by_parcels = shipped_quantities(order)
    removed = {line.order_item_id: line.sku for line in order.removed_lines}
    by_amazon_id = {amazon_id: removed[synthetic] for synthetic, amazon_id in order.amazon_ids.items()}
    return tuple(
        ItemDetails(
            order_item_id=line.order_item_id,
            seller_sku=line.seller_sku,
            sku=line.sku or by_amazon_id.get(line.order_item_id) or matches.get(line.seller_sku),
            quantity=line.quantity,
            quantity_shipped=max(line.quantity_shipped, by_parcels[line.order_item_id]),
            item_price=line.item_price,
            item_tax=line.item_tax,
            shipping_price=line.shipping_price,
            shipping_tax=line.shipping_tax,
            discount=line.discount,
            asin=line.asin,
            title=line.title,
        )
        for line in order.priced_lines
    )


def _shipments(order: Order) -> tuple[ShipmentDetails, ...]:
    packed = contents(order)
    return tuple(_shipment(parcel, packed[parcel.shipment_id]) for parcel in order.parcels)


def _shipment(parcel: Parcel, packed: tuple[ParcelItem, ...]) -> ShipmentDetails:
    is_current = parcel.confirmed_items == packed
    return ShipmentDetails(
        shipment_id=parcel.shipment_id,
        tracking_number=parcel.tracking_number,
        carrier_code=parcel.carrier_code,
        confirmed=is_current and not parcel.changed_since_confirmed,
        shipping_method=parcel.shipping_method or parcel.carrier_name,
        shipped_at=parcel.shipped_at,
        quantities={item.order_item_id: item.quantity for item in packed},
    )
