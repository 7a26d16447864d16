"""A small disk in memory for one server, which can be filled up. Only root can have one."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = 1024 * 1024 * 1024


class Disk:
    """A file system mounted at a folder; `there` is False where mounting is not allowed."""

    def __init__(self, folder: Path) -> None:
        """Mount it."""
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", str(folder)]
        with suppress(FileNotFoundError):
            subprocess.run(command, capture_output=True, check=False)
        self.there = os.path.ismount(folder)

    def fill(self) -> None:
        """Fill it up."""
        with (self.folder / "filler").open("wb") as filler, suppress(OSError):
            while True:
                filler.write(bytes(1024 * 1024))

    def free(self) -> None:
        """Free its space."""
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it, even if it is in use."""
        if self.there:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
