"""A secret from a setting or from a file. A file is read again when it changes, so a secret is rotated in place."""

from pathlib import Path

from schemas.errors import SettingsError
from schemas.input_limits import InputLimitError, read_secret


class Secret:
    """One secret."""

    def __init__(self, name: str, value: str | None, path: str | None) -> None:
        """Take a setting's *value*, or read *path*, the setting *name* with `_FILE`."""
        self._name = name
        self._value = value
        self._path = Path(path) if path else None
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> str:
        """Return the secret as it is now. Raises SettingsError when it was never to be had.

        While its file is being replaced, and there is none, the former secret is used.
        """
        if self._path:
            self._read_file(self._path)
        if not self._value:
            raise SettingsError(f"{self._name} is missing; set it, or {self._name}_FILE to the path of a file with it.")
        return self._value

    def _read_file(self, path: Path) -> None:
        try:
            status = path.stat()
            seen = (status.st_mtime_ns, status.st_ino, status.st_size)
            if seen != self._seen:
                self._value, self._seen = read_secret(path).decode().strip() or self._value, seen
        except (OSError, ValueError, InputLimitError):
            if self._value is None:
                problem = f"{self._name}_FILE is no small file of text that can be read; check the path and its rights."
                raise SettingsError(problem) from None
