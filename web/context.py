"""What a request needs: the context of operations."""

from typing import Annotated

from fastapi import Depends, Request

from operations.context import Context
from schemas.errors import RetryableError


def context_of(request: Request) -> Context:
    """Return the context of operations. Raises RetryableError while the database was not reached since the start."""
    context: Context | None = request.app.state.context
    if context is None:
        raise RetryableError("The database cannot be reached yet.")
    return context


Ctx = Annotated[Context, Depends(context_of)]
"""A parameter of a handler that calls an operation."""
