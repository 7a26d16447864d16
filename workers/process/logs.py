"""Log set-up: JSON in a pipe, colours on a terminal, for our lines and those of libraries. Never any personal data."""

import json
import logging
import sys
from io import StringIO
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo

from schemas.masked_urls import mask_urls
from schemas.visible_text import visible

NOISY = ("amqp", "kombu", "alembic", "uvicorn")
"""Loggers that write ten lines at every reconnect; our transports write one."""

CARELESS = ("boto3", "botocore", "urllib3")
"""Loggers that write each call's address, signed ones of uploads too, and at `debug` its headers and body."""


def set_up_logs(level: str) -> None:
    """Write log lines of *level* (`debug` … `error`) and above to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    # For a line that cannot be written Python would print a traceback, with texts of exceptions that may be personal.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in (*NOISY, *CARELESS):
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        return [_visible_values, structlog.dev.ConsoleRenderer(exception_formatter=_visible_traceback)]
    # Without the values of variables: they include messages, and so buyers' personal data.
    without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    as_json = structlog.processors.JSONRenderer(serializer=_to_json)
    return [_masked_values, structlog.processors.ExceptionRenderer(without_locals), as_json]


def _masked_values(_logger: object, _method: str, line: EventDict) -> EventDict:
    return {name: mask_urls(value) if isinstance(value, str) else value for name, value in line.items()}


def _visible_values(logger: object, method: str, line: EventDict) -> EventDict:
    masked = _masked_values(logger, method, line)
    return {name: value if name == "exc_info" else _visible(value) for name, value in masked.items()}


def _visible(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    return visible(value if isinstance(value, str) else repr(value))


def _visible_traceback(out: TextIO, exception: ExcInfo) -> None:
    """Write a traceback without the values of variables; texts of exceptions may drive a terminal."""
    plain = StringIO()
    structlog.dev.plain_traceback(plain, exception)
    out.write("\n".join(visible(mask_urls(line)) for line in plain.getvalue().split("\n")))


def _to_json(line: EventDict, **options: Any) -> str:
    # JSON's own escapes leave one control character.
    return json.dumps(line, **options).replace("\x7f", "\\u007f")
