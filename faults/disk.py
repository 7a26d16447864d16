"""A small disk of its own for a server, in memory, that can be filled up. Only root can have one."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = 1024 * 1024 * 1024


class Disk:
    """A file system that is mounted at a folder, where that is allowed; else `there` is False and nothing happens."""

    def __init__(self, folder: Path) -> None:
        """Mount it."""
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", str(folder)]
        with suppress(FileNotFoundError):
            subprocess.run(command, capture_output=True, check=False)
        self.there = os.path.ismount(folder)

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.folder / "filler").open("wb") as filler, suppress(OSError):
            while True:
                filler.write(bytes(1024 * 1024))

    def free(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it, whoever still uses it."""
        if self.there:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
