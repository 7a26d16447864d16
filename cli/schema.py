"""crossdock schema: JSON Schema and AsyncAPI documents of the events, the OpenAPI document of the API."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.lazy_group import LazyCommand, lazy_group
from cli.terminal.output import AsJson, print_json, say
from crossdock import __version__
from operations.errors import RefusedActionError
from operations.event_schemas import event_documents

OPENAPI = {"openapi": LazyCommand("cli.console:openapi", "Print the OpenAPI 3.1 document of the JSON API.")}
"""A command that imports the web framework."""

app = typer.Typer(cls=lazy_group(OPENAPI), help="Schemas of events and of the API, for programs.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder, created if missing.")]


@app.command()
def export(folder: Folder, as_json: AsJson = False) -> None:
    """Write JSON Schemas and AsyncAPI 3 of all events.

    Each schema describes an event's data. Existing files of the same names are overwritten.
    """
    described = event_documents(__version__)
    try:
        _write(folder, described.documents)
    except OSError as error:
        raise RefusedActionError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
    if as_json:
        print_json({"files": [str(folder / name) for name in described.documents]})
        return
    say(f"Wrote asyncapi.json and JSON Schemas of {described.events} events to {folder}.")


def _write(folder: Path, documents: dict[str, dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
