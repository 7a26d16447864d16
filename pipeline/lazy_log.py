"""A logger that imports structlog with its first line: people's commands import a batch's modules and log nothing."""

from importlib import import_module
from typing import Any


class LazyLogger:
    """The structlog logger of a module, for modules that commands import; the import costs them 0.1 s."""

    def __init__(self, name: str) -> None:
        """Log as the module *name*."""
        self._name = name

    def __getattr__(self, level: str) -> Any:
        """Return the method that logs at a level, such as `error`."""
        return getattr(import_module("structlog").get_logger(self._name), level)
