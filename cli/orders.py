"""crossdock orders: find orders, see why they are where they are, cancel them, mend their addresses."""

from typing import Annotated

import typer

from cli.order_list import list_orders
from cli.session import at_the_desk, opened
from cli.terminal.output import AsJson, print_facts, print_json, print_table, say, to_seconds, warn
from cli.views.explanation import print_explanation, print_never_placed
from cli.views.orders import LISTS, entry_row, facts, whole
from gateways.simulator.gateways import SimulatedGateways
from operations.errors import NotFoundError
from operations.orders.actions import find_order
from operations.orders.explain import explain
from operations.orders.never_placed import find_never_placed
from schemas.blockers import system_message
from schemas.order import CANCEL_REASONS
from schemas.personal import EDITABLE_ADDRESS_FIELDS

app = typer.Typer(help="Orders: find, understand and mend them.", no_args_is_help=True)
app.command("list", help="List orders, with filters, sorting and pages.")(list_orders)

OrderId = Annotated[str, typer.Argument(metavar="ID", help="Amazon's order id, such as 111-2222222-3333333.")]
InStore = Annotated[str | None, typer.Option("--store", help="The store, where several have an order of this id.")]
Recipient = Annotated[str | None, typer.Option(help="Whom it is for.")]
First = Annotated[str | None, typer.Option(help="First line: street and number.")]
Second = Annotated[str | None, typer.Option(help="Second line.")]
Third = Annotated[str | None, typer.Option(help="Third line.")]
City = Annotated[str | None, typer.Option(help="City.")]
Region = Annotated[str | None, typer.Option(help="State, province or region.")]
PostalCode = Annotated[str | None, typer.Option(help="Postal code.")]
Country = Annotated[str | None, typer.Option(help="Country, two letters of ISO 3166.")]


@app.command()
def show(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Show all that is known of an order, but for personal data."""
    with opened() as ledger, ledger.read() as work:
        order = find_order(work, order_id, store)
        matches = work.matches.load({(order.store_id, line.seller_sku) for line in order.lines})
        history = work.history.of_order(order.key)
        message = system_message(work.orders.blocked_stores())
    shown = whole(order, {seller_sku: sku for (_, seller_sku), sku in matches.items()}, history)
    if as_json:
        print_json(shown)
        return
    if message:
        warn(message)
    print_facts(facts(order, shown))
    for name in LISTS:
        rows = shown[name]
        if rows:
            say("", f"{name.replace('_', ' ').capitalize()}")
            print_table([column.upper() for column in rows[0]], [list(row.values()) for row in rows])


@app.command()
def history(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Show what happened to an order, oldest first."""
    with opened() as ledger, ledger.read() as work:
        entries = work.history.of_order(find_order(work, order_id, store).key)
    if as_json:
        print_json([entry_row(entry) for entry in entries])
        return
    print_table(("TIME", "EVENT", "NOTE"), [(to_seconds(entry.at), entry.event, entry.note) for entry in entries])


@app.command("explain")
def explain_order(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Explain what stands in an order's way, and what solves it."""
    with opened() as ledger:
        try:
            explanation = explain(ledger, SimulatedGateways(ledger.documents), order_id, store)
        except NotFoundError:
            unplaced = find_never_placed(ledger, order_id, store)
            if unplaced is None:
                raise
            print_never_placed(unplaced, as_json=as_json)
            return
    print_explanation(explanation, as_json=as_json)


@app.command()
def cancel(
    order_id: OrderId,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(CANCEL_REASONS)}.")],
    store: InStore = None,
) -> None:
    """Ask Amazon to cancel an Unshipped order.

    It is canceled once Amazon says so.
    """
    with at_the_desk() as desk:
        order = desk.cancel(order_id, store, reason)
    say(f"Order {order.amazon_order_id}: {order.note}")


@app.command("edit-address")
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
) -> None:
    """Change fields of an order's shipping address.

    An order that was blocked by its address is imported again.
    """
    fields = (name, line1, line2, line3, city, region, postal_code, country_code and country_code.upper())
    told = dict(zip(EDITABLE_ADDRESS_FIELDS, fields, strict=True))
    changes = {name: value.strip() for name, value in told.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Name at least one field of the address.")
    with at_the_desk() as desk:
        order = desk.edit_address(order_id, store, changes)
    say(f"Order {order.amazon_order_id}: {order.note}")
    if order.commerce_order:
        say(f"Its Commerce order {order.commerce_order.number} is there already, and keeps the address it has.")
