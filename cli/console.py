"""crossdock console: the console and the API, served until stopped; schema openapi: the API's document."""

from contextlib import ExitStack, closing

import structlog

from cli.terminal.output import print_json, say
from operations.monitoring.pipeline import PipelineReader
from operations.monitoring.queues import QueueWatch
from operations.people.secrets import new_secret
from operations.people.sign_in import make_link
from operations.people.users import add_user
from pipeline.liveness import Liveness
from schemas.people import Role
from schemas.settings import read_settings
from web.app import create_app
from web.server import serving
from workers.metrics.process_metrics import ProcessMetrics
from workers.process.bootstrap import connected_context, context_of
from workers.process.garbage_collection import tune_gc
from workers.process.health import serving_probes
from workers.process.identity_provider import opened_identity_provider
from workers.process.logs import set_up_logs
from workers.process.parts import Parts
from workers.process.retry import StoppedError, retry_until_stopped
from workers.process.shutdown import ending_in_time, stop_on_signals, stopping_with_supervisor
from workers.process.watching import opened_pipeline_reader
from workers.process_reporter import ProcessReporter
from workers.runner import all_loops, run_loops

log = structlog.get_logger(__name__)

DEMO_USER = "demo"


def serve_demo(parts: Parts) -> None:
    """Serve the console of a demo until Ctrl-C, and print a link that signs its visitor in once. All loops run."""
    context = context_of(parts.settings, parts.ledger)
    add_user(context, DEMO_USER, Role.ADMIN, new_secret(), actor=DEMO_USER)
    app = create_app(context)
    settings = read_settings()
    with (
        stop_on_signals() as stop,
        closing(QueueWatch(parts.bus)) as queues,
        serving(app, settings, or_free_port=True) as address,
    ):
        app.state.pipeline = PipelineReader(parts.ledger, queues)
        say("", f"The console: {address}/sign-in/link/{make_link(context, DEMO_USER)}")
        say("The link signs you in once, as an admin. Ctrl-C ends the demo and forgets its data.")
        loops = all_loops(parts)
        reporter = ProcessReporter(parts.settings, parts.ledger, "crossdock demo", parts.bus, loops)
        run_loops({**loops, "reporter": reporter}, stop)


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the JSON API.

    The console serves the same at /api/v1/openapi.json.
    """
    print_json(create_app(None).openapi())


def console() -> None:
    """Serve the console and the API.

    Add the first user with `crossdock users add NAME --role admin`, or set an identity provider. While the database is
    away, pages say so.
    """
    settings = read_settings()
    set_up_logs(settings.log_level)
    metrics = ProcessMetrics()
    app = create_app(None, metrics.count_http_request)
    with (
        stop_on_signals() as stop,
        ending_in_time(stop),
        stopping_with_supervisor(stop),
        ExitStack() as opened,
        opened_identity_provider(settings) as app.state.identity_provider,
        serving_probes(settings, Liveness(settings.work_time_limit), metrics) as health,
        serving(app, settings) as address,
    ):
        log.info("console started", address=address)
        try:
            context = retry_until_stopped(
                lambda: opened.enter_context(connected_context(settings)), "open the ledger of the console", stop
            )
        except StoppedError:
            return
        app.state.pipeline = opened.enter_context(opened_pipeline_reader(settings, context.ledger))
        tune_gc()
        app.state.context = context
        with health.using({"database": context.ledger.check_version}):
            ProcessReporter(settings, context.ledger, "crossdock console").run(stop)
        log.info("console stopped")
