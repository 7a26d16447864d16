"""The argument that names a replay."""

from typing import Annotated

import typer

ReplayId = Annotated[str, typer.Argument(metavar="ID", help="The replay's id, or the beginning of one.")]
