"""Handlers that hang, crash or exhaust memory when they handle events of four order ids."""

import os
import re
import resource
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from faults.patches import patch
from handlers.decision import Decision, Handler
from handlers.table import HANDLERS
from pipeline import processor
from schemas.payloads import OrderPayload

POISON_HANDLERS = "CROSSDOCK_TEST_POISON_HANDLERS"
"""Environment variable: install them in this process, and limit its memory."""

MEMORY_LIMIT = 2 * 1024**3
"""Bytes of address space; an allocation beyond it fails, as in a container."""

EXIT_CODE = 77
"""The exit code of a process that a handler ended."""


def hang() -> None:
    """Loop forever, in Python."""
    while True:
        pass


def hang_holding_gil() -> None:
    """Match a regular expression of exponential time, which never releases the interpreter lock."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def exit_process() -> None:
    """End the process, as a fault in a C library does, or the kernel when memory runs out."""
    os._exit(EXIT_CODE)


def exhaust_memory() -> None:
    """Allocate memory until there is none."""
    allocated = []
    while True:
        allocated.append(bytes(1024 * 1024))


KINDS: Mapping[str, Callable[[], None]] = {
    "666-0000000-0000001": hang,
    "666-0000000-0000002": hang_holding_gil,
    "666-0000000-0000003": exit_process,
    "666-0000000-0000004": exhaust_memory,
}
"""The order ids, and the action of the handler of an event of each."""


def poison_order_id(kind: Callable[[], None]) -> str:
    """Return the order id at which this happens."""
    return next(order for order, effect in KINDS.items() if effect is kind)


def install_poison_handlers() -> None:
    """Wrap all handlers of this process, and limit its memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    patch(processor, HANDLERS={payload: _poisoned(handler) for payload, handler in HANDLERS.items()})


def _poisoned(handler: Handler) -> Handler:
    def decide(context: Any, event: Any, answers: Any) -> Decision:
        if isinstance(event, OrderPayload) and event.amazon_order_id in KINDS:
            KINDS[event.amazon_order_id]()
        return handler.decide(context, event, answers)

    return replace(handler, decide=decide)
