"""Wrong clocks: the trial sets the clock of a running process forward or back.

Both sources of the current time are patched: `datetime.now` in all modules of the product, and `time.time`.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from faults.patches import patch

CLOCKS = "CROSSDOCK_TEST_CLOCKS"
"""Environment variable: the folder of the offsets by process id, and of marks of the processes that read one."""

HOUR = 3600.0
PACKAGES = ("schemas", "events", "handlers", "gateways", "ledger", "pipeline", "operations", "workers", "cli")
ALL_PROCESSES = "all"


class Clocks:
    """The trial's control of the clocks of its processes."""

    def __init__(self, folder: Path) -> None:
        """Create the folder; all clocks are right."""
        self.folder = folder
        self.folder.mkdir(exist_ok=True)

    def set_offset(self, seconds: float, who: str = ALL_PROCESSES) -> None:
        """Set the clock of a process, by its id, forward or back by so many seconds."""
        draft = self.folder / f"{who}.draft"
        draft.write_text(str(seconds))
        draft.replace(self.folder / who)

    def reset(self, who: str = ALL_PROCESSES) -> None:
        """Set it right again."""
        (self.folder / who).unlink()

    def read_count(self, who: str | None = None) -> int:
        """Return the number of processes that have read a wrong clock, or 1 if this one has."""
        return len(list(self.folder.glob(f"{who or '*'}.read")))


def install_wrong_clock(folder: Path) -> None:
    """Offset this process's clock by the seconds in the folder, read at each call."""
    offset = _reader(folder)

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=offset())

    right_time = time.time
    patch(time, time=lambda: right_time() + offset())
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and getattr(module, "datetime", None) is datetime:
            patch(module, datetime=Wrong)


def _reader(folder: Path) -> Callable[[], float]:
    me = str(os.getpid())

    def offset() -> float:
        for who in (me, ALL_PROCESSES):
            with suppress(FileNotFoundError):
                seconds = float((folder / who).read_text())
                (folder / f"{me}.read").touch()
                return seconds
        return 0.0

    return offset
