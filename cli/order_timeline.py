"""crossdock orders timeline: all that happened about an order."""

from cli.command_line import to_json
from cli.options.ids import InStore, OrderId
from cli.terminal.output import AsJson, print_json, print_table, to_seconds
from operations.orders.timeline import order_timeline
from workers.process.bootstrap import opened_context

COLUMNS = ("TIME", "KIND", "WHAT", "WHO", "CAUSE", "REQUEST ID", "NOTE")


def timeline(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Show all that happened about an order, oldest first.

    Events, actions of people, dead letters, and failed calls to Amazon and Commerce.
    """
    with opened_context() as context:
        shown = order_timeline(context, order_id, store)
    if as_json:
        print_json(to_json(shown))
        return
    rows = [
        (
            to_seconds(entry.time),
            entry.kind,
            entry.name,
            entry.who or entry.publisher,
            entry.cause,
            entry.request_id,
            entry.note,
        )
        for entry in shown.entries
    ]
    print_table(COLUMNS, rows)
