"""The page of the pipeline, live."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from operations.monitoring.models import PipelineState
from web.console.pages import page, render
from web.console.stream import Event, stream
from web.context import Ctx, Pipeline
from web.security.permissions import Reader

router = APIRouter()


@router.get("/pipeline")
def pipeline(request: Request, context: Ctx, person: Reader, reader: Pipeline) -> HTMLResponse:
    """Show the state of this moment."""
    return page(request, context, person, "pipeline.html", state=reader.read())


@router.get("/pipeline/stream")
def pipeline_stream(request: Request, person: Reader, reader: Pipeline) -> Response:
    """Send the state every two seconds."""
    return stream(request, lambda: _event(request, reader.read()))


def _event(request: Request, state: PipelineState) -> Event:
    return {
        "html": render(request, "pipeline_state.html", state=state),
        "samples": [sample.model_dump() for sample in state.samples],
    }
