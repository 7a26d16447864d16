"""The two sources of encryption keys: a setting, or a file that is created at the first start."""

import os
import secrets
import stat
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.encryption.cipher import KEY_BYTES
from ledger.errors import EncryptionKeyError
from schemas.input_limits import InputLimitError, read_secret

ROOT = 0
"""Owners that may exchange any file. Kubernetes mounts secrets as root's, readable by the group of the pod; systemd
as root's, readable by the service's user by an access list, which the mode shows as the rights of root's group."""


def keys_from_setting(text: str) -> list[bytes]:
    """Return the keys of a setting, base64 separated by commas; the first one encrypts. Raises EncryptionKeyError."""
    return [_key(part, "in CROSSDOCK_VAULT_KEY") for part in text.split(",")]


def read_or_make_keys(path: Path) -> list[bytes]:
    """Return the keys in this file, base64 of 32 bytes a line; the first one encrypts. A missing file is created.

    Processes that start at once get the same key. Raises EncryptionKeyError when the file cannot be read or created,
    when it belongs to another user or others may read it, or when it contains no key.
    """
    with _file_errors(path):
        if not path.exists():
            _make(path)
        return _read(path)


def read_or_make_key(path: Path) -> bytes:
    """Return the first key in this file, as `read_or_make_keys` does."""
    return read_or_make_keys(path)[0]


def check_key_file(path: Path) -> None:
    """Raise EncryptionKeyError as `read_or_make_keys` does, but create no file: a missing one is no error."""
    with _file_errors(path):
        if path.exists():
            _read(path)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EncryptionKeyError(
            f"The key file {path} cannot be read or made ({error.strerror}); check its folder and its owner."
        ) from error


def _make(path: Path) -> None:
    """Write the whole file under a temporary name first: under its own name other processes find it complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _link_unless_exists(draft, path)
    finally:
        draft.unlink()


def _link_unless_exists(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return  # Another process was faster: its key is used.


def _read(path: Path) -> list[bytes]:
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid not in (os.geteuid(), ROOT):
        raise EncryptionKeyError(
            f"The key file {path} belongs to another user (uid {status.st_uid}), who could exchange the key; run:"
            f" chown {os.geteuid()} {path}"
        )
    if mode & 0o077 & ~_may_be_read_by_group(status):
        raise EncryptionKeyError(f"The key file {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        text = read_secret(path).decode("ascii", errors="replace")
    except InputLimitError as error:
        raise EncryptionKeyError(f"It cannot be the key file: {error}") from None
    return [_key(line, f"in the file {path}") for line in text.split() or [""]]


def _may_be_read_by_group(status: os.stat_result) -> int:
    """Return the bit of the mode that lets a group read, if the file is a mounted secret: root's, of our group."""
    groups = {ROOT, os.getegid(), *os.getgroups()}
    is_mounted = status.st_uid == ROOT and os.geteuid() != ROOT and status.st_gid in groups
    return stat.S_IRGRP if is_mounted else 0


def _key(text: str, where: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except (NotBase64Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise EncryptionKeyError(f"The encryption key {where} is not base64 of {KEY_BYTES} bytes.")
    return key
