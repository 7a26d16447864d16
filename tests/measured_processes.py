"""Coverage of processes that tests start: of some, since each takes 0.4 s of CPU longer to start under measurement."""

import os

PROCESS_CONFIG = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage measures a process that inherits it (`patch = ["subprocess"]`)."""

_withheld: dict[str, str] = {}


def withhold_measurement() -> None:
    """Take the variable out of this process's environment, so that the processes of tests start at full speed."""
    if config := os.environ.pop(PROCESS_CONFIG, None):
        _withheld[PROCESS_CONFIG] = config


def measured(env: dict[str, str]) -> dict[str, str]:
    """Return the environment of a process that is to be measured, where coverage is."""
    return env | _withheld
