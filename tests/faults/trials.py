"""Trials as tests: limits for a busy machine, and a run that must have no violation."""

import sys
from pathlib import Path

import pytest

from faults.history import History
from faults.report import report
from faults.settings import TrialSettings
from faults.trial import Trial
from tests.servers.tiers import UnavailableError

LIMIT_FACTOR = 4.0
"""The machine may be this much busier than the limits of recovery and cooldown assume."""

LIMIT = 600.0
"""Seconds of faults; a trial that needs more fails with a violation that names this limit, not by pytest's timeout."""


def _show(line: str) -> None:
    """Print the timeline at once, to be read however the trial fails."""
    sys.stdout.write(f"{line}\n")


def run_trial(settings: TrialSettings, run: Path) -> tuple[Trial, History]:
    """Run a trial in a folder. Fails on a violation or a fault without effect; skips where no server may be killed."""
    trial = Trial(settings, run, _show)
    try:
        history, violations = trial.run()
    except UnavailableError as closed:
        pytest.skip(f"no servers that may be killed: {closed}")
    assert not violations, f"{report(history, violations)}\nseed {settings.seed}"
    assert set(settings.nemeses) <= set(history.faults)
    return trial, history
