"""Start the command line with the application's own packages first on the import path.

Installed, they lie inside this package, so that the wheel adds one name to
site-packages; in a checkout they lie beside it.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE if (HERE / "events").is_dir() else HERE.parent))


def main() -> None:
    """Run the command line; it ends the process with its exit code."""
    from workers.cli import main as cli

    cli()


if __name__ == "__main__":
    main()
