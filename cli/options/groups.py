"""Groups of options that several commands share: the fields of a dataclass, each an option."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any


def with_options(parameter: str, group: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that replaces a command's keyword *parameter* by one option for each field of *group*.

    The command gets an instance of the dataclass *group*. Typer makes one option of each parameter in a command's
    signature, and has no groups of options.
    """
    fields = inspect.signature(group).parameters

    def expand(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def expanded(**values: Any) -> None:
            options = group(**{name: values.pop(name) for name in fields})
            command(**{parameter: options}, **values)

        signature = inspect.signature(command)
        kept = [each for name, each in signature.parameters.items() if name != parameter]
        arguments = [each for each in kept if each.kind is not each.KEYWORD_ONLY]
        options = [each for each in kept if each.kind is each.KEYWORD_ONLY]
        parameters = [*arguments, *fields.values(), *options]
        expanded.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return expanded

    return expand
