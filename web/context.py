"""The parts that a request needs: the context of operations."""

from typing import Annotated

from fastapi import Depends, Request

from operations.context import Context
from operations.monitoring.pipeline import PipelineReader
from operations.people.provider_sign_in import IdentityProvider
from schemas.errors import RetryableError


def context_of(request: Request) -> Context:
    """Return the context of operations. Raises RetryableError while the database was not reached since the start."""
    context: Context | None = request.app.state.context
    if context is None:
        raise RetryableError("The database cannot be reached yet.")
    return context


Ctx = Annotated[Context, Depends(context_of)]
"""A parameter of a handler that calls an operation."""


def pipeline_of(request: Request, context: Ctx) -> PipelineReader:
    """Return the reader of the pipeline's state; without a view of the broker, one of the ledger alone."""
    state = request.app.state
    if state.pipeline is None:
        state.pipeline = PipelineReader(context.ledger, None, context.settings.sellers)
    reader: PipelineReader = state.pipeline
    return reader


Pipeline = Annotated[PipelineReader, Depends(pipeline_of)]
"""A parameter of a handler that shows the state of the pipeline."""


def provider_of(request: Request) -> IdentityProvider | None:
    """Return the identity provider that signs people in, if there is one."""
    provider: IdentityProvider | None = request.app.state.identity_provider
    return provider


Provider = Annotated[IdentityProvider | None, Depends(provider_of)]
"""A parameter of a handler that signs people in."""
