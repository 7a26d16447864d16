"""The supply chain: vulnerabilities of locked packages, the bill of materials, the base of the image."""

import importlib.util
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from crossdock import __version__

ROOT = Path(__file__).parent.parent
LOCK = "alembic==1.20.1 --hash=sha256:" + "a" * 64 + "\npika==1.4.4 --hash=sha256:" + "b" * 64 + "\n"
ADVISORY = {
    "id": "PYSEC-2026-1",
    "affected": [
        {
            "package": {"name": "pika", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.4.5"}]}],
            "versions": ["1.4.4"],
        }
    ],
}


@contextmanager
def advisories(status: int, answer: object, package: str = "pika") -> Iterator[str]:
    """A database of advisories that gives one answer for a package, and none for others; gives its URL."""

    class Database(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            about = asked.get("package", {}).get("name")
            body = json.dumps(answer if about == package else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The check, on locks of two packages."""
    spec = importlib.util.spec_from_file_location("vulnerabilities", ROOT / ".ci/vulnerabilities.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for lock in module.LOCKS:
        (tmp_path / lock).write_text(LOCK)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CLEAN", tmp_path / "stamp")
    return module


@pytest.mark.slow
def test_a_known_vulnerability_of_a_lock_fails_the_check(
    check: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with advisories(200, {"vulns": [ADVISORY]}) as url:
        monkeypatch.setattr(check, "OSV", url)
        assert check.main() == 1
        monkeypatch.setattr(check, "IGNORED", {"PYSEC-2026-1": "not reached"})
        shown = capsys.readouterr().out
        assert check.main() == 0
    assert shown.splitlines() == [
        f"{lock}: pika 1.4.4 has PYSEC-2026-1; fixed in 1.4.5."
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]


@pytest.mark.slow
def test_locks_without_a_known_vulnerability_are_asked_for_once_a_day(
    check: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with advisories(200, {}) as url:
        monkeypatch.setattr(check, "OSV", url)
        assert check.main() == 0
    assert (check.main(), capsys.readouterr().out) == (
        0,
        "vulnerabilities: none known.\nvulnerabilities: none known (asked today).\n",
    )
    (check.ROOT / "requirements.lock").write_text("")
    assert (check.main(), "not checked" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize("trouble", ["closed", "silent", "error"])
@pytest.mark.slow
def test_without_an_answer_the_check_is_skipped_soon_with_the_reason(
    check: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(check, "REACH_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent, advisories(500, {}) as broken:
        urls = {
            "closed": "http://127.0.0.1:1/v1/query",
            "silent": f"http://127.0.0.1:{silent.getsockname()[1]}/v1/query",
            "error": broken,
        }
        monkeypatch.setattr(check, "OSV", urls[trouble])
        assert check.main() == 0
    assert capsys.readouterr().out.startswith("vulnerabilities: not checked: ")
    assert not check.CLEAN.exists()


@pytest.mark.slow
def test_the_bill_of_materials_has_each_locked_package_with_its_hashes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / ".ci/sbom.py", tmp_path / "sbom.json"], check=True, cwd=tmp_path)
    document = json.loads((tmp_path / "sbom.json").read_text())
    assert "serialNumber" not in document  # the same lock makes the same file
    product = document["metadata"]["component"]
    assert (document["bomFormat"], product["name"], product["version"]) == ("CycloneDX", "crossdock", __version__)
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", lock, re.MULTILINE))
    assert {(each["name"], each["version"]) for each in document["components"]} == locked
    hashes = {
        item["content"]
        for each in document["components"]
        for ref in each["externalReferences"]
        for item in ref["hashes"]
    }
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_the_image_has_one_base_by_its_digest() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert set(bases) == {"${PYTHON_IMAGE}"}
    assert [line for line in lines if re.fullmatch(r"ARG PYTHON_IMAGE=python:3\.13-slim@sha256:[0-9a-f]{64}", line)]
    assert "ARG PYTHON_IMAGE=python:3.13-slim@sha256:" in (ROOT / "CONTRIBUTING.md").read_text()
