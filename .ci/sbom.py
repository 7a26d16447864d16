"""Write a bill of materials (CycloneDX, JSON) of Crossdock and the packages of its lock, each with its hashes."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def main(path: Path) -> None:
    """Write it. The same lock and version make the same file."""
    from crossdock import __version__  # noqa: PLC0415 - it is on the path by now

    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.lock"]
    command += ["--pyproject", "pyproject.toml", "--output-reproducible", "--no-validate", "--output-file", "-"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    document = json.loads(written)
    # The version is not in pyproject.toml, where the tool looks for it.
    document["metadata"]["component"]["version"] = __version__
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
