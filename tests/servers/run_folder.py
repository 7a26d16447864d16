"""The folder of one run of the tests: its servers' data, their logs, and notes of the processes to be ended."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "crossdock-tests-"
OWNER = "owner"

MEMORY = Path("/dev/shm")  # noqa: S108 - the folder itself is made by mkdtemp
ENOUGH = 2 * 1024**3
"""Free bytes that a run may fill: a broker and a database use some hundred megabytes."""


def new_run_folder(prefix: str = PREFIX) -> Path:
    """Make a folder, in memory where there is room: quorum queues and databases wait for the disk at every step."""
    place = MEMORY if in_memory() else None
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    (folder / OWNER).write_text(str(os.getpid()))
    return folder


def remove_stale_folders() -> None:
    """Remove the folders of runs that were killed, unless one of their processes is still there."""
    for owner in MEMORY.glob(f"{PREFIX}*/{OWNER}"):
        with suppress(OSError, ValueError):
            pids = [int(owner.read_text()), *(int(note.stem) for note in owner.parent.glob("*.process"))]
            if not any(Path(f"/proc/{pid}").exists() for pid in pids):
                shutil.rmtree(owner.parent, ignore_errors=True)


def in_memory() -> bool:
    """Whether a run has room for its files in memory."""
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH
