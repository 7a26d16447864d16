"""The repositories of a transaction are those that their types say, and are made when they are first asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from ledger.repositories import Repositories

ROOT = Path(__file__).parents[2]
TYPES = {name: kind for name, kind in Repositories.__annotations__.items() if str(kind).startswith("Repository[")}


@pytest.mark.parametrize("name", TYPES)
def test_a_repository_is_of_the_type_that_it_is_declared_with(ledger: Ledger, name: str) -> None:
    with ledger.read() as work:
        repository = getattr(work, name)
        assert f"Repository[{type(repository).__name__}]" == TYPES[name]
        assert getattr(work, name) is repository


def test_the_ledger_imports_no_repository_before_it_is_asked_for() -> None:
    words = "import sys, ledger.ledger; print(*(name for name in sys.modules if name.startswith('ledger.orders.')))"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
