"""The application: middleware, answers to errors, the API, the pages and their static files."""

from threading import Event

from fastapi import FastAPI

from crossdock import __version__
from operations.context import Context
from web import api, console, error_answers
from web.api.body_limits import BodyLimits
from web.console import static_files
from web.request_metrics import CountRequest, RequestMetrics
from web.security.headers import SecurityHeaders

DESCRIPTION = "The operations of the command line, as JSON. Send an API token as `Authorization: Bearer …`."


def create_app(context: Context | None, count_request: CountRequest | None = None) -> FastAPI:
    """Return the application, which reports its requests to *count_request*.

    Without a context, pages say that the database is away until `app.state.context` is set.
    """
    app = FastAPI(
        title="Crossdock",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        servers=[{"url": "/"}],  # the default by the specification, which some generators of clients need to read
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.context = context
    app.state.pipeline = None
    app.state.identity_provider = None
    app.state.stopping = Event()
    app.add_middleware(BodyLimits)
    app.add_middleware(SecurityHeaders)  # outside of all that answers, so that no answer lacks them
    if count_request:
        app.add_middleware(RequestMetrics, count=count_request)
    error_answers.register(app)
    static_files.mount(app)
    app.include_router(api.router)
    app.include_router(console.router)
    return app
