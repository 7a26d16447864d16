"""crossdock orders personal-data: an order's buyer and address."""

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.options.ids import InStore, OrderId
from cli.terminal.output import AsJson, print_facts, print_json
from operations.orders.personal import show_personal_data
from workers.process.bootstrap import opened_context


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
