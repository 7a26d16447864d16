"""crossdock simulator: Adobe Commerce over HTTP on a loopback port, for trials without a shop."""

from typing import Annotated

import typer

from cli.terminal.output import say
from operations.simulator import SimulatorOptions, open_commerce, serve_commerce, settings_for


def simulator(  # noqa: PLR0913, PLR0917 - one parameter an option
    products: Annotated[
        typer.FileText | None, typer.Option(metavar="FILE", help="Products, as for `products import`.")
    ] = None,
    commerce_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Commerce's REST API.")] = 8085,
    seed: Annotated[int, typer.Option(help="The same seed gives the same trouble.")] = 1,
    lost: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of answers that are lost.")] = 0.0,
    throttled: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of calls answered with 429.")] = 0.0,
    delay: Annotated[float, typer.Option(min=0.0, max=60.0, help="Seconds that an answer takes.")] = 0.0,
    slowest: Annotated[float, typer.Option(min=0.0, max=600.0, help="Seconds that one in a hundred takes.")] = 0.0,
    bearer: Annotated[bool, typer.Option("--bearer", help="Take the access token as a bearer token, too.")] = False,
) -> None:
    """Serve a simulated Adobe Commerce.

    It serves on 127.0.0.1 until it is stopped. Its state is in memory. The settings that connect Crossdock to it are
    printed first.
    """
    server = open_commerce(SimulatorOptions(seed, lost, throttled, delay, slowest, bearer), products)
    say(*(f"{name}={value}" for name, value in settings_for(server, commerce_port).items()))
    serve_commerce(server, commerce_port)
