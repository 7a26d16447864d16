"""A group whose commands are imported when they are called, so that each loads only its own modules."""

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class LazyCommand(NamedTuple):
    """A command, or a group of commands, that is not imported yet.

    Its module states its help once more, for its own `--help`; a test compares the two.
    """

    target: str
    """Module and attribute, such as `cli.orders:app`: a `typer.Typer`, or the function of one command."""
    help: str
    """One sentence, for the list of commands."""


class LazyCommands(Mapping[str, Any]):
    """Commands by name: those of a group's own module, and lazy ones, each imported when it is looked up."""

    def __init__(self, own: Mapping[str, Any], lazy: Mapping[str, LazyCommand]) -> None:
        """Know the commands without importing any."""
        self._built = dict(own)
        self._lazy = lazy

    def __getitem__(self, name: str) -> Any:
        """Return a command as typer builds it. Raises KeyError for an unknown name."""
        if name not in self._built:
            self._built[name] = _import_command(name, self._lazy[name].target)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._built, **self._lazy})

    def __len__(self) -> int:
        return len({**self._built, **self._lazy})

    def listed(self) -> dict[str, Any]:
        """Return the commands as a list shows them: of lazy ones, the name and the help."""
        return {**self._built, **{name: TyperCommand(name, help=lazy.help) for name, lazy in self._lazy.items()}}


def _import_command(name: str, target: str) -> Any:
    module, _, attribute = target.partition(":")
    with _without_rich():
        command = getattr(import_module(module), attribute)
    parent = typer.Typer(add_completion=False, rich_markup_mode=None)
    if isinstance(command, typer.Typer):
        parent.add_typer(command, name=name)
    else:
        parent.command(name)(command)
    return get_group(parent).commands[name]


@contextmanager
def _without_rich() -> Iterator[None]:
    """Hide rich from imports: structlog would import it for tracebacks, which `workers.process.logs` writes.

    It is a tenth of the start of a process. Commands import it when they draw a table or progress.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None makes an import fail
    if "rich" in modules:
        yield
        return
    modules["rich"] = None
    try:
        yield
    finally:
        del modules["rich"]


class LazyGroup(TyperGroup):
    """Lists its commands without importing them."""

    lazy: ClassVar[Mapping[str, LazyCommand]]

    def __init__(self, *, commands: Mapping[str, Any], **attributes: Any) -> None:
        """Add the lazy commands to the group's own."""
        lazy_commands: Any = LazyCommands(commands, self.lazy)
        super().__init__(commands=lazy_commands, **attributes)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands' names in the order of their table."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        commands: Any = self.commands
        TyperGroup(commands=commands.listed()).format_commands(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is called; unless it is a lazy group, all its modules are imported now."""
        resolved = super().resolve_command(ctx, args)
        if not isinstance(resolved[1], LazyGroup):
            _end_imports()
        return resolved


def lazy_group(lazy: Mapping[str, LazyCommand]) -> type[LazyGroup]:
    """Return the class of a group that has these commands besides its own, for `typer.Typer(cls=…)`."""
    return type("LazyGroup", (LazyGroup,), {"lazy": lazy})


def _end_imports() -> None:
    """Prepare the process for a command whose modules are imported."""
    if not gc.isenabled():  # `crossdock.__main__` disabled it
        gc.freeze()
        gc.enable()
    # A command whose modules do not import structlog logs nothing, and the import alone costs 0.1 s.
    if "structlog" in sys.modules:
        import_module("workers.process.logs").set_up_logs("warning")
