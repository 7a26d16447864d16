"""crossdock console: the console and the API, served until stopped."""

from contextlib import ExitStack

import structlog

from schemas.settings import read_settings
from web.app import create_app
from web.server import serving
from workers.process.bootstrap import opened_context
from workers.process.logs import set_up_logs
from workers.process.retry import StoppedError, retry_until_stopped
from workers.process.shutdown import ending_in_time, stop_on_signals, stopping_with_supervisor
from workers.process.watching import opened_pipeline_reader

log = structlog.get_logger(__name__)


def console() -> None:
    """Serve the console and the API.

    Add the first user with `crossdock users add NAME --role admin`. While the database is away, pages say so.
    """
    settings = read_settings()
    set_up_logs(settings.log_level)
    app = create_app(None)
    with (
        stop_on_signals() as stop,
        ending_in_time(stop),
        stopping_with_supervisor(stop),
        ExitStack() as opened,
        serving(app, settings) as address,
    ):
        log.info("console started", address=address)
        try:
            context = retry_until_stopped(
                lambda: opened.enter_context(opened_context(settings)), "open the ledger of the console", stop
            )
        except StoppedError:
            return
        app.state.pipeline = opened.enter_context(opened_pipeline_reader(settings, context.ledger))
        app.state.context = context
        stop.wait()
        log.info("console stopped")
