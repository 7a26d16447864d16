"""The application of a test: one for the process, whose state is the test's own."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from operations.context import Context
from web.app import create_app


def application(context: Context | None) -> FastAPI:
    """Return the process's application with a new state: FastAPI needs a second for a new one's first answer.

    A test that adds a route or counts requests creates an application of its own.
    """
    app = _application()
    app.state = create_app(context).state
    return app


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return _application().openapi()


@cache
def _application() -> FastAPI:
    return create_app(None)
