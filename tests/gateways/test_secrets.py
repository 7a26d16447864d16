"""Secrets from settings and files, and files that change."""

import os
from pathlib import Path

import pytest

from gateways.secrets import Secret
from schemas.errors import SettingsError
from schemas.input_limits import SECRET_BYTES


def test_a_secret_is_a_settings_value_or_a_files_contents(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    assert Secret("KEY", "from the setting", None).read() == "from the setting"
    assert Secret("KEY", None, str(file)).read() == "from the file"


def test_a_changed_file_is_read_again_and_a_missing_one_is_not_missed(tmp_path: Path) -> None:
    file, draft = tmp_path / "secret", tmp_path / "draft"
    file.write_text("first")
    secret = Secret("KEY", None, str(file))
    assert secret.read() == "first"
    file.unlink()
    assert secret.read() == "first"
    draft.write_text("second")
    draft.replace(file)
    assert secret.read() == "second"


@pytest.mark.parametrize("contents", [None, b"", b"\xff\xfe", b"x" * (SECRET_BYTES + 1)])
def test_a_secret_that_was_never_there_is_named_and_not_shown(tmp_path: Path, contents: bytes | None) -> None:
    file = tmp_path / "secret"
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(SettingsError, match=r"^KEY"):
        Secret("KEY", None, str(file)).read()
    with pytest.raises(SettingsError, match="KEY is missing"):
        Secret("KEY", None, None).read()


def test_a_secret_is_never_read_from_what_has_no_end(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in ("/dev/zero", str(fifo), str(tmp_path)):
        with pytest.raises(SettingsError, match=r"^KEY_FILE is no small file"):
            Secret("KEY", None, path).read()
