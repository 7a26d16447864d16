"""crossdock orders import, cancel, accept-total, decline-cancel, reset-facts, edit-address: the actions of staff."""

from decimal import Decimal
from typing import Annotated

import typer

from cli.options.address import cleaned, read_address
from cli.options.confirmation import Actor
from cli.options.ids import InStore, OrderId
from cli.options.parsing import amount
from cli.terminal.output import say
from operations.orders import actions
from schemas.order import CANCEL_REASONS
from schemas.personal import EDITABLE_ADDRESS_FIELDS
from workers.process.bootstrap import opened_context

Recipient = Annotated[str | None, typer.Option(help="Recipient.")]
First = Annotated[str | None, typer.Option(help="First line: street and number.")]
Second = Annotated[str | None, typer.Option(help="Second line.")]
Third = Annotated[str | None, typer.Option(help="Third line.")]
City = Annotated[str | None, typer.Option(help="City.")]
Region = Annotated[
    str | None, typer.Option(help="State, province or region: its code or name; an unknown one is refused.")
]
PostalCode = Annotated[str | None, typer.Option(help="Postal code.")]
Country = Annotated[str | None, typer.Option(help="Country, two letters of ISO 3166.")]
Company = Annotated[str | None, typer.Option(help="Company at the address.")]
AddressFile = Annotated[
    typer.FileBinaryRead | None,
    typer.Option(metavar="FILE", help='Fields as a JSON object, such as {"line1": ...}; - for standard input.'),
]
Phone = Annotated[str | None, typer.Option(help="The recipient's phone.")]


def cancel(
    order_id: OrderId,
    *,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(CANCEL_REASONS)}.")],
    store: InStore = None,
    who: Actor,
) -> None:
    """Request Amazon's cancellation of an Unshipped order.

    The order is canceled once Amazon reports so.
    """
    with opened_context() as context:
        order = actions.cancel_order(context, order_id, store, reason, actor=who)
    say(f"Order {order.amazon_order_id}: {order.note}")


def import_now(order_id: OrderId, *, store: InStore = None, who: Actor) -> None:
    """Import an order now, and not at the next sync.

    The import of an order that is due or blocked is requested; the importer carries it out.
    """
    with opened_context() as context:
        order = actions.request_import(context, order_id, store, actor=who)
    say(f"Order {order.amazon_order_id}: its import is requested.")


def accept_total(
    order_id: OrderId,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for the order's history.")],
    total: Annotated[
        Decimal | None,
        typer.Option(parser=amount, metavar="AMOUNT", help="The order's total, where Amazon reports none."),
    ] = None,
    store: InStore = None,
    who: Actor,
) -> None:
    """Import an order that its amounts block by its total.

    Amazon's amounts stay as they are; the acceptance is void when the order's quantities or Amazon's total change.
    """
    if not reason.strip():
        raise typer.BadParameter("--reason must not be empty; it is kept in the order's history.")
    with opened_context() as context:
        order = actions.accept_total(context, order_id, store, total=total, actor=who, reason=reason.strip())
    say(f"Order {order.amazon_order_id}: {order.note}")


def decline_cancel(
    order_id: OrderId,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for the order's history.")],
    store: InStore = None,
    who: Actor,
) -> None:
    """Import an order although its buyer asked to cancel it.

    Tell the buyer so in Seller Central. A request for another line of the order blocks it again.
    """
    if not reason.strip():
        raise typer.BadParameter("--reason must not be empty; it is kept in the order's history.")
    with opened_context() as context:
        order = actions.decline_cancellation(context, order_id, store, actor=who, reason=reason.strip())
    say(f"Order {order.amazon_order_id}: {order.note}")


def reset_facts(
    order_id: OrderId,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for the order's history.")],
    store: InStore = None,
    who: Actor,
) -> None:
    """Let the next report count after a wrong one.

    After a report with a wrong date, or a wrong Canceled, later reports change nothing. The facts stay until Amazon
    reports the order again; an address that was edited stays.
    """
    if not reason.strip():
        raise typer.BadParameter("--reason must not be empty; it is kept in the order's history.")
    with opened_context() as context:
        order = actions.reset_facts(context, order_id, store, actor=who, reason=reason.strip())
    say(f"Order {order.amazon_order_id}: {order.note}")


def edit_address(  # noqa: PLR0913 - one parameter an option
    order_id: OrderId,
    *,
    store: InStore = None,
    name: Recipient = None,
    line1: First = None,
    line2: Second = None,
    line3: Third = None,
    city: City = None,
    region: Region = None,
    postal_code: PostalCode = None,
    country_code: Country = None,
    company: Company = None,
    phone: Phone = None,
    file: AddressFile = None,
    who: Actor,
) -> None:
    """Change fields of an order's shipping address.

    An order that its address blocked is imported again. Other users of this machine can see options; --file keeps the
    address from them.
    """
    values = (name, line1, line2, line3, city, region, postal_code, country_code, company, phone)
    options = dict(zip(EDITABLE_ADDRESS_FIELDS, values, strict=True))
    from_options = {field: value for field, value in options.items() if value is not None}
    changes = cleaned((read_address(file) if file else {}) | from_options)
    if not changes:
        raise typer.BadParameter("Give at least one field of the address.")
    with opened_context() as context:
        order = actions.edit_address(context, order_id, store, changes, actor=who)
    say(f"Order {order.amazon_order_id}: {order.note}")
    if order.commerce_order:
        say(f"Its Commerce order {order.commerce_order} exists already, and keeps its address.")
