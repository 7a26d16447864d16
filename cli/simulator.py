"""crossdock simulator: Adobe Commerce and Amazon over HTTP on loopback ports, for trials without accounts."""

from typing import Annotated

import typer

from cli.terminal.output import say
from operations.simulator import (
    MarketplaceOptions,
    SimulatorOptions,
    amazon_settings_for,
    open_amazon,
    open_commerce,
    serving,
    settings_for,
)
from workers.process.shutdown import stop_on_signals


def simulator(  # noqa: PLR0913, PLR0917 - one parameter an option
    products: Annotated[
        typer.FileText | None, typer.Option(metavar="FILE", help="Products, as for `products import`.")
    ] = None,
    commerce_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Commerce's REST API.")] = 8085,
    amazon_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Amazon: API, sign-in, queue.")] = 8086,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    lost: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of answers that are lost.")] = 0.0,
    throttled: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of calls answered with 429.")] = 0.0,
    delay: Annotated[float, typer.Option(min=0.0, max=60.0, help="Seconds that an answer takes at the median.")] = 0.0,
    slowest: Annotated[
        float, typer.Option(min=0.0, max=600.0, help="Seconds at the 99th percentile (log-normal).")
    ] = 0.0,
    hanging: Annotated[str, typer.Option(metavar="TEXT", help="Calls with this text in them hang for a minute.")] = "",
    bearer: Annotated[bool, typer.Option("--bearer", help="Take the access token as a bearer token, too.")] = False,
    module: Annotated[bool, typer.Option("--module", help="The shop has a module that creates orders.")] = False,
    rate_factor: Annotated[
        float, typer.Option(min=0.001, max=1e6, help="Times Amazon's published rates that are granted.")
    ] = 1.0,
    notifications_lost: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of notifications that never come.")
    ] = 0.0,
    notifications_doubled: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of notifications that come twice.")
    ] = 0.0,
    notifications_delay: Annotated[
        float, typer.Option(min=0.0, max=600.0, help="Maximum delay of a notification, in seconds.")
    ] = 0.0,
    disorder: Annotated[bool, typer.Option("--disorder", help="Notifications come in any order.")] = False,
    personal_data: Annotated[
        bool, typer.Option(help="Whether the application's roles allow buyers and addresses.")
    ] = True,
    seller: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Name of one of several sellers on Amazon; repeat it.")
    ] = None,
) -> None:
    """Serve a simulated Commerce and Amazon.

    They are served on 127.0.0.1 until the command is stopped. Their state is in memory. The settings that connect
    Crossdock to them are printed first.
    """
    options = SimulatorOptions(seed, lost, throttled, delay, slowest, hanging, bearer, module)
    queue = (notifications_lost, notifications_doubled, notifications_delay, disorder)
    differences = MarketplaceOptions(rate_factor, *queue, personal_data, seller or ())
    commerce, amazon = open_commerce(options, products), open_amazon(options, differences)
    settings = settings_for(commerce, commerce_port) | amazon_settings_for(amazon, amazon_port, differences.sellers)
    with stop_on_signals() as stop, serving(commerce, commerce_port, amazon, amazon_port):
        say(*(f"{name}={value}" for name, value in settings.items()))
        stop.wait()
