"""A person's editor on a text that may be personal data: the file is private, and gone however the command ends."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.dead_letters.edit import read_message
from operations.errors import EditRefusedError

_REMOVE_AT_END = """
import shutil, sys
sys.stdin.buffer.read()
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
"""A program that removes a folder once its input ends: when the command closes it, or ends by any signal."""


def edited(text: str) -> str:
    """Return the text as the person's editor leaves it. Raises EditRefusedError when the editor fails."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with _private_folder() as folder:
        path = folder / "message.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        try:
            subprocess.run([*shlex.split(command), str(path)], check=True)  # noqa: S603 - the person's own editor
            with path.open("rb") as corrected:
                return read_message(corrected).decode()
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise EditRefusedError(
                f"The editor {command} failed ({type(error).__name__}); nothing was changed."
            ) from None


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Make a folder for this user alone, in memory where the system has such a place.

    No handler of this process could remove it after SIGKILL, so a process of its own does, in a session of its own:
    signals of the terminal do not reach it. Editors' own backup and swap files are removed with the folder.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parent = runtime if runtime and os.access(runtime, os.W_OK | os.X_OK) else None
    folder = tempfile.mkdtemp(prefix="crossdock-", dir=parent)
    remover = subprocess.Popen(  # noqa: S603 - this interpreter, with a program of ours
        [sys.executable, "-I", "-S", "-c", _REMOVE_AT_END, folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield Path(folder)
    finally:
        assert remover.stdin  # noqa: S101 - it was asked for
        remover.stdin.close()
        remover.wait()
        shutil.rmtree(folder, ignore_errors=True)  # if the remover itself was killed
