"""The product's command line in a process that environment variables make crash, fail or lose a guarantee.

`python -m faults.child work importer` is `crossdock work importer` with the patches that its variables name.
"""

import os
from pathlib import Path

from cli.app import main
from faults.clocks import CLOCKS, install_wrong_clock
from faults.crash_points import CRASH, CRASHED, Crash, arm
from faults.mutations import MUTATION, MUTATIONS
from faults.outage import OUTAGE, install_outages
from faults.poison_handlers import POISON_HANDLERS, install_poison_handlers
from faults.upgrade import LATER, become_later


def prepare() -> None:
    """Patch this process as its environment variables name."""
    if os.environ.get(LATER):
        become_later(Path(os.environ[LATER]))
    if os.environ.get(MUTATION):
        MUTATIONS[os.environ[MUTATION]]()
    if os.environ.get(CLOCKS):
        install_wrong_clock(Path(os.environ[CLOCKS]))
    if os.environ.get(POISON_HANDLERS):
        install_poison_handlers()
    if os.environ.get(OUTAGE):
        install_outages(Path(os.environ[OUTAGE]))
    if os.environ.get(CRASH):
        # Last: a crash point wraps the other patches.
        arm(Crash.read(os.environ[CRASH]), Path(os.environ[CRASHED]))


if __name__ == "__main__":
    prepare()
    main()
