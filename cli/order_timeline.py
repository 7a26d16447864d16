"""crossdock orders timeline and personal-data: all that happened about an order; its buyer and address."""

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.options.orders import InStore, OrderId
from cli.terminal.output import AsJson, print_facts, print_json, print_table, to_seconds
from operations.orders.personal import show_personal_data
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
        (to_seconds(one.time), one.kind, one.name, one.who or one.publisher, one.cause, one.request_id, one.note)
        for one in shown.entries
    ]
    print_table(COLUMNS, rows)


def personal_data(order_id: OrderId, store: InStore = None, *, who: Actor, as_json: AsJson = False) -> None:
    """Show an order's buyer and address; recorded.

    `crossdock vault audit` lists the looks.
    """
    with opened_context() as context:
        shown = show_personal_data(context, order_id, store, actor=who)
    if as_json:
        print_json(to_json(shown))
        return
    facts = shown.model_dump(mode="json")
    print_facts({**{name: value for name, value in facts.items() if name != "address"}, **shown.address})
