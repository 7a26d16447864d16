"""crossdock orders show and history: one order, without personal data."""

from cli.command_line import to_json
from cli.options.ids import InStore, OrderId
from cli.terminal.output import AsJson, print_json, warn
from cli.views.orders import print_history, print_order
from operations.orders.queries import order_history, show_order, system_message
from workers.process.bootstrap import opened_context


def show(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Show an order, without personal data."""
    with opened_context() as context:
        order = show_order(context, order_id, store)
        message = system_message(context)
    if as_json:
        print_json(to_json(order))
        return
    if message:
        warn(message)
    print_order(order)


def history(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Show an order's history, oldest first."""
    with opened_context() as context:
        lines = order_history(context, order_id, store)
    if as_json:
        print_json(to_json(lines))
    else:
        print_history(lines)
