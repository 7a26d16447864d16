"""crossdock orders: find orders, explain their import, and fix them."""

import typer

from cli.lazy_group import LazyCommand, lazy_group

COMMANDS = {
    "list": LazyCommand("cli.order_list:list_command", "List orders."),
    "views": LazyCommand("cli.order_views:app", "Saved views: lists of orders that a user has named."),
    "show": LazyCommand("cli.order_details:show", "Show an order, without personal data."),
    "history": LazyCommand("cli.order_details:history", "Show an order's history, oldest first."),
    "timeline": LazyCommand("cli.order_timeline:timeline", "Show all that happened about an order, oldest first."),
    "personal-data": LazyCommand(
        "cli.order_personal_data:personal_data", "Show an order's buyer and address; recorded."
    ),
    "explain": LazyCommand(
        "cli.order_explanation:explain_order", "Explain why an order is blocked, with the solutions."
    ),
    "import": LazyCommand("cli.order_actions:import_now", "Import an order now, and not at the next sync."),
    "cancel": LazyCommand("cli.order_actions:cancel", "Request Amazon's cancellation of an Unshipped order."),
    "accept-total": LazyCommand(
        "cli.order_actions:accept_total", "Import an order that its amounts block by its total."
    ),
    "decline-cancel": LazyCommand(
        "cli.order_actions:decline_cancel", "Import an order although its buyer asked to cancel it."
    ),
    "reset-facts": LazyCommand("cli.order_actions:reset_facts", "Let the next report count after a wrong one."),
    "edit-address": LazyCommand("cli.order_actions:edit_address", "Change fields of an order's shipping address."),
}
"""Every command by name: a list needs no rule of a handler, which an explanation imports."""

app = typer.Typer(cls=lazy_group(COMMANDS), help="Find, inspect and fix orders.", no_args_is_help=True)
