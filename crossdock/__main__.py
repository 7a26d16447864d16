"""Start the command line with the application's own packages first on the import path.

Installed, they lie inside this package, so that the wheel adds one name to
site-packages; in a checkout they lie beside it.
"""

import gc
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INTERRUPTED = 130
"""The exit code of a process that SIGINT ends, by the shell's custom."""

sys.path.insert(0, str(HERE if (HERE / "events").is_dir() else HERE.parent))


def main() -> None:
    """Run the command line; it ends the process with its exit code."""
    gc.disable()  # imports leave no garbage, and looking for it costs a fifth of a command; cli.app enables it
    try:
        from cli.app import main as cli
    except KeyboardInterrupt:  # later ones are answered by the command line
        sys.exit(INTERRUPTED)
    cli()


if __name__ == "__main__":
    main()
