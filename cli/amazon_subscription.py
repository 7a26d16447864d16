"""crossdock intake amazon subscribe, check: where Amazon sends its notifications."""

from typing import Annotated

import typer

from cli.terminal.output import say
from workers.process.bootstrap import opened_context


def subscribe(
    replace: Annotated[
        bool, typer.Option("--replace", help="Give up a subscription that sends to another queue.")
    ] = False,
) -> None:
    """Have Amazon send its notifications to the queue.

    The queue is CROSSDOCK_AMAZON_QUEUE_URL. An existing destination or subscription stays.
    """
    from workers import amazon_subscription  # noqa: PLC0415 - the HTTP client costs 0.1 s, also of other commands

    with opened_context() as context:
        say(amazon_subscription.subscribe(context.settings, context.ledger, replace=replace))


def check() -> None:
    """Check that Amazon sends its notifications to the queue."""
    from workers import amazon_subscription  # noqa: PLC0415 - the HTTP client costs 0.1 s, also of other commands

    with opened_context() as context:
        say(amazon_subscription.check_subscription(context.settings, context.ledger))
