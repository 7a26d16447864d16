"""The figures from which the documentation's pages are made, kept in docs/benchmark.json: the newest of each kind.

A whole run takes more than an hour, so measurements may be taken apart. Ratios compare what one measurement measured
in turns, hence never two runs.
"""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from bench.environment import ROOT
from bench.figures import MACHINE, Figures


@dataclass(frozen=True, slots=True)
class Measured:
    """The day on which a measurement was taken (UTC), the commit that was measured, and the machine."""

    day: str
    commit: str
    machine: str


@dataclass(slots=True)
class KeptFigures:
    """Figures with the origin of each measurement, by its name."""

    figures: Figures = field(default_factory=Figures)
    measured: dict[str, Measured] = field(default_factory=dict)

    def keep(self, name: str, new: Figures) -> None:
        """Replace the figures of one measurement by new ones, which hold those of no other."""
        self.figures.replace(new)
        self.measured[name] = Measured(f"{datetime.now(UTC):%Y-%m-%d}", _commit(), MACHINE)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the measurements without figures."""
        return [name for name in names if name not in self.measured]


_JSON = TypeAdapter(KeptFigures)


def read_kept(file: Path) -> KeptFigures:
    """Read the kept figures; there are none without a file."""
    return _JSON.validate_json(file.read_bytes()) if file.exists() else KeptFigures()


def write_kept(kept: KeptFigures, file: Path) -> None:
    """Write the kept figures."""
    file.write_bytes(_JSON.dump_json(kept, indent=1) + b"\n")


def _commit() -> str:
    words = ("git", "describe", "--always", "--dirty")
    described = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"
