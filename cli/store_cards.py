"""crossdock stores cards: the stores at a glance."""

from cli.command_line import to_json
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, print_json, print_table
from operations.store_cards import list_store_cards
from workers.process.bootstrap import opened_context


def cards(limit: Limit = 100, after: After = None, as_json: AsJson = False) -> None:
    """Show the stores at a glance, as the console's home does.

    Sales are those of the last thirty days; canceled and error orders are none.
    """
    with opened_context() as context:
        page = list_store_cards(context, limit, after)
    if as_json:
        print_json(to_json(page.rows))
    else:
        rows = [
            (
                card.store.store_id,
                card.store.name,
                card.marketplace,
                card.orders,
                ", ".join(map(str, card.sales)),
                card.waiting,
            )
            for card in page.rows
        ]
        print_table(("STORE", "NAME", "MARKETPLACE", "ORDERS", "SALES", "BLOCKED"), rows)
    note_next(page.next)
