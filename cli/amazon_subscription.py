"""crossdock intake amazon subscribe, check: where Amazon sends its notifications."""

from typing import Annotated

import typer

from cli.options.ids import SellerName
from cli.terminal.output import say
from operations.store_sellers import one_seller
from workers.process.bootstrap import opened_context


def subscribe(
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a subscription that sends to another queue.")
    ] = False,
    seller: SellerName = None,
) -> None:
    """Have Amazon send a seller's notifications to the queue.

    The queue is CROSSDOCK_AMAZON_QUEUE_URL. An existing destination or subscription stays.
    """
    from workers import amazon_subscription  # noqa: PLC0415 - the HTTP client costs 0.1 s, also of other commands

    with opened_context() as context:
        chosen = one_seller(context.settings, seller)
        say(amazon_subscription.subscribe(context.settings, chosen, context.ledger, replace=replace))


def check(seller: SellerName = None) -> None:
    """Check that Amazon sends a seller's notifications to the queue."""
    from workers import amazon_subscription  # noqa: PLC0415 - the HTTP client costs 0.1 s, also of other commands

    with opened_context() as context:
        say(amazon_subscription.check_subscription(one_seller(context.settings, seller), context.ledger))
