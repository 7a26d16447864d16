"""The product's command line, in a process that may be told to crash, to meet a bad day or a killer, to lack a safety.

`python -m faults.child work importer` is `crossdock work importer`; what else it gets comes by variables.
"""

import os
from pathlib import Path

from cli.app import main
from faults.clocks import CLOCKS, go_wrong
from faults.crash_points import CRASH, CRASHED, Crash, arm
from faults.mutations import MUTATION, MUTATIONS
from faults.outside import OUTSIDE, spoil
from faults.poison_handlers import KILLERS, let_in


def prepare() -> None:
    """Change this process as its environment says."""
    if os.environ.get(MUTATION):
        MUTATIONS[os.environ[MUTATION]]()
    if os.environ.get(CLOCKS):
        go_wrong(Path(os.environ[CLOCKS]))
    if os.environ.get(KILLERS):
        let_in()
    if os.environ.get(OUTSIDE):
        spoil(Path(os.environ[OUTSIDE]))
    if os.environ.get(CRASH):
        # Last, so that a point lies on the outside of whatever else was changed.
        arm(Crash.read(os.environ[CRASH]), Path(os.environ[CRASHED]))


if __name__ == "__main__":
    prepare()
    main()
