"""Start the command line with the application's own packages on the import path, and nothing of the working folder.

Installed, they lie inside this package, so that the wheel adds one name to
site-packages; in a checkout they lie beside it.
"""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` puts the working folder there, whose secrets.py would be taken for Python's.
    del sys.path[0]

import gc
import os
import signal
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
INTERRUPTED = 130
"""The exit code of a process that SIGINT ends, by the shell's custom."""


def _extend_path() -> None:
    """Put the application's packages on the import path: of a checkout, with all files beside them, after Python's."""
    if (HERE / "events").is_dir():
        sys.path.insert(0, str(HERE))
        return
    library = os.path.dirname(os.__file__)  # noqa: PTH120 - as `sys.path` has it
    own = (library, f"{library}/lib-dynload")
    after = max((place for place, path in enumerate(sys.path) if path in own), default=-1) + 1
    sys.path.insert(after, str(HERE.parent))


_extend_path()


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


def main() -> None:
    """Run the command line; it ends the process with its exit code."""
    # The first process of a container has no default for it, and would ignore it while modules are imported.
    signal.signal(signal.SIGTERM, _end)
    # To look for plugins, pydantic reads the metadata of every installed package: 3 % of a command.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # imports leave no garbage, and looking for it costs a fifth of a command; cli.lazy_group enables it
    try:
        from cli.app import main as cli
    except KeyboardInterrupt:  # later ones are answered by the command line
        sys.exit(INTERRUPTED)
    cli()


if __name__ == "__main__":
    main()
