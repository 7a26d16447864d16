"""SQL that a test run compiles once: each test opens an engine of its own, and would compile every statement again."""

from typing import Any

from sqlalchemy import Connection, Engine, event


class CompiledStatements(dict[Any, Any]):
    """Compiled statements of all engines of the process, by the name of the dialect instead of the engine's own.

    All engines of one dialect are made alike here, so that a statement has the same text and the same types in each.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the compiled statement of a key of SQLAlchemy, which begins with the engine's dialect."""
        return super().get(_by_name(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        """Keep a compiled statement."""
        super().__setitem__(_by_name(key), compiled)


def _by_name(key: Any) -> Any:
    dialect, *rest = key
    return (dialect.name, *rest)


def share_compiled_statements() -> None:
    """Have all connections that this process opens take compiled statements from one cache."""
    cache = CompiledStatements()

    @event.listens_for(Engine, "engine_connect")
    def use_cache(connection: Connection) -> None:
        connection.execution_options(compiled_cache=cache)
