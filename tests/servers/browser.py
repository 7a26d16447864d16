"""The browser of the tests: Chromium of this machine, by Playwright, which downloads nothing."""

import os
import shutil
from typing import Any

import pytest

from tests.servers.tiers import DEMANDED

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_arguments() -> dict[str, Any]:
    """Return Playwright's arguments; skip without Chromium, or fail if the tier `browser` is demanded."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if executable:
        return {"executable_path": executable, "args": list(OPTIONS)}
    reason = "no browser for the browser tier: chromium is not installed, and CHROMIUM names none"
    if "browser" in os.environ.get(DEMANDED, "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
