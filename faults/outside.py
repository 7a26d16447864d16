"""Amazon and Commerce on a bad day: a door before the simulator that the driver opens and shuts by a file."""

import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faults.patches import put
from gateways.port import Result
from gateways.simulator.gateways import SimulatedGateways
from schemas.errors import RetryableError
from schemas.gateway_requests import Request

OUTSIDE = "CROSSDOCK_TEST_OUTSIDE"
"""Variable: the folder in which the day is told and its faults are counted."""

KINDS = ("lost_answer", "storm", "broken", "slow", "nonsense")
"""Done, but the answer is lost · 429 with a wait · 500 · a slow answer · an answer that the gateway cannot digest."""


@dataclass(frozen=True, slots=True)
class Day:
    """Which fault befalls which share of the calls."""

    kind: str = ""
    share: float = 0.0


class Outside:
    """The driver's hand on the day."""

    def __init__(self, folder: Path) -> None:
        """Begin with a good day."""
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.set(Day())

    def set(self, day: Day) -> None:
        """Change the day, for all processes at their next call."""
        draft = self.folder / "day.draft"
        draft.write_text(json.dumps(asdict(day)))
        draft.replace(self.folder / "day.json")

    def faults(self) -> int:
        """Return how many calls were spoilt so far."""
        book = self.folder / "faults"
        return len(book.read_bytes()) if book.exists() else 0


def spoil(folder: Path) -> None:
    """Let this process's calls pass the door."""
    perform = SimulatedGateways.perform

    def at_the_door(gateways: SimulatedGateways, requests: Sequence[Request]) -> list[Result]:
        day = Day(**json.loads((folder / "day.json").read_text()))
        if not day.kind or random.random() >= day.share:
            return perform(gateways, requests)
        _count(folder)
        return _spoilt(day.kind, lambda: perform(gateways, requests), len(requests))

    put(SimulatedGateways, perform=at_the_door)


def _spoilt(kind: str, perform: Any, requests: int) -> list[Result]:
    match kind:
        case "lost_answer":
            perform()
            return [RetryableError("The other side did not answer in time.")] * requests
        case "storm":
            return [RetryableError("Too many requests (429).", retry_after=1.0)] * requests
        case "broken":
            return [RetryableError("The other side failed (500).")] * requests
        case "slow":
            time.sleep(0.5)
            return list(perform())
        case _:
            raise ValueError("what came back is no answer")


def _count(folder: Path) -> None:
    book = os.open(folder / "faults", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(book, b".")
    os.close(book)
