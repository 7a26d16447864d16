"""Prometheus and its checker, from Debian's package `prometheus`."""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.processes import end, free_port, launch
from tests.servers.tiers import DEMANDED


def program(name: str) -> str:
    """Return the path of `prometheus` or `promtool`; else skip, or fail if the tier promtool is demanded."""
    found = shutil.which(name)
    if found:
        return found
    if "promtool" in os.environ.get(DEMANDED, "").split(","):
        pytest.fail(f"{name} is not installed", pytrace=False)
    pytest.skip(f"{name} is not installed (Debian: apt install prometheus)")


@contextmanager
def prometheus(run: Path, configuration: Mapping[str, Any]) -> Iterator[str]:
    """Run Prometheus in a folder, and give its URL, which answers a second later."""
    (run / "prometheus.yml").write_text(yaml.safe_dump(dict(configuration)))
    address = f"127.0.0.1:{free_port()}"
    command = [program("prometheus"), "--config.file=prometheus.yml", f"--web.listen-address={address}"]
    process = launch(run, [*command, "--storage.tsdb.path=prometheus"])
    try:
        yield f"http://{address}"
    finally:
        end(run, process, signal.SIGKILL)
