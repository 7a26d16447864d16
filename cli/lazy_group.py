"""A group whose commands are imported when they are called, so that each loads only its own modules."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

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
    command = getattr(import_module(module), attribute)
    parent = typer.Typer(add_completion=False, rich_markup_mode=None)
    if isinstance(command, typer.Typer):
        parent.add_typer(command, name=name)
    else:
        parent.command(name)(command)
    return get_group(parent).commands[name]


def lazy_group(lazy: Mapping[str, LazyCommand]) -> type[TyperGroup]:
    """Return the class of a group that has these commands besides its own, for `typer.Typer(cls=…)`."""

    class LazyGroup(TyperGroup):
        """Lists its commands without importing them."""

        def __init__(self, *, commands: Mapping[str, Any], **attributes: Any) -> None:
            lazy_commands: Any = LazyCommands(commands, lazy)
            super().__init__(commands=lazy_commands, **attributes)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            commands: Any = self.commands
            TyperGroup(commands=commands.listed()).format_commands(ctx, formatter)

    return LazyGroup
