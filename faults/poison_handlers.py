"""Payloads that hang or kill whoever handles them: orders of four ids at which every handler of a process fails so."""

import os
import re
import resource
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from faults.patches import put
from handlers import HANDLERS
from handlers.decision import Decision, Handler
from pipeline import processor
from schemas.payloads import OrderPayload

KILLERS = "CROSSDOCK_TEST_KILLERS"
"""Variable: whether there are such payloads in this process. Its memory is limited then."""

MEMORY = 2 * 1024**3
"""Bytes of addresses; what is asked for beyond that is refused, as it is in a container."""

KILLED = 77
"""The exit code of a process that was killed by a payload."""


def hang() -> None:
    """Loop for ever, in Python."""
    while True:
        pass


def stick() -> None:
    """Match a regular expression for longer than anybody lives, with the interpreter held all the time."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def die() -> None:
    """End the process, as a fault in a C library would, or the kernel when memory is short."""
    os._exit(KILLED)


def hoard() -> None:
    """Ask for memory until there is none."""
    held = []
    while True:
        held.append(bytes(1024 * 1024))


KINDS: Mapping[str, Callable[[], None]] = {
    "666-0000000-0000001": hang,
    "666-0000000-0000002": stick,
    "666-0000000-0000003": die,
    "666-0000000-0000004": hoard,
}
"""The orders, and what befalls whoever handles an event of one."""


def order_of(kind: Callable[[], None]) -> str:
    """Return the order at which this happens."""
    return next(order for order, its in KINDS.items() if its is kind)


def let_in() -> None:
    """Let this process's handlers meet their killers."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    put(processor, HANDLERS={payload: _at_risk(handler) for payload, handler in HANDLERS.items()})


def _at_risk(handler: Handler) -> Handler:
    def decide(known: Any, event: Any, answers: Any) -> Decision:
        if isinstance(event, OrderPayload) and event.amazon_order_id in KINDS:
            KINDS[event.amazon_order_id]()
        return handler.decide(known, event, answers)

    return replace(handler, decide=decide)
