"""Outages of Amazon and Commerce: the simulator fails a share of the calls, as the trial writes to a file."""

import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faults.patches import patch
from gateways.port import Result
from gateways.simulator.gateways import SimulatedGateways
from schemas.errors import RetryableError
from schemas.gateway_requests import Request

OUTAGE = "CROSSDOCK_TEST_OUTAGE"
"""Environment variable: the folder of the current outage and of the count of failed calls."""

KINDS = ("lost_answer", "rate_limited", "server_error", "slow", "bad_answer")
"""Performed, but the answer is lost · 429 with Retry-After · 500 · a slow answer · an answer that cannot be parsed."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The kind of failure, "" for none, and the share of calls that fail."""

    kind: str = ""
    share: float = 0.0


class OutageControl:
    """The trial's control of the outage."""

    def __init__(self, folder: Path) -> None:
        """Start without an outage."""
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.set(Outage())

    def set(self, outage: Outage) -> None:
        """Set the outage of all processes, from their next call on."""
        draft = self.folder / "outage.draft"
        draft.write_text(json.dumps(asdict(outage)))
        draft.replace(self.folder / "outage.json")

    def faults(self) -> int:
        """Return the number of calls that failed so far."""
        log = self.folder / "faults"
        return len(log.read_bytes()) if log.exists() else 0


def install_outages(folder: Path) -> None:
    """Fail calls of this process's gateways as the folder's outage names."""
    perform = SimulatedGateways.perform

    def perform_or_fail(gateways: SimulatedGateways, requests: Sequence[Request]) -> list[Result]:
        outage = Outage(**json.loads((folder / "outage.json").read_text()))
        if not outage.kind or random.random() >= outage.share:
            return perform(gateways, requests)
        _count(folder)
        return _failed_results(outage.kind, lambda: perform(gateways, requests), len(requests))

    patch(SimulatedGateways, perform=perform_or_fail)


def _failed_results(kind: str, perform: Any, requests: int) -> list[Result]:
    match kind:
        case "lost_answer":
            perform()
            return [RetryableError("The server did not answer in time.")] * requests
        case "rate_limited":
            return [RetryableError("Too many requests (429).", retry_after=1.0)] * requests
        case "server_error":
            return [RetryableError("The server failed (500).")] * requests
        case "slow":
            time.sleep(0.5)
            return list(perform())
        case _:
            raise ValueError("the answer cannot be parsed")


def _count(folder: Path) -> None:
    log = os.open(folder / "faults", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(log, b".")
    os.close(log)
