"""crossdock orders explain: the causes that block an order's import, and their solutions."""

from cli.command_line import to_json
from cli.options.ids import InStore, OrderId
from cli.terminal.output import AsJson, print_json
from cli.views.explanation import print_explanation
from operations.orders.explain import explain
from workers.process.bootstrap import opened_context


def explain_order(order_id: OrderId, store: InStore = None, as_json: AsJson = False) -> None:
    """Explain why an order is blocked, with the solutions."""
    with opened_context() as context:
        explanation = explain(context, order_id, store)
    if as_json:
        print_json(to_json(explanation))
    else:
        print_explanation(explanation)
