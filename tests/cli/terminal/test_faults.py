"""A fault of Crossdock itself is shown by its kind and places, never with the data that its text repeats."""

import subprocess
import sys
from pathlib import Path

import pytest

THREAD = "import threading; thread = threading.Thread(target=fail); thread.start(); thread.join()"


@pytest.mark.parametrize(("program", "code"), [("fail()", 1), (THREAD, 0)])
def test_an_unhandled_exception_of_a_command_repeats_no_data(program: str, code: int) -> None:
    lines = [
        "import cli.app, sys",
        "from schemas.payloads import CatalogChanged",
        "def fail(): CatalogChanged.model_validate({'sku': ['Zebulon Testbuyer']})",
        "def command(**_):",
        f"    {program}",
        "cli.app.app, sys.argv = command, ['crossdock']",
        "cli.app.main()",
    ]
    program, checkout = "\n".join(lines), Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert "crossdock: ValidationError. This is a fault in Crossdock" in ended.stderr
    assert "in fail" in ended.stderr
    assert "Zebulon" not in ended.stderr
    assert "Traceback" not in ended.stderr
